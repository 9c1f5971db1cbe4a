"""Dividends, splits and quote units: from delivered prices to one scale in major currency."""

from __future__ import annotations

import numpy as np

from .audit_case import OHLC, Case
from .series import Adjustment
from .units import unit_factor

# A smaller dividend than this share of the price cannot be told from rounding.
SMALL_DIVIDEND = 0.002
#: A split below this ratio (as |ln|) drowns in a day's trading.
SMALL_SPLIT = 0.15


def adjust(case: Case) -> Adjustment:
    """Bring OHLC to the stated or provable adjustment and return which it is.

    ``is_adjusted`` True or False is believed. Where nothing is stated a complete ``Adj Close``
    scales all four prices; rows before its first value are refused, blanks within refuse the
    series, and a share without the column is refused.
    """
    stated = case.raw.is_adjusted
    if stated is not None:
        if not stated and case.kind in ("equity", "etf", "index"):
            case.say("adjustment", "warned", "prices are raw: dividends are missing throughout")
        return "total_return" if stated else "raw"
    if "adj_close" in case.frame and case.frame["adj_close"].notna().any():
        return _scale(case)
    if case.kind in ("equity", "etf"):
        detail = "nothing says whether dividends are in the prices: state adjusted = true or false"
        case.say("adjustment", "refused", f"{detail} in prices.toml, or deliver Adj Close")
    return "raw"


def _scale(case: Case) -> Adjustment:
    adjusted = case.column("adj_close")
    blank = ~np.isfinite(adjusted) | (adjusted <= 0)
    first = int(np.flatnonzero(~blank)[0]) if not blank.all() else 0
    inner = np.flatnonzero(blank[first:]) + first
    if len(inner):
        detail = f"blank or not above 0 in {len(inner)} rows; it must be complete"
        case.say("Adj Close", "refused", detail, int(inner[0]), "adj_close")
        return "raw"
    if first:
        detail = f"{first} rows before have no Adj Close and are refused; the series starts here"
        case.say("Adj Close", "repaired", detail, first, "adj_close")
        case.keep(np.arange(len(blank)) >= first)
    _check_dividends(case)
    factor = case.column("adj_close") / case.column("close")
    if not np.allclose(factor, 1.0, rtol=1e-9, atol=0.0):
        if "raw_close" not in case.frame:
            case.frame["raw_close"] = case.column("close")
        for name in OHLC:
            case.frame[name] = case.column(name) * factor
        detail = f"OHLC scaled by Adj Close / Close, {factor.min():.4f} to {factor.max():.4f}"
        case.say("adjustment", "repaired", detail)
    return "total_return"


def _check_dividends(case: Case) -> None:
    """Refuse an Adj Close that does not step where the file itself pays a dividend."""
    if "dividends" not in case.frame:
        return
    paid, close = case.column("dividends"), case.column("close")
    share = np.zeros(len(paid))
    share[1:] = np.nan_to_num(paid[1:]) / close[:-1]
    factor = case.column("adj_close") / close
    step = np.zeros(len(paid))
    step[1:] = 1 - factor[:-1] / factor[1:]
    # Half, because London lines pay in dollars and vendors convert at their own rate.
    rows = np.flatnonzero((share > SMALL_DIVIDEND) & (step < 0.5 * share))
    case.say_each(
        "dividend not adjusted",
        "refused" if case.is_traded else "warned",
        rows,
        lambda at: f"pays {share[at]:.2%} of the price, Adj Close steps {step[at]:.2%}",
        "adj_close",
    )


def check_splits(case: Case) -> None:
    """Refuse a stated split that the prices before it do not contain."""
    if "splits" not in case.frame:
        return
    ratio, close = np.nan_to_num(case.column("splits")), case.column("close")
    rows = np.flatnonzero((ratio > 0) & (ratio != 1))
    for at in rows[rows > 0]:
        size, move = float(np.log(ratio[at])), float(np.log(close[at] / close[at - 1]))
        if abs(size) < SMALL_SPLIT or abs(move + size) > 0.5 * abs(size):
            continue
        is_allowed = case.allows("split not adjusted", int(at))
        detail = f"split {ratio[at]:g}:1 and the price moves {np.expm1(move):+.1%} with it"
        case.say(
            "split not adjusted", "warned" if is_allowed else "refused", detail, int(at), "close"
        )


def convert_units(case: Case) -> float:
    """Bring share quotes to the major currency and return the factor."""
    factor = unit_factor(case.raw.facts.unit)
    if factor != 1.0:
        for name in (*OHLC, "raw_close"):
            if name in case.frame:
                case.frame[name] = case.column(name) * factor
    return factor
