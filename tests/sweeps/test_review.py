"""A sweep's columns for its page: against its formula, and neighbours worked out by hand."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from benchmarks.made_sweep import MONTHS, ROUND, made_sweep, sharpe_of
from orebound.sweeps import monthly_sums, sweep_columns


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return made_sweep(tmp_path_factory.mktemp("made") / "sweep", 2_000)


def test_columns_hold_every_row_by_its_parameters(made: Path) -> None:
    found = sweep_columns(made)
    assert found.n_all == found.n_sampled == 8 * ROUND
    assert list(found.parameters) == ["cool_down", "z_in", "capture", "gap"]
    row = int(np.flatnonzero(found.combination == 777)[0])
    values = [one.levels[one.codes[row]] for one in found.parameters.values()]
    cool_down, z_in, capture, gap = values
    assert found.figures["sharpe"][row] == sharpe_of(z_in, capture, gap == "drawdown", cool_down)
    assert found.constant == {"sharpe_error": 0.25, "stamp_duty_paid": 0.0}
    assert found.failures == {"no price on row 999": 1, "no price on row 1999": 1}
    assert np.isnan(found.figures["sharpe"][999])
    assert found.words["status"].levels == ("failed", "ok")
    # The lonely peak: 1.2 - 0.25 - 0.064 + 1.5.
    assert found.best["sharpe"] == pytest.approx(2.386)


def test_curves_are_the_stored_months_of_the_best(made: Path) -> None:
    found = sweep_columns(made)
    first = next(iter(found.curves))
    assert found.figures["sharpe"][np.flatnonzero(found.combination == first)[0]] == (
        pytest.approx(2.386)
    )
    np.testing.assert_allclose(found.curves[first], np.full(MONTHS, 0.02386), rtol=1e-6)
    assert found.middle is not None
    assert len(found.middle) == MONTHS


def test_a_large_sweep_is_sampled_and_keeps_its_best(made: Path) -> None:
    found = sweep_columns(made, most_rows=500)
    assert found.n_sampled == 500
    # The best 1,000 beside the sample, without those that it holds already.
    assert 1_000 < len(found.combination) <= 1_500
    assert np.nanmax(found.figures["sharpe"]) == pytest.approx(2.386)
    assert "500 of 2,000 rows are on this page" in found.notes[0]


def test_damaged_parts_are_left_out_and_named(tmp_path: Path) -> None:
    folder = made_sweep(tmp_path / "sweep", 500)
    part = next(iter((folder / "parts").iterdir()))
    part.write_bytes(part.read_bytes()[:-9])
    found = sweep_columns(folder)
    assert found.n_all == 0
    assert found.notes[0].startswith("1 of 1 parts damaged or gone")


def test_monthly_sums_are_those_of_daily_returns() -> None:
    dates = pd.to_datetime(["2020-01-30", "2020-01-31", "2020-02-03", "2020-04-01"])
    curve = pd.Series([100.0, 110.0, 99.0, 198.0], dates)
    # +10 % in January, -10 % in February, none in March, +100 % in April.
    np.testing.assert_allclose(monthly_sums(curve, "2020-01", 5), [0.1, -0.1, np.nan, 1.0, np.nan])
    np.testing.assert_allclose(monthly_sums(curve, "2020-02", 1), [-0.1])
