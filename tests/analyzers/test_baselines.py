"""Baseline curves: by hand, over holidays and holes."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from orebound.analyzers import (
    baseline_table,
    ended_names,
    equal_weight_curve,
    rebased,
    weighted_curve,
)

NAN = np.nan


def frame(**columns: list[float]) -> pd.DataFrame:
    size = len(next(iter(columns.values())))
    return pd.DataFrame(columns, index=pd.bdate_range("2024-01-02", periods=size), dtype=float)


def test_equal_weights_earn_the_mean_return() -> None:
    curve = equal_weight_curve(frame(A=[10, 11, 11], B=[50, 50, 45]))
    assert list(curve) == pytest.approx([1.0, 1.05, 1.05 * 0.95])


def test_a_holiday_loses_nothing() -> None:
    curve = equal_weight_curve(frame(A=[10, NAN, 12], B=[10, 10, 10]))
    assert list(curve) == pytest.approx([1.0, 1.0, 1.1])


def test_a_name_without_a_price_does_not_thin_the_mean_of_the_others() -> None:
    # A's data end after the second session: from the third on B alone is the basket.
    curve = equal_weight_curve(frame(A=[10, 11, NAN, NAN], B=[10, 10, 12, 12]))
    assert list(curve) == pytest.approx([1.0, 1.05, 1.05 * 1.2, 1.05 * 1.2])


def test_a_basket_s_lost_names_are_those_without_a_price_for_longer_than_a_gap() -> None:
    prices = frame(
        A=[10, 11, *[NAN] * 6], B=[5.0] * 8, C=[7.0, 7.0, 7.0, *[NAN] * 5], D=[3.0, *[NAN] * 7]
    )
    # C lacks five sessions, which a return may still span; A lacks six, D seven.
    assert ended_names(prices) == {"D": prices.index[0], "A": prices.index[1]}
    assert list(ended_names(prices)) == ["D", "A"]


def test_no_return_spans_a_hole() -> None:
    holed = [10.0, *[NAN] * 6, 20.0, 22.0]
    curve = equal_weight_curve(frame(A=holed, B=[10.0] * 9))
    assert list(curve) == pytest.approx([1.0] * 8 + [1.05])


def test_a_late_name_counts_from_its_second_bar() -> None:
    curve = equal_weight_curve(frame(A=[10, 10, 10, 10], B=[NAN, NAN, 5, 10]))
    assert list(curve) == pytest.approx([1, 1, 1, 1.5])


def test_cutting_the_data_never_changes_the_curve_before_the_cut() -> None:
    generator = np.random.default_rng(2)
    prices = frame(**{name: list(generator.uniform(5, 10, 60)) for name in "ABC"})
    prices = prices.mask(generator.uniform(size=prices.shape) < 0.4)
    whole = equal_weight_curve(prices)
    for cut in (5, 23, 41):
        pd.testing.assert_series_equal(equal_weight_curve(prices.iloc[:cut]), whole.iloc[:cut])


def test_weights_are_those_of_the_session_before() -> None:
    prices = frame(A=[10, 11, 11], B=[10, 10, 20])
    weights = frame(A=[1, 0, 0], B=[0, 1, 1])
    assert list(weighted_curve(prices, weights)) == pytest.approx([1.0, 1.1, 2.2])


def test_scaling_prices_changes_nothing() -> None:
    prices = frame(A=[10, 11, 12], B=[50, 50, 45])
    expected = equal_weight_curve(prices)
    pd.testing.assert_series_equal(equal_weight_curve(prices * [3.0, 0.01]), expected)


def test_the_table_starts_every_curve_at_one_on_the_runs_dates() -> None:
    prices = frame(A=[5, 10, 20, 40])
    dates = prices.index[1:].insert(3, prices.index[-1] + pd.Timedelta("1D"))
    table = baseline_table(dates, market=prices["A"])
    assert list(table["market"]) == [1, 2, 4, 4]
    assert list(table.columns) == ["date", "market"]


def test_bad_prices_are_named() -> None:
    with pytest.raises(ValueError, match=r"B: price of 2024-01-03 is 0\.0"):
        equal_weight_curve(frame(A=[1, 1], B=[1, 0]))
    with pytest.raises(ValueError, match="ascending session dates"):
        equal_weight_curve(frame(A=[1, 2]).iloc[::-1])
    with pytest.raises(ValueError, match="gold has no price"):
        rebased(pd.Series([NAN], name="gold"))
