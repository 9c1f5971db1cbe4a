"""Moves between closes: unit flips, swapped dates, bad ticks, and large moves that were real.

A large move is no fault: AngloGold rose 43 % on 2008-11-21, LME nickel 47 % on 2022-03-07. A bad
tick is told by three things together: it leaves and comes back at once, both ways far beyond the
days around it, and the day's range touches neither neighbour (or the close lies outside its own
range). GameStop in January 2021 came back too, yet its ranges overlap and all its days are wild.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from .audit_case import Case, Floats, Mask
from .series import Outcome

#: One-day ratios that mean another unit: pence and pounds, or a misplaced decimal block.
FLIP_LOW, FLIP_HIGH = np.log(50.0), np.log(200.0)
WINDOW = 41
NORMAL = 1.4826
# Pegged currencies hardly move for years; a tick of theirs is judged against this at least.
LEAST_SIGMA = 0.002
TICK_SIZE, TICK_SIGMA, TICK_SIGMA_CLOSE_ONLY, SWAP_SIGMA = 0.05, 5.0, 8.0, 4.5
# Out and back by this much in a currency or metal needs no range to prove it; a share whose bid
# fails and returns may do it (its ranges then overlap).
FAR_SIGMA = 15.0
LARGE_UP, LARGE_DOWN = np.log(1.4), np.log(0.6)
SPLITS = np.log([2, 2.5, 3, 4, 5, 6, 7, 8, 10, 15, 20, 25, 30, 40])
HOLE_DAYS = 11


@dataclass
class Moves:
    """Log moves into and out of each row, and the robust daily sigma around it."""

    into: Floats
    out_of: Floats
    sigma: Floats

    @property
    def is_reversal(self) -> Mask:
        """Whether a row leaves its neighbours and the next comes back most of the way."""
        smaller = np.fmin(abs(self.into), abs(self.out_of))
        back = abs(self.into + self.out_of) < 0.4 * smaller
        return (self.into * self.out_of < 0) & back

    @property
    def score(self) -> Floats:
        """The smaller of the two moves, in sigmas."""
        return np.fmin(abs(self.into), abs(self.out_of)) / self.sigma


def moves(case: Case) -> Moves:
    """Return the moves between consecutive closes; NaN across long gaps and negative prices."""
    close, dates = case.column("close"), case.dates
    level = np.log(np.where(close > 0, close, np.nan))
    into = np.full(len(close), np.nan)
    into[1:] = np.diff(level)
    into[1:][np.diff(dates).astype(int) > HOLE_DAYS] = np.nan
    out_of = np.append(into[1:], np.nan)
    size = pd.Series(abs(into))
    local = size.rolling(WINDOW, center=True, min_periods=10).median().to_numpy() * NORMAL
    typical = float(np.nanmedian(size)) * NORMAL if size.notna().any() else 0.0
    return Moves(into, out_of, np.fmax(local, max(0.5 * typical, LEAST_SIGMA)))


def check_unit_flip(case: Case) -> None:
    """Refuse rows whose prices stand in another unit than their neighbours."""
    close = case.column("close")
    before = np.append(np.nan, close[:-1])
    _say_flips(case, "close", close / before, "the close before", is_used=True)
    for name in ("open", "high", "low"):
        ratio = case.column(name) / close
        _say_flips(case, name, ratio, "its close", is_used=case.is_traded)


def _say_flips(case: Case, name: str, ratio: Floats, than: str, *, is_used: bool) -> None:
    size = abs(np.log(np.where(ratio > 0, ratio, np.nan)))
    rows = np.flatnonzero((size > FLIP_LOW) & (size < FLIP_HIGH))
    waived = [not is_used or case.allows("unit flip", int(at)) for at in rows]
    is_waived = np.array(waived, dtype=bool)

    def words(at: int) -> str:
        return f"{ratio[at]:.4g} times {than}: pence and pounds mixed, or a lost decimal"

    case.say_each("unit flip", "refused", rows[~is_waived], words, name)
    case.say_each("unit flip", "warned", rows[is_waived], words, name)


def check_swapped_dates(case: Case) -> None:
    """Find rows whose day and month are swapped: foreign where they stand, at home where not.

    A signal's row is moved to its true session, or taken out where that is no session; a traded
    series is refused, because other rows may be swapped without showing it.
    """
    m = moves(case)
    suspects = np.flatnonzero(m.is_reversal & (m.score > SWAP_SIGMA))
    found = [
        (int(at), true) for at in suspects if (true := _true_date(case, m, int(at))) is not None
    ]
    found = [(at, true) for at, true in found if not case.allows("swapped date", at)]
    if not found:
        return
    for at, true in found:
        is_session = bool(case.clock.is_session(np.array([true]))[0])
        action = "moved there" if is_session else "no session, row taken out"
        detail = f"day and month are swapped: the level is that of {true}"
        if case.is_traded:
            case.say("swapped date", "refused", detail, at, "date")
        else:
            outcome: Outcome = "repaired" if is_session else "masked"
            case.say("swapped date", outcome, f"{detail}; {action}", at, "date")
    if not case.is_traded:
        _move_rows(case, found)


def _true_date(case: Case, m: Moves, at: int) -> np.datetime64 | None:
    """Return the date with day and month exchanged if the row's level fits there and only there."""
    stamp = pd.Timestamp(case.dates[at])
    if stamp.day > 12 or stamp.day == stamp.month:
        return None
    true = np.datetime64(f"{stamp.year:04d}-{stamp.day:02d}-{stamp.month:02d}", "D")
    dates, close = case.dates, case.column("close")
    place = int(np.searchsorted(dates, true))
    if place in (0, len(dates)) or dates[place] == true:
        return None
    here = min(abs(m.into[at]), abs(m.out_of[at]))
    around = [i for i in (place - 1, place) if i != at]
    there = min(abs(np.log(close[at] / close[i])) for i in around)
    far = max(abs(int((dates[i] - true).astype(int))) for i in around)
    return true if there < 0.5 * here and there < 4 * m.sigma[at] and far < 45 else None


def _move_rows(case: Case, found: list[tuple[int, np.datetime64]]) -> None:
    dates = case.dates.copy()
    sessions = case.clock.is_session(np.array([true for _, true in found]))
    for (at, true), is_session in zip(found, sessions, strict=True):
        dates[at] = true if is_session else dates[at]
    lost = np.zeros(len(dates), dtype=bool)
    lost[[at for (at, _), is_session in zip(found, sessions, strict=True) if not is_session]] = True
    case.frame["date"] = dates.astype("datetime64[ns]")
    case.mask(lost, is_exempt=True)
    case.frame = case.frame.sort_values("date", kind="stable", ignore_index=True)
    twice = case.frame["date"].duplicated().to_numpy()
    if twice.any():
        case.say(
            "swapped date", "refused", "two rows claim this date", int(np.flatnonzero(twice)[0])
        )


def check_bad_ticks(case: Case) -> None:
    """Mask single-day spikes that came back at once; warn of those that only look like one.

    Masked in both roles: the row makes no decision, no fill and no return, and it counts against
    the 1 % that refuses a traded series.
    """
    m = moves(case)
    smaller = np.fmin(abs(m.into), abs(m.out_of))
    back = m.is_reversal & (smaller > TICK_SIZE)
    limit = np.where(np.isnan(case.column("high")), TICK_SIGMA_CLOSE_ONLY, TICK_SIGMA)
    is_far = (m.score > FAR_SIGMA) & (case.kind not in ("equity", "etf"))
    spike = back & ((m.score > limit) & _is_isolated(case, m) | is_far)
    rows = [int(at) for at in np.flatnonzero(spike) if not case.allows("bad tick", int(at))]
    close = case.column("close")

    def words(at: int) -> str:
        around = f"close {close[at]:g} between {close[at - 1]:g} and {close[at + 1]:g}"
        return f"{around}, {m.score[at]:.0f} sigma out and back in a day"

    bad = np.zeros(len(close), dtype=bool)
    bad[rows] = True
    case.say_each("bad tick", "masked", np.flatnonzero(bad), words, "close")
    doubt = back & ~bad & (m.score > TICK_SIGMA) & np.isnan(case.column("high"))
    case.say_each("possible bad tick", "warned", np.flatnonzero(doubt & ~spike), words, "close")
    case.mask(bad)


def _is_isolated(case: Case, m: Moves) -> Mask:
    """Whether a row's own range touches no neighbour's, or does not even hold its close."""
    high, low, close = (case.column(name) for name in ("high", "low", "close"))
    before, after = slice(None, -2), slice(2, None)
    mid = slice(1, -1)
    apart = np.zeros(len(close), dtype=bool)
    if len(close) < 3:
        return apart
    above = (low[mid] > high[before]) & (low[mid] > high[after])
    below = (high[mid] < low[before]) & (high[mid] < low[after])
    apart[mid] = above | below
    outside = np.fmax(low - close, close - high) / close
    foreign = outside > 0.5 * np.fmin(abs(m.into), abs(m.out_of))
    return apart | foreign | np.isnan(high)


def check_large_moves(case: Case) -> None:
    """Ask for confirmation of moves beyond 40 %: turnover, or a range that reaches back.

    An unconfirmed move of a share that is just a split's ratio is refused; others are warned of.
    """
    m = moves(case)
    rows = np.flatnonzero((m.into > LARGE_UP) | (m.into < LARGE_DOWN))
    for at in map(int, rows):
        move = f"{np.expm1(m.into[at]):+.1%} in a day"
        if case.allows("unconfirmed move", at):
            case.say("large move", "warned", f"{move}, allowed by the caller", at, "close")
        elif why := _confirmation(case, at):
            case.say("large move", "warned", f"{move}, taken as real: {why}", at, "close")
        elif _is_split_like(case, m, at):
            detail = (
                f"{move} is a split's ratio and neither turnover nor range confirms a real move"
            )
            case.say("unconfirmed move", "refused", detail, at, "close")
        else:
            case.say("unconfirmed move", "warned", f"{move}, nothing else confirms it", at, "close")


def _confirmation(case: Case, at: int) -> str:
    high, low, close = (case.column(name)[: at + 1] for name in ("high", "low", "close"))
    if low[at] <= high[at - 1] and high[at] >= low[at - 1]:
        return "the day's range reaches the day before"
    turnover = case.column("volume")[: at + 1] * close
    usual = turnover[max(0, at - 20) : at]
    usual = usual[usual > 0]
    if len(usual) and turnover[at] > 2 * np.median(usual):
        return f"turnover is {turnover[at] / np.median(usual):.1f} times the usual"
    return ""


def _is_split_like(case: Case, m: Moves, at: int) -> bool:
    if case.kind not in ("equity", "etf"):
        return False
    distance = float(np.min(abs(SPLITS - abs(m.into[at]))))
    return distance < min(2 * float(m.sigma[at]), 0.06)
