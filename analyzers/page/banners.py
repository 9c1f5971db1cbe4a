"""What a reader must know before the first figure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from ..counting import counted
from ..record import RunRecord
from ..restated import FLAG
from ..trade_legs import joined_trades
from .facts import FEW_ENTRIES, listing, mapping, names, setting, stated, words
from .numbers import REGRESSION

#: More restated series than this are counted.
SHOWN_SERIES = 5


@dataclass(frozen=True)
class Caution:
    """One caution: a short name, a sentence, and whether it is loud."""

    name: str
    text: str
    is_loud: bool = True


def cautions(record: RunRecord) -> list[Caution]:
    """Return what makes the figures doubtful, the gravest first, then the run's own warnings."""
    return [
        *_restated(record),
        *_synthetic(record),
        *_few_entries(record),
        *_hindsight_of_names(record),
        *_hindsight_of_exposures(record),
        *(Caution("Warning", text, is_loud=False) for text in warnings(record)),
        *_uncommitted(record),
    ]


def warnings(record: RunRecord) -> list[str]:
    """Return the run's warnings; those that say the same of several names as one."""
    found: dict[tuple[str, bool], list[str]] = {}
    for text in listing(record.info, "warnings"):
        first, _, rest = words(text).partition(" ")
        found.setdefault((rest, first.endswith(":")), []).append(first.removesuffix(":"))
    return [
        f"{', '.join(dict.fromkeys(firsts))}{':' if has_colon else ''} {rest}".strip()
        for (rest, has_colon), firsts in found.items()
    ]


def _restated(record: RunRecord) -> Iterable[Caution]:
    said = listing(record.info, FLAG)
    if said:
        shown = "; ".join(words(one) for one in said[:SHOWN_SERIES])
        more = f"; and {len(said) - SHOWN_SERIES} more series" if len(said) > SHOWN_SERIES else ""
        yield Caution(
            "Data restated since",
            "The data are not what they were when this run was made, so today's would give other "
            f"figures: {shown}{more}.",
        )


def _synthetic(record: RunRecord) -> Iterable[Caution]:
    if record.info["synthetic"]:
        yield Caution(
            "Synthetic market", "These prices are made up. Nothing here says anything of markets."
        )


def _few_entries(record: RunRecord) -> Iterable[Caution]:
    # A hedged trade is one, whatever number of legs it has.
    n = len(joined_trades(record.trades, keep_lone=True))
    if n < FEW_ENTRIES:
        yield Caution(
            f"{n} {'entry' if n == 1 else 'entries'}",
            f"Fewer than {FEW_ENTRIES}: hit rate, Sharpe and every mean below are mostly chance.",
        )


def _hindsight_of_names(record: RunRecord) -> Iterable[Caution]:
    said = stated(record.info, "universe", "hindsight")
    valid_from = str(stated(record.info, "universe", "valid_from") or "")
    start = str(setting(record, "data", "start") or "")
    if said and (not valid_from or not start or start < valid_from):
        text = words(said)
        yield Caution("Hindsight in the universe", f"{text[:1].upper()}{text[1:]}.")


def _hindsight_of_exposures(record: RunRecord) -> Iterable[Caution]:
    late = mapping(record.info, "hindsight_exposure")
    if late:
        days = sorted({words(day) for day in late.values()})
        is_beside = REGRESSION in record.baselines
        beside = " The same run with exposures fitted on the past stands beside it." * is_beside
        verb = "uses" if len(late) == 1 else "use"
        span = days[0] if len(days) == 1 else f"{days[0]} to {days[-1]}"
        yield Caution(
            "Hindsight in exposures",
            f"{len(late)} of {counted(len(names(record)), 'name')} {verb} exposures before they "
            f"were published ({span}): their first row is carried back.{beside}",
        )


def _uncommitted(record: RunRecord) -> Iterable[Caution]:
    if stated(record.info, "code", "dirty"):
        yield Caution(
            "Uncommitted code",
            "The code had uncommitted changes: its commit does not reproduce this run.",
            is_loud=False,
        )
