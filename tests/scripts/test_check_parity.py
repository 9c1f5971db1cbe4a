"""`orebound check parity` as a user runs it."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from orebound.scripts.main import main
from orebound.sweeps.prepared import Workshop

SPAN = ("--start", "2014-06-02", "--end", "2016-12-30")
CONFIG = """
[data]
start = "2014-06-02"
end = "2015-12-30"

[rule]
z_in = 1.0
"""
SWEEP = (
    CONFIG
    + """
[sweep.parameters]
capture = [0.5, 0.8]
stop_multiple = [0.0, 2.5]
"""
)
Call = Callable[..., tuple[int, str, str]]


@pytest.fixture
def call(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Call:
    def called(*arguments: object) -> tuple[int, str, str]:
        with pytest.raises(SystemExit) as ended:
            main(["check", "parity", *(str(one) for one in arguments)])
        out, err = capsys.readouterr()
        return int(ended.value.code or 0), out, err

    monkeypatch.setenv("COLUMNS", "200")
    monkeypatch.setenv("NO_COLOR", "1")
    return called


@pytest.fixture
def sweep_file(tmp_path: Path) -> Path:
    path = tmp_path / "sweep.toml"
    path.write_text(SWEEP)
    return path


def test_equal_sets_end_in_one_verdict_and_zero(call: Call, tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    path.write_text(CONFIG)
    code, out, _ = call(path, "--sets", 2, "--set", "costs.slippage_bps=5")
    lines = out.splitlines()
    assert code == 0
    assert lines[0].split() == [
        "set",
        "parameters",
        "orders",
        "rejected",
        "waiting",
        "rows",
        "result",
    ]
    assert "as configured" in lines[2]
    assert "note: nyse-miners: made in 2026" in out or "note: nyse-miners: " in out
    assert lines[-1].startswith("equal: 2 sets, ")
    assert lines[-1].endswith("are those of stock backtrader 1.9.78.123 bit by bit")


def test_rows_of_a_sweep_are_named_by_what_varies(call: Call, sweep_file: Path) -> None:
    code, out, _ = call(sweep_file, "--sets", 3, "--json")
    found = json.loads(out)
    assert code == 0
    assert found["equal"] is True
    assert any(words.startswith("nyse-miners: ") for words in found["notes"])
    assert len(found["sets"]) == 3
    assert all(set(one["values"]) == {"capture", "stop_multiple"} for one in found["sets"])
    first = found["sets"][0]
    values = first["values"]
    expected = f"capture = {values['capture']}, stop_multiple = {values['stop_multiple']}"
    assert first["parameters"] == expected
    assert first["difference"] is None


def test_a_difference_ends_with_four_and_names_its_order(
    call: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    honest = Workshop.prepared

    def planted(workshop: Workshop, values: Any) -> Any:
        made = honest(workshop, values)
        price = np.nextafter(made.market.buy_price, np.inf)
        return made._replace(market=made.market._replace(buy_price=price))

    monkeypatch.setattr(Workshop, "prepared", planted)
    code, out, _ = call(*SPAN, "--sets", 1, "--json")
    assert code == 4
    found = json.loads(out)["sets"][0]["difference"]
    assert (found["order"], found["what"]) == (1, "price")
    assert found["replay"] == np.nextafter(found["backtrader"], np.inf)
    code, out, _ = call(*SPAN, "--sets", 1)
    assert code == 4
    assert out.splitlines()[-1].startswith("DIFFERENT: 1 of 1 set not what stock backtrader")
    assert "first: set 1, order 1 (" in out


def test_a_sweep_on_a_hindsight_universe_is_compared_where_it_is_permitted(
    call: Call, tmp_path: Path
) -> None:
    path = tmp_path / "sweep.toml"
    path.write_text(SWEEP.replace("[data]\n", '[data]\nuniverse = "gold-2025"\n'))
    code, out, err = call(path, "--sets", 1)
    assert (code, out) == (2, "")
    assert "--allow-hindsight" in err
    code, out, _ = call(path, "--sets", 1, "--allow-hindsight")
    assert code == 0
    assert "gold-2025 was made on 2025-03-24: earlier use is hindsight" in out


def test_options_beside_a_sweep_are_refused(call: Call, sweep_file: Path) -> None:
    code, _, err = call(sweep_file, "--start", "2014-06-02", "--set", "z_in=2")
    assert code == 2
    assert "is a sweep, which states its own base run: leave --start, --set out" in err


def test_a_market_that_cannot_be_run_is_an_error_and_no_verdict(call: Call) -> None:
    code, out, err = call("--end", "2004-06-30", "--sets", 1)
    assert code == 2
    assert out == ""
    assert "parity: no set can be run, 1 tried" in err
