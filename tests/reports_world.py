"""A few names of the sample with reports by issuer, unemployment and the yield curve."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache
from pathlib import Path

from orebound.feeds import KnownSeries, Market, read_by_issuer
from tests.markets import small_sample

FOLDER = Path(__file__).resolve().parents[1] / "examples" / "series"
REPORTED = ("ebitda", "net_debt", "market_cap", "free_cash_flow")


@lru_cache(maxsize=2)
def reports_world(*symbols: str) -> Market:
    """Return the names with the made-up series of the examples; London lines have no reports."""
    plain = small_sample(*symbols)
    known: dict[str, KnownSeries] = {}
    for column in REPORTED:
        known |= read_by_issuer(FOLDER / "reports.csv", column, column=column)
    known |= read_by_issuer(FOLDER / "unemployment.csv", "unemployment")
    known |= read_by_issuer(FOLDER / "curve.csv", "curve", release="fred_month_average")
    return plain._of(
        *(plain.source, plain.universe, replace(plain.parts, known=known)),
        *(plain.allow_hindsight, plain.latency, None),
    )
