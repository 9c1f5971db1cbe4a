"""What a reader must know before the first figure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Literal

from .contract import RecordLike
from .facts import FEW_ENTRIES, entries, part, rows, setting, words

SURVIVORS = frozenset({"nyse-miners"})
#: More warnings than this are folded away behind the first ones.
SHOWN = 4


@dataclass(frozen=True)
class Banner:
    """One caution: a short name, a sentence, and how loud it is."""

    name: str
    text: str
    tone: Literal["loud", "plain"] = "loud"


def banners(record: RecordLike) -> list[Banner]:
    """Return all cautions of a run, the loudest first."""
    found = [
        *_synthetic(record),
        *_few_entries(record),
        *_hindsight(record),
        *_basis(record),
        *_raw_prices(record),
        *_skipped(record),
        *_survivors(record),
        *_dirty(record),
    ]
    return sorted(found, key=lambda banner: banner.tone != "loud")


def warnings(record: RecordLike) -> list[str]:
    """Return the run's warnings, each once, in their order."""
    return list(dict.fromkeys(words(w) for w in rows_of_text(record.info.get("warnings"))))


def shown_above(record: RecordLike) -> list[str]:
    """Return the warnings that no banner repeats already."""
    out = rows(part(record.info, "universe").get("excluded"), key="symbol", scalar="reason")
    said = tuple(f"{row.get('symbol', row.get('name'))} left out" for row in out)
    return [warning for warning in warnings(record) if not warning.startswith(said)]


def rows_of_text(value: Any) -> list[Any]:
    """Return a list whatever JSON held: nothing, one text or many."""
    if isinstance(value, (list, tuple)):
        return list(value)
    return [] if value in (None, "") else [value]


def _synthetic(record: RecordLike) -> Iterable[Banner]:
    if record.info.get("synthetic"):
        yield Banner(
            "Synthetic market", "These prices are made up. Nothing here says anything of markets."
        )


def _few_entries(record: RecordLike) -> Iterable[Banner]:
    n = entries(record)
    if n < FEW_ENTRIES:
        noun = "entry" if n == 1 else "entries"
        yield Banner(
            f"{n} {noun}",
            f"Fewer than {FEW_ENTRIES}: hit rate, Sharpe and every mean below are mostly chance.",
        )


def _hindsight(record: RecordLike) -> Iterable[Banner]:
    universe = part(record.info, "universe")
    exposure = record.info.get("hindsight_exposure") or universe.get("hindsight_exposure")
    if exposure:
        yield Banner(
            "Hindsight in exposures",
            "Before an issuer's first published exposures its first row is carried back"
            + _about(exposure)
            + " The same run with exposures fitted on the past stands beside it in the headline.",
        )
    if universe.get("hindsight") and _used_early(record, universe):
        yield Banner("Hindsight in the universe", words(universe["hindsight"]))


def _used_early(record: RecordLike, universe: dict[str, Any]) -> bool:
    """Whether the run starts before the names were published; so too where nobody can tell."""
    valid_from = str(universe.get("valid_from") or "")
    start = str(setting(record.info, "data", "start") or "")
    return not valid_from or not start or start < valid_from


def _about(value: Any) -> str:
    return "." if value is True else f": {words(value)}."


def _basis(record: RecordLike) -> Iterable[Banner]:
    for metal, symbol in part(part(record.info, "universe"), "stand_ins").items():
        if any(metal in said and words(symbol) in said for said in warnings(record)):
            continue
        yield Banner("Stand-in", f"{metal}: {words(symbol)}.", "plain")
    for row in rows(record.info.get("data"), key="symbol"):
        if row.get("basis_warning"):
            yield Banner(f"Basis: {row.get('symbol')}", words(row["basis_warning"]))
        if row.get("stand_in"):
            said = f"{row.get('symbol')} stands in for {words(row['stand_in'])}."
            yield Banner("Stand-in", said, "plain")


def _raw_prices(record: RecordLike) -> Iterable[Banner]:
    raw = [
        str(row.get("symbol"))
        for row in rows(record.info.get("data"), key="symbol")
        if row.get("adjustment") == "raw" or row.get("adjusted") is False
    ]
    if raw:
        said = f"{', '.join(raw)}: unadjusted, so dividends are missing from returns and gaps."
        yield Banner("Raw prices", said)


def _skipped(record: RecordLike) -> Iterable[Banner]:
    out = rows(part(record.info, "universe").get("excluded"), key="symbol", scalar="reason")
    if out:
        names = [
            f"{row.get('symbol', row.get('name'))} ({words(row.get('reason'))})" for row in out
        ]
        yield Banner("Names left out", "; ".join(names) + ".", "plain")


def _survivors(record: RecordLike) -> Iterable[Banner]:
    universe = part(record.info, "universe")
    is_said = universe.get("hindsight") and not universe.get("valid_from")
    if not is_said and (universe.get("survivors") or universe.get("name") in SURVIVORS):
        yield Banner(
            "Survivors",
            "The names were chosen in 2026 among companies that still trade; those that failed or "
            "were taken over are missing, which flatters every long curve here.",
            "plain",
        )


def _dirty(record: RecordLike) -> Iterable[Banner]:
    if part(record.info, "code").get("dirty"):
        said = "The code had uncommitted changes: the commit below does not reproduce this run."
        yield Banner("Uncommitted code", said, "plain")
