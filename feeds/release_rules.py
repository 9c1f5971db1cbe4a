"""When numbers without a date of release became public: dated rules, always on the late side."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd

from .clocks import NS, Times
from .errors import ConfigError, unknown_name

TABLE = Path(__file__).with_name("reference") / "release_rules.csv"


@dataclass(frozen=True)
class ReleaseRule:
    """One line of the table; of several of one name, the last that fits a period holds.

    Attributes
    ----------
    name : str
    used_by : tuple of str
        Names of series that follow it where nothing else is said.
    since : str
        First month of reference it holds for, empty for all.
    month : int
        The one calendar month of reference it holds for, 0 for all.
    day : str
        ``last``, a day of the month, or ``same`` as the reference date's.
    month_offset : int
        Months after that of reference.
    business_days : int or None
        So many weekdays later; 0 moves a weekend to Monday, None moves nothing.
    local_time, timezone : str
    source : str
    """

    name: str
    used_by: tuple[str, ...]
    since: str
    month: int
    day: str
    month_offset: int
    business_days: int | None
    local_time: str
    timezone: str
    source: str

    def fits(self, period: np.datetime64) -> bool:
        """Whether it holds for a reference date."""
        month = period.astype("datetime64[M]")
        if self.since and month < np.datetime64(self.since, "M"):
            return False
        return not self.month or int(month.astype(np.int64)) % 12 + 1 == self.month

    def release(self, period: np.datetime64) -> np.datetime64:
        """Return the UTC time of release of a reference date."""
        hour, minute = self.local_time.split(":")
        local = pd.Timestamp(str(self.date(period)), tz=ZoneInfo(self.timezone))
        local = local.replace(hour=int(hour), minute=int(minute))
        return np.datetime64(local.tz_convert("UTC").tz_localize(None), "ns")

    def date(self, period: np.datetime64) -> np.datetime64:
        """Return the local day of release of a reference date."""
        date: Any
        month = period.astype("datetime64[M]") + self.month_offset
        if self.day == "same":
            date = period.astype("datetime64[D]")
        elif self.day == "last":
            date = (month + 1).astype("datetime64[D]") - 1
        else:
            date = month.astype("datetime64[D]") + (int(self.day) - 1)
        if self.business_days is not None:
            date = np.busday_offset(date, self.business_days, roll="forward")
        released: np.datetime64 = date
        return released


@cache
def release_rules() -> tuple[ReleaseRule, ...]:
    """Return the shipped table."""
    with TABLE.open(encoding="utf-8", newline="") as file:
        return tuple(
            ReleaseRule(
                name=row["name"],
                used_by=tuple(row["used_by"].split()),
                since=row["since"],
                month=int(row["month"] or 0),
                day=row["day"],
                month_offset=int(row["month_offset"]),
                business_days=int(row["business_days"]) if row["business_days"] else None,
                local_time=row["local_time"],
                timezone=row["timezone"],
                source=row["source"],
            )
            for row in csv.DictReader(file)
        )


def rule_of_series(name: str) -> str:
    """Return the rule that a series of a known name follows, empty where there is none."""
    return next((rule.name for rule in release_rules() if name in rule.used_by), "")


def released(periods: Times, rule: str, vintages: Times | None = None) -> Times:
    """Return the UTC times from which numbers were public by a rule.

    Parameters
    ----------
    periods : ndarray of datetime64[D]
        What the numbers speak of: any day of the month, or the day itself for ``same``.
    vintages : ndarray of datetime64[D], optional
        Days of publication where a file states them: a number is public at the end of that day at
        the earliest.

    Raises
    ------
    ConfigError
        If no rule has the name; the message lists the close ones.
    """
    lines = [line for line in release_rules() if line.name == rule]
    if not lines:
        names = sorted({line.name for line in release_rules()})
        raise ConfigError(unknown_name("rule of release", rule, names))
    chosen = [[line for line in lines if line.fits(period)][-1] for period in periods]
    times = [line.release(period) for line, period in zip(chosen, periods, strict=True)]
    out = np.array(times, dtype=NS)
    if vintages is None:
        return out
    ends = np.array(
        [_end_of_day(day, line) for day, line in zip(vintages, chosen, strict=True)], dtype=NS
    )
    return np.where(np.isnat(ends), out, np.maximum(out, ends))


def _end_of_day(day: np.datetime64, rule: ReleaseRule) -> np.datetime64:
    if np.isnat(day):
        return np.datetime64("NaT", "ns")
    local = pd.Timestamp(str(day), tz=ZoneInfo(rule.timezone)).replace(hour=23, minute=59)
    return np.datetime64(local.tz_convert("UTC").tz_localize(None), "ns")
