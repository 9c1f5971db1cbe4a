"""The regime at each row: the announcements' state, the filters', and what they say together."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from orebound.feeds import Announcements, Panel, PolicyEvents, as_announcements, clock

from ..parameters import Regime
from ..regime import ON, StimulusPath, stimulus_path
from ..rolling import Array
from .filters import filter_states

States = NDArray[np.int8]
OFF = 0
#: What kinds of announcement are called; those that are neither money, budget, stance nor
#: property reinforce none and are reinforced by none.
FAMILIES = {
    **dict.fromkeys(("rate", "rrr", "rrr_t", "repo", "mlf", "lpr", "liquidity"), "monetary"),
    **dict.fromkeys(("relending", "package"), "monetary"),
    **{"fiscal": "fiscal", "stance": "stance", "property": "property"},
}


@dataclass(frozen=True, eq=False)
class RegimeStates:
    """The regime of each name at each row; arrays of shape (n_rows, n_names) unless stated.

    Entry `t` depends on what was known at row `t` and before; where a name has no bar, states
    are 0 and scores NaN.

    Attributes
    ----------
    state : ndarray of int8
        1 ON, 0 OFF, -1 TIGHT, as the rule reads it.
    score : ndarray of float
        Of the announcements, on the listing's exchange.
    events : ndarray of int8
        Their state alone.
    members : dict of ndarray of int8, shape (n_rows,)
        Each filter's: 1 ON, 0 OFF, -1 unknown.
    reinforced : ndarray of bool
        ON with easing of two kinds within ``reinforce_days``.
    has_two : ndarray of bool
        Easing of two kinds within ``reinforce_days``, ON or not.
    """

    state: States
    score: Array
    events: States
    members: Mapping[str, States]
    reinforced: NDArray[np.bool_]
    has_two: NDArray[np.bool_]

    def moved(self, state: States, has_two: NDArray[np.bool_]) -> RegimeStates:
        """Return the same scores and filters under states of another time, for a placebo."""
        return replace(self, state=state, has_two=has_two, reinforced=has_two & (state == ON))

    @cached_property
    def shown(self) -> dict[str, Array]:
        """Each filter's state spread over names, NaN where unknown, as signals hold it."""
        return {
            f"filter_{name}": np.broadcast_to(
                np.where(states < 0, np.nan, states)[:, None], self.state.shape
            )
            for name, states in self.members.items()
        }


def regime_states(
    panel: Panel, regime: Regime, announcements: Announcements | PolicyEvents | None = None
) -> RegimeStates:
    """Return the regime of a panel: announcements by exchange, filters, and both together.

    ``combine = "events"`` leaves the filters out of the state; any other counts them and, unless
    ``regime = "none"``, the announcements. A filter that does not know abstains; where none
    knows, the regime is OFF.
    """
    china = as_announcements(announcements).china
    shape = (panel.n_rows, panel.n_names)
    score, events = np.full(shape, np.nan), np.zeros(shape, np.int8)
    two = np.zeros(shape, bool)
    paths: dict[str, tuple[StimulusPath, NDArray[np.bool_]]] = {}
    last = panel.closes[-1].astype("datetime64[D]")
    for name, listing in enumerate(panel.listings):
        if listing.mic not in paths:
            path = stimulus_path(clock(listing.mic), last, regime, china)
            paths[listing.mic] = path, two_kinds(path, regime)
        path, has_two = paths[listing.mic]
        rows = panel.bar_rows(name)
        place = np.searchsorted(path.sessions, panel.session[rows, name], side="right") - 1
        score[rows, name], events[rows, name] = path.score[place], path.state[place]
        two[rows, name] = has_two[place]
    members = filter_states(panel, regime)
    state = events
    if regime.is_combined:
        is_on = combined(events == ON, members, regime)
        state = np.where(is_on, ON, np.where(events == ON, OFF, events)).astype(np.int8)
        state = np.where(panel.has_bar, state, np.int8(0))
    return RegimeStates(state, score, events, members, two & (state == ON), two)


def combined(
    events: NDArray[np.bool_], members: Mapping[str, States], regime: Regime
) -> NDArray[np.bool_]:
    """Return where announcements and filters are ON together; shape (n_rows, n_names).

    Parameters
    ----------
    events : ndarray of bool, shape (n_rows, n_names)
        Left out where ``regime = "none"``.
    """
    stack = np.stack(list(members.values()))[:, :, None]
    on = (stack == 1).sum(axis=0) + np.zeros(events.shape, np.int64)
    known = (stack >= 0).sum(axis=0) + np.zeros(events.shape, np.int64)
    if regime.regime != "none":
        on, known = on + events, known + 1
    if regime.combine == "any":
        is_on: NDArray[np.bool_] = on > 0
    elif regime.combine == "all":
        is_on = (on == known) & (known > 0)
    else:
        is_on = (on >= np.round(regime.vote_share * known, 10)) & (known > 0)
    return is_on


def two_kinds(path: StimulusPath, regime: Regime) -> NDArray[np.bool_]:
    """Return on which sessions easing of two kinds is recent; shape (n_sessions,).

    Two announcements of different families, each of positive intensity and first counted on a
    session of its own, both within ``reinforce_days`` calendar days of the session.
    """
    n = len(path.sessions)
    out = np.zeros(n, bool)
    weights = path.events.weights(regime.judgement)
    days = path.sessions.astype("datetime64[D]").astype(np.int64)
    easing = sorted(
        (int(place), family)
        for place, kind, weight in zip(path.counted, path.events.kind, weights, strict=True)
        if place < n and weight > 0.0
        for family in families(kind)
    )
    for (first, one), (second, other) in combinations(easing, 2):
        if one != other and first < second:
            end = int(np.searchsorted(days, days[first] + regime.reinforce_days, side="right"))
            out[second:end] = True
    return out


def families(kind: str) -> set[str]:
    """Return the kinds of policy that an announcement belongs to; ``mlf+fiscal`` to two."""
    return {FAMILIES[part] for part in kind.split("+") if part in FAMILIES}


def on_spells(
    panel: Panel, states: RegimeStates, mic: str
) -> list[tuple[np.datetime64, np.datetime64 | None]]:
    """Return each spell ON of an exchange's rows: its first session, and the first one after it."""
    columns = [k for k, listing in enumerate(panel.listings) if listing.mic == mic]
    rows = np.flatnonzero(panel.has_bar[:, columns].any(axis=1))
    # All names of an exchange share its state; the first with a bar tells it.
    first = np.array(columns)[panel.has_bar[rows][:, columns].argmax(axis=1)]
    state, sessions = states.state[rows, first], panel.session[rows, first]
    edges = np.diff((state == ON).astype(np.int8), prepend=0, append=0)
    dates = [*sessions, None]
    starts, ends = np.flatnonzero(edges == 1), np.flatnonzero(edges == -1)
    return [(dates[a], dates[b]) for a, b in zip(starts, ends, strict=True)]
