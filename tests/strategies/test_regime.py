"""The regime's dates are those computed independently on London sessions, and never look ahead."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from orebound.feeds import ConfigError, PolicyEvents, china_events, clock
from orebound.strategies.parameters import Regime
from orebound.strategies.regime import (
    OFF,
    ON,
    TIGHT,
    decayed_score,
    impulse_state,
    impulse_sum,
    level_state,
    stimulus_at,
    stimulus_path,
)

LONDON = clock("XLON")
LAST = "2026-06-30"
LEVEL = [
    ("2008-11-10", "2009-06-08"),
    ("2015-04-20", "2016-01-18"),
    ("2020-03-30", "2020-08-21"),
    ("2022-06-01", "2022-11-01"),
    ("2024-09-24", "2025-09-15"),
]
IMPULSE = [
    ("2008-10-09", "2009-06-18"),
    ("2015-05-11", "2015-11-04"),
    ("2020-03-30", "2020-12-07"),
    ("2022-05-23", "2022-11-17"),
    ("2022-12-07", "2023-06-06"),
    ("2024-09-24", "2025-04-10"),
    ("2025-05-07", "2025-11-11"),
]
MECHANICAL = [
    ("2008-11-10", "2009-05-29"),
    ("2020-03-30", "2020-10-02"),
    ("2024-09-24", "2025-02-03"),
]
REGIMES = [
    Regime(),
    Regime(regime="impulse"),
    Regime(judgement=False),
    Regime(memory_days=30.0, day_cap=1.5, on_score=2.0, off_score=0.5),
]


def spells(regime: Regime, **kwargs: Any) -> list[tuple[str, str]]:
    path = stimulus_path(LONDON, LAST, regime, **kwargs)
    return [(str(first), str(last)) for first, last in path.episodes()]


def score_on(day: str, regime: Regime) -> float:
    path = stimulus_path(LONDON, LAST, regime)
    return float(path.score[path.place(day)])


@pytest.mark.parametrize(
    ("day", "score"), [("2024-09-23", 1.47), ("2024-09-24", 5.46), ("2025-03-24", 4.22)]
)
def test_default_scores_are_the_reference_ones(day: str, score: float) -> None:
    assert score_on(day, Regime()) == pytest.approx(score, abs=0.005)


def test_level_spells_are_the_reference_ones() -> None:
    assert spells(Regime()) == LEVEL


def test_impulse_spells_are_the_reference_ones() -> None:
    assert spells(Regime(regime="impulse")) == IMPULSE


def test_mechanical_rule_alone_gives_the_reference_spells() -> None:
    assert spells(Regime(judgement=False)) == MECHANICAL
    assert score_on("2025-03-24", Regime(judgement=False)) == pytest.approx(2.43, abs=0.005)


def test_a_lower_mechanical_bar_adds_the_spring_of_2024() -> None:
    lower = spells(Regime(judgement=False, on_score=3.0, off_score=1.0))
    assert lower[-2:] == [("2024-03-05", "2024-06-17"), ("2024-09-24", "2025-08-26")]


def test_lower_bar_and_longer_memory_turn_on_before_the_pivot() -> None:
    # Domain notes, section 4.2: the flip on 2024-09-24 holds for short memory and a high bar only.
    lower = spells(Regime(on_score=3.5))
    assert ("2019-03-05", "2019-04-23") in lower
    assert ("2022-12-07", "2023-02-20") in lower
    assert any(first == "2024-02-20" for first, _ in spells(Regime(on_score=3.0)))
    assert ("2023-09-14", "2026-01-02") in spells(Regime(memory_days=90.0))


def test_the_regime_flips_on_the_announcement_and_not_when_it_takes_effect() -> None:
    path = stimulus_path(LONDON, LAST, Regime())
    days = ["2024-09-23", "2024-09-24", "2024-09-27", "2025-09-12", "2025-09-15"]
    assert path.state[path.place(days)].tolist() == [OFF, ON, ON, ON, OFF]
    assert path.ids_on(int(path.place("2024-09-24"))) == ("CN123",)
    assert path.ids_on(int(path.place("2024-09-27"))) == ()
    assert "CN060" in path.ids_on(int(path.place("2016-02-29")))
    assert "CN057" in path.ids_on(int(path.place("2015-08-25")))
    assert "CN010" in path.ids_on(int(path.place("2008-11-10")))


def test_tightening_below_the_negative_bar_is_tight() -> None:
    path = stimulus_path(LONDON, LAST, Regime())
    assert path.state[path.place("2011-04-18")] == TIGHT
    assert path.episodes(TIGHT)


def test_no_filter_is_on_throughout_and_still_tells_the_score() -> None:
    path = stimulus_path(LONDON, LAST, Regime(regime="none"))
    assert set(path.state.tolist()) == {ON}
    assert (path.score == stimulus_path(LONDON, LAST, Regime()).score).all()


def test_day_cap_bounds_what_one_session_adds() -> None:
    events = replace(china_events(), intensity=np.full(len(china_events()), 50.0))
    path = stimulus_path(LONDON, "2008-01-16", Regime(), events)
    assert path.score[path.place("2007-12-05")] == 4.0


def test_score_halves_each_memory_and_entries_add() -> None:
    score = decayed_score(np.array([0, 60, 120]), np.array([4.0, 0.0, 1.0]), 60.0)
    assert score.tolist() == [4.0, 2.0, 1.5]


def test_hysteresis_is_symmetrical() -> None:
    score = np.array([3.9, 4.0, 1.6, 1.5, 3.9, -4.0, -1.6, -1.5, -3.9, 4.0, -4.0])
    want = [OFF, ON, ON, OFF, OFF, TIGHT, TIGHT, OFF, OFF, ON, TIGHT]
    assert level_state(score, 4.0, 1.5).tolist() == want


def test_impulse_holds_and_is_set_off_again() -> None:
    strength = np.array([3.0, 0, 0, 0, 0, 0, 0, 3.0, 0, 0, 0])
    sums = impulse_sum(strength, 2)
    assert sums.tolist() == [3, 3, 0, 0, 0, 0, 0, 3, 3, 0, 0]
    # Last set off at place 1 and held 3 sessions, that one included; again from place 7 to 8 + 2.
    assert impulse_state(sums, 3.0, 3).tolist() == [1, 1, 1, 1, 0, 0, 0, 1, 1, 1, 1]


def test_regime_needs_no_prices_and_starts_before_them() -> None:
    assert stimulus_path(LONDON, LAST, Regime()).sessions[0] < np.datetime64("2000-01-01")


def test_a_date_before_the_calendar_is_off_and_not_the_last_session() -> None:
    path = stimulus_path(LONDON, "2024-10-01", Regime())
    assert path.state[-1] == ON
    assert path.place("1975-03-03") == 0
    assert (path.state[0], path.score[0]) == (OFF, 0.0)


def test_no_event_means_off() -> None:
    silent = china_events().until("2000-01-01")
    path = stimulus_path(LONDON, "2010-01-01", Regime(), silent)
    assert not path.score.any()
    assert not path.state.any()


def test_events_before_the_calendar_are_refused() -> None:
    old = replace(china_events(), known_at=china_events().known_at - np.timedelta64(15 * 366, "D"))
    with pytest.raises(ConfigError, match="begin on 1998-01-02, after the first event"):
        stimulus_path(LONDON, LAST, Regime(), old)


@pytest.mark.parametrize("regime", REGIMES)
@pytest.mark.parametrize("last", ["2015-08-25", "2020-03-27", "2024-09-23", "2024-09-24"])
def test_a_shorter_path_is_the_beginning_of_a_longer_one(regime: Regime, last: str) -> None:
    whole, cut = stimulus_path(LONDON, LAST, regime), stimulus_path(LONDON, last, regime)
    assert (whole.score[: len(cut.score)] == cut.score).all()
    assert (whole.state[: len(cut.state)] == cut.state).all()


FUTURES = st.lists(
    st.tuples(st.integers(0, 500 * 1440), st.floats(-6.0, 6.0)), min_size=1, max_size=12
)


def with_future(cut: np.datetime64, future: list[tuple[int, float]]) -> PolicyEvents:
    """Return the events up to a close, followed by other ones than history's."""
    past = china_events().until(cut)
    minutes = np.array(sorted(minute for minute, _ in future), dtype="timedelta64[m]")
    values = np.array([value for _, value in future])
    blank = tuple("made up" for _ in future)
    return PolicyEvents(
        ids=past.ids + blank,
        known_at=np.concatenate([past.known_at, cut + np.timedelta64(1, "ns") + minutes]),
        kind=past.kind + blank,
        size=past.size + blank,
        intensity=np.concatenate([past.intensity, values]),
        mechanical=np.concatenate([past.mechanical, values]),
        confidence=past.confidence + blank,
        description=past.description + blank,
    )


@settings(max_examples=40, deadline=None)
@given(st.integers(2600, 7000), FUTURES, st.sampled_from(REGIMES))
def test_future_events_never_change_the_past(
    place: int, future: list[tuple[int, float]], regime: Regime
) -> None:
    whole = stimulus_path(LONDON, LAST, regime)
    cut = LONDON.known_at(whole.sessions[place : place + 1])[0]
    other = stimulus_path(LONDON, LAST, regime, with_future(cut, future))
    assert (whole.score[: place + 1] == other.score[: place + 1]).all()
    assert (whole.state[: place + 1] == other.state[: place + 1]).all()


@settings(max_examples=20, deadline=None)
@given(st.integers(1, 5000), FUTURES, st.sampled_from(REGIMES))
def test_future_events_never_change_a_bar_already_known(
    place: int, future: list[tuple[int, float]], regime: Regime
) -> None:
    bars = LONDON.known_at(LONDON.sessions("2006-06-01", LAST))[: place + 1]
    score, state = stimulus_at(bars, regime)
    other_score, other_state = stimulus_at(bars, regime, with_future(bars[-1], future))
    assert (score == other_score).all()
    assert (state == other_state).all()


@pytest.mark.parametrize("regime", REGIMES)
@pytest.mark.parametrize("first", ["2006-06-01", "2012-02-02", "2024-09-25"])
def test_bars_at_a_calendars_closes_see_the_calendars_path(regime: Regime, first: str) -> None:
    path = stimulus_path(LONDON, LAST, regime)
    own = path.sessions >= np.datetime64(first)
    score, state = stimulus_at(LONDON.known_at(path.sessions[own]), regime, mic="XLON")
    assert (score == path.score[own]).all()
    assert (state == path.state[own]).all()


@pytest.mark.parametrize("first", ["2012-02-02", "2020-05-01", "2024-09-25", "2025-08-01"])
def test_state_does_not_depend_on_where_the_bars_start(first: str) -> None:
    bars = LONDON.known_at(LONDON.sessions("2007-06-01", LAST))
    _, whole = stimulus_at(bars, Regime())
    late = bars >= np.datetime64(first)
    _, state = stimulus_at(bars[late], Regime())
    assert (state == whole[late]).all()


def test_hourly_bars_of_one_day_are_one_session() -> None:
    hours = np.arange("2024-09-02", "2024-10-12", dtype="datetime64[h]").astype("datetime64[ns]")
    score, state = stimulus_at(hours, Regime(), mic="XLON")
    announced = np.searchsorted(hours, np.datetime64("2024-09-24T01:00"))
    assert state[announced - 1] == OFF
    assert state[announced] == ON
    day = slice(announced, announced + 23)
    assert len(set(score[day].tolist())) == 1
    _, held = stimulus_at(hours, Regime(regime="impulse", impulse_hold=3, impulse_window=1))
    on_days = np.unique(hours[held == ON].astype("datetime64[D]"))
    # Set off on the 24th only: a window of one session reaches 3 on no other day.
    assert [str(day) for day in on_days] == ["2024-09-24", "2024-09-25", "2024-09-26"]


def test_bars_out_of_order_are_refused() -> None:
    bars = np.array(["2024-09-24T16:00", "2024-09-23T16:00"], dtype="datetime64[ns]")
    with pytest.raises(ConfigError, match=r"bars must ascend.*2024-09-23"):
        stimulus_at(bars, Regime())


def test_no_bars_give_empty_arrays() -> None:
    score, state = stimulus_at(np.array([], dtype="datetime64[ns]"), Regime())
    assert score.shape == state.shape == (0,)
