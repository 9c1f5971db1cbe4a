"""The order of the page, second half: under which regime, at what cost, from which data."""

from __future__ import annotations

from itertools import groupby
from typing import Any

import pandas as pd

from ..record import RunRecord
from .banners import warnings
from .columns import (
    COSTS,
    COUNTS,
    DATA,
    EVENTS,
    EXPOSURES,
    FILTERS,
    FINDINGS,
    PLACEBO,
    REGIME,
    SPANS,
    UNFILLED,
)
from .commands import run_commands
from .facts import has_regime, listing, mapping, number, setting, spaced, stated, words
from .ledger import cost_kinds, order_counts, traded_value, unfilled
from .regimes import on_spells, regime_table
from .text import MISSING, show, without_secrets
from .views import Beside, Column, Facts, Section, Table, table

CONFIDENCE = {"H": "high", "M": "medium", "L": "low"}
#: A longer table of findings is folded away.
LONG = 12


def regime_section(record: RunRecord) -> Section:
    """Return what the rule earned with the regime ON and otherwise, and each ON spell."""
    if not has_regime(record):
        said = "This rule looks at no regime: it may enter at any time."
        return Section("regime", "China regime", said, [])
    exchange = words(stated(record.info, "regime", "calendar"))
    held = words(stated(record.info, "regime", "episodes_with_entries")) or MISSING
    lead = (
        "Whether China stimulates, from dated announcements: entries are made while it is ON. A "
        "day's return belongs to the state known at the close before it, so the states' returns "
        "compound to the total. The spells with entries are the size of the sample: "
        f"{held} here."
    )
    by_state = table(
        regime_table(record), REGIME, "By state", keys=("state", "state"), empty="No state."
    )
    each = table(
        on_spells(record),
        SPANS,
        f"ON spells, sessions of {exchange}",
        keys=("spell", "first"),
        empty="The regime was never ON.",
    )
    blocks: list[Any] = [Beside([by_state, each])]
    if listing(record.info, "regime", "filters"):
        blocks.append(_filters(record))
    if listing(record.info, "regime", "placebo", "statistics"):
        blocks.append(_placebo(record))
    return Section("regime", "China regime", lead, [*blocks, _events(record)])


def _placebo(record: RunRecord) -> Table:
    """Return what miners that met the entry condition did ON and OFF, beside moved states."""
    draws = show(number(stated(record.info, "regime", "placebo", "draws")), "integer")
    note = (
        "Whether miners that met the entry condition beat their metals by more while the regime "
        f"was ON, before costs; p: how often the same states, moved round the calendar ({draws} "
        "times), do at least as well. Events were weighted in 2026: in-sample, and as few cases "
        "as spells. Net Sharpe ratio under moved states, each event left out: orebound placebo "
        "config.toml in this run's directory."
    )
    rows = listing(record.info, "regime", "placebo", "statistics")
    return table(_frame(rows, PLACEBO), PLACEBO, "Placebo", keys=("placebo", "horizon"), note=note)


def _filters(record: RunRecord) -> Table:
    """Return each filter beside the announcements, and what it said."""
    combine = words(stated(record.info, "regime", "combine"))
    joins = {
        "events": "shown beside the announcements, which alone decide",
        "any": "ON where any of them, or the announcements, are",
        "all": "ON where all that know are",
        "vote": "ON by vote of those that know",
    }
    note = (
        f"Filters: {joins.get(combine, combine)}. A number is known from its release; before, and "
        "where it is stale, a filter has no verdict and abstains."
    )
    frame = _frame(listing(record.info, "regime", "filters"), FILTERS)
    return table(frame, FILTERS, "Filters", keys=("filter", "name"), note=note)


def _events(record: RunRecord) -> Table:
    found = listing(record.info, "regime", "events")
    frame = _frame(found, EVENTS)
    frame["kind"] = frame["kind"].map(spaced)
    said = f"{len(found)} announcements behind the score"
    return table(frame, EVENTS, said, summary=said, style="prose", empty="Nothing is recorded.")


def costs_section(record: RunRecord) -> Section:
    """Return the costs by kind, against the traded value and the mean equity."""
    lead = f"Traded value, both sides: {show(traded_value(record), 'money')}.{_slipped(record)}"
    kinds = table(
        cost_kinds(record), COSTS, "Costs by kind", keys=("cost", "kind"), empty="Nothing was paid."
    )
    return Section("costs", "Costs", lead, [kinds])


def _slipped(record: RunRecord) -> str:
    """Say where slippage went, which no line of costs shows."""
    bps = setting(record, "costs", "slippage_bps")
    if not bps:
        return ""
    return (
        f" Each fill was moved {bps:g} bp against the trader, within its bar's range: that is in "
        "the fill prices and in gross profit, not in the lines below, and where a bar opened at "
        "the end of its range nothing slipped."
    )


def orders_section(record: RunRecord) -> Section:
    """Return the number of orders by status, and those that did not fill."""
    counts = table(order_counts(record), COUNTS, "Orders by status", empty="No order was sent.")
    frame = unfilled(record)
    frame["reason"] = frame["reason"].map(spaced)
    waiting = table(frame, UNFILLED, "Orders not filled", empty="Every order filled.")
    return Section("orders", "Orders", "", [Beside([counts, waiting])])


def universe_section(record: RunRecord) -> Section:
    """Return the names, those left out and why, and the exposures with their sources."""
    universe = mapping(record.info, "universe")
    stand_ins = [f"{spaced(name)}: {said}" for name, said in _items(universe, "stand_ins")]
    left_out = [f"{name}: {reason}" for name, reason in _items(universe, "excluded")]
    published = [("Published", words(day))] if (day := universe.get("valid_from")) else []
    facts = [
        ("Universe", _said(universe.get("name"))),
        ("Description", _said(universe.get("description"))),
        *published,
        ("Names", _said(universe.get("names"))),
        ("Left out", "; ".join(left_out) or "none"),
        ("Stand-ins", "; ".join(stand_ins) or "none"),
    ]
    rows = table(
        _frame(_exposures(record), EXPOSURES),
        EXPOSURES,
        "Exposures, by publication date",
        style="prose",
    )
    return Section("universe", "Universe and exposures", "", [Facts(facts, "wide"), rows])


def _items(table_: dict[str, Any], name: str) -> list[tuple[str, str]]:
    return [(name, words(said)) for name, said in mapping(table_, name).items()]


def _exposures(record: RunRecord) -> list[dict[str, Any]]:
    """Return one row a name and publication, its weights in words."""

    def published(row: dict[str, Any]) -> tuple[str, ...]:
        keys = ("symbol", "issuer", "valid_from", "confidence", "source")
        return tuple(words(row.get(key)) for key in keys)

    found = []
    for (symbol, issuer, valid_from, confidence, source), rows in groupby(
        listing(record.info, "universe", "exposures"), published
    ):
        weights = [
            f"{spaced(row.get('commodity'))} {show(row.get('weight'), 'number')}" for row in rows
        ]
        found.append(
            {
                "symbol": symbol,
                "issuer": issuer,
                "valid_from": valid_from,
                "weights": ", ".join(weights),
                "confidence": CONFIDENCE.get(confidence, confidence),
                "source": source,
            }
        )
    return found


def _frame(found: list[dict[str, Any]], columns: tuple[Column, ...]) -> pd.DataFrame:
    keys = [column.key for column in columns]
    lines = [{key: row.get(key) for key in keys} for row in found]
    return pd.DataFrame(lines, columns=keys, dtype=object)


def data_section(record: RunRecord) -> Section:
    """Return each series as it was read, what the audit found, and every warning."""
    series = [_series(mapping(record.info, "data", name)) for name in mapping(record.info, "data")]
    said = pd.DataFrame({"warning": warnings(record)}, dtype=object)
    found = [row | {"rule": spaced(row.get("rule"))} for row in listing(record.info, "findings")]
    title = f"{len(found)} findings of the audit"
    blocks: list[Table] = [
        table(_frame(series, DATA), DATA, "Series", empty="No series are recorded."),
        table(
            said,
            (Column("warning", "Warning"),),
            "Warnings",
            style="prose",
            empty="No warning was given.",
        ),
        table(
            _frame(found, FINDINGS),
            FINDINGS,
            title,
            summary=title if len(found) > LONG else "",
            style="prose",
        ),
    ]
    return Section("data", "Data", "", blocks)


def _series(row: dict[str, Any]) -> dict[str, Any]:
    role = "traded" if row.get("role") == row.get("symbol") else spaced(row.get("role"))
    prices, sha256 = spaced(row.get("adjustment")), words(row.get("sha256"))[:12]
    return row | {"role": role, "adjustment": prices, "sha256": sha256}


def provenance_section(record: RunRecord) -> Section:
    """Return what makes this run again: command, code, packages and the resolved parameters."""
    info = record.info
    names = ("id", "command", "source", "started", "seconds", "sessions", "seed", "order_hash")
    facts = [(spaced(name), without_secrets(_said(info.get(name)))) for name in names]
    facts += run_commands(record)
    facts += [("code", without_secrets(_code(info))), ("packages", _said(info.get("packages")))]
    chosen = [
        {"section": section, "name": name, "value": without_secrets(_said(value))}
        for section, values in mapping(info, "config").items()
        for name, value in mapping({section: values}, section).items()
    ]
    columns = (Column("name", "Parameter"), Column("value", "Value"), Column("section", "Section"))
    frame = pd.DataFrame(chosen, columns=["section", "name", "value"], dtype=object)
    config = table(frame, columns, "Resolved parameters", summary=f"{len(chosen)} parameters")
    return Section("provenance", "Provenance", "", [Facts(facts, "wide"), config])


def _code(info: dict[str, Any]) -> str:
    code = mapping(info, "code")
    changed = ", with uncommitted changes" if code.get("dirty") else ""
    return f"version {_said(code.get('version'))}, commit {_said(code.get('commit'))}{changed}"


def _said(value: Any) -> str:
    return words(value) or MISSING
