"""Would a regime that knows nothing have done as well? And does one event carry it all?"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

Floats = NDArray[np.float64]
States = NDArray[np.int8]
Statistic = Callable[[Any], float]

ON = 1
#: Draws that differ from the observed by less are equal to it: sums in another order.
TIE = 1e-12


@dataclass(frozen=True)
class Placebo:
    """A statistic of the true states beside its distribution over states moved in time.

    Attributes
    ----------
    observed : float
    distribution : ndarray of shape (draws,)
        NaN where the statistic does not exist under a shift.
    p_value : float
        One-sided: how often a shift does at least as well, (1 + such draws) / (defined draws + 1).
        NaN where the observed does not exist.
    draws, undefined : int
        Shifts tried, and those of them under which the statistic does not exist.
    """

    observed: float
    distribution: Floats = field(repr=False)
    p_value: float
    draws: int
    undefined: int

    def quantile(self, share: float) -> float:
        """Return a quantile of the draws that exist, NaN where none does."""
        known = self.distribution[np.isfinite(self.distribution)]
        return float(np.quantile(known, share)) if len(known) else math.nan

    @property
    def mean(self) -> float:
        """The mean of the draws that exist, NaN where none does."""
        known = self.distribution[np.isfinite(self.distribution)]
        return float(known.mean()) if len(known) else math.nan


def circular_shift(
    states: NDArray[Any], statistic: Statistic, *, draws: int = 1000, seed: int = 0
) -> Placebo:
    """Return how a statistic of states compares with that of the same states at another time.

    A shift moves every row by the same number of places, round the end to the beginning: lengths
    and order of the spells, and how often the state is ON, stay as they are, and only their tie to
    the returns is cut. Under no tie the p-value is uniform, however long the spells are.

    Parameters
    ----------
    states : ndarray of shape (n_dates,) or (n_dates, k)
        Moved along the first axis.
    statistic : callable
        Of an array of that shape; NaN where it does not exist.
    draws : int
        Shifts without repetition; all ``n_dates - 1`` of them where there are not more.

    Raises
    ------
    ValueError
        If there are fewer than 2 rows or `draws` is below 1.

    References
    ----------
    Davison and Hinkley (1997), Bootstrap Methods and their Application, sections 4.2 and 8.2.
    """
    n = len(states)
    if n < 2:
        raise ValueError(f"states must have at least 2 rows, got {n}")
    if draws < 1:
        raise ValueError(f"draws must be at least 1, got {draws}")
    observed = float(statistic(states))
    shifts = np.arange(1, n)
    if draws < n - 1:
        shifts = np.random.default_rng(seed).choice(shifts, size=draws, replace=False)
    drawn = np.array([statistic(np.roll(states, int(shift), axis=0)) for shift in shifts])
    known = drawn[np.isfinite(drawn)]
    p_value = math.nan
    if math.isfinite(observed):
        p_value = (1 + int((known >= observed - TIE).sum())) / (len(known) + 1)
    return Placebo(observed, drawn, p_value, len(shifts), len(drawn) - len(known))


def leave_one_event_out(
    events: Any, state_of: Callable[[Any], Any], statistic: Statistic
) -> pd.DataFrame:
    """Return what becomes of a statistic when each event never happened.

    Parameters
    ----------
    events : PolicyEvents
        Anything with ``ids``, ``known_at`` and ``where(chosen)``.
    state_of : callable
        The states that some events make.
    statistic : callable
        Of such states.

    Returns
    -------
    DataFrame
        One row an event, the most influential first: ``id, known_at, without, change``; `change`
        is the statistic without the event less the observed. Events under whose absence the
        statistic does not exist (NaN) come first of all: they carry it.
    """
    observed = float(statistic(state_of(events)))
    everyone = np.arange(len(events.ids))
    without = np.array(
        [float(statistic(state_of(events.where(everyone != one)))) for one in everyone]
    )
    frame = pd.DataFrame(
        {
            "id": list(events.ids),
            "known_at": pd.to_datetime(events.known_at),
            "without": without,
            "change": without - observed,
        }
    )
    # NaN is the largest influence there is.
    weight = frame["change"].abs().fillna(np.inf)
    order = np.argsort(-weight.to_numpy(), kind="stable")
    return frame.iloc[order].reset_index(drop=True)


def forward_relative(
    ln_equity: Floats, ln_basket: Floats, run: Floats, own: Sequence[NDArray[np.int64]],
    horizon: int,
) -> Floats:  # fmt: skip
    """Return the log return of each name beyond its basket over the sessions after the next one.

    From the close of the session after a row, where a decision of that row has been filled, to
    the close `horizon` own sessions later.

    Parameters
    ----------
    ln_equity, ln_basket, run : ndarray of shape (n_rows, n_names)
        Log indices, and the number of the unbroken stretch that each row belongs to.
    own : sequence of ndarray
        Rows of each name's own bars.
    horizon : int
        Sessions, at least 1.

    Returns
    -------
    ndarray of shape (n_rows, n_names)
        NaN where the data end, or the stretch does, before the horizon. It reads the future: no
        rule may see it.
    """
    if horizon < 1:
        raise ValueError(f"horizon must be at least 1 session, got {horizon}")
    out = np.full(ln_equity.shape, np.nan)
    for name, rows in enumerate(own):
        if len(rows) <= horizon + 1:
            continue
        at, start, end = rows[: -horizon - 1], rows[1:-horizon], rows[horizon + 1 :]
        relative = ln_equity[:, name] - ln_basket[:, name]
        whole = (run[at, name] == run[end, name]) & (run[at, name] >= 0)
        out[at, name] = np.where(whole, relative[end] - relative[start], np.nan)
    return out


def on_less_off(outcome: Floats, place: Any, states: NDArray[Any]) -> float:
    """Return the mean outcome of entries whose state is ON less that of all others.

    Parameters
    ----------
    outcome : ndarray of shape (n_entries,)
    place : ndarray, or tuple of ndarray
        Index of each entry into the states.
    states : ndarray of int
        ON is 1.

    Returns
    -------
    float
        NaN where either side has no entry.
    """
    is_on = states[place] == ON
    n_on = int(is_on.sum())
    if not 0 < n_on < len(outcome):
        return math.nan
    on_sum = float(outcome[is_on].sum())
    return on_sum / n_on - (float(outcome.sum()) - on_sum) / (len(outcome) - n_on)
