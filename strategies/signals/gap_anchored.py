"""How far a miner trails its metal since a stated date."""

from __future__ import annotations

import numpy as np

from ..rolling import Array
from .forms import Gap, Hedge, Stretch
from .gap import clipped
from .robust import expanding_scale

#: Sessions after the date before the gap has a deviation worth dividing by.
LEAST = 20


def anchored_form(stretch: Stretch, _hedge: Hedge) -> Gap:
    """Return the change of the bare ratio since the rule's date; its hedge is 1 and no market."""
    miner, basket, rule = stretch.miner, stretch.basket, stretch.rule
    date = np.datetime64(rule.anchor_date, "D")
    origin = int(np.searchsorted(stretch.sessions, date, side="right")) - 1
    relative = miner - basket
    gap, z = gap_since(relative, origin, increments=clipped(stretch, relative), scale=rule.z_scale)
    points = np.full(len(miner), np.nan)
    since = slice(max(origin, 0) + 1, None)
    points[since] = np.expm1(np.cumsum(miner[since])) - np.expm1(np.cumsum(basket[since]))
    return Gap(gap, z, np.expm1(gap), np.where(np.isnan(gap), np.nan, points), relative)


def gap_since(
    relative: Array, origin: int, *, increments: Array | None = None, scale: str = "sd"
) -> tuple[Array, Array]:
    """Return the change of the log ratio of miner to basket since one session, and its z-score.

    ``g = ln(E/M)_t - ln(E/M)_t0``, no hedge ratio, no market; ``z = g / (sd sqrt(t - t0))`` with
    the deviation of the daily changes since then. Nothing rolls off: where the ratio stays where
    it is, the gap does too.

    Parameters
    ----------
    relative : ndarray of shape (n,)
        Log returns of the miner less its basket's, of one unbroken run.
    origin : int
        Position of the base session; -1 where the run begins after it.
    increments : ndarray of shape (n,), optional
        What the deviation is taken of where it is not of `relative`: NaN is left out.
    scale : str
        ``sd`` or ``mad``.

    Returns
    -------
    gap, z : ndarray of shape (n,)
        NaN before 20 sessions after the origin; z also where the ratio does not vary.
    """
    gap, z = np.full(len(relative), np.nan), np.full(len(relative), np.nan)
    if origin < 0 or origin + LEAST >= len(relative):
        return gap, z
    change = np.cumsum(relative[origin + 1 :])
    steps = (relative if increments is None else increments)[origin + 1 :]
    deviation = expanding_scale(steps, scale) * np.sqrt(np.arange(1.0, len(change) + 1.0))
    score = np.divide(change, deviation, out=np.full(len(change), np.nan), where=deviation > 0.0)
    gap[origin + LEAST :] = change[LEAST - 1 :]
    z[origin + LEAST :] = score[LEAST - 1 :]
    return gap, z
