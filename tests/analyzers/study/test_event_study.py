"""Returns around events: by hand, and under worlds whose answer is known."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest

from orebound.analyzers.study import (
    abnormal_returns,
    calendar_time,
    cumulative,
    newey_west_lags,
    newey_west_mean,
    placebo_band,
)

DATES = pd.bdate_range("2015-01-01", periods=8)


def series(values: list[float]) -> pd.Series:
    return pd.Series(values, index=DATES[: len(values)])


OWN = series([0.01, 0.02, 0.03, 0.04, 0.05, 0.06, 0.07, 0.08])
OTHER = series([0.01] * 8)


def test_windows_are_returns_beyond_the_benchmark_by_offset() -> None:
    found = abnormal_returns(OWN, OTHER, [DATES[2], DATES[6]], (-1, 2))
    assert found.columns.tolist() == [-1, 0, 1, 2]
    assert found.iloc[0].to_numpy() == pytest.approx([0.01, 0.02, 0.03, 0.04])
    assert found.iloc[1].to_numpy()[:3] == pytest.approx([0.05, 0.06, 0.07])
    assert math.isnan(found.iloc[1, 3])


def test_a_weekend_event_belongs_to_the_next_session_and_twins_are_one() -> None:
    saturday = pd.Timestamp("2015-01-03")
    found = abnormal_returns(OWN, None, [saturday, pd.Timestamp("2015-01-05")], (0, 0))
    assert found.index.tolist() == [pd.Timestamp("2015-01-05")]
    outside = abnormal_returns(OWN, None, ["2014-12-01", "2016-01-01"], (0, 0))
    assert len(outside) == 0


def test_the_mean_cumulative_return_counts_whole_windows_only() -> None:
    found = cumulative(abnormal_returns(OWN, OTHER, [DATES[0], DATES[2], DATES[6]], (-1, 2)))
    # The first event has no session before it, the last none at +2.
    assert found["n"].tolist() == [2, 2, 2, 1]
    assert found["car"].to_numpy() == pytest.approx(
        [(0.01 + 0.05) / 2, (0.03 + 0.11) / 2, (0.06 + 0.18) / 2, 0.10]
    )


def world(seed: int, n: int = 700) -> tuple[pd.Series, np.ndarray]:
    generator = np.random.default_rng(seed)
    dates = pd.bdate_range("2010-01-01", periods=n)
    places = np.sort(generator.choice(np.arange(20, n - 80), 20, replace=False))
    return pd.Series(generator.normal(0.0, 0.01, n), index=dates), dates.to_numpy()[places]


def test_the_band_holds_ninety_per_cent_of_noise() -> None:
    outside = []
    for seed in range(120):
        returns, events = world(seed)
        frame = placebo_band(returns, None, events, (0, 20)).frame
        last = frame.iloc[-1]
        outside.append(not last["low"] <= last["car"] <= last["high"])
    # Binomial: 10 % of 120 with a standard error of 2.7 %.
    assert np.mean(outside) == pytest.approx(0.10, abs=0.085)


def test_every_move_of_the_dates_is_tried() -> None:
    # Dates 0 and 2 of four; moved by one they are 1 and 3, by two 2 and 0, by three 3 and 1.
    returns = series([0.01, 0.02, 0.05, 0.04])
    found = placebo_band(returns, None, DATES[[0, 2]], (0, 1), level=0.5)
    assert found.shifts == 3
    now, after = (found.frame.iloc[k] for k in (0, 1))
    assert now["car"] == pytest.approx(0.03)
    assert (now["low"], now["middle"], now["high"]) == pytest.approx((0.03, 0.03, 0.03))
    # The window of the last session does not reach: (0.03 + 0.09) / 2 against 0.07 alone.
    assert after["car"] == pytest.approx(0.06)
    assert (after["low"], after["high"]) == pytest.approx((0.065, 0.07))
    assert (now["n"], after["n"]) == (2, 2)
    # Moved means 0.07, 0.06 and 0.07 about 0.0667: the second lies as far as the observed.
    assert after["p"] == pytest.approx((1 + 1) / 4)


def test_a_planted_reaction_is_seen_and_its_size_found() -> None:
    returns, events = world(3)
    moved = returns.copy()
    moved[pd.DatetimeIndex(events)] += 0.02
    frame = placebo_band(moved, None, events, (0, 20)).frame.set_index("offset")
    plain = placebo_band(returns, None, events, (0, 20)).frame.set_index("offset")
    assert (frame["car"] - plain["car"])[0] == pytest.approx(0.02)
    assert frame["p"][0] <= 0.01
    assert frame["car"][0] > frame["high"][0]
    assert (frame["n"] == 20).all()


def test_a_common_drift_is_no_reaction() -> None:
    returns, events = world(4)
    plain = placebo_band(returns, None, events, (0, 20)).frame
    lifted = placebo_band(returns + 0.005, None, events, (0, 20)).frame
    assert lifted["p"].to_numpy() == pytest.approx(plain["p"].to_numpy(), abs=0.02)


def test_a_portfolio_in_calendar_time_counts_each_day_once() -> None:
    found = calendar_time(OWN, None, [DATES[1], DATES[2]], hold=3)
    # Sessions 2 to 5.
    assert (found.days, found.mean) == (4, pytest.approx(0.035))
    values = np.array([0.02, 0.03, 0.04, 0.05])
    assert found.lags == newey_west_lags(4) == 1
    assert found.t == pytest.approx(0.035 / newey_west_mean(values, 1))


def test_the_error_of_a_mean_by_hand() -> None:
    # Deviations 1, -1, 1, -1: sum of squares 4, of neighbours -3, weighted 1/2, twice: 4 - 3 = 1.
    assert newey_west_mean(np.array([3.0, 1.0, 3.0, 1.0]), 1) == pytest.approx(math.sqrt(1) / 4)
    assert newey_west_mean(np.array([3.0, 1.0, 3.0, 1.0]), 0) == pytest.approx(math.sqrt(4) / 4)
    # floor(4 (1000 / 100)^(2/9)) = floor(6.67)
    assert newey_west_lags(1000) == 6


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda r: r.where(r.index != DATES[3]), "abnormal return of 2015-01-06 is not finite"),
        (lambda r: r.iloc[::-1], "ascending session dates"),
    ],
)
def test_returns_that_cannot_be_used_are_named(change, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        abnormal_returns(change(OWN), None, [DATES[2]])


def test_empty_requests_are_refused() -> None:
    with pytest.raises(ValueError, match="from its first to its last"):
        abnormal_returns(OWN, None, [DATES[2]], (3, 1))
    with pytest.raises(ValueError, match="at least one session"):
        placebo_band(OWN, None, [], (0, 1))
    with pytest.raises(ValueError, match="same sessions"):
        abnormal_returns(OWN, OTHER.iloc[1:], [DATES[2]])
    with pytest.raises(ValueError, match="hold must be at least 1"):
        calendar_time(OWN, None, [DATES[2]], 0)
