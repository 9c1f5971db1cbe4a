"""What a scenario supposes: a metal at a level or changed by a share, on a day or on average."""

from __future__ import annotations

import calendar
import re
from dataclasses import dataclass
from datetime import date
from typing import Literal

from orebound.feeds import ConfigError

Statistic = Literal["avg", "end"]
STRETCH = re.compile(r"(\d{4})(?:-Q([1-4])|-(\d{2}))?")


@dataclass(frozen=True)
class Horizon:
    """The days that a target speaks of: one day, or a stretch whose average is meant."""

    first: date
    last: date

    @property
    def statistic(self) -> Statistic:
        """What is meant unless stated: a stretch is an average, a day is its close."""
        return "end" if self.first == self.last else "avg"


def parse_horizon(text: str) -> Horizon:
    """Return the horizon of ``2026-06-30``, ``2026-Q2``, ``2026-05`` or ``2026``.

    Raises
    ------
    ConfigError
        Naming the text and the accepted forms.
    """
    try:
        day = date.fromisoformat(text)
    except ValueError:
        pass
    else:
        if re.fullmatch(r"\d{4}-\d{2}-\d{2}", text):
            return Horizon(day, day)
    found = STRETCH.fullmatch(text)
    if found is None or (found[3] and not 1 <= int(found[3]) <= 12) or int(found[1]) < 1900:
        raise ConfigError(
            f"--by accepts a day (2026-06-30), a quarter (2026-Q2), a month (2026-05) or a year "
            f"(2026), got {text!r}"
        )
    year = int(found[1])
    first, last = 1, 12
    if found[2]:
        first, last = 3 * int(found[2]) - 2, 3 * int(found[2])
    elif found[3]:
        first = last = int(found[3])
    return Horizon(date(year, first, 1), date(year, last, calendar.monthrange(year, last)[1]))


@dataclass(frozen=True)
class ScenarioTarget:
    """One metal at a level, or changed by a share, over a horizon.

    Attributes
    ----------
    metal : str
        A commodity of the universe, as ``copper``.
    level : float or None
        In the quote unit of the metal's own series.
    percent : float or None
        Change since the start, 15 for +15 %. Exactly one of the two is given.
    horizon : Horizon
    statistic : {"avg", "end"}
        ``avg``: the mean over the horizon's sessions equals the target; ``end``: its last one.
    """

    metal: str
    level: float | None
    percent: float | None
    horizon: Horizon
    statistic: Statistic

    def __post_init__(self) -> None:
        if (self.level is None) == (self.percent is None):
            raise ConfigError(
                f"a scenario takes either a level or a percentage, got level {self.level} and "
                f"percent {self.percent}"
            )
        if self.level is not None and not self.level > 0.0:
            raise ConfigError(f"--level must be above 0, got {self.level:g}")
        if self.percent is not None and not -95.0 <= self.percent <= 900.0:
            raise ConfigError(f"--percent must lie within -95 and 900, got {self.percent:g}")
        if self.statistic == "avg" and self.horizon.first == self.horizon.last:
            raise ConfigError(
                f"an average needs a stretch of days (--by 2026-Q2), got {self.horizon.last}"
            )

    def level_from(self, spot: float) -> float:
        """Return the target in the unit of `spot`."""
        if self.level is not None:
            return self.level
        assert self.percent is not None
        return spot * (1.0 + self.percent / 100.0)
