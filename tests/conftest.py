"""Fixtures of all rooms, and the guard that the package under test is this checkout."""

from __future__ import annotations

import gc
import os
import signal
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

import orebound.feeds
from orebound.analyzers.record import RunRecord
from orebound.sweeps.ahead import turn_to_compile
from orebound.sweeps.config import RunConfig

ROOT = Path(__file__).resolve().parents[1]
#: Where tests run the compiled replay.
REPLAYED = tuple(
    ROOT / "tests" / room for room in ("acceptance", "api", "benchmarks", "scripts", "sweeps")
)
COMPILING = "from orebound.sweeps import prepare_replay; prepare_replay()"


def pytest_sessionstart(session: pytest.Session) -> None:
    """Stop where another copy of the package would be tested; compile once for all workers.

    No process outlives the session.
    """
    os.environ["OREBOUND_COMPILE_AHEAD"] = "0"
    # Two seconds of import a command; the tests of pyfolio's sections ask for it by themselves.
    os.environ["OREBOUND_PYFOLIO"] = "0"
    # A shell's background job ignores Ctrl-C, and what tests start to interrupt would inherit that.
    if signal.getsignal(signal.SIGINT) == signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    tested = Path(orebound.feeds.__file__).resolve().parents[1]
    if tested != ROOT:
        pytest.exit(
            f"the tests stand in {ROOT}, but the package under test is {tested}: "
            "run `pip install -e .` in this checkout, or `make test`",
            returncode=4,
        )
    if session.config.pluginmanager.hasplugin("dsession"):  # of several workers, the one that leads
        command = [sys.executable, "-c", COMPILING]
        session.config.stash[COMPILER] = subprocess.Popen(command, cwd=ROOT)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put first what needs no compiled replay: on a new machine that is compiled meanwhile."""
    items.sort(key=_is_replayed)


def pytest_collection_finish(session: pytest.Session) -> None:
    """Keep what was imported out of the collector's walks, which are long otherwise."""
    gc.collect()
    gc.freeze()


def _is_replayed(item: pytest.Item) -> bool:
    return any(item.path.is_relative_to(room) for room in REPLAYED)


COMPILER = pytest.StashKey[subprocess.Popen[bytes]]()


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Let the compiler go where the tests ended first."""
    with suppress(KeyError):
        compiler = session.config.stash[COMPILER]
        compiler.kill()
        compiler.wait()


@pytest.fixture(scope="session")
def compiled_replay() -> None:
    """Wait for who compiles the replay, half a minute on a new machine, rather than do it twice."""
    if "PYTEST_XDIST_WORKER" in os.environ:
        with turn_to_compile():
            pass


@pytest.fixture(autouse=True)
def _replay_stands_compiled(request: pytest.FixtureRequest) -> None:
    if _is_replayed(request.node):
        request.getfixturevalue("compiled_replay")


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of real market history beside the checkout."""
    folder = ROOT.parent / "shared" / "data"
    if not folder.is_dir():
        pytest.skip("real market history (../shared/data) is not beside this checkout")
    return folder


@pytest.fixture
def small_record() -> RunRecord:
    """A hand-made run: RIO bought on its second session, BHP kept out; figures are invented."""
    days = pd.to_datetime(["2024-10-10", "2024-10-11", "2024-10-14", "2024-10-15"])
    return RunRecord(
        info=_info(),
        equity=pd.DataFrame(
            {"date": days, "value": [1e6, 1e6, 1e6, 1000100.1], "cash": [1e6, 1e6, 1e6, 8e5]}
            | {"gross": [0.0, 0.0, 0.0, 0.2], "net": [0.0, 0.0, 0.0, 0.2]}
        ),
        orders=_orders(),
        costs=pd.DataFrame(
            {"date": days[[3]], "symbol": ["RIO"], "side": ["buy"], "kind": ["commission"]}
            | {"amount": [0.1 + 0.2]}
        ),
        positions=pd.DataFrame(
            {"date": days[[3]], "symbol": ["RIO"], "size": [3000], "price": [65.5]}
            | {"value": [196500.0]}
        ),
        baselines=pd.DataFrame({"date": days, "rule": [1.0, 1.0, 1.0, 1.0001], "market": 1.0}),
        trades=_trades(),
        signals=_signals(days),
        inputs=pd.DataFrame(
            {"time": days[[1, 2]] + pd.Timedelta(hours=20), "series": "copper", "kind": "metal"}
            | {"value": [9700.0, 9650.5], "known_at": days[[1, 2]] + pd.Timedelta(hours=12)}
            | {"missed": [0, 0], "age_days": [0.3, 0.3]}
        ),
    )


def _info() -> dict[str, Any]:
    return {
        "id": "ab12cd34",
        "command": "orebound backtest",
        "source": "sample",
        "synthetic": True,
        "config": RunConfig().as_dict(),
        "data": {"RIO": {"rows": 4, "clock": "XNYS"}},
        "code": {"version": "0", "commit": None, "dirty": None},
        "packages": {},
        "seed": 0,
        "started": "2026-01-02T03:04:05+00:00",
        "seconds": 1.5,
        "sessions": 4,
        "orders": {"Filled": 1},
        "order_hash": "0" * 64,
        "metrics": {"sharpe": {"value": 0.5, "n": 3, "unit": "", "note": ""}},
        "warnings": ["fewer than 30 entries"],
        "universe": {"name": "nyse-miners", "excluded": {"VALE": "no data"}},
        "regime": {"calendar": "XNYS", "events": []},
        "first_decisions": {"RIO": "2024-10-10"},
        "verdict": "too few entries to judge",
    }


def _orders() -> pd.DataFrame:
    row = {
        "submitted": pd.Timestamp("2024-10-14T20:05"),
        "filled": pd.Timestamp("2024-10-15T13:30"),
        "symbol": "RIO",
        "side": "buy",
        "size": 3000,
        "price": 65.123456789012345,
        "value": 195370.37,
        "cost": 0.1 + 0.2,
        "status": "Filled",
        "reason": "=entry",
        "session": pd.Timestamp("2024-10-14"),
        "fill_session": pd.Timestamp("2024-10-15"),
    }
    return pd.DataFrame([row])


def _trades() -> pd.DataFrame:
    nothing = float("nan")
    row = {
        "symbol": "RIO",
        "entry_decision": pd.Timestamp("2024-10-14T20:05"),
        "entry_date": pd.Timestamp("2024-10-15"),
        "exit_decision": pd.NaT,
        "exit_date": pd.NaT,
        "size": 3000,
        "entry_price": 65.1,
        "days_held": 0,
        "half_life": float("inf"),
        "exit_reason": "",
        "entry_regime": "ON",
        "exit_regime": "",
        "status": "open",
    }
    floats = (
        "exit_price entry_gap exit_gap anchored_gap entry_z exit_z gross costs net net_return "
        "closing equity_share metal_share market_share roll_off"
    )
    return pd.DataFrame([row | dict.fromkeys(floats.split(), nothing)])


def _signals(days: pd.DatetimeIndex) -> pd.DataFrame:
    frames = [
        pd.DataFrame(
            {"date": days, "symbol": symbol, "time": days + pd.Timedelta(hours=20)}
            | {"known_close": 65.0, "gap": -0.1, "z": z, "lag": -0.2, "beta_metal": 1.1}
            | {"beta_market": 0.4, "half_life": float("inf"), "volatility": 0.02}
            | {"coverage": 1.0, "score": 6.0, "state": "ON", "size_multiplier": 1.0}
            | {"blocked": blocked, "reason": reason}
        )
        for symbol, z, blocked, reason in (
            ("RIO", -1.8, 0, "none"),
            ("BHP", -0.4, 16, "does not trail far enough"),
        )
    ]
    return pd.concat(frames, ignore_index=True)
