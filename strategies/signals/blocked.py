"""Why a name is not bought: one bit a reason, and the words for it."""

from __future__ import annotations

from enum import IntFlag


class Blocked(IntFlag):
    """Reasons against an entry, as bits; 0 means the rule would buy."""

    NONE = 0
    WARM_UP = 1
    STALE = 2
    COVERAGE = 4
    REGIME_OFF = 8
    GAP_TOO_SMALL = 16
    VETOED = 32
    NO_BAR = 64
    ILLIQUID = 128


WORDS: dict[Blocked, str] = {
    Blocked.WARM_UP: "warm-up: the windows are not filled yet",
    Blocked.STALE: "stale input",
    Blocked.COVERAGE: "exposures covered by data for less than the minimum",
    Blocked.REGIME_OFF: "China-stimulus regime is not ON",
    Blocked.GAP_TOO_SMALL: "does not trail far enough",
    Blocked.VETOED: "vetoed by an event",
    Blocked.NO_BAR: "no tradable bar",
    Blocked.ILLIQUID: "nothing traded in the past 20 sessions, so its impact has no price",
}


def in_words(bits: int) -> str:
    """Return the reasons in words, ``"none"`` where nothing stands against an entry."""
    found = [text for flag, text in WORDS.items() if bits & flag]
    return "; ".join(found) if found else "none"
