"""What forbids, or limits, the comparison of two runs, said before any figure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import pandas as pd

from .first_decision import common_days
from .record import RunRecord
from .restated import SeriesChange

#: Settings that decide how a figure is computed and not what was traded.
MEASURES = ("run.periods_per_year", "run.risk_free")
SHOWN = 5


def currency(record: RunRecord) -> str:
    """Return the base currency of a run."""
    return str(record.info["config"].get("data", {}).get("base_currency", "USD"))


def spans(record: RunRecord) -> tuple[str, str]:
    """Return the first and the last session of a run."""
    days = record.equity["date"]
    return (f"{days.min():%Y-%m-%d}", f"{days.max():%Y-%m-%d}") if len(days) else ("no session", "")


def banners(
    a: RunRecord,
    b: RunRecord,
    data: Sequence[SeriesChange],
    config: pd.DataFrame,
    by_name: pd.DataFrame,
) -> Iterator[str]:
    restated = [one for one in data if one.is_restated]
    if restated:
        yield _restated_words(restated)
    sources = [str(record.info["source"]) for record in (a, b)]
    if sources[0] != sources[1]:
        yield f"Other sources: A is made on {sources[0]}, B on {sources[1]}."
    if currency(a) != currency(b):
        yield (
            f"Other base currencies: A counts in {currency(a)}, B in {currency(b)}. Amounts are "
            "not subtracted."
        )
    if spans(a) != spans(b):
        yield (
            f"Other periods: A has {' to '.join(filter(None, spans(a)))}, B "
            f"{' to '.join(filter(None, spans(b)))}. Metrics are of each run's own period; "
            + (
                "decisions are compared where both could decide."
                if common_days(a, b)
                else "they share no day, so no decision is compared."
            )
        )
    yield from _universe_banner(a, b)
    measures = [key for key in config["key"] if key in MEASURES]
    if measures:
        yield f"Metrics are computed otherwise: {', '.join(measures)} differ."
    yield from _selection_banner(a, b)
    rest = by_name[by_name["kind"] == "not explained"]
    for label, amount in zip("AB", rest[["a", "b"]].sum(), strict=True):
        if amount:
            yield (
                f"The files of {label} do not add up: {amount:+,.6f} of its final value is "
                "explained by none of them."
            )


def _restated_words(restated: Sequence[SeriesChange]) -> str:
    shown = "; ".join(str(one) for one in restated[:SHOWN])
    more = f"; and {len(restated) - SHOWN} more series" if len(restated) > SHOWN else ""
    return f"Data were restated between the runs, so figures are of other data: {shown}{more}."


def _universe_banner(a: RunRecord, b: RunRecord) -> Iterator[str]:
    names = [set((record.info.get("universe") or {}).get("names") or ()) for record in (a, b)]
    only = [sorted(one - two) for one, two in (names, names[::-1])]
    said = [
        f"{', '.join(own)} in {label} alone"
        for label, own in zip("AB", only, strict=True)
        if own and all(names)
    ]
    if said:
        yield f"Other names: {'; '.join(said)}."


def _selection_banner(a: RunRecord, b: RunRecord) -> Iterator[str]:
    """Yield of each run that a sweep chose, and not of one whose settings were typed, so much."""
    found = [record.info.get("selection") for record in (a, b)]
    for label, chosen in zip("AB", found, strict=True):
        if not isinstance(chosen, Mapping) or not chosen.get("sweep") or found[0] == found[1]:
            continue
        trials, rank, by = (chosen.get(name) for name in ("trials", "rank", "by"))
        many = f"{trials:,} trials" if isinstance(trials, int) else "the trials"
        how = f"as number {rank} by {by}" if rank and by else "by its number"
        yield (f"{label} was chosen {how} of {many} of a sweep: being best is part of its figures.")
