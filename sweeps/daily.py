"""The desk's table of each session as it was known then: fetched, checked, written once."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from orebound.analyzers import plain
from orebound.feeds import (
    DataRefused,
    Market,
    Store,
    Universe,
    clock,
    load_universe,
)
from orebound.feeds import fetch as download

from .config import RunConfig
from .daily_changes import changes
from .daily_prints import fingerprints, moment_of
from .daily_rows import DailyRow, Rows, Unreadable, is_told, read_rows, write_row
from .desk import desk_table
from .engine import load_market
from .identity import code_digest, digest
from .known_market import catch_up_rule
from .provenance import code_identity, package_versions

Progress = Callable[[str], None]
#: No exchange rests for longer.
LONGEST_REST = 15
#: Failed downloads told with their cause; of the others the symbols are.
MOST_CAUSES = 3


@dataclass(frozen=True)
class DailyOutcome:
    """What one run of the daily record found.

    Attributes
    ----------
    row : DailyRow
        That of the last session whose exchanges have all closed and whose data are there.
    before : DailyRow or None
        What it is compared with.
    changes : tuple of str
        Empty where nothing changed, or where it was told already.
    is_new : bool
        Whether the row was written now.
    notes : tuple of str
        What a reader of the log must know: rows that cannot be read, sessions without data yet.
    """

    row: DailyRow
    before: DailyRow | None
    changes: tuple[str, ...]
    is_new: bool
    notes: tuple[str, ...]

    def as_dict(self) -> dict[str, Any]:
        """Return everything in plain types."""
        before = None if self.before is None else self.before.session
        return {
            "session": self.row.session,
            "against": before,
            "path": str(self.row.path),
            "is_new": self.is_new,
            "changes": list(self.changes),
            "notes": list(self.notes),
            "row": self.row.content,
        }


def record_day(
    config: RunConfig,
    folder: Path,
    *,
    fetch: bool = True,
    now: Any = None,
    progress: Progress | None = None,
) -> DailyOutcome:
    """Return what changed on the last whole session, and write its row where there is none.

    A session is whole once every exchange of the universe that traded on it has closed. Where its
    row stands already nothing is downloaded and nothing written.

    Parameters
    ----------
    folder : Path
        Where the rows are, as ``results/daily``.
    fetch : bool
        Download first; for source yahoo only.
    now : datetime64, optional
        The present moment, UTC.

    Raises
    ------
    DataRefused
        Nothing is written where a download failed, data are refused, late by more sessions than
        the rule allows, lack a name's session, or where the session's row is damaged.
    ConfigError
        For a rule of one's own, and a universe before its day.
    """
    tell = progress or (lambda _stage: None)
    rule = catch_up_rule(config)
    now = utc_now() if now is None else np.datetime64(now, "ns")
    data = config.data
    universe = load_universe(
        data.universe,
        source="yahoo" if data.source == "yahoo" else "csv",
        metals=dict(data.metals),
        market=data.market or None,
    )
    due = last_whole_session(universe, now)
    rows = read_rows(folder, config.run.name)
    if found := _recorded(rows, str(due), config):
        return found
    report = None
    if fetch and data.source == "yahoo":
        tell("fetching")
        store = Store(data.folder or None)
        report = download(universe, store=store, base_currency=data.base_currency)
        _refuse_failed(report.refused, skip_missing=data.skip_missing)
    tell("checking")
    market = load_market(config)
    day = _last_of(market, due)
    if now < moment_of(day):
        market = market.known_by(now)
    missed = _sessions_after(universe, day, due)
    if not market.synthetic:
        advice = "bring the files up to date"
        if data.source == "yahoo":
            advice = "`orebound fetch` says what failed"
        _refuse_late(universe, missed, rule.max_missed, advice)
    note = [] if not missed or market.synthetic else [f"no data yet of {due}: {day} is the last"]
    if found := _recorded(rows, str(day), config, note):
        return found
    if not (market.synthetic or data.skip_missing):
        _refuse_owed(market, day)
    tell("signals")
    content = row_content(config, market, day, now)
    if report is not None:
        content |= {"failed": dict(report.failed), "restated": [str(r) for r in report.restated]}
    path = write_row(folder, content)
    # Read back, so that what is compared and told is what stands on disk.
    fresh = read_rows(folder, config.run.name)
    row = next(row for row in fresh.whole if row.path == path)
    return _outcome(fresh, row, is_new=True, notes=note)


def utc_now() -> np.datetime64:
    """Return the present moment in UTC; tests put another one here."""
    return np.datetime64("now", "ns")


def last_whole_session(universe: Universe, now: np.datetime64) -> np.datetime64:
    """Return the last date on which an exchange of the universe traded and none has yet to close.

    Raises
    ------
    DataRefused
        If there is none in the last fifteen days.
    """
    clocks = [clock(mic) for mic in {listing.mic for listing in universe.listings}]
    today = now.astype("datetime64[D]") + 1  # Sydney's and Hong Kong's dates begin before UTC's
    for day in np.arange(today, today - LONGEST_REST, -1):
        dates = np.array([day])
        open_on = [one for one in clocks if one.is_session(dates)[0]]
        if open_on and all(one.known_at(dates)[0] <= now for one in open_on):
            return np.datetime64(day, "D")
    raise DataRefused(
        f"universe {universe.name}: no session of its exchanges in the {LONGEST_REST} days to "
        f"{now.astype('datetime64[s]')} UTC; is the clock of this machine right?"
    )


def row_content(
    config: RunConfig, market: Market, day: np.datetime64, now: np.datetime64
) -> dict[str, Any]:
    """Return what the row of a session holds, in plain types: table, config, code and data.

    Parameters
    ----------
    market : Market
        As known now; it is cut at the end of the day.
    """
    desk: dict[str, Any] = plain(desk_table(market, config, day).as_dict())
    acts_at = next_open(market, day)
    return {
        "session": str(day),
        "name": config.run.name,
        "recorded_at": f"{np.datetime_as_string(now, unit='s')}Z",
        "acts_at": f"{np.datetime_as_string(acts_at, unit='s')}Z",
        "in_time": bool(now < acts_at),
        "source": market.source,
        "code": code_identity() | {"digest": code_digest()},
        "packages": package_versions(),
        "universe": digest(market.universe),
        "data": fingerprints(market, moment_of(day)),
        "warnings": list(market.warnings),
    } | desk


def next_open(market: Market, day: np.datetime64) -> np.datetime64:
    """Return the first open after a session at which one of its decisions could be filled."""
    opens = []
    for mic in {listing.mic for listing in market.panel.listings}:
        one = clock(mic)
        # Past a calendar's horizon weekdays are near enough.
        later = one.sessions(day + 1, day + LONGEST_REST)
        opens.append(one.opened_at(later[:1])[0])
    first: np.datetime64 = min(opens)
    return first


def _recorded(
    rows: Rows, session: str, config: RunConfig, notes: Sequence[str] = ()
) -> DailyOutcome | None:
    """Return the outcome of a session that has its row, None where it has none."""
    for bad in rows.unreadable:
        if bad.session == session:
            raise DataRefused(
                f"{bad.path}: {bad.why}; a row is never written again: move the file away to have "
                "the session recorded anew, which then says when that was"
            )
    for row in rows.whole:
        if row.session == session:
            other = [
                f"{session} was recorded with another configuration; a config of its own needs a "
                "run.name of its own"
            ]
            is_same = row.content["config"] == plain(config.as_dict())
            return _outcome(rows, row, is_new=False, notes=[*notes, *([] if is_same else other)])
    return None


def _outcome(rows: Rows, row: DailyRow, *, is_new: bool, notes: list[str]) -> DailyOutcome:
    before = rows.before(row.session)
    found: list[str] = []
    if not is_told(row.path):
        found = changes(None if before is None else before.content, row.content)
    said = [*notes, *(_unread(bad) for bad in rows.unreadable)]
    return DailyOutcome(row, before, tuple(found), is_new, tuple(said))


def _unread(bad: Unreadable) -> str:
    return f"{bad.path.name}: {bad.why}; it is kept as it is and not compared with"


def _refuse_failed(refused: Mapping[str, str], *, skip_missing: bool) -> None:
    kept = {
        name: why
        for name, why in refused.items()
        if not (skip_missing and why.startswith("listing "))
    }
    if not kept:
        return
    said = "; ".join([*kept.values()][:MOST_CAUSES])
    others = [*kept][MOST_CAUSES:]
    more = f"; and likewise {', '.join(others)}" if others else ""
    raise DataRefused(
        f"nothing is recorded, {len(kept)} downloads failed: {said}{more}. Run again later: the "
        "session is recorded then"
    )


def _last_of(market: Market, due: np.datetime64) -> np.datetime64:
    """Return the last session up to the one due on which a name of the market has a row."""
    days = np.concatenate([series.sessions for _, series in market.parts.traded])
    days = days[days <= due]
    if not len(days):
        raise DataRefused(f"the data have no session up to {due}")
    return np.datetime64(days.max(), "D")


def _sessions_after(universe: Universe, day: np.datetime64, due: np.datetime64) -> int:
    """Return how many sessions of the universe's busiest exchange lie after a day."""
    mics = {listing.mic for listing in universe.listings}
    return max(len(clock(mic).sessions(day + 1, due)) for mic in mics)


def _refuse_late(universe: Universe, missed: int, most: int, advice: str) -> None:
    if missed > most:
        raise DataRefused(
            f"universe {universe.name}: the data lack the last {missed} sessions, accepted: at "
            f"most {most} (rule.max_missed); {advice}"
        )


def _refuse_owed(market: Market, day: np.datetime64) -> None:
    """Refuse where a name's exchange traded and the name has no row, not even a masked one."""
    dates = np.array([day])
    owed = [
        series.symbol
        for _, series in market.parts.traded
        if series.clock.is_session(dates)[0]
        and day not in series.sessions
        and day not in series.masked.to_numpy().astype("datetime64[D]")
        and series.sessions[0] <= day
    ]
    if owed:
        raise DataRefused(
            f"no row of {day} yet for {', '.join(owed)}, whose exchange traded: run again when it "
            "is there, or record the session without it with --skip-missing"
        )
