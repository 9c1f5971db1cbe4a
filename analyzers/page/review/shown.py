"""What the page of a night says, in words and digits; the template only orders it."""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, NamedTuple

from ...counting import counted
from ...night import Compared, Entry, Night
from ..text import MISSING, show, typeset
from .boxes import Box, verdict_box

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


@dataclass(frozen=True)
class SweepView:
    """A sweep in the list of those that can be looked into."""

    key: str
    title: str
    script: str
    about: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class NightView:
    """The page of a night, above its sweeps."""

    title: str
    span: str
    lead: str
    cautions: Sequence[tuple[str, str]]
    boxes: Sequence[Box]
    against: Listing
    broken: Listing
    lost: Listing
    damaged: Listing
    slowest: Listing
    every: Listing
    sweeps: Sequence[SweepView]


def night_view(
    root: Path,
    entries: Sequence[Entry],
    last: Night | None,
    before: Night | None,
    found: Compared,
    sweeps: Sequence[SweepView],
    notes: Mapping[Path, Sequence[str]],
) -> NightView:
    """Return what the page says.

    Parameters
    ----------
    notes : mapping of path to texts
        What of a sweep is not on the page, and why.
    """
    ours = list(last.entries) if last else []
    boxes = [verdict_box(one, notes.get(one.path, ())) for one in reversed(ours)
             if one.kind == "sweep" and not one.is_damaged]  # fmt: skip
    runs = [one for one in ours if one.kind == "run" and one.sharpe is not None]
    if runs:
        best = max(runs, key=lambda one: one.sharpe or 0.0)
        boxes.append(verdict_box(best, ()))
    return NightView(
        root.name or str(root),
        _span(entries, last, before),
        _lead(found, last, before),
        _cautions(entries, ours, found),
        boxes,
        _against(found, root, before),
        _broken(found),
        _lost(found, root),
        _damaged(entries, root),
        _slowest(found, root),
        _every(entries, root),
        sweeps,
    )


def link_of(entry: Entry, root: Path) -> str:
    """Return where an entry leads: its sheet, or its sweep on this page; empty for none."""
    if entry.kind == "sweep":
        return ""
    sheet = entry.path / "tearsheet.html"
    if not sheet.is_file():
        return ""
    return "/".join(_quoted(part) for part in sheet.relative_to(root).parts)


def _quoted(part: str) -> str:
    from urllib.parse import quote

    return quote(part, safe="")


def _span(entries: Sequence[Entry], last: Night | None, before: Night | None) -> str:
    n_runs = sum(one.kind == "run" for one in entries)
    words = [counted(n_runs, "run"), counted(len(entries) - n_runs, "sweep")]
    if last is None:
        return f"{', '.join(words)}; none says when it began"
    said = f"last night {_period(last)}, {counted(len(last.entries), 'result')}"
    earlier = f"the night before {_period(before)}, {counted(len(before.entries), 'result')}" if (
        before) else "no night before it"  # fmt: skip
    return f"{', '.join(words)} below this folder; {said}; {earlier}"


def _period(night: Night) -> str:
    same = night.first.date() == night.last.date()
    first = f"{night.first:%Y-%m-%d %H:%M}"
    if night.first == night.last:
        return f"{first} UTC"
    return f"{first} to {night.last:{'%H:%M' if same else '%Y-%m-%d %H:%M'}} UTC"


def _lead(found: Compared, last: Night | None, before: Night | None) -> str:
    """Return the night in one sentence."""
    if last is None:
        return "Nothing to review: no run and no sweep below this folder says when it began."
    if found.best is None:
        return "No result of last night has a Sharpe ratio."
    best = f"Highest Sharpe ratio of last night: {_sharpe(found.best)} by {_named(found.best)}"
    if before is None or found.best_before is None:
        return typeset(f"{best}; there is no night before to compare it with.")
    if found.cautions:
        return typeset(
            f"{best}; the night before had {_sharpe(found.best_before)} by "
            f"{_named(found.best_before)}, which rests on something else: see below."
        )
    told = "a new best, above" if found.is_new_best else "no new best,"
    return typeset(f"{best}: {told} {_sharpe(found.best_before)} by {_named(found.best_before)} "
                   "the night before.")  # fmt: skip


def _named(entry: Entry) -> str:
    return f"{entry.kind} {entry.name}"


def _sharpe(entry: Entry) -> str:
    error = entry.figures.get("sharpe_error")
    return f"{show(entry.sharpe, 'number')}{'' if error is None else f' ± {error:.2f}'}"


def _cautions(
    entries: Sequence[Entry], ours: Sequence[Entry], found: Compared
) -> list[tuple[str, str]]:
    """Return what must be known before any figure."""
    out = [("Not compared", text) for text in found.cautions]
    made = [one for one in ours if one.is_synthetic]
    if made:
        whole = "all" if len(made) == len(ours) else f"{len(made)} of {len(ours)}"
        out.append(("Synthetic market", f"{whole} results of last night rest on made-up prices: "
                                        "nothing in them says anything of markets."))  # fmt: skip
    damaged = [one for one in entries if one.is_damaged]
    if damaged:
        out.append(("Damaged", f"{counted(len(damaged), 'result')} damaged or half written, left "
                               "out of every figure; listed under What broke."))  # fmt: skip
    failed = sum(one.failed for one in ours)
    if failed:
        out.append(("Failed", f"{counted(failed, 'combination')} failed last night."))
    undone = [one for one in ours if one.kind == "sweep" and one.status not in
              ("finished", "damaged")]  # fmt: skip
    for one in undone:
        out.append((one.status.capitalize(), f"sweep {one.name}: {one.done:,} of {one.rows:,} "
                                             "combinations are there; it has no verdict."))  # fmt: skip
    explored = [one.name for one in ours if one.selection.get("is_explore_only")]
    if explored:
        out.append(("Explore only", f"{', '.join(explored)}: a search chose its trials by results; "
                                    "its best is no evidence."))  # fmt: skip
    return out


def _against(found: Compared, root: Path, before: Night | None) -> Listing:
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


def _broken(found: Compared) -> Listing:
    rows = [
        [
            Cell(one.example, style="wrap"),
            _figure(one.count, "integer"),
            Cell("new" if one.is_new else "known", style="below" if one.is_new else ""),
            Cell(", ".join(one.where[:4]) + (" …" if len(one.where) > 4 else ""), style="wrap"),
        ]
        for one in found.failures
    ]
    return Listing("failures", "Failures by cause", ("one of its texts", "times#", "since",
                   "where"), rows, "Nothing failed.",
                   "Texts that differ in figures only are one cause.")  # fmt: skip


def _lost(found: Compared, root: Path) -> Listing:
    rows = [
        [Cell(one.name, link=link_of(one, root)), Cell(one.kind), _moment(one),
         _figure(one.sharpe, "number")]
        for one in found.lost
    ]  # fmt: skip
    return Listing("lost", "Lost: there the night before, not last night",
                   ("name", "kind", "started, UTC", "Sharpe#"), rows, "Nothing is missing.")  # fmt: skip


def _damaged(entries: Sequence[Entry], root: Path) -> Listing:
    rows = [
        [Cell(str(one.path.relative_to(root)), style="wrap"), Cell(one.kind),
         Cell(one.trouble, style="wrap")]
        for one in entries
        if one.is_damaged
    ]  # fmt: skip
    return Listing("damaged", "Damaged or half written", ("where", "kind", "what is wrong"), rows,
                   "Every result is whole.")  # fmt: skip


def _slowest(found: Compared, root: Path) -> Listing:
    rows = [
        [Cell(one.name, link=link_of(one, root)), Cell(one.kind),
         Cell(f"{one.seconds:,.1f}", one.seconds), _figure(one.done, "integer"),
         Cell(f"{one.done / one.seconds:,.1f}" if one.seconds else MISSING,
              one.done / one.seconds if one.seconds else None)]
        for one in found.slowest
    ]  # fmt: skip
    heads = ("name", "kind", "seconds#", "combinations#", "a second#")
    return Listing("slowest", "Slowest of last night", heads, rows, "No time is recorded.")


def _every(entries: Sequence[Entry], root: Path) -> Listing:
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
    moment: datetime | None = entry.started
    if moment is None:
        return Cell(MISSING)
    return Cell(f"{moment:%Y-%m-%d %H:%M}", moment.timestamp())
