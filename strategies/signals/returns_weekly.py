"""Returns from Wednesday to Wednesday: a week hides the hours between London and New York."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ..rolling import Array
from .hedge_returns import HedgeReturns

#: Sessions of a full week; also what the latest week's end may lie back.
WEEK = 5


def weekly_returns(
    miner: Array,
    basket: Array,
    market: Array | None,
    sessions: NDArray[np.datetime64],
    *,
    window: int,
) -> HedgeReturns:
    """Return the returns between the last sessions on or before each Wednesday.

    They do not overlap. Where Wednesday was no session, the week's end is known at the next
    session only: until then Wednesday might have come. Hours that the miner and its metal do not
    share attenuate a ratio by their part of a week instead of a day.

    Parameters
    ----------
    miner, basket, market : ndarray of shape (n,)
        Cumulated log returns of one run.
    sessions : ndarray of shape (n,), datetime64[D]
    window : int
        Sessions that all returns of one regression lie in.
    """
    day = sessions.astype("datetime64[D]").astype(np.int64)
    week = day // 7  # 1970-01-01 was a Thursday: weeks from Thursday to Wednesday
    ends = np.flatnonzero(np.diff(week) != 0)
    is_wednesday = day % 7 == 6
    known = np.where(is_wednesday[ends], ends, ends + 1)
    if len(day) and is_wednesday[-1]:
        ends, known = np.append(ends, len(day) - 1), np.append(known, len(day) - 1)
    return HedgeReturns(
        np.diff(miner[ends]),
        np.diff(basket[ends])[:, None],
        None if market is None else np.diff(market[ends])[:, None],
        count=(window - WEEK) // WEEK,
        step=WEEK,
        place=np.searchsorted(known[1:], np.arange(len(day)), side="right") - 1,
    )
