"""What a run's record says of its mode: its hedges, legs, legging, borrow and net beta."""

from __future__ import annotations

from typing import Any

import pandas as pd

from orebound.analyzers import lone_legs, net_beta
from orebound.feeds import Market
from orebound.strategies import Rule, hedge_of, leg_pairs

from .cerebro_run import Outcome
from .legging import legging, unhedged_days

CARRY = ("borrow", "financing", "roll")


def modes_record(
    market: Market, rule: Rule, outcome: Outcome, signals: pd.DataFrame, *, always: bool = False
) -> dict[str, Any]:
    """Return the mode's part of ``run.json``; of ``long_only`` without carry its name alone.

    Parameters
    ----------
    market : Market
        Arranged, as it was run.
    signals : DataFrame
        As `signal_frame` makes it.
    always : bool
        Say all of it of ``long_only``, too.
    """
    out: dict[str, Any] = {"mode": rule.mode}
    flows = outcome.cash.groupby("kind")["amount"].sum()
    carry = {kind: float(flows[kind]) for kind in CARRY if kind in flows}
    if rule.mode == "long_only" and not carry and not always:
        return out
    panel = market.panel
    partners = {leg.symbol: line.symbol for line, legs in leg_pairs(panel) for leg in legs}
    kinds = {
        line.symbol: "market" if "market" in hedge_of(panel, line.column).of else "metal"
        for line in panel.lines
        if line.kind == "leg"
    }
    net = net_beta(outcome.positions, signals, outcome.equity, kinds)
    found = legging(outcome.orders, panel, partners)
    bare = unhedged_days(outcome.trades, panel, partners) if partners else pd.DataFrame()
    return out | {
        "carry": carry,
        "net_beta": {name: float(net[name].mean()) if len(net) else None for name in net},
        "gross_beta": {name: float(net[name].abs().mean()) if len(net) else None for name in net},
        "hedges": _hedges(market, outcome.trades, partners),
        "legging": _plain(found),
        "unhedged": _plain(bare),
        "orphans": len(lone_legs(outcome.trades)),
    }


def _hedges(market: Market, trades: pd.DataFrame, partners: dict[str, str]) -> list[dict[str, Any]]:
    """Return one row a hedge: what it stands for, how it fills, and what its legs made."""
    panel, rows = market.panel, []
    for symbol, (listing, series) in market.parts.hedges.items():
        mine = [line for line in panel.lines if line.kind == "leg" and line.of == symbol]
        if not mine:
            continue
        hedge = hedge_of(panel, mine[0].column)
        own = trades[trades["symbol"].isin([line.symbol for line in mine])]
        rows.append(
            {
                "symbol": symbol,
                "of": ", ".join(hedge.of),
                "instrument": hedge.instrument,
                "fill": "next close" if series.is_close_only else "next open",
                "lot": hedge.lot,
                "half_spread_bps": listing.half_spread_bps,
                "lines": len({partners[line.symbol] for line in mine}),
                "legs": len(own),
                "gross": float(own["gross"].sum()),
                "costs": float(own["costs"].sum()),
                "net": float(own["net"].sum()),
            }
        )
    return rows


def _plain(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """Return rows of plain values, days as ISO text, None where there is none."""
    out = frame.astype(object)
    for name in frame:
        if frame[name].dtype.kind == "M":
            texts = frame[name].dt.strftime("%Y-%m-%d")
            out[name] = texts.astype(object).where(frame[name].notna(), None)
    return [{str(key): value for key, value in row.items()} for row in out.to_dict("records")]
