"""Why a name is not bought: one bit a reason, and the words for it."""

from __future__ import annotations

from enum import IntFlag

import numpy as np

#: Type of arrays of these bits.
Bits = np.uint32


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
    HALF_LIFE = 1 << 8
    VARIANCE_RATIO = 1 << 9
    COINTEGRATION = 1 << 10
    V_SHAPE = 1 << 11
    MOMENTUM = 1 << 12
    TIGHTNESS = 1 << 13
    BREADTH = 1 << 14
    NEGLECT = 1 << 15
    SERIES = 1 << 16
    OVERHANG = 1 << 17
    SCHEDULED = 1 << 18
    NO_HEDGE = 1 << 19
    HEDGE_ABSORBS = 1 << 20
    RANK = 1 << 21


WORDS: dict[Blocked, str] = {
    Blocked.WARM_UP: "warm-up: the windows are not filled yet",
    Blocked.STALE: "stale input",
    Blocked.COVERAGE: "exposures covered by data for less than the minimum",
    Blocked.REGIME_OFF: "China-stimulus regime is not ON",
    Blocked.GAP_TOO_SMALL: "does not trail far enough",
    Blocked.VETOED: "vetoed by an event",
    Blocked.NO_BAR: "no tradable bar",
    Blocked.ILLIQUID: "nothing traded in the past 20 sessions, so its impact has no price",
    Blocked.HALF_LIFE: "half-life of the gap lies outside its bounds",
    Blocked.VARIANCE_RATIO: "variance ratio says the gap does not revert",
    Blocked.COINTEGRATION: "not cointegrated with its metals",
    Blocked.V_SHAPE: "the gap has not turned up yet",
    Blocked.MOMENTUM: "its metals fall",
    Blocked.TIGHTNESS: "its metals' supply is not tight",
    Blocked.BREADTH: "too few names recover",
    Blocked.NEGLECT: "not neglected enough",
    Blocked.SERIES: "a condition on a series is not met",
    Blocked.OVERHANG: "tariff overhang",
    Blocked.SCHEDULED: "a scheduled decision is near",
    Blocked.NO_HEDGE: "no hedge for its metals",
    Blocked.HEDGE_ABSORBS: "the hedge ratio follows the gap so closely that it absorbs it",
    Blocked.RANK: "not among the widest lags, or on the short side the narrowest",
}


def in_words(bits: int) -> str:
    """Return the reasons in words, ``"none"`` where nothing stands against an entry."""
    found = [text for flag, text in WORDS.items() if bits & flag]
    return "; ".join(found) if found else "none"
