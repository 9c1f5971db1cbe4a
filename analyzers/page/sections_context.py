"""The order of the page, second half: under which regime, at what cost, from which data."""

from __future__ import annotations

from typing import Any

import pandas as pd

from .banners import warnings
from .contract import RecordLike
from .facts import part, rows, setting, words
from .ledger import cost_kinds, order_counts, traded_value, unfilled
from .regimes import on_episodes, regime_table
from .text import MISSING, show, without_secrets
from .views import Beside, Column, Facts, Section, Table, table

REGIME = (
    Column("state", "State"),
    Column("days", "Days", "integer", "sessions"),
    Column("episodes", "Episodes", "integer", "distinct"),
    Column("entries", "Entries", "integer"),
    Column("closed", "Closed", "integer"),
    Column("hit_rate", "Hit rate", "share"),
    Column("rule", "Rule", "percent", "inside", is_gain=True),
    Column("miners", "Miners", "percent", "inside", is_gain=True),
)
SPANS = (
    Column("first", "From", "date"),
    Column("last", "To", "date"),
    Column("days", "Days", "integer", "sessions"),
    Column("entries", "Entries", "integer"),
    Column("rule", "Rule", "percent", is_gain=True),
    Column("miners", "Miners", "percent", is_gain=True),
)
COSTS = (
    Column("kind", "Cost"),
    Column("amount", "Amount", "money"),
    Column("bp", "Of traded value", "bp", "bp"),
    Column("drag", "Drag", "fine", "a year"),
)
UNFILLED = (
    Column("submitted", "Decided", "date"),
    Column("symbol", "Name"),
    Column("side", "Side"),
    Column("size", "Size", "integer"),
    Column("status", "Status"),
    Column("reason", "Reason"),
)
COUNTS = (Column("side", "Side"), Column("status", "Status"), Column("n", "Orders", "integer"))
FIRST = (Column("symbol", "Name"), Column("date", "First possible decision", "date"))
LEFT_OUT = (Column("symbol", "Name"), Column("reason", "Left out because"))
EVENTS = (
    Column("date", "Known", "date"),
    Column("kind", "Kind"),
    Column("intensity", "Intensity", "number"),
    Column("description", "Event"),
)
EXPOSURES = (
    Column("symbol", "Name"),
    Column("issuer", "Issuer"),
    Column("commodity", "Commodity"),
    Column("weight", "Weight", "number"),
    Column("valid_from", "Published", "date"),
    Column("confidence", "Confidence"),
    Column("source", "Source"),
)
DATA = (
    Column("symbol", "Series"),
    Column("role", "Role"),
    Column("rows", "Rows", "integer"),
    Column("first", "First", "date"),
    Column("last", "Last", "date"),
    Column("unit", "Unit"),
    Column("currency", "Currency"),
    Column("clock", "Clock"),
    Column("adjustment", "Prices"),
    Column("masked", "Masked", "integer", "rows"),
    Column("findings", "Findings", "integer"),
    Column("sha256", "sha256"),
)
FINDINGS = (
    Column("symbol", "Series"),
    Column("date", "Date"),
    Column("rule", "Rule"),
    Column("outcome", "Outcome"),
    Column("detail", "Detail"),
)
#: A longer table of findings is folded away.
LONG = 12


def regime_section(record: RecordLike) -> Section:
    """Return what the rule earned with the regime ON and otherwise, and each ON episode."""
    lead = (
        "A day's return belongs to the state known at the close before it, so the states' returns "
        "compound to the total. The distinct ON episodes are the size of the sample."
    )
    states = table(regime_table(record), REGIME, "By state", key="state", empty="No state.")
    spans = table(on_episodes(record), SPANS, "ON episodes", empty="The regime was never ON.")
    held = _frame(rows(part(record.info, "regime").get("events")), EVENTS)
    said = f"{len(held)} events behind the score"
    events = table(held, EVENTS, said, summary=said, style="prose", empty="No event is recorded.")
    return Section("regime", "Regime", lead, [Beside([states, spans]), events])


def costs_section(record: RecordLike) -> Section:
    """Return the costs by kind, against the traded value and the mean equity."""
    lead = f"Traded value, both sides: {show(traded_value(record), 'money')}."
    kinds = table(cost_kinds(record), COSTS, "Costs by kind", key="kind", empty="Nothing was paid.")
    return Section("costs", "Costs", lead, [kinds])


def orders_section(record: RecordLike) -> Section:
    """Return the orders that did not fill, and from when each name could be decided on."""
    waiting = table(unfilled(record), UNFILLED, "Orders not filled", empty="Every order filled.")
    counts = table(order_counts(record), COUNTS, "Orders by status", empty="No order was sent.")
    found = rows(record.info.get("first_decisions"), key="symbol", scalar="date")
    first = table(
        pd.DataFrame(found, columns=["symbol", "date"]),
        FIRST,
        "First possible decision by name",
        note="Warm-up ends there; n/a: the name never had enough data.",
    )
    return Section("orders", "Orders", "", [Beside([counts, first]), waiting])


def universe_section(record: RecordLike) -> Section:
    """Return the names, those left out and why, and the exposures with their sources."""
    universe = part(record.info, "universe")
    facts = [
        ("Universe", _said(universe.get("name", setting(record.info, "data", "universe")))),
        ("Valid from", _said(universe.get("valid_from"))),
        ("Description", _said(universe.get("description"))),
        ("Names", _said([_name(row) for row in rows(universe.get("names"))])),
        ("Stand-ins", _said(universe.get("stand_ins"))),
    ]
    out = rows(universe.get("excluded"), "symbol", "reason")
    left_out = table(_frame(out, LEFT_OUT), LEFT_OUT, "Names left out", style="prose")
    blocks: list[Any] = [Facts([(k, v) for k, v in facts if v != MISSING], "wide"), left_out]
    held = universe.get("exposures", record.info.get("exposures"))
    blocks.append(
        table(
            _frame(rows(held, "issuer"), EXPOSURES),
            EXPOSURES,
            "Exposures, by publication date",
            style="prose",
        )
    )
    return Section("universe", "Universe and exposures", "", blocks)


def _name(row: dict[str, Any]) -> Any:
    return row.get("name", row.get("symbol", row.get("id")))


def _frame(found: list[dict[str, Any]], columns: tuple[Column, ...]) -> pd.DataFrame:
    """Only the columns that some row fills; nested values in words."""
    keys = [c.key for c in columns if any(row.get(c.key) not in (None, "") for row in found)]
    lines = [{key: _flat(row.get(key)) for key in keys} for row in found]
    return pd.DataFrame(lines, columns=keys, dtype=object)


def _flat(value: Any) -> Any:
    return words(value) if isinstance(value, (dict, list, tuple)) else value


def data_section(record: RecordLike) -> Section:
    """Return each series as it was read, what the audit found, and every warning."""
    found = _findings(record)
    series = [_series(row, found) for row in rows(record.info.get("data"), key="symbol")]
    said = pd.DataFrame({"warning": warnings(record)}, dtype=object)
    blocks: list[Table] = [
        table(_frame(series, DATA), DATA, "Series", empty="No series are recorded."),
        table(said, (Column("warning", "Warning"),), "Warnings", style="prose"),
        table(
            _frame(found, FINDINGS),
            FINDINGS,
            "Findings of the audit",
            summary=f"{len(found)} findings" if len(found) > LONG else "",
            style="prose",
        ),
    ]
    return Section("data", "Data", "", blocks)


def _findings(record: RecordLike) -> list[dict[str, Any]]:
    stated = record.info.get("findings")
    if isinstance(stated, dict):
        pairs = [(name, entry) for name, entries in stated.items() for entry in _many(entries)]
        return [{"symbol": name, **_finding(entry)} for name, entry in pairs]
    return [_finding(entry) for entry in _many(stated)]


def _many(value: Any) -> list[Any]:
    if isinstance(value, (list, tuple)):
        return list(value)
    return [] if value in (None, "") else [value]


def _finding(entry: Any) -> dict[str, Any]:
    if not isinstance(entry, dict):
        return {"detail": words(entry)}
    place = {"symbol": entry.get("symbol") or entry.get("file")}
    return {**entry, **({} if not place["symbol"] else place)}


def _series(row: dict[str, Any], found: list[dict[str, Any]]) -> dict[str, Any]:
    mine = sum(1 for finding in found if finding.get("symbol") == row.get("symbol"))
    sha = str(row.get("sha256") or "")
    clock = row.get("clock", row.get("clock_name"))
    return {**row, "clock": clock, "findings": row.get("findings", mine), "sha256": sha[:12]}


def provenance_section(record: RecordLike) -> Section:
    """Return what makes this run again: command, code, packages and the resolved parameters."""
    info = record.info
    names = ("id", "command", "source", "started", "seconds", "sessions", "seed", "order_hash")
    facts = [(n.replace("_", " "), without_secrets(_said(info.get(n)))) for n in names]
    facts += [("code", without_secrets(_said(info.get("code"))))]
    facts += [("packages", _said(info.get("packages")))]
    chosen = [
        {"section": section, "name": name, "value": without_secrets(_said(value))}
        for section, values in part(info, "config").items()
        for name, value in (values.items() if isinstance(values, dict) else [("", values)])
    ]
    columns = (Column("name", "Parameter"), Column("value", "Value"), Column("section", "Section"))
    frame = pd.DataFrame(chosen, columns=["section", "name", "value"], dtype=object)
    config = table(frame, columns, "Resolved parameters", summary=f"{len(chosen)} parameters")
    return Section("provenance", "Provenance", "", [Facts(facts, "wide"), config])


def _said(value: Any) -> str:
    text = words(value)
    return text if text else MISSING
