"""The comparison with the field: same numbers, nothing dropped, every failure with its reason."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from benchmarks import reference_rule as reference
from benchmarks.field import __main__ as command
from benchmarks.field import environments
from benchmarks.field import measure as measuring
from benchmarks.field.measure import Plan, _lanes_against, measure
from benchmarks.field.process import Failed, Process
from benchmarks.field.rows import BACKTRADER, PEER_ROWS, Row, grid
from benchmarks.field.sweeps import sweep_rows
from benchmarks.field.table import tables
from benchmarks.peers import common

SMALL = Plan(days=420, rounds=1, combinations=1, timeout=120.0)
STOCK, OPTIMISER, SWAPPED, HOOKS, LANE = BACKTRADER
#: Peers that can express the whole rule on these prices, where cash always suffices.
EXACT = ("backtrader_next", "bt", "pybroker", "vectorbt", "zipline")


def quiet(_words: str) -> None:
    """Say nothing."""


def contestant(folder: Path, body: str) -> Row:
    path = folder / "odd.py"
    path.write_text(
        "import os, time\nfrom common import Contestant\n\n\nclass Odd(Contestant):\n"
        f"    def run(self, rule):\n        {body}\n"
    )
    return Row("odd", f"{path}:Odd")


def test_the_peers_read_the_reference_rules_own_signals() -> None:
    prices = reference.invent(400, seed=3)
    mine = common.Signals(prices)  # type: ignore[arg-type]
    theirs = reference.signals(prices)
    rule = reference.RULE
    np.testing.assert_allclose(mine.z(rule["window"]), theirs["z"], rtol=1e-12)
    allowed = (theirs["regime"] > 0) & (theirs["momentum"] > 0)
    np.testing.assert_array_equal(mine.allowed(rule["lag"]), allowed)
    assert mine.entries(rule).any()
    assert not mine.entries(rule)[: reference.REGIME_WINDOW - 1].any()


def test_prices_come_back_from_the_file_as_they_were(tmp_path: Path) -> None:
    prices = reference.invent(50)
    common.save(tmp_path / "prices.npz", prices)
    found = common.load(tmp_path / "prices.npz")
    np.testing.assert_array_equal(found.days, prices.days)
    np.testing.assert_array_equal(found.metals["close"], prices.metals["close"])
    np.testing.assert_array_equal(found.currency, prices.currency)


def test_drawdown_and_sharpe_of_a_curve_by_hand() -> None:
    found = common.judged(np.array([100.0, 110.0, 99.0, 108.9]), fills=2)
    assert found.drawdown == pytest.approx(0.1)
    returns = [0.1, -0.1, 0.1]
    mean = sum(returns) / 3
    deviation = (sum((r - mean) ** 2 for r in returns) / 2) ** 0.5
    assert found.sharpe == pytest.approx(mean / deviation * 252**0.5)


def test_our_rows_equal_stock_to_the_bit_and_every_second_is_kept() -> None:
    stock, swapped, hooks, lane = measure((STOCK, SWAPPED, HOOKS, LANE), SMALL, quiet)
    assert stock["of_default_fills"] > 20
    for one in (swapped, hooks, lane):
        assert one["equals_stock"]
        assert one["reason"] == ""
        assert len(one["seconds"]["run"]["cpu"]) == SMALL.rounds
        assert one["times_stock"] == pytest.approx(stock["run_s"] / one["run_s"])
    # Bars are few: a long run gains 18 times by hooks and 45 by the lane.
    assert lane["times_stock"] >= 10
    words = tables([stock, swapped, hooks, lane])
    assert words.startswith("Only ratios within this one run may be compared")
    assert words.count("equal stock's to the bit") == 4


def replayed(days: int, cores: int) -> list[dict[str, Any]]:
    """Return the records of stock and of the replay on the reference rule."""
    rows = [row for row in sweep_rows(quick=True) if row.group == STOCK.group]
    plan = Plan(days=days, rounds=1, combinations=1)
    return measure([STOCK, *(row for row in rows if row.cores <= cores)], plan, quiet)


def test_the_replay_ends_where_stock_ends() -> None:
    stock, scalar, lanes = replayed(days=900, cores=1)
    for one in (scalar, lanes):
        assert one["reason"] == ""
        assert one["of_default_final_value"] == stock["of_default_final_value"]
        assert one["of_default_fills"] == stock["of_default_fills"] > 20
    # A wide margin, kept in every run: a quiet core gives more than 300,000 in the lanes and
    # 20,000 in the scalar form, each in CPU seconds of one pinned core beside stock's.
    assert stock["lanes_times_this"] == lanes["combinations_times_stock"] >= 50_000
    assert scalar["combinations_times_stock"] >= 5_000


@pytest.mark.slow
def test_the_replay_on_two_cores_ends_where_stock_ends() -> None:
    # Long enough for an entry at the close of the day on which an exit was filled.
    stock, scalar, lanes, on_two = replayed(days=1_500, cores=2)
    has_two = not on_two["reason"].startswith("needs 2 cores")
    for one in (scalar, lanes, on_two) if has_two else (scalar, lanes):
        assert one["reason"] == ""
        assert one["of_default_final_value"] == stock["of_default_final_value"]
        assert one["of_default_fills"] == stock["of_default_fills"] > 20
    assert stock["lanes_times_this"] == lanes["combinations_times_stock"] >= 50_000
    assert scalar["combinations_times_stock"] >= 5_000


@pytest.mark.slow
def test_the_optimiser_ends_where_stock_ends() -> None:
    stock, optimiser = measure((STOCK, OPTIMISER), SMALL, quiet)
    if optimiser["reason"].startswith("needs 2 cores"):
        pytest.skip("this machine has one core")
    assert optimiser["clock"] == "wall"
    for name in ("final_value", "fills", "drawdown"):
        expected = pytest.approx(stock[f"of_default_{name}"], rel=1e-12)
        assert optimiser[f"of_default_{name}"] == expected
    # backtrader counts one more return: none, on the first day.
    expected = pytest.approx(stock["of_default_sharpe"], rel=1.0 / SMALL.days)
    assert optimiser["of_default_sharpe"] == expected


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ("raise ValueError('no such market')", "ValueError: no such market"),
        ("os._exit(7)", "ended with code 7"),
        pytest.param("time.sleep(600)", r"no answer within 4 s", marks=pytest.mark.slow),
    ],
)
def test_what_fails_stays_in_the_table_with_its_reason(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, body: str, reason: str
) -> None:
    def impatient(python: Path, chosen: str, *rest: Any, timeout: float, **named: Any) -> Process:
        own = 4.0 if chosen.endswith(":Odd") and "sleep" in body else timeout
        return Process(python, chosen, *rest, timeout=own, **named)

    monkeypatch.setattr(measuring, "Process", impatient)
    plan = Plan(days=260, rounds=1, combinations=1, timeout=120.0)
    odd, lane = measure((contestant(tmp_path, body), LANE), plan, quiet)
    assert reason in odd["reason"]
    assert "run_s" not in odd
    assert "run_s" in lane
    assert f"odd: NOT MEASURED: {odd['reason']}" in tables([odd, lane])


def test_a_peer_that_cannot_be_installed_says_why(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setattr(environments, "pins", lambda: {"bt": [str(tmp_path / "missing.whl")]})
    real = environments._called

    def called(command: list[str]) -> None:
        """Let this interpreter stand for the new environment's, which takes seconds to make."""
        if "venv" not in command:
            real(command)
            return
        python = Path(command[-1], "bin", "python")
        python.parent.mkdir(parents=True)
        python.write_text(f'#!/bin/sh\nexec "{sys.executable}" "$@"\n')
        python.chmod(0o755)

    monkeypatch.setattr(environments, "_called", called)
    with pytest.raises(Failed, match=r"not installed: .*missing\.whl"):
        environments.interpreter("bt")
    assert not list(tmp_path.rglob("complete"))


def test_an_unknown_peer_is_refused_by_name() -> None:
    with pytest.raises(SystemExit, match=r"all, none or some of .*vectorbt.* got zipper"):
        command.main(["--peers", "zipper"])


def test_a_sweep_of_the_field_is_a_grid_and_begins_with_the_default() -> None:
    found = grid()
    assert found[0] == reference.RULE
    assert len({tuple(rule.items()) for rule in found}) == len(found) == 8


def test_a_wider_sweep_begins_with_the_rules_and_repeats_none() -> None:
    found = common.widened(grid(), 128)
    assert found[:8] == grid()
    assert len({tuple(rule.items()) for rule in found}) == 128


def timed(name: str, cores: int, speed: float, side: str = "theirs") -> dict[str, Any]:
    """Return a record as `measure` makes it."""
    return {
        "name": name, "group": "rule", "cores": cores, "combinations_a_second": speed,
        "side": side, "reason": "", "peer": "",
    }  # fmt: skip


def test_the_lanes_are_compared_with_others_on_as_many_cores_and_by_name() -> None:
    _, idiom, fastest = (row.name for row in PEER_ROWS["vectorbt"])
    records = [timed(idiom, 1, 50.0), timed(fastest, 1, 100.0), timed("optimiser", 2, 0.5)]
    lanes = [timed("lanes", 1, 90_000.0, "lanes"), timed("two", 2, 180_000.0, "lanes")]
    found = [one | _lanes_against(one, [*records, *lanes]) for one in [*records, *lanes]]
    assert [one.get("lanes_times_this") for one in found] == [1_800, 900, 360_000, None, None]
    words = tables(found).split("our lanes against the others")[1]
    for name, ratio in ((idiom, "1,800"), (fastest, "900"), ("optimiser", "360,000")):
        (line,) = (line for line in words.splitlines() if line.startswith(name))
        assert ratio in line
    assert "its idiom" in idiom
    assert "its fastest" in fastest


def test_nothing_is_compared_with_lanes_that_were_not_measured() -> None:
    assert _lanes_against(timed("optimiser", 2, 0.5), [timed("lanes", 1, 9.0, "lanes")]) == {}


def test_every_peer_has_pins_and_a_file() -> None:
    assert set(environments.pins()) == set(PEER_ROWS)
    for name, rows in PEER_ROWS.items():
        for row in rows:
            file, _, kind = row.contestant.rpartition(":")
            assert f"\nclass {kind}(" in Path(file).read_text(encoding="utf-8")
            assert (row.peer, row.side) == (name, "theirs")
    for wanted in environments.pins().values():
        assert all("==" in one for one in wanted)


def test_a_contestant_says_what_it_is(tmp_path: Path) -> None:
    common.save(tmp_path / "prices.npz", reference.invent(60))
    process = Process(
        Path(sys.executable), LANE.contestant, tmp_path / "prices.npz", cores=[], timeout=60.0
    )
    try:
        assert process.facts["versions"]["backtrader"] == "1.9.78.123"
        assert process.ask("memory")["peak_mb"] > 50
    finally:
        process.end()


@pytest.mark.slow
@pytest.mark.timeout(3_600)
def test_the_field_ends_where_stock_ends_or_says_why_it_was_not_measured(tmp_path: Path) -> None:
    path = tmp_path / "field.json"
    arguments = ["--quick", "--days", "900", "--peers", "all", "--json", str(path)]
    assert command.main(arguments) == 0
    found = json.loads(path.read_text(encoding="utf-8"))
    rows = {row["name"]: row for row in found["rows"] if row["peer"]}
    assert list(rows) == [row.name for peer in PEER_ROWS.values() for row in peer]
    measured = {name: row for name, row in rows.items() if not row["reason"]}
    for name, row in measured.items():
        assert row["lacks"], name
        assert row["versions"], name
    for name, row in measured.items():
        if "(its documentation)" in name:  # fractions of shares
            assert abs(row["final_value_off_stock"]) < 0.01, name
        elif row["peer"] in EXACT:
            assert row["fills_off_stock"] == 0, name
            assert abs(row["final_value_off_stock"]) < 1e-9, name
