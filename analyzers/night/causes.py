"""Failures by cause: texts that differ in figures only are one cause."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from .entries import Entry

#: A figure with its decimals, its exponent and, of dates and times, its further parts.
FIGURE = re.compile(r"\d[\d,.:eE+-]*\d|\d")
LONGEST = 300


class Failures(NamedTuple):
    """One cause: how often it came, in which results, one of its texts, and whether it is new."""

    cause: str
    times: int
    where: tuple[str, ...]
    example: str
    is_new: bool


def cause_of(text: str) -> str:
    """Return an error's text without its figures, so that equal causes read equal."""
    first = " ".join(text.split())[:LONGEST]
    return FIGURE.sub("#", first) or "no reason given"


def grouped(last: Sequence[Entry], before: Iterable[Entry] = ()) -> list[Failures]:
    """Return the failures of a night by cause, the most frequent first.

    Parameters
    ----------
    before : iterable of Entry
        A cause that is not among theirs is new.
    """
    known = {cause_of(text) for entry in before for text in entry.failures}
    found: dict[str, tuple[int, dict[str, None], str]] = {}
    for entry in last:
        for text, count in entry.failures.items():
            cause = cause_of(text)
            total, where, example = found.get(cause, (0, {}, text))
            found[cause] = (total + count, where | {entry.path.name: None}, example)
    rows = [
        Failures(cause, count, tuple(where), example, cause not in known)
        for cause, (count, where, example) in found.items()
    ]
    return sorted(rows, key=lambda row: (-row.times, row.cause))
