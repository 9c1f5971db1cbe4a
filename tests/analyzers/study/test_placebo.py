"""The placebo: exact on four dates, uniform on noise, sharp on an effect, blind to nothing."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
from scipy import stats

from orebound.analyzers.study import (
    circular_shift,
    forward_relative,
    leave_one_event_out,
    on_less_off,
)


def spells(generator: np.random.Generator, n: int) -> Any:
    """ON a fifth of the time, in spells of about forty rows."""
    states = np.zeros(n, np.int8)
    while states.mean() < 0.2:
        first = generator.integers(0, n - 60)
        states[first : first + generator.integers(20, 60)] = 1
    return states


def mean_while_on(returns: Any):
    return lambda states: float(returns[states == 1].mean())


def test_every_shift_is_tried_where_there_are_few() -> None:
    states, returns = np.array([1, 0, 0, 0]), np.array([3.0, 1.0, 4.0, 2.0])
    found = circular_shift(states, mean_while_on(returns), draws=1000)
    assert found.observed == 3.0
    assert sorted(found.distribution) == [1.0, 2.0, 4.0]
    # One of three shifts does as well, and the observed itself: 2 of 4.
    assert found.p_value == pytest.approx(0.5)
    assert (found.draws, found.undefined) == (3, 0)
    assert found.mean == pytest.approx(7.0 / 3.0)


def test_the_shift_of_zero_is_the_observed() -> None:
    generator = np.random.default_rng(0)
    states, returns = spells(generator, 400), generator.normal(size=400)
    statistic = mean_while_on(returns)
    found = circular_shift(states, statistic, draws=50, seed=1)
    assert found.observed == statistic(np.roll(states, 0))
    assert found.observed == statistic(np.roll(np.roll(states, 17), -17))


def test_p_is_uniform_on_noise_although_spells_are_long() -> None:
    found = []
    for seed in range(300):
        generator = np.random.default_rng(seed)
        states = spells(generator, 500)
        # Returns over twenty rows overlap, as forward returns do.
        steps = generator.normal(size=520)
        returns = np.convolve(steps, np.ones(20), "valid")[:500]
        found.append(circular_shift(states, mean_while_on(returns), draws=99, seed=seed).p_value)
    assert stats.kstest(found, "uniform").pvalue > 0.01


def test_a_planted_effect_is_found() -> None:
    generator = np.random.default_rng(5)
    states = spells(generator, 1000)
    returns = generator.normal(size=1000) + 1.5 * (states == 1)
    assert circular_shift(states, mean_while_on(returns), draws=499).p_value <= 0.01


def test_a_statistic_that_does_not_exist_is_counted_and_never_a_win() -> None:
    states = np.array([1, 1, 0, 0, 0, 0])

    def only_early(moved: Any) -> float:
        return 1.0 if moved[0] == 1 else math.nan

    found = circular_shift(states, only_early, draws=100)
    assert (found.draws, found.undefined) == (5, 4)
    assert found.p_value == pytest.approx(1.0)
    never = circular_shift(states, lambda _moved: math.nan, draws=100)
    assert math.isnan(never.p_value)
    assert math.isnan(never.mean)
    assert math.isnan(never.quantile(0.95))


def test_columns_move_together() -> None:
    states = np.arange(8).reshape(4, 2)
    seen: list[Any] = []
    circular_shift(states, lambda moved: seen.append(moved.copy()) or 0.0, draws=10)
    assert len(seen) == 4
    assert all((one[:, 1] - one[:, 0] == 1).all() for one in seen)


def test_bad_requests_are_named() -> None:
    with pytest.raises(ValueError, match="at least 2 rows, got 1"):
        circular_shift(np.array([1]), lambda _: 0.0)
    with pytest.raises(ValueError, match="draws must be at least 1, got 0"):
        circular_shift(np.array([1, 0]), lambda _: 0.0, draws=0)
    with pytest.raises(ValueError, match="horizon must be at least 1"):
        forward_relative(np.zeros((3, 1)), np.zeros((3, 1)), np.zeros((3, 1)), [np.arange(3)], 0)


@dataclass
class Events:
    """Three announcements with strengths."""

    ids: tuple[str, ...]
    known_at: Any
    strength: Any

    def where(self, chosen: Any) -> Events:
        places = np.flatnonzero(chosen)
        ids = tuple(self.ids[i] for i in places)
        return Events(ids, self.known_at[places], self.strength[places])


def test_the_most_influential_event_comes_first() -> None:
    events = Events(("a", "b", "c"), np.array(["2020-01-01"] * 3, "M8[ns]"), np.array([1, -4, 2]))
    found = leave_one_event_out(
        events, lambda some: some.strength, lambda strength: float(strength.sum())
    )
    assert found["id"].tolist() == ["b", "c", "a"]
    # The sum of all is -1.
    assert found["without"].tolist() == [3.0, -3.0, -2.0]
    assert found["change"].tolist() == [4.0, -2.0, -1.0]


def test_an_event_without_which_there_is_no_statistic_leads_the_list() -> None:
    events = Events(("a", "b"), np.array(["2020-01-01"] * 2, "M8[ns]"), np.array([1, 5]))

    def largest(strength: Any) -> float:
        return float(strength[0]) if len(strength) and strength[0] == 1 else math.nan

    found = leave_one_event_out(events, lambda some: some.strength, largest)
    assert found["id"].tolist() == ["a", "b"]
    assert math.isnan(found["change"].iloc[0])


def test_forward_returns_begin_at_the_next_session_and_stay_in_their_stretch() -> None:
    ln_equity = np.array([[0.0], [0.1], [0.3], [np.nan], [0.6], [1.0], [1.5]])
    ln_basket = np.array([[0.0], [0.0], [0.1], [np.nan], [0.1], [0.2], [0.3]])
    run = np.array([[0], [0], [0], [-1], [0], [1], [1]])
    own = [np.array([0, 1, 2, 4, 5, 6])]
    found = forward_relative(ln_equity, ln_basket, run, own, horizon=2)[:, 0]
    # From row 1 to row 4: 0.5 - 0.1; from row 2 on, the end lies in another stretch.
    assert found[0] == pytest.approx((0.6 - 0.1) - (0.1 - 0.0))
    assert np.isnan(found[1:]).all()


def test_entries_under_on_are_compared_with_all_others() -> None:
    outcome = np.array([0.4, 0.2, 0.1, -0.1])
    states = np.array([1, 0, 1, -1, 0])
    place = np.array([0, 2, 3, 4])
    assert on_less_off(outcome, place, states) == pytest.approx(0.3 - 0.0)
    assert math.isnan(on_less_off(outcome, place, np.ones(5, int)))
    assert math.isnan(on_less_off(outcome, place, np.zeros(5, int)))
