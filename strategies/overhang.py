"""The tariff overhang: a decayed, floored level of US trade policy by metal, and who it weighs on.

``O_t = max(0, O_{t-1} 0.5^(dt/H) + sum d_overhang)``: threats and investigations add, relief and
decisions that settle a question take away, silence fades. Every number at a session depends on
announcements that were public by that session's close and on nothing else.

A date passing is not a resolution. On 2025-04-02 the awaited date came and added 2.0; what counts
as resolution is the content of an announcement: a fall of the level by announcements alone, decay
left out.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from orebound.feeds import TARIFF_METALS, Clock, ConfigError, PolicyEvents, trade_events

from .regime import DIGITS, LONG_AGO, Scores, States, Times
from .rolling import Array

#: Duties on a metal weigh on a name by its exposure; the other scopes weigh on every miner.
SCOPES = (*TARIFF_METALS, "china", "all")
#: An event of several scopes counts in each of them, and here once.
POOLED = "pooled"
COLUMNS = (*SCOPES, POOLED)
#: Sessions within which announcements must have lowered the level to count as a resolution.
RESOLUTION_SPAN = 5


@dataclass(frozen=True, eq=False)
class OverhangPath:
    """The overhang on every session of one clock, by scope.

    Attributes
    ----------
    sessions : ndarray of datetime64[D]
        The first entry, 1900-01-01, stands for all time before the calendar begins.
    known_at : ndarray of datetime64[ns]
        Their closes, UTC.
    level : dict of scope to ndarray of shape (n_sessions,)
        At least 0, rounded to 1e-10; scopes of `COLUMNS`.
    change : dict of scope to ndarray of shape (n_sessions,)
        What the session's announcements did to the level, decay left out; a relief that the
        floor of 0 cut short counts as far as it went.
    counted : ndarray of int
        Place in `sessions` at which each event first counts; ``len(sessions)`` if after the last.
    events : PolicyEvents
    """

    sessions: Times
    known_at: Times
    level: dict[str, Scores]
    change: dict[str, Scores]
    counted: NDArray[np.intp]
    events: PolicyEvents

    def place(self, dates: Any) -> NDArray[np.intp]:
        """Return the place of the last session on or before each date, -1 before the first."""
        return np.searchsorted(self.sessions, np.asarray(dates, "datetime64[D]"), "right") - 1

    def ids_on(self, place: int) -> tuple[str, ...]:
        """Return the ids of the events that first count on a session."""
        return tuple(self.events.ids[i] for i in np.flatnonzero(self.counted == place))


def overhang_path(
    clock: Clock, last: Any, memory_days: float, events: PolicyEvents | None = None
) -> OverhangPath:
    """Return the overhang on all sessions of a clock up to `last`, from before the first event.

    Parameters
    ----------
    memory_days : float
        Half-life of the level in calendar days.
    events : PolicyEvents, optional
        Trade policy announcements; the shipped table by default.

    Raises
    ------
    ConfigError
        If the clock's calendar begins after the first event, or an event names another scope
        than `SCOPES`.
    """
    events = trade_events() if events is None else events
    own = clock.sessions(LONG_AGO, last)
    if len(events) and len(own) and own[0] > events.known_at[0].astype(own.dtype):
        raise ConfigError(
            f"the sessions of {clock.name} begin on {own[0]}, after the first trade event "
            f"({events.ids[0]}, {events.known_at[0]})"
        )
    known_at = np.concatenate([[LONG_AGO.astype("datetime64[ns]")], clock.known_at(own)])
    counted = np.searchsorted(known_at, events.known_at, side="left")
    sessions = np.concatenate([[LONG_AGO], own])
    belongs = event_scopes(events)
    level, change = {}, {}
    for column, scope in enumerate(COLUMNS):
        inside = (counted < len(sessions)) & belongs[:, column]
        weights = events.intensity[inside]
        added = np.bincount(counted[inside], weights, minlength=len(sessions)).astype(np.float64)
        level[scope], change[scope] = floored_level(sessions, added, memory_days)
    return OverhangPath(sessions, known_at, level, change, counted, events)


def event_scopes(events: PolicyEvents) -> NDArray[np.bool_]:
    """Return which columns of `COLUMNS` each event counts in, shape (n_events, n_columns)."""
    belongs = scope_flags(events.size, events.ids)
    return np.concatenate([belongs, np.ones((len(events), 1), dtype=bool)], axis=1)


def scope_flags(cells: Sequence[str], ids: Sequence[str]) -> NDArray[np.bool_]:
    """Return which of `SCOPES` each event's cell names, shape (n_events, 5).

    Raises
    ------
    ConfigError
        If a cell names another scope; the message names the event.
    """
    flags = np.zeros((len(cells), len(SCOPES)), dtype=bool)
    for place, (cell, event) in enumerate(zip(cells, ids, strict=True)):
        for scope in (part.strip() for part in cell.split(",")):
            if scope not in SCOPES:
                raise ConfigError(
                    f"event {event}: scope must be of {', '.join(SCOPES)}, got {scope!r}"
                )
            flags[place, SCOPES.index(scope)] = True
    return flags


def is_concerned(flags: NDArray[np.bool_], weights: Array) -> NDArray[np.bool_]:
    """Return whether each event concerns a name, shape (n, n_events).

    Parameters
    ----------
    flags : ndarray of shape (n_events, 5)
        Of `scope_flags`; china and all concern every name, a metal those exposed to it.
    weights : ndarray of shape (n, 3)
        Exposure to each of `TARIFF_METALS`.
    """
    n_metals = len(TARIFF_METALS)
    has_metal = (weights != 0.0)[:, None, :] & flags[None, :, :n_metals]
    concerned: NDArray[np.bool_] = has_metal.any(axis=2) | flags[:, n_metals:].any(axis=1)
    return concerned


def floored_level(sessions: Times, added: Scores, memory_days: float) -> tuple[Scores, Scores]:
    """Return the level that decays, takes what is added and never falls below zero; and its steps.

    Parameters
    ----------
    sessions : ndarray of shape (n,), datetime64[D]
        Ascending.
    added : ndarray of shape (n,)
        What each session's announcements add.
    memory_days : float
        Half-life, calendar days.

    Returns
    -------
    level, change : ndarray of shape (n,)
        Rounded to 1e-10; entry `t` depends on entries ``<= t`` only. `change` is the level less
        what decay alone would have left.
    """
    days = sessions.astype("datetime64[D]").astype(np.int64)
    moved = np.flatnonzero(added)
    after, change = np.zeros(len(moved)), np.zeros(len(added))
    level, day = 0.0, 0
    for k, t in enumerate(moved):
        kept = level * 0.5 ** ((days[t] - day) / memory_days)
        level, day = max(0.0, kept + added[t]), days[t]
        after[k], change[t] = level, level - kept
    last = np.searchsorted(moved, np.arange(len(added)), side="right") - 1
    if not len(moved):
        return np.zeros(len(added)), change
    age = (days - days[moved[last]]) / memory_days
    out: Scores = np.where(last >= 0, after[last] * 0.5 ** np.maximum(age, 0.0), 0.0)
    return np.asarray(np.round(out, DIGITS)), np.asarray(np.round(change, DIGITS))


def overhang_state(level: Scores, enter: float, leave: float) -> States:
    """Return 1 where the overhang is ON, with hysteresis: in at `enter`, out at `leave` or below.

    Parameters
    ----------
    level : ndarray of shape (n,)
        In time; starts OFF. A level between the two thresholds keeps the state before it.
    """
    turn = np.where(level >= enter, 1, np.where(level <= leave, 0, -1)).astype(np.int8)
    last = np.maximum.accumulate(np.where(turn >= 0, np.arange(len(level)), -1))
    return np.where(last >= 0, turn[last], 0).astype(np.int8)


def overhang_spells(
    sessions: Times, state: States
) -> list[tuple[np.datetime64, np.datetime64 | None]]:
    """Return each unbroken ON spell: its first session and the first one after it, or None."""
    edges = np.diff((state == 1).astype(np.int8), prepend=0, append=0)
    dates = [*sessions, None]
    starts, ends = np.flatnonzero(edges == 1), np.flatnonzero(edges == -1)
    return [(dates[a], dates[b]) for a, b in zip(starts, ends, strict=True)]


def name_overhang(values: Mapping[str, Array], weights: Array, signs: Array) -> Array:
    """Return what weighs on a name: ``china + all + sum_m |w_m| O_m`` over metals it suffers in.

    A metal whose duty helps the name (sign +1) is left out; one without a stated side counts
    against it.

    Parameters
    ----------
    values : mapping of scope to ndarray of shape (n,)
        Levels, or their changes.
    weights : ndarray of shape (n, 3)
        Exposure to each of `TARIFF_METALS`, negative where the name buys it.
    signs : ndarray of shape (3,)
        +1 helped, -1 hurt, 0 neither stated.
    """
    suffers = np.where(signs > 0, 0.0, 1.0)
    own = np.zeros(len(weights))
    for column, metal in enumerate(TARIFF_METALS):
        own = own + suffers[column] * np.abs(weights[:, column]) * values[metal]
    return np.asarray(np.round(values["china"] + values["all"] + own, DIGITS))


def tariff_direction(levels: Mapping[str, Array], weights: Array, signs: Array) -> Array:
    """Return ``sum_m sign_m |w_m| O_m``: above 0 where the duties in the air help the name."""
    total = np.zeros(len(weights))
    for column, metal in enumerate(TARIFF_METALS):
        total = total + signs[column] * np.abs(weights[:, column]) * levels[metal]
    return np.asarray(np.round(total, DIGITS))


def is_resolving(change: Scores, drop: float, window: int) -> NDArray[np.bool_]:
    """Return the sessions that follow a resolution, the session of the resolution included.

    A resolution is a session whose announcements lower the level, by which they have lowered it
    by at least `drop` within 5 sessions, threats set against reliefs. Decay is no announcement,
    and neither is a date that passes.

    Parameters
    ----------
    change : ndarray of shape (n_sessions,)
        Steps of the level by announcements alone.
    window : int
        Sessions that a resolution lasts, its own included.
    """
    total = np.cumsum(change)
    fell = np.zeros(len(change))
    for back in range(1, min(RESOLUTION_SPAN, len(change) - 1) + 1):
        fell[back:] = np.maximum(fell[back:], total[:-back] - total[back:])
    session = np.arange(len(change))
    is_resolved = (np.round(fell, DIGITS) >= drop) & (change < 0.0)
    armed = np.maximum.accumulate(np.where(is_resolved, session, -window))
    is_open: NDArray[np.bool_] = session - armed < window
    return is_open


def contributions(
    path: OverhangPath, place: int, scope: str, memory_days: float
) -> NDArray[np.float64]:
    """Return what is left at a session of each event's step in a scope, floor ignored."""
    belongs = event_scopes(path.events)[:, COLUMNS.index(scope)]
    counted = np.minimum(path.counted, place)
    days = (path.sessions[place] - path.sessions[counted]).astype(np.int64)
    is_past = (path.counted <= place) & belongs
    return np.where(is_past, path.events.intensity * 0.5 ** (days / memory_days), 0.0)
