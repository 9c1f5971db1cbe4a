"""The printed tables of a night: which columns each has, and what a cell says."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import quote

from ...night import Compared, Entry, Night
from ..text import MISSING, show, typeset

#: Rows of a table that the page prints; the newest, where there are more.
MOST_LISTED = 500


class Cell(NamedTuple):
    """One printed value; `order` is what a column is sorted by, `copied` a command."""

    text: str
    order: Any = None
    link: str = ""
    style: str = ""
    copied: str = ""


@dataclass(frozen=True)
class Listing:
    """A table whose columns can be sorted; its heads that end in ``#`` are of figures."""

    key: str
    caption: str
    heads: tuple[str, ...]
    rows: Sequence[Sequence[Cell]]
    empty: str = ""
    note: str = ""

    def without_empty(self) -> Listing:
        """Return the table without the columns in which no row says anything."""
        kept = [
            k for k in range(len(self.heads))
            if any(row[k].text not in ("", MISSING) or row[k].copied for row in self.rows)
        ]  # fmt: skip
        rows = [[row[k] for k in kept] for row in self.rows]
        return replace(self, heads=tuple(self.heads[k] for k in kept), rows=rows)


def link_of(entry: Entry, root: Path) -> str:
    """Return where an entry leads: its sheet, or its sweep on this page; empty for none."""
    if entry.kind == "sweep":
        return ""
    sheet = entry.path / "tearsheet.html"
    if not sheet.is_file():
        return ""
    return "/".join(quote(part, safe="") for part in sheet.relative_to(root).parts)


def against(found: Compared, root: Path, before: Night | None) -> Listing:
    """Return every name of either night, with its Sharpe ratio on both."""
    rows = []
    for pair in found.pairs:
        one = pair.last or pair.before
        if one is None:
            continue
        state = "both nights" if pair.last and pair.before else "new" if pair.last else "lost"
        command = ""
        if pair.last and pair.before and one.kind == "run":
            command = shlex.join(["orebound", "diff", str(pair.before.path.absolute()),
                                  str(pair.last.path.absolute())])  # fmt: skip
        rows.append([
            Cell(one.name, link=link_of(one, root)),
            Cell(one.kind),
            Cell(state, style="below" if state == "lost" else ""),
            _figure(pair.before.sharpe if pair.before else None, "number"),
            _figure(pair.last.sharpe if pair.last else None, "number"),
            _figure(None if pair.cautions else pair.change, "number"),
            Cell("; ".join(pair.cautions) or "", style="wrap"),
            Cell("", copied=command),
        ])  # fmt: skip
    heads = ("name", "kind", "state", "Sharpe before#", "Sharpe last#", "change#", "caution",
             "what changed")  # fmt: skip
    note = "" if before else "There is no night before: everything counts as new."
    return Listing("against", "Last night against the night before, by name", heads, rows,
                   "No result to compare.", note)  # fmt: skip


def broken(found: Compared) -> Listing:
    """Return the failures of the night by cause."""
    rows = [
        [
            Cell(one.example, style="wrap"),
            _figure(one.times, "integer"),
            Cell("new" if one.is_new else "known", style="below" if one.is_new else ""),
            Cell(", ".join(one.where[:4]) + (" …" if len(one.where) > 4 else ""), style="wrap"),
        ]
        for one in found.failures
    ]
    return Listing("failures", "Failures by cause", ("cause, in one of its texts", "times#",
                   "night before", "where"), rows, "Nothing failed.",
                   "Texts that differ in figures only are one cause.")  # fmt: skip


def lost(found: Compared, root: Path) -> Listing:
    """Return what the night before had and the last one lacks."""
    rows = [
        [Cell(one.name, link=link_of(one, root)), Cell(one.kind), _moment(one),
         _figure(one.sharpe, "number")]
        for one in found.lost
    ]  # fmt: skip
    heads = ("name", "kind", "started, UTC", "Sharpe#")
    caption = "Lost: there the night before, not last night"
    return Listing("lost", caption, heads, rows, "Nothing is missing.")


def damaged(entries: Sequence[Entry], root: Path) -> Listing:
    """Return every damaged result and what is wrong with it."""
    rows = [
        [Cell(str(one.path.relative_to(root)), style="wrap"), Cell(one.kind),
         Cell(one.trouble, style="wrap")]
        for one in entries
        if one.is_damaged
    ]  # fmt: skip
    return Listing("damaged", "Damaged or half written", ("where", "kind", "what is wrong"), rows,
                   "Every result is whole.")  # fmt: skip


def slowest(found: Compared, root: Path) -> Listing:
    """Return what took longest."""
    rows = [
        [Cell(one.name, link=link_of(one, root)), Cell(one.kind),
         Cell(f"{one.seconds:,.1f}", one.seconds),
         _figure(one.done if one.kind == "sweep" else None, "integer"), _rate(one)]
        for one in found.slowest
    ]  # fmt: skip
    heads = ("name", "kind", "seconds#", "combinations#", "a second#")
    return Listing("slowest", "Slowest of last night", heads, rows, "No time is recorded.")


def _rate(entry: Entry) -> Cell:
    """Return the combinations a second of a sweep."""
    if entry.kind != "sweep" or not entry.seconds:
        return Cell(MISSING)
    return Cell(f"{entry.done / entry.seconds:,.1f}", entry.done / entry.seconds)


def every(entries: Sequence[Entry], root: Path) -> Listing:
    """Return all results, newest first."""
    listed = list(reversed(entries))[:MOST_LISTED]
    rows = [
        [
            Cell(one.name, link=link_of(one, root)),
            Cell(one.kind),
            _moment(one),
            Cell(one.status, style="below" if one.status != "finished" else ""),
            _figure(one.sharpe, "number"),
            _figure(one.figures.get("sharpe_error"), "number"),
            _figure(one.figures.get("total_return"), "percent"),
            _figure(one.figures.get("max_drawdown"), "percent"),
            _figure(one.rows, "integer"),
            _figure(one.failed, "integer"),
            Cell(typeset(one.verdict) or MISSING, style="wrap long"),
            Cell("", copied=shlex.join(["orebound", "tearsheet", str(one.path.absolute())])
                 if one.kind == "run" and not link_of(one, root) and not one.is_damaged else ""),
        ]
        for one in listed
    ]  # fmt: skip
    heads = ("name", "kind", "started, UTC", "status", "Sharpe#", "± its error#", "total return#",
             "max drawdown#", "combinations#", "failed#", "verdict", "sheet")  # fmt: skip
    left = len(entries) - len(listed)
    note = f"The newest {len(listed):,}; {left:,} older ones are not listed." if left else ""
    return Listing("every", "All runs and sweeps, newest first", heads, rows,
                   "No run and no sweep below this folder.", note)  # fmt: skip


def _figure(value: Any, kind: Any) -> Cell:
    return Cell(show(value, kind), value if value is not None else None)


def _moment(entry: Entry) -> Cell:
    moment = entry.started
    if moment is None:
        return Cell(MISSING)
    return Cell(f"{moment:%Y-%m-%d %H:%M}", moment.timestamp())
