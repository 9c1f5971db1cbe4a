"""The article's claims about earnings: exposures, copper's effect, estimates marked to market."""

from __future__ import annotations

from statistics import median
from typing import Any

import numpy as np
import pandas as pd

from orebound.feeds import Issuer, load_universe
from orebound.strategies import ebitda_change, elasticities_known, mtm_upgrade

from .article_prices import Closes, closed_on, row

BASE_METALS = ("LME_CU", "LME_AL", "LME_ZN")
PRICE_OF = {
    "copper": "LME_CU",
    "aluminium": "LME_AL",
    "zinc": "LME_ZN",
    "nickel": "LME_NI",
    "gold": "GLD",
    "silver": "SLV",
    "iron_ore": "IRON_DCE",
    "steel": "HRC_SHFE",
}
#: Strong in these, says the article; fewer than half of the exposures in them are worth a warning.
NAMED, LEAST_SHARE = ("copper", "aluminium", "gold"), 0.5
COPPER_RISE = 0.147
DECKS = (126, 63, 252)
MOST_COPPER = 6
#: EBITDA by the exchange rate (Norsk Hydro, fourth quarter 2024: more than by the metal itself).
FX_ELASTICITY = {"NHY": ("USDNOK", 1.6)}
GOLD_MEDIAN, BASE_MEDIAN = "median of gold names", "median of base-metal names"
PICKS, GOLD = "europe-2025", "gold-2025"
WIDER = "nyse-miners"


def earnings_rows(closes: Closes, day: pd.Timestamp) -> list[dict[str, Any]]:
    """Return the rows of A13, A17, A18 and A19 with exposures as published by the day."""
    picks, gold = _issuers(PICKS), _issuers(GOLD)
    wider = {**_issuers(WIDER), **picks, **gold}
    rows = [*_copper_first(wider, day), *_shares(picks, day)]
    upgrades = {one.id: _upgrades(one, closes, day) for one in wider.values()}
    rows += [_upgrade_row("A18", one, upgrades[one.id], day) for one in picks.values()]
    return rows + _gold_first(gold, wider, upgrades, day)


def _issuers(universe: str) -> dict[str, Issuer]:
    found = load_universe(universe)
    return {listing.issuer: found.issuer_of(listing) for listing in found.listings}


def _copper_first(issuers: dict[str, Issuer], day: pd.Timestamp) -> list[dict[str, Any]]:
    """Return the issuers whose EBITDA copper at 11,500 lifts most."""
    lifts = []
    for issuer in issuers.values():
        known = elasticities_known(issuer, day.date())
        if known.values.get("copper"):
            lifts.append((ebitda_change(known.values["copper"], 1.0 + COPPER_RISE), issuer, known))
    lifts.sort(key=lambda one: -one[0])
    return [
        row(
            "A13",
            lift,
            "EBITDA",
            issuer.id,
            f"copper {COPPER_RISE:+.1%}, others flat",
            f"copper weight {_weight(issuer, known.published, 'copper'):.0%}, "
            f"elasticity {known.values['copper']:.2f}{_assumed(known)}",
            False,
        )
        for lift, issuer, known in lifts[:MOST_COPPER]
    ]


def _shares(picks: dict[str, Issuer], day: pd.Timestamp) -> list[dict[str, Any]]:
    """Return what share of each pick's exposures the three metals are."""
    rows = []
    for issuer in picks.values():
        known = elasticities_known(issuer, day.date())
        own = [one for one in issuer.exposures if one.valid_from == known.published]
        share = sum(one.weight for one in own if one.commodity in NAMED)
        largest = max(own, key=lambda one: abs(one.weight))
        note = f"largest: {largest.commodity.replace('_', ' ')} {largest.weight:.0%}"
        if share < LEAST_SHARE:
            note += f"; below {LEAST_SHARE:.0%}: not what the article says"
        rows.append(
            row("A17", share, "weight", issuer.id, f"published {known.published}", note, False)
        )
    return rows


def _weight(issuer: Issuer, published: Any, commodity: str) -> float:
    return sum(
        one.weight
        for one in issuer.exposures
        if one.valid_from == published and one.commodity == commodity
    )


def _upgrades(issuer: Issuer, closes: Closes, day: pd.Timestamp) -> dict[int, float]:
    """Return the upgrade by length of the price deck; NaN where no metal has a price."""
    known = elasticities_known(issuer, day.date())
    used = {
        commodity: closes[PRICE_OF[commodity]]
        for commodity in known.values
        if commodity in PRICE_OF and closes.get(PRICE_OF[commodity]) is not None
    }
    out: dict[int, float] = {}
    for window in DECKS:
        spots = np.array([closed_on(prices, day) for prices in used.values()])
        if not used or np.isnan(spots).any():
            out[window] = float("nan")
            continue
        decks = np.array([_deck(prices, day, window) for prices in used.values()])
        elasticities = np.array([known.values[commodity] for commodity in used])
        out[window] = mtm_upgrade(elasticities, spots, decks, **_fx(issuer, closes, day, window))
    return out


def _fx(issuer: Issuer, closes: Closes, day: pd.Timestamp, window: int) -> dict[str, float]:
    pair, elasticity = FX_ELASTICITY.get(issuer.id, ("", 0.0))
    rate = closes.get(pair)
    if rate is None or np.isnan(closed_on(rate, day)):
        return {}
    return {
        "fx_elasticity": elasticity,
        "fx": closed_on(rate, day),
        "fx_deck": _deck(rate, day, window),
    }


def _deck(prices: pd.Series[float] | None, day: pd.Timestamp, window: int) -> float:
    """Return what analysts would have in their models: they follow the price with a delay."""
    assert prices is not None
    return float(prices.loc[:day].iloc[-window:].mean())


def _upgrade_row(
    claim: str, issuer: Issuer, upgrades: dict[int, float], day: pd.Timestamp
) -> dict[str, Any]:
    known = elasticities_known(issuer, day.date())
    first, *rest = DECKS
    others = ", ".join(f"{window} sessions {upgrades[window]:+z.1%}" for window in rest)
    note = "no data" if np.isnan(upgrades[first]) else f"deck of {others}{_assumed(known)}"
    if issuer.id in FX_ELASTICITY:
        note += f"; {FX_ELASTICITY[issuer.id][0]} counted"
    return row(
        claim, upgrades[first], "EBITDA, log", issuer.id, f"deck: mean of {first} sessions", note
    )


def _gold_first(
    gold: dict[str, Issuer],
    wider: dict[str, Issuer],
    upgrades: dict[str, dict[int, float]],
    day: pd.Timestamp,
) -> list[dict[str, Any]]:
    rows = [_upgrade_row("A19", one, upgrades[one.id], day) for one in gold.values()]
    first = DECKS[0]
    groups = {
        GOLD_MEDIAN: [upgrades[name][first] for name in gold],
        BASE_MEDIAN: [
            upgrades[name][first]
            for name in wider
            if name not in gold and _is_base(wider[name], day)
        ],
    }
    for label, values in groups.items():
        known = [value for value in values if not np.isnan(value)]
        middle = median(known) if known else float("nan")
        note = f"{len(known)} names" if known else "no data"
        rows.append(row("A19", middle, "EBITDA, log", label, rows[0]["stretch"], note, False))
    return rows


def _is_base(issuer: Issuer, day: pd.Timestamp) -> bool:
    known = elasticities_known(issuer, day.date())
    precious = sum(_weight(issuer, known.published, metal) for metal in ("gold", "silver"))
    return precious < LEAST_SHARE


def _assumed(known: Any) -> str:
    return "; elasticity partly assumed" if known.is_assumed else ""
