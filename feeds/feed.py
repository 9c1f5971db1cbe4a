"""The backtrader feed: one listing of a panel, its lines filled at once."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from .bulk_feed import BulkFeed
from .errors import ConfigError
from .panel import Panel

EPOCH_ORDINAL = 719163  # date(1970, 1, 1).toordinal(), backtrader's day number of the epoch
NS_A_DAY = 86_400 * 10**9


def day_numbers(times: NDArray[np.datetime64]) -> NDArray[np.float64]:
    """Return backtrader's float day numbers of UTC times."""
    ns = times.astype("datetime64[ns]").astype(np.int64)
    days, rest = np.divmod(ns, NS_A_DAY)
    return days + EPOCH_ORDINAL + rest / NS_A_DAY


class PanelFeed(BulkFeed):
    """Bars of one listing, stamped with their true closing time in UTC.

    Prices are in base currency. Beside backtrader's own lines it carries the signals of the rule
    its market was dressed with: ``gap`` (log), ``z`` (standard deviations), ``beta`` (to the
    metal basket), ``stimulus`` (1 ON, 0 OFF, -1 TIGHT) and ``known_close``, the close at the
    exchange rate known at the decision.

    Attributes
    ----------
    listing : Listing
    rows : ndarray of shape (n_bars,), int
        Panel row of each bar.
    closed_at, opened_at : ndarray of shape (n_bars,), datetime64[ns]
        UTC times by bar.
    session : ndarray of shape (n_bars,), datetime64[D]
    """

    lines: Any = ("gap", "z", "beta", "stimulus", "known_close")
    params = (
        ("panel", None),
        ("column", 0),  # which name of the panel
        ("first_row", 0),
        ("end_row", None),
    )

    def __init__(self) -> None:
        super().__init__()
        if self.p.fromdate is not None or self.p.todate is not None:
            raise ConfigError(
                "a market's feeds take no fromdate or todate, because their signals need the "
                "warm-up before: pass start= and end= to market.add_to instead"
            )
        panel: Panel = self.p.panel
        end = panel.n_rows if self.p.end_row is None else self.p.end_row
        every = panel.bar_rows(self.p.column)
        self.rows = every[(every >= self.p.first_row) & (every < end)]
        self.listing = panel.listings[self.p.column]
        self.closed_at = panel.closes[self.rows]
        self.opened_at = panel.opened_at[self.rows, self.p.column]
        self.session = panel.session[self.rows, self.p.column]
        self.columns = self._price_columns(panel)

    def _price_columns(self, panel: Panel) -> dict[str, NDArray[np.float64]]:
        cell = (self.rows, self.p.column)
        names = ("open", "high", "low", "close", "volume", "known_close")
        columns = {name: getattr(panel, name)[cell] for name in names}
        return {"datetime": day_numbers(self.closed_at), **columns}

    def write_signals(self, **columns: NDArray[np.float64]) -> None:
        """Fill signal lines, each an array of shape (n_rows, n_names) on the panel's rows."""
        for name, values in columns.items():
            self.columns[name] = values[self.rows, self.p.column].astype(float)
