"""Gates on tariff overhang and scheduled decisions.

The overhang is shown whatever the policy, as the stimulus score is under ``regime = "none"``:
attribution by entry state needs it of a rule that ignores it.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from orebound.feeds import Panel, PolicyEvents, ScheduledEvents, awaited, clock

from ..context import panel_premium
from ..keys.overhang import OverhangKeys
from ..overhang import (
    OverhangPath,
    is_concerned,
    is_resolving,
    name_overhang,
    overhang_path,
    overhang_state,
    scope_flags,
    tariff_direction,
)
from ..regime import LONG_AGO
from ..rolling import Array
from .blocked import Blocked
from .gates import Gate, GateForm, Known

#: Keys of the other gate.
SCHEDULED = ("scheduled_days_before", "scheduled_size")
SHOWN = ("overhang", "overhang_state", "tariff_direction")
COPPER = 2


def overhang_gate(known: Known) -> Gate:
    """Apply the overhang's policy (A20, A21)."""
    keys = {name: getattr(known.regime, name) for name in OverhangKeys.model_fields}
    plain = OverhangKeys(**keys | dict.fromkeys(SCHEDULED, 0))
    return _overhang(known.panel, plain, known.announcements.trade)


@lru_cache(maxsize=8)
def _overhang(panel: Panel, regime: OverhangKeys, trade: PolicyEvents) -> Gate:
    """Return the gate, made once for all that differ in other keys; nobody may write into it."""
    shape = (panel.n_rows, panel.n_names)
    shown = {key: np.full(shape, np.nan) for key in SHOWN}
    closed, multiplier = np.zeros(shape, dtype=bool), np.ones(shape)
    premium = None if regime.overhang_from == "events" else panel_premium(panel)
    if premium is not None:
        shown["premium"] = np.full(shape, np.nan)
    for name in range(panel.n_names):
        rows = panel.bar_rows(name)
        own = overhang_of_name(panel, name, regime, trade)
        state = own.state
        if premium is not None:
            value, z = premium.at(panel.closes[rows])
            shown["premium"][rows, name] = value
            is_on = (z >= regime.premium_z) & _pays_premium(panel, name, rows, regime)
            measured = is_on.astype(np.int8)
            state = measured if regime.overhang_from == "premium" else np.maximum(state, measured)
        for key, values in zip(SHOWN, (own.level, state, own.direction), strict=True):
            shown[key][rows, name] = values
        if regime.overhang == "half_size":
            multiplier[rows, name] = np.where(state == 1, regime.overhang_size, 1.0)
        elif regime.overhang == "no_entries":
            closed[rows, name] = state == 1
        elif regime.overhang == "on_resolution":
            closed[rows, name] = ~own.resolving
    is_sized = regime.overhang == "half_size"
    for array in (closed, multiplier, *shown.values()):
        array.flags.writeable = False
    return Gate(Blocked.OVERHANG, closed, multiplier if is_sized else None, shown)


@dataclass(frozen=True, eq=False)
class NameOverhang:
    """The announcements' overhang of one name at each of its bars."""

    level: Array
    state: NDArray[np.int8]
    direction: Array
    resolving: NDArray[np.bool_]


def overhang_of_name(
    panel: Panel, name: int, regime: OverhangKeys, trade: PolicyEvents
) -> NameOverhang:
    """Return level, state, direction and resolution of a name at its bars, settlement included.

    Thresholds and resolutions are judged on all sessions of its exchange, from before the first
    event, so that they do not depend on where its prices start.
    """
    path = _path(panel.listings[name].mic, _last(panel), regime.overhang_memory_days, trade)
    level, change = path.level["pooled"], path.change["pooled"]
    weights = panel.exposure.tariff[panel.exposure.at(path.known_at), name]
    signs = panel.exposure.tariff_sign[name]
    if regime.overhang_scope == "name":
        level = name_overhang(path.level, weights, signs)
        change = name_overhang(path.change, weights, signs)
    state = overhang_state(level, regime.overhang_in, regime.overhang_out)
    resolving = is_resolving(change, regime.resolution_drop, regime.resolution_window)
    direction = tariff_direction(path.level, weights, signs)
    place = path.place(panel.session[panel.bar_rows(name), name])
    return NameOverhang(level[place], state[place], direction[place], resolving[place])


@lru_cache(maxsize=64)
def _path(mic: str, last: np.datetime64, memory: float, trade: PolicyEvents) -> OverhangPath:
    return overhang_path(clock(mic), last, memory, trade)


def _last(panel: Panel) -> np.datetime64:
    last: np.datetime64 = panel.closes[-1].astype("datetime64[D]")
    return last


def _pays_premium(
    panel: Panel, name: int, rows: NDArray[np.int64], regime: OverhangKeys
) -> NDArray[np.bool_]:
    """Whether copper's premium concerns a name: it has copper, and by name is not helped by it."""
    weight = panel.exposure.tariff[panel.exposure.at(panel.closes[rows]), name, COPPER]
    is_helped = panel.exposure.tariff_sign[name, COPPER] > 0
    if regime.overhang_scope == "name" and is_helped:
        return np.zeros(len(rows), dtype=bool)
    concerned: NDArray[np.bool_] = weight != 0.0
    return concerned


def scheduled_gate(known: Known) -> Gate | None:
    """Be smaller before a decision whose date is known (A21)."""
    panel, regime = known.panel, known.regime
    if not regime.scheduled_days_before:
        return None
    shape = (panel.n_rows, panel.n_names)
    multiplier, shown = np.ones(shape), np.full(shape, np.nan)
    dates = known.announcements.scheduled
    flags = scope_flags(dates.scope, dates.ids)
    for name, listing in enumerate(panel.listings):
        rows = panel.bar_rows(name)
        sessions, near = _near(listing.mic, _last(panel), regime.scheduled_days_before, dates)
        place = np.searchsorted(sessions, panel.session[rows, name], side="right") - 1
        is_near = near[place]
        if regime.overhang_scope == "name":
            weights = panel.exposure.tariff[panel.exposure.at(panel.closes[rows]), name]
            is_near = is_near & is_concerned(flags, weights)
        waits = is_near.any(axis=1)
        multiplier[rows, name] = np.where(waits, regime.scheduled_size, 1.0)
        shown[rows, name] = waits
    return Gate(Blocked.SCHEDULED, multiplier == 0.0, multiplier, {"scheduled": shown})


@lru_cache(maxsize=64)
def _near(
    mic: str, last: np.datetime64, days_before: int, dates: ScheduledEvents
) -> tuple[NDArray[np.datetime64], NDArray[np.bool_]]:
    """Return all sessions of an exchange and which expected decisions are near on each."""
    own = clock(mic).sessions(LONG_AGO, last)
    near = awaited(dates, clock(mic), own, days_before)
    before = np.zeros((1, len(dates)), dtype=bool)
    return np.concatenate([[LONG_AGO], own]), np.concatenate([before, near])


#: In the order in which their multipliers apply.
GATES: tuple[GateForm, ...] = (overhang_gate, scheduled_gate)
