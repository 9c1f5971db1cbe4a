"""The mode of a run: what was traded against the miners, at what cost, and what bet was left."""

from __future__ import annotations

from typing import Any

import pandas as pd

from ..record import RunRecord
from .facts import listing, mapping, number, stated, words
from .text import MISSING, show
from .views import Column, Facts, Section, Table, table

MODES = {
    "long_only": "Miners are bought alone.",
    "hedged_metal": "Each miner is bought and its metals are sold against it, by its hedge ratio.",
    "hedged_bench": "Each miner is bought and the market is sold against it, by its hedge ratio.",
    "two_factor": "Each miner is bought; its metals and the market are sold against it.",
    "cross_sectional": "The widest lags are bought and the narrowest sold, against each other.",
}
CARRY = {"borrow": "Borrow paid", "financing": "Financing paid", "roll": "Rolls paid"}
HEDGES = (
    Column("symbol", "Hedge"),
    Column("of", "Stands for"),
    Column("instrument", "Kind"),
    Column("fill", "Fills at"),
    Column("lines", "Lines", "integer", "hedged by it"),
    Column("legs", "Legs", "integer", "opened"),
    Column("gross", "Gross", "money", "base currency", is_gain=True),
    Column("costs", "Costs", "money", "base currency"),
    Column("net", "Net", "money", "base currency", is_gain=True),
)
LEGGING = (
    Column("decided", "Decided"),
    Column("leg", "Leg"),
    Column("leg_of", "Line"),
    Column("side", "Side"),
    Column("reason", "Reason"),
    Column("leg_day", "Leg filled", missing="never"),
    Column("partner_day", "Line filled", missing="never"),
    Column("why", "Why"),
)
UNHEDGED = (
    Column("symbol", "Line"),
    Column("leg", "Leg"),
    Column("first", "From"),
    Column("last", "To"),
    Column("sessions", "Sessions", "integer"),
    Column("why", "Why"),
)


def modes_section(record: RunRecord) -> Section | None:
    """Return hedges, legging, borrow and net beta; None of miners bought alone."""
    told = mapping(record.info, "mode")
    if not told or told.keys() == {"mode"}:
        return None
    blocks: list[Any] = [_facts(record)]
    if listing(record.info, "mode", "hedges"):
        blocks += [_hedges(record), _legging(record), _unhedged(record)]
    lead = (
        f"{MODES.get(words(told['mode']), MISSING)} Everywhere else on this page a hedged trade is "
        "one row: its line with the money of its legs."
    )
    return Section("modes", "Mode, hedges and borrow", lead, blocks)


def _facts(record: RunRecord) -> Facts:
    pairs: dict[str, tuple[str, str]] = {}
    for kind, label in CARRY.items():
        paid = number(stated(record.info, "mode", "carry", kind))
        if paid == paid:
            pairs[kind] = (label, show(-paid, "money"))
    for name, label in (("metal", "metals"), ("market", "the market")):
        mean = number(stated(record.info, "mode", "net_beta", name))
        size = number(stated(record.info, "mode", "gross_beta", name))
        pairs[f"beta_{name}"] = (
            f"Net beta to {label} while invested, mean and mean of its size",
            f"{show(mean, 'number')}, {show(size, 'number')}",
        )
    orphans = number(stated(record.info, "mode", "orphans"))
    pairs["orphans"] = ("Legs whose line was not entered", show(orphans, "integer"))
    return Facts(list(pairs.values()), "", [f"mode.{key}" for key in pairs])


def _hedges(record: RunRecord) -> Table:
    note = (
        "Legs are sized with the entry, at prices known then, in whole lots, and never again. Two "
        "legs in one fund are not netted, so that costs are not understated."
    )
    return table(
        pd.DataFrame(listing(record.info, "mode", "hedges")),
        HEDGES,
        "What was sold against the miners",
        note=note,
        keys=("hedge", "symbol"),
    )


def _legging(record: RunRecord) -> Table:
    found = listing(record.info, "mode", "legging")
    said = f"{len(found)} leg orders filled on another day than their line's, or alone"
    keys = [column.key for column in LEGGING]
    return table(
        pd.DataFrame(found, columns=keys).astype(object),
        LEGGING,
        said,
        summary=said,
        style="prose",
        empty="Every leg was filled on the day of its line.",
    )


def _unhedged(record: RunRecord) -> Table:
    found = listing(record.info, "mode", "unhedged")
    keys = [column.key for column in UNHEDGED]
    return table(
        pd.DataFrame(found, columns=keys).astype(object),
        UNHEDGED,
        "Lines held without one of their legs",
        keys=("unhedged", "symbol"),
        empty="None.",
    )
