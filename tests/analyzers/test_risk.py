"""Risk: tails, drawdowns, concentration and exposures, against hand work."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from orebound.analyzers import (
    by_session,
    drawdown_periods,
    expected_shortfall,
    exposure_by_currency,
    exposure_by_metal,
    herfindahl,
    to_session_dates,
    utc_midnights,
    value_at_risk,
)

DAYS = pd.date_range("2024-01-01", periods=8, freq="D")


def test_tails_of_a_hundred_and_one_even_returns_lie_at_their_fifth_and_second() -> None:
    # -0.50, -0.49, ..., 0.50: the 5th percentile is the 6th value, the 1st the 2nd.
    returns = np.arange(-50, 51) / 100.0
    assert value_at_risk(returns, 0.95) == pytest.approx(-0.45)
    assert expected_shortfall(returns, 0.95) == pytest.approx(-(0.50 + 0.45) / 2)
    assert value_at_risk(returns, 0.99) == pytest.approx(-0.49)
    assert expected_shortfall(returns, 0.99) == pytest.approx(-0.495)


def test_one_return_has_no_tail_and_a_level_outside_is_refused() -> None:
    assert np.isnan(value_at_risk(np.array([0.01])))
    assert np.isnan(expected_shortfall(np.array([])))
    with pytest.raises(ValueError, match=r"level must lie between 0\.5 and 1, got 5"):
        value_at_risk(np.array([0.01, 0.02]), 5)


def test_drawdowns_are_counted_in_sessions_from_peak_to_valley_to_recovery() -> None:
    values = pd.Series([100.0, 90.0, 95.0, 100.0, 120.0, 60.0, 90.0, 110.0], index=DAYS)
    found = drawdown_periods(values)
    # The second fall, half of 120, never came back; the first took one session down, two up.
    assert found["depth"].tolist() == pytest.approx([-0.5, -0.1])
    assert found["peak"].tolist() == [DAYS[4], DAYS[0]]
    assert found["valley"].tolist() == [DAYS[5], DAYS[1]]
    assert pd.isna(found["recovery"][0])
    assert found["recovery"][1] == DAYS[3]
    assert found["fall"].tolist() == [1.0, 1.0]
    assert np.isnan(found["regain"][0])
    assert found["regain"][1] == 2.0
    assert found["length"].tolist() == [3.0, 3.0]


def test_a_curve_that_never_falls_has_no_drawdown_and_a_dead_one_is_refused() -> None:
    assert drawdown_periods(pd.Series([1.0, 1.0, 2.0], index=DAYS[:3])).empty
    assert drawdown_periods(pd.Series([], dtype=float)).empty
    with pytest.raises(ValueError, match="positive and finite"):
        drawdown_periods(pd.Series([1.0, 0.0], index=DAYS[:2]))


def test_concentration_is_one_over_n_for_equal_names_and_unknown_while_flat() -> None:
    held = pd.DataFrame(
        {"A": [0.0, 10.0, 10.0, 30.0], "B": [0.0, 0.0, -10.0, 10.0]}, index=DAYS[:4]
    )
    found = herfindahl(held)
    assert np.isnan(found.iloc[0])
    # 30 and 10 of 40: 0.75 squared and 0.25 squared.
    assert found.iloc[1:].tolist() == pytest.approx([1.0, 0.5, 0.625])


def test_exposures_by_metal_follow_publication_dates_and_sum_to_the_holdings() -> None:
    held = pd.DataFrame({"RIO": [100.0, 100.0, 100.0], "XX": [10.0, 0.0, 5.0]}, index=DAYS[:3])
    rows = [
        ("RIO", "iron", 0.6, DAYS[1]),
        ("RIO", "copper", 0.6, DAYS[1]),
        ("RIO", "iron", 1.0, DAYS[2]),
    ]
    weights = pd.DataFrame(rows, columns=["symbol", "commodity", "weight", "valid_from"])
    found = exposure_by_metal(held, weights)
    # The first publication is carried back, weights beyond 1 are scaled, the second replaces it.
    assert found["iron"].tolist() == pytest.approx([50.0, 50.0, 100.0])
    assert found["copper"].tolist() == pytest.approx([50.0, 50.0, 0.0])
    assert found["unknown"].tolist() == [10.0, 0.0, 5.0]
    assert found.sum(axis=1).tolist() == pytest.approx(held.sum(axis=1).tolist())


def test_exposures_by_currency_sum_names_of_one_currency() -> None:
    held = pd.DataFrame({"A": [1.0], "B": [2.0], "C": [4.0]}, index=DAYS[:1])
    found = exposure_by_currency(held, {"A": "GBP", "C": "GBP"})
    assert found.to_dict("list") == {"GBP": [5.0], "unknown": [2.0]}


@pytest.mark.parametrize("zone", [None, "UTC", "Asia/Hong_Kong", "America/New_York"])
def test_a_session_keeps_the_date_of_its_own_zone(zone: str | None) -> None:
    # Midnight in Hong Kong is 16:00 of the day before in UTC; 16:00 in New York is 20:00 there.
    stamps = pd.DatetimeIndex(["2024-03-08 00:00", "2024-03-11 16:00"], tz=zone)
    assert to_session_dates(stamps).astype(str).tolist() == ["2024-03-08", "2024-03-11"]
    assert utc_midnights(stamps).tz is not None
    assert utc_midnights(stamps)[1] == pd.Timestamp("2024-03-11", tz="UTC")


def test_new_york_and_hong_kong_have_thirty_common_sessions_not_sixty() -> None:
    days = pd.bdate_range("2024-01-02", periods=30)
    mine, theirs = (
        by_session(pd.Series(1.0, index=days.tz_localize(zone)))
        for zone in ("America/New_York", "Asia/Hong_Kong")
    )
    assert len(mine.index.union(theirs.index)) == 30


def test_two_rows_of_one_session_or_no_dates_at_all_are_refused() -> None:
    twice = pd.DatetimeIndex(["2024-01-02 00:00", "2024-01-02 16:00"])
    with pytest.raises(ValueError, match="2024-01-02 has several"):
        by_session(pd.Series([1.0, 2.0], index=twice))
    with pytest.raises(ValueError, match="need timestamps of one time zone"):
        to_session_dates(pd.Index(["2024-01-02"]))
    with pytest.raises(ValueError, match="row 1 is not"):
        to_session_dates(pd.DatetimeIndex(["2024-01-02", None]))
