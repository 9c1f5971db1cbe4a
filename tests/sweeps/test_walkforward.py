"""A sweep walked forward: every figure again from the daily curves of its combinations."""

from __future__ import annotations

import json
import math
from datetime import date
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from orebound.analyzers import PurgedPlan, combinatorial_purged
from orebound.feeds import ConfigError, Market
from orebound.scripts.main import main
from orebound.sweeps import Sweep, from_names, make_sweep_config, open_sweep, sweep
from orebound.sweeps.month_sums import made_sums, stored_sums
from orebound.sweeps.walkforward import _drift, _walked
from tests.markets import small_sample

BASE = {"start": date(2012, 6, 1), "end": date(2016, 12, 30), "regime": "none"}
PARAMETERS = {"z_in": [0.8, 1.0, 1.5], "capture": [0.5, 0.8], "gap_window": [126, 252]}
WINDOWS = {"train": 24, "test": 9, "embargo": 1}


def market() -> Market:
    return small_sample("FCX", "ANTO.L")


def swept(
    folder: Path, parameters: dict[str, Any] | None = None, base: Any = BASE, **own: Any
) -> Sweep:
    given = {"parameters": parameters or PARAMETERS, "chunk": 4, "verify": 0}
    return sweep(make_sweep_config(from_names(base), given | own), market=market(), out=folder)


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Sweep:
    """One finished sweep of 12 combinations."""
    return swept(tmp_path_factory.mktemp("walk") / "sweep")


def daily(found: Sweep) -> list[pd.Series[Any]]:
    """Return every combination's daily returns, by month."""
    curves = [found.curve(place).pct_change().dropna() for place in range(len(found))]
    return [curve.set_axis(curve.index.to_period("M").astype(str)) for curve in curves]


def sharpe(returns: pd.Series[Any]) -> float:
    values = returns.to_numpy()
    if values.std() < 1e-12:
        return 0.0
    return float(values.mean() / values.std(ddof=1) * math.sqrt(252))


def test_every_window_is_that_of_the_daily_curves(finished: Sweep) -> None:
    walk, curves = finished.walkforward(**WINDOWS), daily(finished)
    months = [str(month) for month in pd.period_range("2012-06", "2016-12", freq="M")]
    starts = range(25, 55, 9)
    assert walk.windows["test_start"].tolist() == [months[start] for start in starts]
    assert walk.windows["train_end"].tolist() == [months[start - 2] for start in starts]
    for row in walk.windows.to_dict("records"):
        inside = [sharpe(c.loc[row["train_start"] : row["train_end"]]) for c in curves]
        outside = sharpe(curves[row["combination"]].loc[row["test_start"] : row["test_end"]])
        assert inside[row["combination"]] == pytest.approx(max(inside), rel=1e-4)
        assert row["sharpe_in"] == pytest.approx(max(inside), rel=1e-4)
        assert row["sharpe_out"] == pytest.approx(outside, rel=1e-4, abs=1e-6)
        assert row["z_in"] == finished.row(row["combination"])["z_in"]


def test_the_joined_result_is_that_of_the_days_chosen(finished: Sweep) -> None:
    walk, curves = finished.walkforward(**WINDOWS), daily(finished)
    out = walk.document["out_of_sample"]
    days = pd.concat([curves[c].loc[month] for month, c in walk.months["combination"].items()])
    assert out["sharpe_out"] == pytest.approx(sharpe(days), rel=1e-4)
    assert out["total_return"] == pytest.approx((1.0 + days).prod() - 1.0, abs=1e-3)
    every = [sharpe(curve.loc["2014-07":]) for curve in curves]
    assert out["sharpe_of_all"] == pytest.approx(np.mean(every), rel=1e-4)
    assert out["decay"] == pytest.approx(out["sharpe_in"] - out["sharpe_out"])
    assert (out["first"], out["last"], out["months"]) == ("2014-07", "2016-12", 30)


def test_drift_counts_every_change_of_a_value(finished: Sweep) -> None:
    walk = finished.walkforward(train=12, test=6)
    for name in PARAMETERS:
        values = walk.windows[name].tolist()
        expected = sum(a != b for a, b in pairwise(values))
        assert walk.drift.loc[name, "changes"] == expected
        (drift,) = (one for one in walk.document["drift"] if one["parameter"] == name)
        held = {one["value"]: one["windows"] for one in drift["values"]}
        assert held == {value: values.count(value) for value in values}
        assert drift["path"] == values
        assert walk.drift.loc[name, "kept"] == pytest.approx(1.0 - expected / (len(values) - 1))
    one = finished.walkforward(train=48, test=12)
    assert len(one.windows) == 1
    assert one.drift["kept"].isna().all(), "a single window has no border"


def test_purged_paths_are_those_of_all_stored_sums(finished: Sweep) -> None:
    said = finished.walkforward(**WINDOWS).document["purged"]
    sessions = finished.selection["months"]["sessions"]
    expected = combinatorial_purged(finished.monthly, sessions, PurgedPlan(6, 2, purge_months=1))
    assert said["chosen"] == expected.chosen.tolist()
    np.testing.assert_allclose(said["sharpe"], np.sort(expected.sharpe) * math.sqrt(252), rtol=1e-9)
    assert "5 paths out of sample" in said["words"]


def test_the_path_of_a_choice_joins_runs_of_one_value() -> None:
    drift = _drift("z_in", [1.0, 1.0, 1.5, 1.0, 1.0, 1.0])
    assert (drift["changes"], drift["kept"]) == (2, pytest.approx(0.6))
    assert _walked(drift) == "1.0 x2, 1.5, 1.0 x3"


def test_sums_that_were_not_stored_are_made_again(finished: Sweep, tmp_path: Path) -> None:
    found = swept(tmp_path / "s", keep_monthly=0)
    again, stored = found.walkforward(**WINDOWS), finished.walkforward(**WINDOWS)
    pd.testing.assert_frame_equal(again.windows, stored.windows)
    assert again.document["rows"]["sums"] == "made again"
    assert again.document["out_of_sample"] == stored.document["out_of_sample"]
    opened = open_sweep(found.path, market())
    made, kept = ({int(r): s for batch in batches for r, s in zip(*batch, strict=True)}
                  for batches in (made_sums(opened), stored_sums(finished)))  # fmt: skip
    assert made.keys() == kept.keys()
    assert all(np.array_equal(made[row], kept[row], equal_nan=True) for row in kept)
    other = open_sweep(found.path, small_sample("FCX", "NHY.OL"))
    with pytest.raises(ConfigError, match=r"made again ends at .* data or code have changed"):
        other.walkforward(**WINDOWS)


def test_failed_rows_and_months_not_in_common_are_counted(tmp_path: Path) -> None:
    days = [date(2012, 6, 1), date(2013, 3, 15), date(2044, 1, 4)]
    found = swept(tmp_path / "s", {"start": days, "z_in": [1.0, 1.5]}, {"regime": "none"})
    walk = found.walkforward(train=12, test=6)
    assert walk.document["rows"] == {
        "combinations": 6, "used": 4, "failed": 2, "without_all_months": 0, "sums": "stored",
    }  # fmt: skip
    # In common: April 2013, the first whole month, to November 2025; the edges may be cut short.
    assert walk.document["months"] == {"walked": 152, "left_out": 11}
    assert walk.windows["train_start"].iloc[0] == "2013-04"


def test_a_row_that_lacks_a_month_is_left_out_and_counted(
    finished: Sweep, monkeypatch: pytest.MonkeyPatch
) -> None:
    from orebound.sweeps import month_sums

    real = month_sums.stored_sums

    def torn(found: Sweep) -> Any:
        for rows, sums in real(found):
            cut = np.where((rows == 3)[:, None, None], np.nan, sums)
            yield month_sums.RowSums(rows, cut.astype(np.float32))

    monkeypatch.setattr(month_sums, "stored_sums", torn)
    rows = finished.walkforward(**WINDOWS).document["rows"]
    assert (rows["used"], rows["without_all_months"]) == (11, 1)


def test_the_document_is_written_whole_and_reads_back(finished: Sweep) -> None:
    walk = finished.walkforward(**WINDOWS, anchored=True)
    path = walk.save()
    assert path == finished.path / "walkforward.json"
    document = json.loads(path.read_text())
    assert document["windows_are"] == "anchored"
    assert document["sweep"]["id"] == finished.info["id"]
    assert document["verdict"] == walk.verdict
    assert len(document["windows"]) == len(walk.windows)
    assert list(finished.path.glob("~*")) == []
    assert "risk-free rate 0" in document["units"]
    assert "neither closed nor bought" in walk._repr_html_()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"train": 54, "embargo": 1}, "train_months 54 and embargo_months 1 leave no month"),
        ({"by": "sharp"}, "unknown figure to choose by 'sharp'; did you mean 'sharpe'"),
        ({"train": 12, "test": 0}, "test_months must be at least 1, got 0"),
    ],
)
def test_windows_that_do_not_fit_are_refused(
    finished: Sweep, options: dict[str, Any], message: str
) -> None:
    with pytest.raises(ConfigError, match=message):
        finished.walkforward(**options)


def test_an_unfinished_sweep_is_refused(finished: Sweep, tmp_path: Path) -> None:
    (tmp_path / "sweep.json").write_text(json.dumps({**finished.info, "status": "interrupted"}))
    with pytest.raises(ConfigError, match=r"the sweep is interrupted.*again to finish it"):
        open_sweep(tmp_path).walkforward()


def test_the_command_prints_what_a_reader_must_know(
    finished: Sweep, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "220")
    arguments = ["walkforward", str(finished.path), "--train", "24", "--test", "9"]
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    out, err = capsys.readouterr()
    assert not ended.value.code
    for words in (
        "12 of 12 combinations, 0 failed, 0 without all months", "rolling windows",
        "Sharpe ratio a year, in and out of sample", "standard error by months",
        "borders between windows", "what was chosen", "neither closed nor bought", "verdict: ",
    ):  # fmt: skip
        assert words in out
    assert "synthetic" in err
    with pytest.raises(SystemExit):
        main([*arguments, "--anchored", "--json"])
    document = json.loads(capsys.readouterr().out)
    assert document["windows_are"] == "anchored"
    assert Path(document["path"]) == finished.path / "walkforward.json"
