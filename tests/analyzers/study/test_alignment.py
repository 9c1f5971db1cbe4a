"""Alignment: which dates are common, who moves first, and what is refused."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from orebound.analyzers.study import check_alignment

DAYS = pd.bdate_range("2020-01-01", periods=400)


def curve(returns: np.ndarray) -> pd.Series:
    return pd.Series(np.cumprod(1.0 + returns), index=DAYS[: len(returns)])


@pytest.fixture(scope="module")
def noise() -> np.ndarray:
    return np.random.default_rng(4).normal(0.0, 0.01, len(DAYS) + 2)


@pytest.mark.parametrize("lag", [-2, -1, 1, 2])
def test_a_curve_moved_by_a_session_is_refused_and_the_lag_named(
    noise: np.ndarray, lag: int
) -> None:
    mine = noise[2 - lag : 2 - lag + len(DAYS) - 4]
    found = check_alignment(curve(mine), curve(noise[2 : 2 + len(mine)]))
    assert found.lead is not None
    assert found.lead.lag == lag
    assert f"moves {abs(lag)} session" in found.reason


def test_curves_of_the_same_time_may_be_compared_whatever_their_zones(noise: np.ndarray) -> None:
    own = noise[: len(DAYS)]
    hong_kong, new_york = curve(own), curve(0.5 * own)
    hong_kong.index = hong_kong.index.tz_localize("Asia/Hong_Kong")
    new_york.index = new_york.index.tz_localize("America/New_York")
    found = check_alignment(hong_kong, new_york)
    assert (found.n, found.only_curve, found.only_benchmark) == (399, 0, 0)
    assert found.lead is not None
    assert (found.lead.lag, found.reason) == (0, "")


def test_overlap_counts_the_sessions_of_one_only(noise: np.ndarray) -> None:
    whole = curve(noise[: len(DAYS)])
    found = check_alignment(whole.iloc[:300], whole.iloc[100:])
    assert (found.n, found.only_curve, found.only_benchmark) == (199, 100, 100)
    assert (found.first, found.last) == (DAYS[100], DAYS[299])


def test_what_cannot_be_compared_says_why() -> None:
    flat = pd.Series(1.0, index=DAYS)
    moving = curve(np.tile([0.01, -0.01], 200))
    assert check_alignment(moving, flat).reason == "the benchmark never moved"
    assert check_alignment(flat, moving).reason == "the curve itself never moved"
    assert check_alignment(moving.iloc[:3], moving).reason.startswith("2 common returns")
    with pytest.raises(ValueError, match="levels must be positive, 2020-01-02 is -1"):
        check_alignment(moving, pd.Series([1.0, -1.0], index=DAYS[:2]))
