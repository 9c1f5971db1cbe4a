"""States by row and name as states by date and exchange, the form in which they are moved."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from orebound.feeds import Panel

States = NDArray[np.int8]


def states_by_date(
    panel: Panel, state: NDArray[np.int8], window: tuple[int, int]
) -> tuple[States, NDArray[np.datetime64], NDArray[np.intp], NDArray[np.intp]]:
    """Return the states of each exchange by UTC date, and where each row and name looks.

    Parameters
    ----------
    state : ndarray of shape (n_rows, n_names), int8
        At bars; what it holds elsewhere is not read.

    Returns
    -------
    states : ndarray of shape (n_dates, n_exchanges), int8
        The last known on each date of the window; 0 before an exchange's first bar.
    dates : ndarray of shape (n_dates,), datetime64[D]
    date_of : ndarray of shape (n_rows_of_window,)
    exchange_of : ndarray of shape (n_names,)
    """
    rows = slice(*window)
    dates, date_of = np.unique(panel.closes[rows].astype("datetime64[D]"), return_inverse=True)
    mics = list(dict.fromkeys(listing.mic for listing in panel.listings))
    exchange_of = np.array([mics.index(listing.mic) for listing in panel.listings])
    out = np.zeros((len(dates), len(mics)), np.int8)
    for place in range(len(mics)):
        mine = exchange_of == place
        has = panel.has_bar[rows][:, mine]
        at_rows, columns = np.nonzero(has)
        known = np.full(len(dates), -1, np.int64)
        # Rows ascend, so that the last bar of a date is the one that stays.
        known[date_of[at_rows]] = np.arange(len(at_rows))
        last = np.maximum.accumulate(known)
        values = state[rows][:, mine][at_rows, columns]
        out[:, place] = np.where(last >= 0, values[np.maximum(last, 0)], 0) if len(values) else 0
    return out, dates, date_of, exchange_of
