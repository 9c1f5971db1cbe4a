"""What a run's record says of the tariff overhang, and what the copper premium did to its data."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from orebound.feeds import COMEX_COPPER, LME_COPPER, Finding, Market, Series, clock
from orebound.strategies import Regime, overhang_path, overhang_spells, overhang_state
from orebound.strategies.context import PremiumPath, premium_path

#: A premium at more deviations of its own past than this is a finding of the data, day by day.
FINDING_Z = 5.0


def overhang_record(
    market: Market, regime: Regime, trades: pd.DataFrame, window: tuple[int, int]
) -> dict[str, Any]:
    """Return the pooled overhang on the first listing's exchange: spells, entries, events."""
    panel = market.panel
    closes = panel.closes[[window[0], window[1] - 1]].astype("datetime64[D]")
    mic = panel.listings[0].mic
    path = overhang_path(clock(mic), closes[1], regime.overhang_memory_days)
    state = overhang_state(path.level["pooled"], regime.overhang_in, regime.overhang_out)
    spells = [
        (first, until)
        for first, until in overhang_spells(path.sessions, state)
        if until is None or until > closes[0]
    ]
    entered = trades["entry_decision"].to_numpy().astype("datetime64[D]")
    inside = [
        bool(np.any((entered >= first) & ((until is None) | (entered < (until or closes[1])))))
        for first, until in spells
    ]
    events = path.events
    known = np.flatnonzero(events.known_at <= panel.closes[window[1] - 1])
    return {
        "policy": regime.overhang,
        "source": regime.overhang_from,
        "scope": regime.overhang_scope,
        "calendar": mic,
        "spells": [[str(first), None if until is None else str(until)] for first, until in spells],
        "episodes_with_entries": sum(inside),
        "events": [
            {
                "id": events.ids[i],
                "date": str(events.known_at[i].astype("datetime64[D]")),
                "known_at": f"{events.known_at[i].astype('datetime64[s]')}Z",
                "kind": events.kind[i],
                "scope": events.size[i].replace(",", ", "),
                "intensity": float(events.intensity[i]),
                "description": events.description[i],
            }
            for i in known
        ],
    }


def premium_findings(market: Market) -> tuple[Finding, ...]:
    """Return one finding for each session whose COMEX-LME copper premium stands far out.

    Nothing where a market does not hold both venues' copper.
    """
    at_hand = [*market.parts.metals.values(), *market.parts.extra.values()]
    comex = next((series for series in at_hand if series.symbol in COMEX_COPPER), None)
    lme = next((series for series in at_hand if series.symbol == LME_COPPER), None)
    if comex is None or lme is None:
        return ()
    path = premium_of(comex, lme)
    return tuple(
        Finding(
            file=comex.facts.file or comex.symbol,
            symbol=comex.symbol,
            date=str(path.sessions[t]),
            column="close",
            rule="COMEX-LME premium",
            outcome="warned",
            detail=f"{path.premium[t]:+.1%} against {lme.symbol}, {path.z[t]:.1f} deviations of "
            "its own past: a lag on COMEX copper is in part a duty",
        )
        for t in np.flatnonzero(path.z > FINDING_Z)
    )


def premium_of(comex: Series, lme: Series) -> PremiumPath:
    """Return the premium of two whole series."""
    return premium_path(
        *(
            (one.sessions, one.clock.known_at(one.sessions), one.frame["close"].to_numpy())
            for one in (comex, lme)
        )
    )
