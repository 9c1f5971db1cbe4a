"""Everything that governments announced, by kind: what a rule may know of policy."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from ..errors import ConfigError
from .events import PolicyEvents, china_events, trade_events
from .scheduled import ScheduledEvents, scheduled_events


@dataclass(frozen=True, eq=False)  # compared and cached by identity
class Announcements:
    """China's policy, US trade policy on metals, and dates on which a decision is due."""

    china: PolicyEvents
    trade: PolicyEvents
    scheduled: ScheduledEvents

    def until(self, time: Any) -> Announcements:
        """Return what was public at a UTC time, that moment included."""
        return Announcements(
            self.china.until(time), self.trade.until(time), self.scheduled.until(time)
        )

    def reversed_after(self, time: Any) -> Announcements:
        """Return another future: what became public later says the opposite, on other dates."""
        return Announcements(
            self.china.reversed_after(time),
            self.trade.reversed_after(time),
            self.scheduled.reversed_after(time),
        )


@lru_cache(maxsize=1)
def all_announcements() -> Announcements:
    """Return the shipped tables."""
    return Announcements(china_events(), trade_events(), scheduled_events())


def as_announcements(events: PolicyEvents | Announcements | None) -> Announcements:
    """Return announcements: as given, the shipped ones, or these with China's events replaced.

    Raises
    ------
    ConfigError
        Naming what was given and what is accepted.
    """
    if events is None:
        return all_announcements()
    if isinstance(events, Announcements):
        return events
    if not isinstance(events, PolicyEvents):
        raise ConfigError(f"events: accepted: Announcements or PolicyEvents, got {events!r}")
    return _of_china(events)


@lru_cache(maxsize=64)
def _of_china(events: PolicyEvents) -> Announcements:
    return Announcements(events, trade_events(), scheduled_events())
