"""What governments announced and when it became public: dated events, never effective dates."""

from .events import PolicyEvents, china_events, first_session, read_events, trade_events

__all__ = ["PolicyEvents", "china_events", "first_session", "read_events", "trade_events"]
