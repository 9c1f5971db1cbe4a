"""Every figure that the article of 2025-03-24 states, worked out, in each form it could mean.

The article names neither its indices nor its form of return. Where the definition decides, the
neighbouring definitions stand beside each other.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from .article_earnings import (
    BASE_MEDIAN,
    BASE_METALS,
    GOLD_MEDIAN,
    LEAST_SHARE,
    earnings_rows,
)
from .article_prices import Closes, closed_on, month_either_way, pair_rows, row

#: The day of the note; figures look back from its closes.
NOTE = pd.Timestamp("2025-03-24")
EUROPE_SINCE, METALS_SINCE = pd.Timestamp("2022-12-30"), pd.Timestamp("2023-12-29")
TARGET, RISE = 11_500.0, 0.15
UPGRADES = (0.10, 0.20)
QUARTER = (pd.Timestamp("2026-04-01"), pd.Timestamp("2026-06-30"))
POUNDS_A_TONNE = 2204.62262
#: Series that the figures are worked out from; which of them are at hand decides the rows.
ARTICLE_SYMBOLS = (
    *("PICK", "COPX", "GDX", "RIO", "BHP", "IEUR", "STOXX600", "DBB", "HG"),
    *("LME_CU", "LME_AL", "LME_ZN", "LME_NI", "GLD", "SLV", "IRON_DCE", "HRC_SHFE"),
)
CLAIMS = {
    "A04": ("miners trail MSCI Europe since January 2023, in USD", -0.50, "about -50 %"),
    "A05": ("miners trail industrial metals since early 2024", -0.20, "about -20 %"),
    "A11": ("copper to 11,500 USD/t by the second quarter of 2026", RISE, "+15 %"),
    "A13": ("copper-exposed miners gain most from it", np.nan, "prime beneficiaries"),
    "A17": ("the picks are strong in copper, aluminium and gold", np.nan, "strong presence"),
    "A18": ("EBITDA estimates rise at market prices", 0.15, "+10 to 20 %"),
    "A19": ("gold producers gain most", np.nan, "largest gains"),
}


def article_table(closes: Closes) -> pd.DataFrame:
    """Return one row a figure and definition.

    Parameters
    ----------
    closes : mapping of str to Series
        Closing prices in USD by session date; ``LME_CU.cash`` for LME cash, ``USDNOK`` for the
        rate itself. Those that are absent give rows that say so.

    Returns
    -------
    DataFrame
        ``id, claim, article, said`` (its figure; NaN where it gives none), ``measured`` (a
        fraction; NaN where a series is absent), ``form, series, stretch, away`` (measured less
        said), ``note``.
    """
    rows = [*_europe(closes), *_metals(closes), *_copper(closes), *earnings_rows(closes, NOTE)]
    table = pd.DataFrame(rows)
    claims = table["id"].map(CLAIMS)
    table.insert(1, "claim", [claim for claim, _, _ in claims])
    table.insert(2, "article", [text for _, _, text in claims])
    table.insert(3, "said", [figure for _, figure, _ in claims])
    table.insert(5, "away", table["measured"] - table["said"])
    # What came later, or a share of the book, is not the article's figure.
    table.loc[~table["is_claim"], ["said", "away"]] = np.nan
    return table.drop(columns="is_claim")


def _europe(closes: Closes) -> list[dict[str, Any]]:
    rows = pair_rows("A04", closes, "PICK", "IEUR", EUROPE_SINCE, NOTE, "IEUR with dividends")
    for since in month_either_way(EUROPE_SINCE):
        rows += pair_rows("A04", closes, "PICK", "IEUR", since, NOTE, "start a month away")
    for name in ("BHP", "RIO"):
        rows += pair_rows("A04", closes, name, "IEUR", EUROPE_SINCE, NOTE, "one name")
    note = "STOXX 600 in USD, a price index: without its dividends the lag is smaller"
    return rows + pair_rows("A04", closes, "PICK", "STOXX600", EUROPE_SINCE, NOTE, note)


def _metals(closes: Closes) -> list[dict[str, Any]]:
    rows = pair_rows("A05", closes, "PICK", "DBB", METALS_SINCE, NOTE, "DBB: LME Al, Zn, Cu")
    for since in month_either_way(METALS_SINCE):
        rows += pair_rows("A05", closes, "PICK", "DBB", since, NOTE, "start a month away")
    own = closes.get("PICK")
    if own is not None and len(before := own.loc[:NOTE]) > 252:
        since = before.index[-253]
        rows += pair_rows("A05", closes, "PICK", "DBB", since, NOTE, "rolling, 252 sessions")
    basket = _basket(closes, METALS_SINCE)
    label = "+".join(BASE_METALS)
    rows += pair_rows(
        "A05", {**closes, label: basket}, "PICK", label, METALS_SINCE, NOTE, "equal at the start"
    )
    note = "COMEX copper carries the tariff premium: part of the lag is basis"
    for fund in ("PICK", "COPX"):
        rows += pair_rows("A05", closes, fund, "HG", METALS_SINCE, NOTE, note)
    return rows + pair_rows("A05", closes, "COPX", "LME_CU", METALS_SINCE, NOTE, "copper alone")


def _basket(closes: Closes, since: pd.Timestamp) -> pd.Series[float] | None:
    """Return base metals bought in equal parts on a day and held."""
    if any(symbol not in closes for symbol in BASE_METALS):
        return None
    frame = pd.DataFrame({symbol: closes[symbol] for symbol in BASE_METALS}).ffill().loc[since:]
    return None if frame.empty else (frame / frame.iloc[0]).mean(axis=1)


def _copper(closes: Closes) -> list[dict[str, Any]]:
    """Return what 11,500 is from each price of copper, and what came of it."""
    forms = (
        ("LME_CU", 1.0, "LME three months"),
        ("LME_CU.cash", 1.0, "LME cash"),
        ("HG", POUNDS_A_TONNE, "COMEX front month: holds the tariff premium already"),
    )
    rows = []
    for symbol, factor, note in forms:
        price = closed_on(closes.get(symbol), NOTE) * factor
        said = "no data" if np.isnan(price) else f"from {price:,.0f} USD/t"
        rows.append(
            row(
                "A11",
                TARGET / price - 1.0,
                "change",
                symbol,
                f"at {NOTE.date()}",
                f"{note}; {said}",
            )
        )
    lme = closes.get("LME_CU")
    after = pd.Series(dtype=float) if lme is None else lme.loc[NOTE + pd.Timedelta(days=1) :]
    if after.empty:
        return rows
    until = after.loc[: QUARTER[1]]
    low, above = until.min(), until[until >= TARGET]
    first = f"first close at 11,500: {above.index[0].date()}" if len(above) else "not reached"
    start = closed_on(lme, NOTE)
    seen = f"{NOTE.date()} to {until.index[-1].date()}"
    rows.append(
        row(
            "A11",
            low / start - 1.0,
            "what came: low",
            "LME_CU",
            seen,
            f"{low:,.0f}; {first}",
            False,
        )
    )
    quarter = until.loc[QUARTER[0] :]
    if len(quarter):
        mean = quarter.mean()
        span = f"{quarter.index[0].date()} to {quarter.index[-1].date()}"
        note = (
            f"{mean:,.0f} USD/t on average; the note's target lies {TARGET / mean - 1.0:+.1%} off"
        )
        rows.append(row("A11", mean / start - 1.0, "what came: mean", "LME_CU", span, note, False))
    return rows


def article_verdicts(table: pd.DataFrame) -> dict[str, str]:
    """Return by claim what its figures come to, and how far the definitions lie apart."""
    out: dict[str, str] = {}
    for claim in CLAIMS:
        group = table[(table["id"] == claim) & table["measured"].notna()]
        said = group[group["said"].notna()]
        if group.empty:
            out[claim] = "no series at hand"
        elif claim == "A18":
            out[claim] = _within(said)
        elif claim == "A17":
            strong = group[group["measured"] >= LEAST_SHARE]["series"]
            out[claim] = f"{len(strong)} of {len(group)} hold half or more: {', '.join(strong)}"
        elif claim == "A19":
            out[claim] = _gold(group)
        elif claim == "A13":
            out[claim] = f"by copper alone, in this order: {', '.join(group['series'])}"
        elif len(said):
            out[claim] = _nearest(said)
    return out


def _nearest(group: pd.DataFrame) -> str:
    best = group.iloc[int(group["away"].abs().to_numpy().argmin())]
    spans = [
        f"{form} {_span(part['measured'], form)}"
        for form, part in group.groupby("form", sort=False)
    ]
    found = f"{_figure(best['measured'], best['form'])} ({best['form']})"
    nearest = f"{best['article']} is nearest to {found} of {best['series']}, {best['stretch']}"
    return f"{nearest}. Over all rows: {'; '.join(spans)}"


def _figure(value: float, form: object) -> str:
    return f"{100.0 * value:+z.1f}" if form == "points" else f"{value:+z.1%}"


def _span(values: pd.Series[float], form: object) -> str:
    return f"{_figure(values.min(), form)} to {_figure(values.max(), form)}"


def _within(group: pd.DataFrame) -> str:
    low, high = UPGRADES
    is_within = group["measured"].between(low, high)
    said = f"within {low:+.0%} to {high:+.0%}: {', '.join(group['series'][is_within]) or 'none'}"
    return f"{said}; outside: {', '.join(group['series'][~is_within]) or 'none'}"


def _gold(group: pd.DataFrame) -> str:
    middle = group.set_index("series")["measured"]
    gold, base = middle.get(GOLD_MEDIAN), middle.get(BASE_MEDIAN)
    if gold is None or base is None:
        return "one of the two groups has no data"
    word = "more" if gold > base else "less"
    return f"gold names {gold:+z.1%}, {word} than {base:+z.1%} of base-metal names (medians)"


def absent_symbols(closes: Mapping[str, Any]) -> list[str]:
    """Return the symbols that the figures would need and that are not at hand."""
    return [symbol for symbol in ARTICLE_SYMBOLS if symbol not in closes]
