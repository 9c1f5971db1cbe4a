"""What the page of a night says, in words and digits; the template only orders it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ...counting import counted
from ...night import Compared, Entry, Night, best_of, is_ranked
from ..text import show, typeset
from .boxes import Box, verdict_box
from .listings import Listing, against, broken, damaged, every, lost, slowest

#: Lost results named in the caution; all of them stand in the table.
SHOWN_LOST = 4


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
    restated: Mapping[str, str] | None = None,
) -> NightView:
    """Return what the page says.

    Parameters
    ----------
    notes : mapping of path to texts
        What of a sweep is not on the page, and why.
    restated : mapping of str to str, optional
        Runs of last night whose data say something else today, and which.
    """
    ours = list(last.entries) if last else []
    judged = [one for one in reversed(ours) if one.kind == "sweep" and not one.is_damaged]
    best_run = best_of(one for one in ours if one.kind == "run")
    judged += [best_run] if best_run is not None else []
    # The best of the night stands first, so that the first screen says whether it is real.
    judged.sort(key=lambda one: one is not found.best)
    boxes = [verdict_box(one, notes.get(one.path, ())) for one in judged]
    return NightView(
        root.name or str(root),
        _span(entries, last, before),
        _lead(found, last, before),
        _cautions(entries, ours, found, restated or {}),
        boxes,
        against(found, root, before).without_empty(),
        broken(found),
        lost(found, root),
        damaged(entries, root),
        slowest(found, root),
        every(entries, root).without_empty(),
        sweeps,
    )


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
    if _is_made_up_among_others(last.entries, found.best):
        best += ", on a synthetic market"
    best += f"{_judged(found.best)}{_unranked(last.entries)}"
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


def _is_made_up_among_others(entries: Sequence[Entry], best: Entry) -> bool:
    """Whether the best rests on made-up prices while others of the night do not."""
    return best.is_synthetic and not all(one.is_synthetic for one in entries)


def _judged(entry: Entry) -> str:
    """Return the end of its verdict, which says whether it is real; empty where there is none."""
    said = entry.verdict
    if entry.kind == "run" or ":" not in said:
        return ""
    return f" ({said.rsplit(':', 1)[1].strip()})"


def _unranked(entries: Sequence[Entry]) -> str:
    short = [one for one in entries if one.sharpe is not None and not one.is_damaged]
    n = sum(not is_ranked(one) for one in short)
    return f"; {counted(n, 'result')} too short to rank" if 0 < n < len(short) else ""


def _named(entry: Entry) -> str:
    return f"{entry.kind} {entry.name}"


def _sharpe(entry: Entry) -> str:
    error = entry.figures.get("sharpe_error")
    return f"{show(entry.sharpe, 'number')}{'' if error is None else f' ± {error:.2f}'}"


def _cautions(
    entries: Sequence[Entry],
    ours: Sequence[Entry],
    found: Compared,
    restated: Mapping[str, str],
) -> list[tuple[str, str]]:
    """Return what must be known before any figure."""
    out = [("Not compared", "; ".join(found.cautions))] if found.cautions else []
    out += [("Data restated since", f"run {name}: {text}") for name, text in restated.items()]
    made = [one for one in ours if one.is_synthetic]
    if made:
        whole = "all" if len(made) == len(ours) else f"{len(made)} of {len(ours)}"
        out.append(("Synthetic market", f"{whole} results of last night rest on made-up prices: "
                                        "nothing in them says anything of markets."))  # fmt: skip
    if found.lost:
        names = ", ".join(_named(one) for one in found.lost[:SHOWN_LOST])
        more = f" and {len(found.lost) - SHOWN_LOST:,} more" * (len(found.lost) > SHOWN_LOST)
        out.append(("Lost", f"{counted(len(found.lost), 'result')} of the night before, not there "
                            f"last night: {names}{more}."))  # fmt: skip
    damaged = [one for one in entries if one.is_damaged]
    if damaged:
        out.append(("Damaged", f"{counted(len(damaged), 'result')} damaged or half written, left "
                               "out of every figure; listed under What broke."))  # fmt: skip
    failed = sum(one.failed for one in ours if not one.is_damaged)
    if failed:
        out.append(("Failed", f"{counted(failed, 'combination')} failed last night."))
    undone = [one for one in ours if one.kind == "sweep" and one.status not in
              ("finished", "damaged")]  # fmt: skip
    for one in undone:
        said = f"sweep {one.name}: {one.done:,} of {one.rows:,} combinations are there"
        out.append((one.status.capitalize(), f"{said}; it has no verdict."))
    explored = [one.name for one in ours if one.selection.get("is_explore_only")]
    if explored:
        out.append(("Explore only", f"{', '.join(explored)}: a search chose its trials by results; "
                                    "its best is no evidence."))  # fmt: skip
    return out
