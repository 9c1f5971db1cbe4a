"""Rolling sums: equal to pandas, local to their window, blind to the future."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from orebound.strategies.rolling import rolling_std, rolling_sum, windowed_sum

LENGTHS = [(1, 1), (5, 7), (50, 50), (51, 50), (100, 7), (1000, 252)]


@pytest.mark.parametrize(("n", "window"), LENGTHS)
def test_sums_and_deviations_equal_pandas(n: int, window: int) -> None:
    values = np.random.default_rng(n).normal(size=n)
    frame = pd.Series(values)
    np.testing.assert_allclose(rolling_sum(values, window), frame.rolling(window).sum(), atol=1e-12)
    if window > 1:
        expected = frame.rolling(window).std()
        np.testing.assert_allclose(rolling_std(values, window), expected, atol=1e-12)
    expected = frame.rolling(window, min_periods=1).sum()
    np.testing.assert_allclose(windowed_sum(values, window, 1), expected, atol=1e-12)


def test_a_nan_spoils_exactly_the_windows_that_hold_it() -> None:
    values = np.ones(1000)
    values[500] = np.nan
    spoilt = np.isnan(rolling_sum(values, 252))
    assert spoilt[500 : 500 + 252].all()
    assert spoilt[251:500].sum() == 0
    assert spoilt[752:].sum() == 0


@given(st.integers(1, 60), st.integers(0, 120), st.integers(0, 2**32 - 1))
def test_cutting_the_future_changes_no_bit(window: int, kept: int, seed: int) -> None:
    values = np.random.default_rng(seed).normal(size=150)
    whole = rolling_sum(values, window)
    assert np.array_equal(whole[:kept], rolling_sum(values[:kept], window), equal_nan=True)
    if window > 1:
        deviation = rolling_std(values, window)
        cut = rolling_std(values[:kept], window)
        assert np.array_equal(deviation[:kept], cut, equal_nan=True)


def test_a_large_common_level_costs_no_digits() -> None:
    noise = np.random.default_rng(1).normal(size=500)
    plain, lifted = rolling_std(noise, 50), rolling_std(noise + 1e6, 50)
    np.testing.assert_allclose(lifted[49:], plain[49:], rtol=1e-7)


def test_columns_are_summed_each_by_itself() -> None:
    values = np.random.default_rng(2).normal(size=(40, 3))
    together = rolling_sum(values, 9)
    for column in range(3):
        assert np.array_equal(
            together[:, column], rolling_sum(values[:, column], 9), equal_nan=True
        )
