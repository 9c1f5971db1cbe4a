"""The file on the desk: a raw series under judgement, and what was found so far."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from .clocks import Clock, clock
from .errors import ConfigError, unknown_name
from .series import Finding, Outcome, RawSeries
from .units import Kind

Role = Literal["traded", "signal"]
Mask = NDArray[np.bool_]
Floats = NDArray[np.float64]

OHL = ("open", "high", "low")
OHLC = (*OHL, "close")
#: Findings of one rule that are listed one by one; the rest is a count.
LISTED = 10
#: Rules that a caller may waive, each for all days or as ``"rule:2008-11-21"``.
WAIVABLE = (
    "negative price",
    "unit flip",
    "split not adjusted",
    "unconfirmed move",
    "bad tick",
    "swapped date",
    "missing sessions",
    "masked rows",
)


@dataclass
class Case:
    """A raw series under audit.

    `frame` is the working copy (one line a row kept so far); `masked` collects the dates of rows
    taken out; `exempt` counts those of them that do not weigh on the 1 % limit.
    """

    raw: RawSeries
    role: Role
    kind: Kind
    allow: frozenset[str]
    frame: pd.DataFrame
    findings: list[Finding] = field(default_factory=list)
    masked: list[pd.Timestamp] = field(default_factory=list)
    exempt: int = 0

    @property
    def is_traded(self) -> bool:
        return self.role == "traded"

    @property
    def clock(self) -> Clock:
        return clock(self.raw.facts.clock_name)

    @property
    def is_refused(self) -> bool:
        return any(finding.outcome == "refused" for finding in self.findings)

    @property
    def is_close_only(self) -> bool:
        return bool(self.frame[list(OHL)].isna().to_numpy().all())

    @property
    def dates(self) -> NDArray[np.datetime64]:
        return self.frame["date"].to_numpy().astype("datetime64[D]")

    def column(self, name: str) -> Floats:
        return self.frame[name].to_numpy(dtype=float)

    def say(
        self,
        rule: str,
        outcome: Outcome,
        detail: str,
        at: int | None = None,
        column: str | None = None,
    ) -> None:
        """Add a finding; `at` is the position in the working frame."""
        row = date = None
        if at is not None:
            date = str(self.dates[at])
            row = int(self.frame["row"].iloc[at]) if "row" in self.frame else None
        facts = self.raw.facts
        name = facts.file or facts.symbol
        self.findings.append(Finding(name, rule, outcome, detail, facts.symbol, row, date, column))

    def say_each(
        self,
        rule: str,
        outcome: Outcome,
        places: NDArray[np.intp],
        describe: Callable[[int], str],
        column: str | None = None,
    ) -> None:
        """Add a finding for each of the first places and one for the count of the rest."""
        for at in places[:LISTED]:
            self.say(rule, outcome, describe(int(at)), int(at), column)
        rest = places[LISTED:]
        if len(rest):
            detail = f"{len(rest)} more rows up to {self.dates[rest[-1]]}, {len(places)} in all"
            self.say(rule, outcome, detail, int(rest[0]), column)

    def allows(self, rule: str, at: int | None = None) -> bool:
        """Tell whether the caller waives a rule, at all or on this row's date."""
        if rule in self.allow:
            return True
        return at is not None and f"{rule}:{self.dates[at]}" in self.allow

    def keep(self, rows: Mask) -> None:
        """Keep only some rows of the working frame."""
        self.frame = self.frame[rows].reset_index(drop=True)

    def mask(self, bad: Mask, *, is_exempt: bool = False) -> None:
        """Take rows out and remember their sessions."""
        self.masked += list(self.frame["date"][bad])
        self.exempt += int(bad.sum()) if is_exempt else 0
        self.keep(~bad)


def check_allow(allow: Collection[str]) -> frozenset[str]:
    """Return the waivers of a call, refusing unknown ones."""
    if isinstance(allow, str):
        raise ConfigError(f"allow must be a list of rules such as ['{allow}'], got a text")
    for entry in allow:
        rule, _, date = entry.partition(":")
        if rule not in WAIVABLE:
            raise ConfigError(unknown_name("rule to allow", rule, WAIVABLE))
        if date and str(_date(entry, date)) != date:
            raise ConfigError(f"allow entry {entry!r}: the date must read 2008-11-21")
    return frozenset(allow)


def _date(entry: str, date: str) -> np.datetime64:
    try:
        return np.datetime64(date, "D")
    except ValueError:
        raise ConfigError(
            f"allow entry {entry!r}: {date!r} is no date such as 2008-11-21"
        ) from None
