"""The sample market: invented prices on real calendars, for learning the tool and for tests.

Nothing in it is evidence. A profit of the catch-up rule on it shows that the rule finds what was
planted, and says nothing about real miners. Planted are (figures in ``sample_tables.py``):

* **Catching up.** A miner's log price is ``beta_metal`` x basket + ``beta_market`` x market + gap
  + noise, with constant ratios. Its own gap reverts to zero, half-life 45 to 80 sessions, besides
  the dips below.
* **Regime and gap together.** Around real Chinese easing (2008, 2015, 2020, 2022, 2024) each miner
  falls behind by 0.36 (log, median) within 22 sessions, about every 60 sessions, and a smaller
  common gap opens. Three of four such dips are made good within 30 sessions; the others take
  months, as do three of four of the rare dips at other times: these and falling metals are the
  losing trades. That easing helps is therefore an assumption of this market, not a finding.
* **The article.** The equal-weight index of the ten New York miners, rebalanced daily, changes by
  -20 % against that of LME copper, aluminium and zinc from 2023-12-29 to 2025-03-24, and by 50
  points less than European shares (IEUR) from 2022-12-30 to 2025-03-24; then it draws a V and has
  regained three quarters of the lag by the end of 2025. Exact for every seed; held without
  rebalancing the figures differ by a few points. Metals, gold, iron ore and the market are
  steered through round figures on the same dates.
* **Early metals.** Most of a day's news in metals falls before the LME official price.
* **The ten names exist throughout.** No splits, dividends, delistings, holes or bad rows.

Ordinary features, so that clocks and units matter: each symbol has the real sessions of its venue;
two lines of a company and a fund and its parts are one path seen at different times and in
different currencies; part of a day's news falls between one venue's close and the next one's;
tails are fat and volatility clusters; half days are sampled at the usual closing time.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

from ..errors import ConfigError, unknown_name
from ..series import Series
from .sample_bars import sample_line
from .sample_tables import FIRST, LAST, LINES

#: Every symbol of the sample market, by its name in local price files.
SAMPLE_SYMBOLS: tuple[str, ...] = tuple(LINES)


def sample_series(
    symbols: Iterable[str] | None = None,
    *,
    seed: int = 20250324,
    first: Any = FIRST,
    last: Any = LAST,
) -> dict[str, Series]:
    """Return synthetic series, bit-equal for equal `seed` whatever else is asked for.

    Parameters
    ----------
    symbols : iterable of str, optional
        Names out of `SAMPLE_SYMBOLS`; all of them by default. Neither the selection nor the
        dates change a number of a series.
    seed : int
        Not negative.
    first, last : date-like
        First and last session kept, within 2005-01-03 and 2025-12-31.

    Returns
    -------
    dict of Series by symbol, in the order asked for
        ``facts.synthetic`` is True and ``facts.source`` is ``"sample"``. ``raw_close`` equals
        ``close``. Close-only series have NaN in open, high, low and volume; metals in China and
        exchange rates have no volume.

    Raises
    ------
    ConfigError
        For a symbol that the sample lacks, dates outside it or in the wrong order, or a seed that
        is not a whole number of 0 or more.
    """
    chosen = _known(SAMPLE_SYMBOLS if symbols is None else symbols)
    if isinstance(seed, bool) or not isinstance(seed, int) or seed < 0:
        raise ConfigError(f"seed must be a whole number of 0 or more, got {seed!r}")
    start, end = _dates(first, last)
    return {s: sample_line(s, seed=seed, first=start, last=end) for s in chosen}


def _known(symbols: Iterable[str]) -> list[str]:
    chosen = [symbols] if isinstance(symbols, str) else list(symbols)
    for symbol in chosen:
        if symbol not in LINES:
            raise ConfigError(unknown_name("symbol of the sample market", symbol, LINES))
    return chosen


def _dates(first: Any, last: Any) -> tuple[np.datetime64, np.datetime64]:
    start, end = np.datetime64(first, "D"), np.datetime64(last, "D")
    if not np.datetime64(FIRST) <= start <= end <= np.datetime64(LAST):
        raise ConfigError(
            f"first and last must lie in order within {FIRST} and {LAST}, the days of the sample "
            f"market; got first {start} and last {end}"
        )
    return start, end
