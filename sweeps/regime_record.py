"""What a run's record says of the regime: spells, announcements, and each filter's verdicts."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from orebound.feeds import Market
from orebound.feeds import clock as clock_of
from orebound.strategies import Regime, StimulusPath, stimulus_path
from orebound.strategies.context import READY, RegimeStates, on_spells, regime_states


def regime_record(
    regime: Regime, market: Market, trades: pd.DataFrame, window: tuple[int, int]
) -> dict[str, Any]:
    """Return the state on the first listing's exchange: spells, events, spells with entries.

    Filters have their share of rows ON, OFF and without a verdict; where they decide with the
    announcements, spells are those of both together.
    """
    panel = market.panel
    mic = panel.listings[0].mic
    closes = panel.closes[[window[0], window[1] - 1]].astype("datetime64[D]")
    path = stimulus_path(clock_of(mic), closes[1], regime)
    states = regime_states(panel, regime) if regime.filters else None
    is_joint = states is not None and regime.is_combined
    found = on_spells(panel, states, mic) if states and is_joint else path.episodes()
    spells = [
        (first, None if last is None or last > closes[1] else last)
        for first, last in found
        if first <= closes[1] and (last is None or last > closes[0])
    ]
    entered = trades["entry_decision"].to_numpy().astype("datetime64[D]")
    inside = [
        bool(np.any((entered >= first) & ((last is None) | (entered < (last or closes[1])))))
        for first, last in spells
    ]
    return {
        "preset": regime.regime,
        "calendar": mic,
        "spells": [[str(first), None if last is None else str(last)] for first, last in spells],
        "episodes_with_entries": sum(inside),
        "combine": regime.combine,
        "filters": [] if states is None else _filters(states, window),
        "events": _events(path, panel.closes[window[1] - 1]),
    }


def _filters(states: RegimeStates, window: tuple[int, int]) -> list[dict[str, Any]]:
    rows = slice(*window)
    return [
        {
            "name": name,
            "words": READY[name].words,
            "rows_on": int((state[rows] == 1).sum()),
            "rows_off": int((state[rows] == 0).sum()),
            "rows_unknown": int((state[rows] < 0).sum()),
        }
        for name, state in states.members.items()
    ]


def _events(path: StimulusPath, last: np.datetime64) -> list[dict[str, Any]]:
    events = path.events
    return [
        {
            "id": events.ids[i],
            "date": str(events.known_at[i].astype("datetime64[D]")),
            "known_at": f"{events.known_at[i].astype('datetime64[s]')}Z",
            "kind": events.kind[i],
            "intensity": float(events.intensity[i]),
            "mechanical": float(events.mechanical[i]),
            "description": events.description[i],
        }
        for i in np.flatnonzero(events.known_at <= last)
    ]
