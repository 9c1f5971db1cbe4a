"""Rules on single rows: order, blanks, signs, and a day's four prices against each other."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from .audit_case import OHL, OHLC, Case, Floats, Mask

#: Relative size of rounding in delivered prices: repaired within, a fault beyond.
NOISE = 1e-6


def check_dates(case: Case) -> None:
    """Reduce times to session dates, and refuse rows without one."""
    dates = case.frame["date"]
    missing = np.flatnonzero(dates.isna().to_numpy())
    if len(missing):
        case.say("date", "refused", f"{len(missing)} rows have no date", column="date")
        case.keep(dates.notna().to_numpy())
        dates = case.frame["date"]
    days = pd.DatetimeIndex(dates)
    if days.tz is not None:
        case.say("date", "repaired", f"time zone {days.tz} removed, local dates kept")
        days = days.tz_localize(None)
    # Not normalize(): that also looks for a frequency, which takes longer than all of this.
    times = days.to_numpy()
    whole = times.astype("datetime64[D]")
    if count := int((whole != times).sum()):
        case.say("date", "repaired", f"time of day cut off in {count} rows")
    case.frame["date"] = whole.astype("datetime64[ns]")


def check_order(case: Case) -> None:
    """Sort rows and drop exact repetitions, saying so; refuse one date with two prices."""
    dates = case.dates
    if len(dates) > 1 and not (dates[1:] > dates[:-1]).all():
        back = int((dates[1:] < dates[:-1]).sum())
        if back:
            at = int(np.flatnonzero(dates[1:] < dates[:-1])[0]) + 1
            words = "newest first" if back == len(dates) - 1 else f"{back} rows out of order"
            case.say("row order", "repaired", f"{words}; sorted by date", at)
            case.frame = case.frame.sort_values("date", kind="stable", ignore_index=True)
        _drop_repeated(case)


def _drop_repeated(case: Case) -> None:
    values = case.frame.drop(columns="row", errors="ignore")
    exact = values.duplicated().to_numpy()
    if exact.any():
        at = int(np.flatnonzero(exact)[0])
        case.say("repeated row", "repaired", f"{int(exact.sum())} exact repetitions dropped", at)
        case.keep(~exact)
    twice = case.frame["date"].duplicated().to_numpy()
    places = np.flatnonzero(twice)
    close = case.column("close")
    case.say_each(
        "repeated date",
        "refused",
        places,
        lambda at: (
            f"stands twice with different values (close {close[at - 1]:g} and {close[at]:g})"
        ),
    )
    case.keep(~twice)


def check_infinite(case: Case) -> None:
    """Refuse infinite prices, in any role."""
    for name in OHLC:
        places = np.flatnonzero(np.isinf(case.column(name)))
        case.say_each("infinite price", "refused", places, lambda _: "must be finite", name)


def check_blank_close(case: Case) -> None:
    """Trim blank ends; a blank close within is refused where traded, else dropped and counted."""
    blank = np.isnan(case.column("close"))
    if blank.all():
        case.say("no prices", "refused", f"none of {len(blank)} rows has a close", column="close")
        case.keep(~blank)
        return
    if not blank.any():
        return
    filled = np.flatnonzero(~blank)
    first, last = int(filled[0]), int(filled[-1])
    if first:
        case.say("blank start", "repaired", f"{first} rows dropped; starts here", first, "close")
    if last < len(blank) - 1:
        count = len(blank) - 1 - last
        case.say("blank end", "repaired", f"{count} rows after this one dropped", last, "close")
    inner = np.flatnonzero(blank[first : last + 1]) + first
    if len(inner):
        _say_inner_blanks(case, inner)
    case.keep(~blank)


def _say_inner_blanks(case: Case, inner: NDArray[np.intp]) -> None:
    rule = "blank close"
    if not case.is_traded:
        detail = f"{len(inner)} rows without a close dropped, the last on {case.dates[inner[-1]]}"
        case.say(rule, "warned", detail, int(inner[0]), "close")
        return
    is_whole = np.isnan(case.frame[list(OHL)].to_numpy(dtype=float)).all(axis=1)[inner]
    is_holiday = ~case.clock.is_session(case.dates[inner]) & is_whole
    case.say_each(rule, "warned", inner[is_holiday], lambda _: "blank row on a holiday dropped")
    case.say_each(rule, "refused", inner[~is_holiday], lambda _: "has no close", "close")


def check_sign(case: Case) -> None:
    """Refuse closes of zero or below; negative ones pass for futures by explicit permission."""
    close = case.column("close")
    zero = np.flatnonzero(close == 0)
    case.say_each("zero price", "refused", zero, lambda _: "a close of 0", "close")
    negative = np.flatnonzero(close < 0)
    is_future = case.kind == "future"
    hint = "" if is_future else f" (kind is {case.kind!r}; only futures may)"
    for at in negative:
        is_allowed = is_future and case.allows("negative price", int(at))
        flag = "; if it is real, allow 'negative price'" if is_future else ""
        detail = f"a close of {close[at]:g}{hint}{'' if is_allowed else flag}"
        case.say("negative price", "warned" if is_allowed else "refused", detail, int(at), "close")
    _check_sign_of_range(case, close)


def _check_sign_of_range(case: Case, close: Floats) -> None:
    prices = case.frame[list(OHL)].to_numpy(dtype=float)
    has_negatives = bool((close < 0).any()) and case.kind == "future"
    bad = (prices == 0) | ((prices < 0) & (not has_negatives))
    rows = np.flatnonzero(bad.any(axis=1) & (close > 0))
    if not len(rows):
        return

    def words(at: int) -> str:
        names = ", ".join(name for name, is_bad in zip(OHL, bad[at], strict=True) if is_bad)
        return f"{names} at 0 or below" + ("" if case.is_traded else ", blanked; the close stands")

    case.say_each("zero price", "refused" if case.is_traded else "warned", rows, words)
    if case.is_traded:
        return
    case.frame[list(OHL)] = np.where(bad & (close > 0)[:, None], np.nan, prices)


def check_tradable(case: Case) -> None:
    """Refuse to trade a close-only series, unless it is to fill at the next close."""
    if not case.is_traded or not case.is_close_only:
        return
    if case.raw.facts.fill == "next_close":
        case.say("close only", "warned", "traded at the next close, as fill = 'next_close' says")
        return
    detail = "open, high and low are blank throughout, so no order can fill at an open; use it as"
    case.say("close only", "refused", f"{detail} a signal or state fill = 'next_close'")


def check_range(case: Case) -> None:
    """Judge a day's open and close against its high and low.

    Traded: high below low is refused, an open or close outside is masked, rounding is clamped.
    Signals use Close alone, so there all of it is one warning a rule.
    """
    if case.is_close_only:
        return
    o, h, low, c = (case.column(name) for name in OHLC)
    if case.is_traded:
        _check_complete(case)
    scale = NOISE * np.abs(c)
    crossed = h < low - scale
    outside_open = ((o > h + scale) | (o < low - scale)) & ~crossed
    outside_close = ((c > h + scale) | (c < low - scale)) & ~crossed
    if not case.is_traded:
        _warn_range(case, crossed, outside_open, outside_close)
        return
    case.say_each(
        "high below low",
        "refused",
        np.flatnonzero(crossed),
        lambda at: f"high {h[at]:g} is below low {low[at]:g}",
    )
    _clamp(case)
    _say_outside(case, "open", outside_open)
    _say_outside(case, "close", outside_close)
    case.mask(outside_open | outside_close)


def _say_outside(case: Case, name: str, outside: Mask) -> None:
    values, high, low = (case.column(column) for column in (name, "high", "low"))

    def words(at: int) -> str:
        return f"{name} {values[at]:g} outside {low[at]:g} to {high[at]:g}"

    case.say_each(f"{name} outside range", "masked", np.flatnonzero(outside), words, name)


def _check_complete(case: Case) -> None:
    prices = case.frame[list(OHL)].isna().to_numpy().copy()
    absent = {found.column for found in case.findings if found.rule == "missing column"}
    for place, name in enumerate(OHL):
        if prices[:, place].all():
            what = "the header lacks" if name in absent else "no row has a value of"
            detail = f"{what} {name.title()}; a traded series needs Open, High, Low and Close"
            case.say("missing column", "refused", detail, column=name)
            prices[:, place] = False
    rows = np.flatnonzero(prices.any(axis=1))
    case.say_each(
        "blank price",
        "refused",
        rows,
        lambda at: "no " + ", ".join(n for n, b in zip(OHL, prices[at], strict=True) if b),
    )


def _warn_range(case: Case, crossed: Mask, outside_open: Mask, outside_close: Mask) -> None:
    rules = (
        ("high below low", crossed),
        ("open outside range", outside_open),
        ("close outside range", outside_close),
    )
    for rule, bad in rules:
        rows = np.flatnonzero(bad)
        if len(rows):
            last = f", the last on {case.dates[rows[-1]]}" if len(rows) > 1 else ""
            detail = f"{len(rows)} rows{last}; only the close is used"
            case.say(rule, "warned", detail, int(rows[0]))


def _clamp(case: Case) -> None:
    """Widen high and low by rounding noise, so that they hold open and close."""
    o, h, low, c = (case.column(name) for name in OHLC)
    top, bottom = np.fmax(o, c), np.fmin(o, c)
    scale = NOISE * np.abs(c)
    up = (top > h) & (top <= h + scale)
    down = (bottom < low) & (bottom >= low - scale)
    if (up | down).any():
        rows = np.flatnonzero(up | down)
        case.say("rounding", "repaired", f"high or low widened in {len(rows)} rows", int(rows[0]))
        case.frame["high"] = np.where(up, top, h)
        case.frame["low"] = np.where(down, bottom, low)


def check_volume(case: Case) -> None:
    """Blank a volume that is negative or infinite."""
    volume = case.column("volume")
    bad = (volume < 0) | np.isinf(volume)
    rows = np.flatnonzero(bad)
    case.say_each("volume", "repaired", rows, lambda at: f"{volume[at]:g} blanked", "volume")
    if len(rows):
        case.frame["volume"] = np.where(bad, np.nan, volume)
