"""A V is confirmed on the session written down by hand, a W twice and an L never."""

from __future__ import annotations

import numpy as np
import pytest

from orebound.strategies.context.v_shape import rolling_least, span_mean, v_shape_of

FALL = [0.0, -0.04, -0.08, -0.12, -0.16, -0.20]
#: With a window of 6 and a high of 2 the first session judged is the sixth. On the seventh the
#: share won back is .1 and the price still lies below the -.16 of two sessions before; on the
#: eighth it is .3 of .2, above both sessions before.
V = [*FALL, -0.18, -0.14, -0.10, -0.06, -0.02, 0.0]
W = [*FALL, -0.18, -0.14, -0.18, -0.20, -0.18, -0.14]
L = [*FALL, -0.20, -0.20, -0.20, -0.20, -0.20, -0.20]


def confirmed(shape: list[float], recovered: float = 0.25) -> list[int]:
    values = np.array(shape)
    is_v, _ = v_shape_of(values, values, window=6, recovered=recovered, high=2)
    return np.flatnonzero(is_v).tolist()


def test_a_v_is_confirmed_on_its_eighth_session_and_stays_so() -> None:
    assert confirmed(V) == [7, 8, 9, 10, 11]


def test_a_w_is_confirmed_once_on_each_arm() -> None:
    assert confirmed(W) == [7, 11]


def test_an_l_is_never_confirmed() -> None:
    assert confirmed(L) == []


def test_a_higher_share_confirms_later() -> None:
    # f is .3, .5, .7, .9 on the eighth to eleventh session.
    assert confirmed(V, recovered=0.6) == [9, 10, 11]


def test_the_score_is_the_share_won_back_in_units_of_what_is_asked() -> None:
    values = np.array(V)
    _, score = v_shape_of(values, values, window=6, recovered=0.6, high=2)
    assert np.isnan(score[:5]).all()
    assert score[5:].tolist() == [0.0, 0.0, 0.5, pytest.approx(0.5 / 0.6), 1.0, 1.0, 1.0]


def test_a_falling_relative_price_denies_a_recovering_gap() -> None:
    # The rolling gap rises by mere roll-off while the miner goes on falling behind.
    falling = -0.01 * np.arange(12.0)
    is_v, score = v_shape_of(np.array(V), falling, window=6, recovered=0.25, high=2)
    assert not is_v.any()
    assert (score[5:] == 0.0).all()


def test_a_name_that_leads_has_no_lag_to_turn() -> None:
    values = 0.1 + 0.01 * np.arange(12.0)
    assert not v_shape_of(values, values, window=6, recovered=0.25, high=2)[0].any()


def test_cutting_or_changing_the_future_changes_no_earlier_score() -> None:
    rng = np.random.default_rng(3)
    gap = np.cumsum(rng.normal(0.0, 0.02, 400)) - 0.2
    gap[:30] = np.nan
    ln = np.cumsum(rng.normal(0.0, 0.02, 400))
    whole = v_shape_of(gap, ln, window=40, recovered=0.25, high=10)[1]
    for cut in (60, 137, 399):
        other = np.concatenate([gap[:cut], gap[cut:] * -3.0])
        part = v_shape_of(gap[:cut], ln[:cut], window=40, recovered=0.25, high=10)[1]
        changed = v_shape_of(other, ln, window=40, recovered=0.25, high=10)[1]
        np.testing.assert_array_equal(part, whole[:cut])
        np.testing.assert_array_equal(changed[:cut], whole[:cut])
    assert (whole >= 1.0).any()


def test_the_exponential_mean_by_hand_and_anew_after_a_hole() -> None:
    # Span 3 weighs one half: 8, (8 + 0)/2, (4 + 2)/2; after the hole it begins at 6.
    values = np.array([np.nan, 8.0, 0.0, 2.0, np.nan, 6.0, 0.0])
    expected = [np.nan, 8.0, 4.0, 3.0, np.nan, 6.0, 3.0]
    np.testing.assert_array_equal(span_mean(values, 3), expected)


def test_the_least_of_a_window_waits_until_it_is_filled() -> None:
    found = rolling_least(np.array([3.0, 1.0, 2.0, 5.0, 4.0]), 3)
    np.testing.assert_array_equal(found, [np.nan, np.nan, 1.0, 1.0, 2.0])


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"window": 1}, "window must be at least 2 .* got 1"),
        ({"recovered": 0.0}, "recovered must be above 0, got 0.0"),
    ],
)
def test_impossible_settings_are_named(settings: dict[str, float], message: str) -> None:
    values = np.array(V)
    with pytest.raises(ValueError, match=message):
        v_shape_of(values, values, **({"window": 6, "recovered": 0.25, "high": 2} | settings))  # type: ignore[arg-type]
