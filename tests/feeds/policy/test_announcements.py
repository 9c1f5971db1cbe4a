"""Everything announced: cut and changed together, in place of the shipped tables."""

from __future__ import annotations

import numpy as np
import pytest

from orebound.feeds import ConfigError, ScheduledEvents, as_announcements, china_events
from orebound.feeds.policy import Announcements, all_announcements, trade_events

MOMENT = np.datetime64("2018-06-30", "ns")


def made() -> Announcements:
    dates = np.array(["2018-07-06", "2018-09-17"], "datetime64[D]")
    known = np.array(["2018-06-15", "2018-08-01"], "datetime64[ns]")
    texts = ("a", "b")
    never = np.full(2, np.datetime64("NaT", "ns"))
    scheduled = ScheduledEvents(texts, known, dates, never, texts, texts, texts)
    return Announcements(china_events(), trade_events(), scheduled)


def test_nothing_later_is_left_of_any_kind() -> None:
    cut = made().until(MOMENT)
    assert 0 < len(cut.china) < len(china_events())
    assert 0 < len(cut.trade) < len(trade_events())
    assert cut.scheduled.ids == ("a",)


def test_another_future_changes_what_came_later_of_each_kind() -> None:
    other = made().reversed_after(MOMENT)
    for mine, theirs in ((other.china, china_events()), (other.trade, trade_events())):
        later = theirs.known_at > MOMENT
        assert np.array_equal(mine.intensity[~later], theirs.intensity[~later])
        assert np.array_equal(mine.intensity[later], -theirs.intensity[later])
    assert other.scheduled.date[0] == np.datetime64("2018-07-06")
    assert other.scheduled.date[1] > np.datetime64("2018-09-17")


def test_chinas_events_alone_leave_the_rest_as_shipped() -> None:
    none = china_events().until("1999-01-01")
    known = as_announcements(none)
    assert known is as_announcements(none)  # computed signals are found by identity
    assert known.china is none
    assert known.trade is trade_events()
    assert as_announcements(None) is all_announcements()
    with pytest.raises(ConfigError, match="accepted: Announcements or PolicyEvents, got 3"):
        as_announcements(3)  # type: ignore[arg-type]
