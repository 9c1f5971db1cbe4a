"""What governments announced and when it became public: dated events, never effective dates."""

from .announcements import Announcements, all_announcements, as_announcements
from .events import PolicyEvents, china_events, first_session, read_events, trade_events
from .scheduled import ScheduledEvents, awaited, read_scheduled, scheduled_events
from .views import ViewEvent, read_views, view_events, view_named

__all__ = [
    "Announcements",
    "PolicyEvents",
    "ScheduledEvents",
    "ViewEvent",
    "all_announcements",
    "as_announcements",
    "awaited",
    "china_events",
    "first_session",
    "read_events",
    "read_scheduled",
    "read_views",
    "scheduled_events",
    "trade_events",
    "view_events",
    "view_named",
]
