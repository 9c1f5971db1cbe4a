"""Whether China stimulates: a decayed score of announcements, its state, and the impulse form.

Every number at a session depends on announcements that were public by that session's close and on
nothing else: not on prices, not on where the prices start, not on later announcements.

The default thresholds were picked knowing that the state must turn ON on 2024-09-24, and the
intensities were assigned in 2026: results that use the regime are in-sample and must say so.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from orebound.feeds import Clock, ConfigError, PolicyEvents, china_events, clock

from .parameters import Regime

ON, OFF, TIGHT = 1, 0, -1
STATE_NAMES = {ON: "ON", OFF: "OFF", TIGHT: "TIGHT"}

# Scores are rounded before they meet a threshold, so that another processor gives the same state.
DIGITS = 10
DAY_NS = 86_400_000_000_000
LONG_AGO = np.datetime64("1900-01-01")

Times = NDArray[np.datetime64]
Scores = NDArray[np.float64]
States = NDArray[np.int8]


def decayed_score(days: NDArray[np.int64], strength: Scores, memory_days: float) -> Scores:
    """Return the sum of past strengths, each halved every `memory_days` calendar days.

    Parameters
    ----------
    days : ndarray of shape (n_sessions,)
        Calendar days since the session before; the first entry is not read.
    strength : ndarray of shape (n_sessions,)
        What each session adds, already capped.

    Returns
    -------
    ndarray of shape (n_sessions,)
        Rounded to 1e-10; entry `t` depends on entries ``<= t`` only.
    """
    kept = 0.5 ** (days / memory_days)
    score = np.empty(len(strength))
    level = 0.0
    for t, added in enumerate(strength):
        level = level * kept[t] + added
        score[t] = level
    return np.round(score, DIGITS)


def next_level(state: int, score: float, on_score: float, off_score: float) -> int:
    """Return the state that follows: ON at `on_score`, TIGHT at its negative, kept until `off`."""
    if score >= on_score:
        return ON
    if score <= -on_score:
        return TIGHT
    is_kept = score > off_score if state == ON else score < -off_score
    return state if is_kept else OFF


def level_state(score: Scores, on_score: float, off_score: float) -> States:
    """Return ON, OFF or TIGHT by session, with hysteresis, starting OFF."""
    state = OFF
    states = np.empty(len(score), dtype=np.int8)
    for t, value in enumerate(score):
        state = next_level(state, value, on_score, off_score)
        states[t] = state
    return states


def impulse_sum(strength: Scores, window: int) -> Scores:
    """Return the sum of the last `window` sessions' strengths, rounded to 1e-10."""
    total = np.concatenate([np.zeros(window), np.cumsum(strength)])
    sums: Scores = np.round(total[window:] - total[:-window], DIGITS)
    return sums


def impulse_state(sums: Scores, on_score: float, hold: int) -> States:
    """Return ON on each session whose sum reaches `on_score` and on the `hold` - 1 after it."""
    session = np.arange(len(sums))
    armed = np.maximum.accumulate(np.where(sums >= on_score, session, -hold))
    return (session - armed < hold).astype(np.int8)


@dataclass(frozen=True, eq=False)
class StimulusPath:
    """The regime on every session of one clock.

    Attributes
    ----------
    sessions : ndarray of datetime64[D]
        The first entry, 1900-01-01, stands for all time before the calendar begins, so that no
        date looked up falls off the front.
    score : ndarray of float
        What the thresholds are compared with: the decayed score, or for ``impulse`` the sum.
    state : ndarray of int8
        1 ON, 0 OFF, -1 TIGHT; ON throughout for ``regime = "none"``.
    counted : ndarray of int
        Place in `sessions` at which each event first counts; ``len(sessions)`` if after the last.
    events : PolicyEvents
    """

    sessions: Times
    score: Scores
    state: States
    counted: NDArray[np.intp]
    events: PolicyEvents

    def place(self, dates: Any) -> NDArray[np.intp]:
        """Return the place of the last session on or before each date, -1 before the first."""
        return np.searchsorted(self.sessions, np.asarray(dates, "datetime64[D]"), "right") - 1

    def ids_on(self, place: int) -> tuple[str, ...]:
        """Return the ids of the events that first count on a session."""
        return tuple(self.events.ids[i] for i in np.flatnonzero(self.counted == place))

    def episodes(self, state: int = ON) -> list[tuple[np.datetime64, np.datetime64 | None]]:
        """Return each unbroken spell in a state: its first session and the first one after it."""
        edges = np.diff((self.state == state).astype(np.int8), prepend=0, append=0)
        starts, ends = np.flatnonzero(edges == 1), np.flatnonzero(edges == -1)
        dates = [*self.sessions, None]
        return [(dates[a], dates[b]) for a, b in zip(starts, ends, strict=True)]


def stimulus_path(
    clock: Clock, last: Any, regime: Regime, events: PolicyEvents | None = None
) -> StimulusPath:
    """Return the regime on all sessions of a clock up to `last`, from before the first event.

    Raises
    ------
    ConfigError
        If the clock's calendar begins after the first event.
    """
    events = china_events() if events is None else events
    own = clock.sessions(LONG_AGO, last)
    if len(events) and len(own) and own[0] > events.known_at[0].astype(own.dtype):
        raise ConfigError(
            f"the sessions of {clock.name} begin on {own[0]}, after the first event "
            f"({events.ids[0]}, {events.known_at[0]})"
        )
    counted = 1 + np.searchsorted(clock.known_at(own), events.known_at, side="left")
    sessions = np.concatenate([[LONG_AGO], own])
    strength = session_strength(counted, len(sessions), events, regime)
    score, state = _judge(sessions, strength, regime)
    return StimulusPath(sessions, score, state, counted, events)


def session_strength(
    counted: NDArray[np.intp], n_sessions: int, events: PolicyEvents, regime: Regime
) -> Scores:
    """Return the summed intensities of each session's events, within the day cap."""
    inside = counted < n_sessions
    weights = events.weights(regime.judgement)[inside]
    sums = np.bincount(counted[inside], weights, minlength=n_sessions)
    return np.clip(sums, -regime.day_cap, regime.day_cap)


def _judge(sessions: Times, strength: Scores, regime: Regime) -> tuple[Scores, States]:
    """Return score and state by the regime's kind."""
    if regime.regime == "impulse":
        sums = impulse_sum(strength, regime.impulse_window)
        return sums, impulse_state(sums, regime.impulse_on, regime.impulse_hold)
    days = np.diff(sessions, prepend=sessions[:1]).astype(np.int64)
    score = decayed_score(days, strength, regime.memory_days)
    if regime.regime == "none":
        return score, np.full(len(score), ON, dtype=np.int8)
    return score, level_state(score, regime.on_score, regime.off_score)


@dataclass
class Walk:
    """The same regime, one bar at a time, for bars whose future is not known yet.

    Bars of one UTC date form one session: its cap, decay and hold count once.
    """

    regime: Regime
    events: PolicyEvents
    _now: int = -(2**63)
    _day: int | None = None
    _base: float = 0.0
    _today: float = 0.0
    _next: int = 0
    _state: int = OFF
    _hold: int = 0
    _recent: deque[float] = field(default_factory=deque)

    def __post_init__(self) -> None:
        self._known = self.events.known_at.astype("datetime64[ns]").astype(np.int64).tolist()
        self._weights = self.events.weights(self.regime.judgement).tolist()
        self._recent = deque(maxlen=max(self.regime.impulse_window - 1, 0))

    def step(self, known_at: np.datetime64) -> tuple[float, int]:
        """Return score and state as of a bar known at a UTC time.

        Raises
        ------
        ConfigError
            If the time lies before that of the bar before.
        """
        now = int(known_at.astype("datetime64[ns]").astype(np.int64))
        if now < self._now:
            raise ConfigError(f"bars must ascend in time, got one at {known_at} after a later one")
        self._now = now
        if now // DAY_NS != self._day:
            self._begin(now // DAY_NS)
        while self._next < len(self._known) and self._known[self._next] <= now:
            self._today += self._weights[self._next]
            self._next += 1
        return self._impulse() if self.regime.regime == "impulse" else self._level()

    def _begin(self, day: int) -> None:
        if self._day is not None:
            self._recent.append(self._capped())
            kept = 0.5 ** ((day - self._day) / self.regime.memory_days)
            self._base = (self._base + self._capped()) * kept
        self._day, self._today, self._hold = day, 0.0, max(self._hold - 1, 0)

    def _capped(self) -> float:
        return min(max(self._today, -self.regime.day_cap), self.regime.day_cap)

    def _level(self) -> tuple[float, int]:
        score = _rounded(self._base + self._capped())
        if self.regime.regime == "none":
            return score, ON
        self._state = next_level(self._state, score, self.regime.on_score, self.regime.off_score)
        return score, self._state

    def _impulse(self) -> tuple[float, int]:
        score = _rounded(sum(self._recent) + self._capped())
        if score >= self.regime.impulse_on:
            self._hold = self.regime.impulse_hold
        return score, ON if self._hold else OFF


def _rounded(value: float) -> float:
    """Round as numpy does, so that both forms of the regime meet a threshold alike."""
    return round(value * 10.0**DIGITS) / 10.0**DIGITS


def warm_walk(
    first: np.datetime64, regime: Regime, events: PolicyEvents, mic: str | None = None
) -> Walk:
    """Return a walk that has seen every session before a UTC time, from before the first event.

    The sessions are those of the exchange `mic`, or weekdays at the hour of `first`.
    """
    walk = Walk(regime, events)
    for known_at in _times_before(first, events, mic):
        walk.step(known_at)
    return walk


def _times_before(first: np.datetime64, events: PolicyEvents, mic: str | None) -> Times:
    first = first.astype("datetime64[ns]")
    if not len(events) or events.known_at[0] >= first:
        return np.array([], dtype="datetime64[ns]")
    day, begin = first.astype("datetime64[D]"), events.known_at[0].astype("datetime64[D]") - 7
    if mic is not None:
        known = clock(mic).known_at(clock(mic).sessions(begin, day))
        return known[known < first]
    weekdays = np.arange(begin, day)
    before: Times = weekdays[np.is_busday(weekdays)] + (first - day)
    return before


def stimulus_at(
    known_at: Times,
    regime: Regime,
    events: PolicyEvents | None = None,
    *,
    mic: str | None = None,
) -> tuple[Scores, States]:
    """Return score and state at the times at which bars of any feed are known.

    Parameters
    ----------
    known_at : ndarray of datetime64, shape (n_bars,)
        UTC, ascending. Bars of one UTC date form one session.
    mic : str, optional
        Exchange whose sessions stand for the time before the first bar; weekdays without it.

    Returns
    -------
    score, state : ndarray of shape (n_bars,)
        Entry `t` depends on events public by ``known_at[t]`` and on bar times ``<= t`` only.

    Raises
    ------
    ConfigError
        If the times are not ascending.
    """
    events = china_events() if events is None else events
    if not len(known_at):
        return np.empty(0), np.empty(0, dtype=np.int8)
    walk = warm_walk(known_at[0], regime, events, mic)
    steps = [walk.step(time) for time in known_at]
    return np.array([s for s, _ in steps]), np.array([s for _, s in steps], dtype=np.int8)
