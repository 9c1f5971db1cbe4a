"""Rules against the calendar: future, weekends, holidays, missing sessions, holes, staleness."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from .audit_case import Case

#: Missing sessions in a row that make a hole; a hole splits the series instead of counting.
HOLE = 5
MISSING_WARN, MISSING_REFUSE = 0.01, 0.05
STALE = 10
#: Stray weekend rows a signal may have: at most three, or one row in 500.
STRAY, STRAY_SHARE = 3, 0.002


def check_future(case: Case) -> None:
    """Refuse rows dated later than today by the venue's own clock; invented prices may have any."""
    if case.raw.facts.synthetic:
        return
    today = case.clock.today()
    words = f"later than today, {today} by {case.clock.rule.timezone}; no price is known yet"
    case.say_each(
        "future date", "refused", np.flatnonzero(case.dates > today), lambda _: words, "date"
    )


def check_weekends(case: Case) -> None:
    """Drop a stray weekend row of a signal; refuse many, and any in a traded series."""
    weekend = ~np.is_busday(case.dates)
    rows = np.flatnonzero(weekend)
    if not len(rows):
        return
    limit = max(STRAY, STRAY_SHARE * len(weekend))
    if case.is_traded or len(rows) > limit:
        why = "" if case.is_traded else f"; at most {limit:.0f} stray ones are dropped"
        case.say_each("weekend row", "refused", rows, lambda at: f"a {_day(case, at)}{why}", "date")
    else:
        case.say_each("weekend row", "repaired", rows, lambda at: f"a {_day(case, at)}, dropped")
    case.keep(~weekend)


def _day(case: Case, at: int) -> str:
    return pd.Timestamp(case.dates[at]).day_name()


def check_holidays(case: Case) -> None:
    """Mask a traded row on a day without a session; warn of a signal's."""
    strange = ~case.clock.is_session(case.dates)
    rows = np.flatnonzero(strange)
    if not len(rows):
        return
    if case.is_traded:
        where = f"{case.clock.rule.calendar} has no session"
        case.say_each("no session", "masked", rows, lambda _: where, "date")
        case.mask(strange)
        return
    days = ", ".join(str(case.dates[at]) for at in rows[:5])
    detail = f"{len(rows)} rows on days without a {case.clock.rule.calendar} session: {days}"
    case.say("no session", "warned", detail, int(rows[0]), "date")


def check_missing(case: Case) -> None:
    """Report holes by date; refuse more than 5 % scattered missing sessions, warn of fewer."""
    dates = case.dates
    if len(dates) < 2:
        return
    expected = case.clock.sessions(dates[0], dates[-1])
    if assumed := case.clock.assumed(dates[-1]):
        case.say("calendar", "warned", assumed)
    held = np.union1d(dates, np.array(case.masked, dtype="datetime64[D]"))
    missing = expected[~np.isin(expected, held)]
    if not len(missing):
        return
    place = np.searchsorted(expected, missing)
    runs = np.split(missing, np.flatnonzero(np.diff(place) > 1) + 1)
    holes = [run for run in runs if len(run) > HOLE]
    for run in holes:
        _say_hole(case, run)
    scattered = [run for run in runs if len(run) <= HOLE]
    if scattered:
        in_holes = sum(map(len, holes))
        _say_scattered(case, np.concatenate(scattered), len(expected) - in_holes)


def _say_hole(case: Case, run: NDArray[np.datetime64]) -> None:
    at = int(np.searchsorted(case.dates, run[-1]))
    close = case.column("close")
    move = close[at] / close[at - 1] - 1
    detail = f"{len(run)} sessions missing, {run[0]} to {run[-1]}; the close moves {move:+.1%}"
    case.say("hole", "warned", f"{detail} across it and no return spans it", at)


def _say_scattered(case: Case, missing: NDArray[np.datetime64], total: int) -> None:
    share = len(missing) / total
    days = ", ".join(str(day) for day in missing[:5])
    more = " ..." if len(missing) > 5 else ""
    detail = f"{len(missing)} of {total} sessions ({share:.2%}) missing: {days}{more}"
    is_refused = share > MISSING_REFUSE and not case.allows("missing sessions")
    loud = " (above 1 %)" if share > MISSING_WARN else ""
    case.say("missing sessions", "refused" if is_refused else "warned", detail + loud)


def check_stale(case: Case) -> None:
    """Warn of ten or more equal closes without volume; a traded series gets no orders there.

    The tenth row and later ones are masked: only then is the run known to be stale. They do not
    count against the 1 %, because a suspended share is no faulty file.
    """
    close, volume = case.column("close"), case.column("volume")
    is_new = np.append(True, close[1:] != close[:-1]) | ~(volume == 0)
    run = np.cumsum(is_new)
    position = np.arange(len(close)) - np.flatnonzero(is_new)[run - 1]
    start = np.flatnonzero(is_new)
    length = np.diff(np.append(start, len(close)))
    # The first close of a run traded if it had volume; it is a run of equal closes all the same.
    rows = start[length >= STALE]
    case.say_each(
        "stale prices",
        "warned",
        rows,
        lambda at: f"{length[run[at] - 1]} equal closes without volume from here",
        "close",
    )
    if case.is_traded and len(rows):
        case.mask(position >= STALE - 1, is_exempt=True)
