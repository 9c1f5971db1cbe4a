"""Last night against the night before: new best, lost, new and changed results."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from .causes import Failures, grouped
from .entries import Basis, Entry
from .gathering import Night

SLOWEST = 10
#: Sharpe ratios that agree to so many decimals are equal.
DIGITS = 9
#: The largest standard error of a Sharpe ratio a year that is ranked: about a year of returns.
MOST_ERROR = 1.0


class Pair(NamedTuple):
    """The same result on both nights; `cautions` say why its figures may not compare."""

    before: Entry | None
    last: Entry | None
    cautions: tuple[str, ...] = ()

    @property
    def change(self) -> float | None:
        """Sharpe ratio of the last night less that of the night before."""
        sharpes = [one.sharpe if one else None for one in (self.last, self.before)]
        last, before = sharpes
        return None if last is None or before is None else last - before


class Compared(NamedTuple):
    """What the last night brought.

    Attributes
    ----------
    best, best_before : Entry or None
        The result of the highest Sharpe ratio of each night: see `best_of`.
    is_new_best : bool
        Whether the last night's is higher; False where there is nothing to compare it with.
    pairs : list of Pair
        Every name of either night; the newest result of a name stands for it.
    lost : list of Entry
        Results of the night before by names that the last night lacks, or has damaged only.
    """

    best: Entry | None
    best_before: Entry | None
    is_new_best: bool
    cautions: tuple[str, ...]
    pairs: list[Pair]
    lost: list[Entry]
    failures: list[Failures]
    slowest: list[Entry]


def compared(last: Night | None, before: Night | None, damaged: Sequence[Entry] = ()) -> Compared:
    """Return what the last night brought against the one before.

    Parameters
    ----------
    damaged : sequence of Entry
        Results that cannot say when they began; their troubles count as failures of last night.
    """
    ours = list(last.entries) if last else []
    theirs = list(before.entries) if before else []
    newest, newest_before = _by_name(ours), _by_name(theirs)
    pairs = [
        _pair(newest_before.get(key), newest.get(key)) for key in sorted({*newest, *newest_before})
    ]
    best, best_before = best_of(ours), best_of(theirs)
    is_new = best is not None and best_before is not None and _value(best) > _value(best_before)
    return Compared(
        best,
        best_before,
        is_new,
        cautions_between(best_before.basis, best.basis) if best and best_before else (),
        pairs,
        [pair.before for pair in pairs if pair.before is not None and pair.last is None],
        grouped([*ours, *(one for one in damaged if one not in ours)], theirs),
        sorted(
            (one for one in ours if one.seconds is not None), key=lambda one: -(one.seconds or 0.0)
        )[:SLOWEST],
    )


def cautions_between(before: Basis, last: Basis) -> tuple[str, ...]:
    """Return in words why two results do not compare: data, currency, universe or period.

    Data are *restated* where a series has the same first and last date and another content; a
    series that goes on for longer is named apart from that.
    """
    words = [
        f"{name} differs: {old or 'unset'} before, {new or 'unset'} now"
        for name, old, new in (
            ("source", before.source, last.source),
            ("base currency", before.currency, last.currency),
            ("universe", before.universe, last.universe),
            ("start", before.start, last.start),
            ("end", before.end, last.end),
        )
        if old != new
    ]
    both = sorted(before.series.keys() & last.series.keys())
    changed = [name for name in both if before.series[name][0] != last.series[name][0]]
    restated = [name for name in changed if before.series[name][1:] == last.series[name][1:]]
    longer = [name for name in changed if name not in restated]
    only = sorted(before.series.keys() ^ last.series.keys())
    for what, names in (
        ("data restated since, same dates and other values", restated),
        ("data of other dates", longer),
        ("series in one of them only", only),
    ):
        if names:
            words.append(f"{what}: {_listed(names)}")
    return tuple(words)


def _listed(names: Sequence[str]) -> str:
    more = f" and {len(names) - 5} more" if len(names) > 5 else ""
    return ", ".join(names[:5]) + more


def _pair(before: Entry | None, last: Entry | None) -> Pair:
    both = before is not None and last is not None
    cautions = cautions_between(before.basis, last.basis) if before and last and both else ()
    return Pair(before, last, cautions)


def _by_name(entries: Iterable[Entry]) -> dict[tuple[str, str], Entry]:
    return {one.key: one for one in entries if not one.is_damaged}


def best_of(entries: Iterable[Entry]) -> Entry | None:
    """Return the result of the highest Sharpe ratio that is known to within `MOST_ERROR` a year.

    A month of returns has a ratio of 6 as easily as one of -6: where every result is so short, the
    highest of them stands, otherwise none of them does. None where no result has a ratio.
    """
    known = [one for one in entries if one.sharpe is not None and not one.is_damaged]
    able = [one for one in known if is_ranked(one)] or known
    # The run made again of a sweep's best differs from its row by rounding alone: the sweep, which
    # knows how many were tried, stands for both.
    return max(able, key=lambda one: (_value(one), one.kind == "sweep"), default=None)


def is_ranked(entry: Entry) -> bool:
    """Whether enough returns stand behind a result's Sharpe ratio to rank it by."""
    error = entry.figures.get("sharpe_error")
    return entry.sharpe is not None and (error is None or error <= MOST_ERROR)


def _value(entry: Entry) -> float:
    return float("-inf") if entry.sharpe is None else round(entry.sharpe, DIGITS)
