"""The verdict box of one result: the sentence, and each figure beside the limit it has to meet."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from ...night import Entry
from ...selection import LEAST_DEFLATED, LEAST_EPISODES, MOST_OVERFIT
from ..text import MISSING, show, typeset

#: The largest p-value that is called small.
SMALL_P = 0.05


class Fact(NamedTuple):
    """A figure, what is asked of it, and whether it meets that: ``met``, ``missed`` or empty."""

    name: str
    value: str
    asked: str
    mark: str
    why: str = ""


@dataclass(frozen=True)
class Box:
    """The verdict on one result."""

    title: str
    sentence: str
    judged: str
    facts: Sequence[Fact]
    notes: Sequence[str]
    #: The name of the sweep's rows on the page; empty for a run.
    key: str = ""


def verdict_box(entry: Entry, notes: Sequence[str]) -> Box:
    """Return the box of a sweep or of a run."""
    facts = _of_sweep(entry) if entry.kind == "sweep" else _of_run(entry)
    sentence = entry.verdict or f"No verdict: the {entry.kind} is {entry.status}."
    judged = "none"
    if "not evidence" in sentence or "No evidence" in sentence or "Not enough" in sentence:
        judged = "missed"
    elif "evidence of an edge" in sentence and "undecided" not in sentence:
        judged = "met"
    if entry.selection.get("is_picked"):
        judged, notes = "none", [*notes, _picked(entry.selection.get("chosen") or {})]
    kind = "Sweep" if entry.kind == "sweep" else "Best run"
    return Box(f"{kind} {entry.name}", typeset(sentence), judged, facts,
               [typeset(one) for one in notes], entry.identity[:12])  # fmt: skip


def _picked(chosen: Mapping[str, Any]) -> str:
    """Return why the verdict of a run that a sweep chose is not the one that counts."""
    said = "A sweep chose this run: its own figures were looked for, and the sweep's verdict counts"
    trials, verdict = chosen.get("trials"), chosen.get("verdict")
    said += f"; {show(trials, 'integer')} trials" if trials is not None else ""
    return f"{said}: {verdict}" if verdict else f"{said}."


def _of_sweep(entry: Entry) -> list[Fact]:
    found = entry.selection
    reasons: Mapping[str, str] = found.get("notes") or {}
    null, walk = found.get("null") or {}, (found.get("walkforward") or {}).get("out_of_sample", {})
    luck = found.get("expected_best")
    sharpe = entry.sharpe
    facts = [
        Fact("Best Sharpe ratio a year", _with_error(entry), "", ""),
        Fact(
            "Best expected of luck alone",
            show(luck, "number"),
            "below the best",
            _mark(luck, None if sharpe is None or luck is None else luck < sharpe),
        ),
        _limit("Deflated Sharpe probability", found.get("deflated_sharpe"),
               f"at least {LEAST_DEFLATED:g}", lambda v: v >= LEAST_DEFLATED,
               reasons.get("deflated_sharpe", "")),
        _limit("Probability of overfitting, PBO", found.get("pbo"), f"at most {MOST_OVERFIT:g}",
               lambda v: v <= MOST_OVERFIT, reasons.get("pbo", "")),
        _limit("Superior predictive ability, p", found.get("spa"), f"at most {SMALL_P:g}",
               lambda v: v <= SMALL_P, reasons.get("spa") or "not measured for this sweep", "p"),
        *_daily(found),
        _limit("Null sweep, p", null.get("p"), f"at most {SMALL_P:g}", lambda v: v <= SMALL_P,
               "not run for this sweep", "p"),
        _limit("Regime episodes traded", found.get("regime_episodes"), f"at least {LEAST_EPISODES}",
               lambda v: v >= LEAST_EPISODES,
               "the rule has no regime" if found.get("verdict") else "not judged", "integer"),
        _limit("Sharpe ratio out of sample", walk.get("sharpe_out"), "above 0", lambda v: v > 0,
               "no walk-forward was run"),
        _around(found, entry),
        Fact("Trials on this data and idea", _trials(found), "", ""),
        Fact("Confirmed in backtrader", _verified(found), "", ""),
    ]  # fmt: skip
    return facts


def _daily(found: Mapping[str, Any]) -> list[Fact]:
    """Return Hansen's p on daily returns, where it was asked for."""
    p = (found.get("spa_daily") or {}).get("p")
    if p is None:
        return []
    return [_limit("The same on daily returns, p", p, f"at most {SMALL_P:g}",
                   lambda v: v <= SMALL_P, "", "p")]  # fmt: skip


def _around(found: Mapping[str, Any], entry: Entry) -> Fact:
    """Return whether the best stands on a plateau; the sweep's own word for it where it has one."""
    own: Mapping[str, Any] = found.get("neighbourhood") or {}
    median, kind = own.get("median", entry.figures.get("sharpe_around")), own.get("kind")
    mark = {"plateau": "met", "peak": "missed"}.get(str(kind), "")
    asked = "a plateau, not a peak" if mark else "median one step away in one parameter"
    value = show(median, "number") + (f", {kind}" if mark else "")
    return Fact("Sharpe ratio around the best", value, asked, mark)


def _of_run(entry: Entry) -> list[Fact]:
    found = entry.selection
    return [
        Fact("Sharpe ratio a year", _with_error(entry), "", ""),
        Fact("Total return", show(entry.figures.get("total_return"), "percent"), "", ""),
        Fact("Max drawdown", show(entry.figures.get("max_drawdown"), "percent"), "", ""),
        _limit("Entries", entry.figures.get("entries"), "at least 30", lambda v: v >= 30, "",
               "integer"),
        _limit("Against random entries, p", found.get("null_p"), f"at most {SMALL_P:g}",
               lambda v: v <= SMALL_P, "not drawn", "p"),
        _limit("Regime episodes traded", found.get("regime_episodes"), f"at least {LEAST_EPISODES}",
               lambda v: v >= LEAST_EPISODES, "the rule has no regime", "integer"),
    ]  # fmt: skip


def _limit(name: str, value: Any, asked: str, is_met: Any, why: str, kind: Any = "number") -> Fact:
    if value is None:
        return Fact(name, MISSING, asked, "", typeset(why))
    return Fact(name, _beyond(value, asked, kind), asked, _mark(value, is_met(value)))


def _beyond(value: float, asked: str, kind: Any) -> str:
    """Return the figure; 1.00 only where it is 1, for 0.99997 is a probability below it."""
    text = show(value, kind)
    return "above 0.99" if text == "1.00" and value < 1 and "0.95" in asked else text


def _mark(value: Any, is_met: bool | None) -> str:
    return "" if value is None or is_met is None else "met" if is_met else "missed"


def _with_error(entry: Entry) -> str:
    error = entry.figures.get("sharpe_error")
    return show(entry.sharpe, "number") + ("" if error is None else f" ± {error:.2f}")


def _trials(found: Mapping[str, Any]) -> str:
    if found.get("trials") is None:
        return MISSING
    effective = found.get("effective_trials")
    more = "" if effective is None else f", effective {show(effective, 'integer')}"
    return show(found["trials"], "integer") + more


def _verified(found: Mapping[str, Any]) -> str:
    n = int(found.get("verified") or 0)
    return f"{n} combinations" if n else "none"
