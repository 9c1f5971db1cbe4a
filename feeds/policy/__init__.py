"""What governments announced and when it became public: dated events, never effective dates."""

from .announcements import Announcements, all_announcements, as_announcements
from .events import PolicyEvents, china_events, first_session, read_events, trade_events
from .scheduled import ScheduledEvents, awaited, read_scheduled, scheduled_events

__all__ = [
    "Announcements",
    "PolicyEvents",
    "ScheduledEvents",
    "all_announcements",
    "as_announcements",
    "awaited",
    "china_events",
    "first_session",
    "read_events",
    "read_scheduled",
    "scheduled_events",
    "trade_events",
]
