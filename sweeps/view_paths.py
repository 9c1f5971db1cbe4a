"""Buying and holding along any sequence of a panel's rows, through the replay."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from orebound.feeds import Panel
from orebound.strategies import LONGEST_WAIT, Costs, first_bars

from .replay.arrays import market_arrays
from .replay.inputs import PATH, MarketArrays, RowCalendar, RuleRows
from .replay.many import replay_many
from .replay.totals import METRICS

Floats = NDArray[np.float64]
PRICES = ("buy_price", "sell_price", "close", "known")
BY_ROW = (
    *("has_bar", "is_settlement", "buy_rate", "sell_rate", "levy", "levy_above", "impact"),
    "cost_class",
)
#: Exchanges have up to so many more sessions a year than others.
MARGIN = 1.03
RETURN, ENTRIES = METRICS.index("total_return"), METRICS.index("entries")


class HeldPaths:
    """A window of a market whose rows may follow each other in another order.

    Prices are chained by each row's own returns, opens keep their distance from the close before
    and costs stay those of their day. Along the rows as they are it is the market itself.
    """

    def __init__(
        self, panel: Panel, costs: Costs, window: tuple[int, int], *, invested: float = 0.95
    ) -> None:
        self.made: MarketArrays = market_arrays(panel, costs, window)
        self.invested = invested
        self.n_rows, self.n_names = self.made.close.shape
        close = self.made.close
        self.steps = np.zeros_like(close)
        # Before a name's first bar its price is a stand-in.
        has_two = self.made.bars[:-1] > 0
        np.divide(close[1:], close[:-1], out=self.steps[1:], where=has_two)
        self.steps[1:] = np.where(has_two, np.log(np.where(has_two, self.steps[1:], 1.0)), 0.0)

    def rows_of(self, sessions: int) -> int:
        """Return how many rows hold so many sessions of every exchange that trades throughout."""
        most = max(int(self.made.has_bar.sum(axis=0).max()), 1)
        return int(np.ceil(MARGIN * sessions * self.n_rows / most))

    def outcome(self, path: NDArray[np.int64], numbers: Floats) -> tuple[float, float]:
        """Return the return of the account along a path of rows, and how many names it bought.

        Every name is bought at its first own bar, as `ViewHold` buys it.
        """
        market = self.along(path)
        found = replay_many(
            market,
            self._held(market),
            numbers,
            _calendar(market.days),
            keep_monthly=False,
            engine="scalar",
        ).metrics[0]
        return float(found[RETURN]), float(found[ENTRIES])

    def along(self, path: NDArray[np.int64]) -> MarketArrays:
        """Return the market along a path of rows."""
        made = self.made
        steps = self.steps[path].copy()
        steps[0] = 0.0
        factor = made.close[path[0]] * np.exp(np.cumsum(steps, axis=0)) / made.close[path]
        is_next = np.diff(path) == 1
        factor = self._exact_where_unmoved(factor, is_next)
        days = made.days[path]
        ahead = np.where(is_next, np.diff(days), 1)
        days = days[0] + np.concatenate([[0], np.cumsum(ahead)])
        prices = {name: getattr(made, name)[path] * factor for name in PRICES}
        by_row = {name: np.ascontiguousarray(getattr(made, name)[path]) for name in BY_ROW}
        ends = np.flatnonzero(np.append(days[1:] != days[:-1], True))
        at_ends = np.zeros((len(path) + 1, self.n_names))
        at_ends[ends + 1] = prices["close"][ends]
        return made._replace(
            bars=np.cumsum(made.has_bar[path], axis=0).astype(np.int32),
            close_sum=np.cumsum(at_ends, axis=0),
            days=days.astype(np.int64),
            **prices,
            **by_row,
        )

    def _exact_where_unmoved(self, factor: Floats, is_next: NDArray[np.bool_]) -> Floats:
        """Return 1 as long as the path has not jumped yet, so that prices keep their last bits."""
        jumped = np.concatenate([[False], np.cumsum(~is_next) > 0])
        return np.where(jumped[:, None], factor, 1.0)

    def _held(self, market: MarketArrays) -> RuleRows:
        shape = market.close.shape
        soon = market.days <= market.days[0] + LONGEST_WAIT
        enters = first_bars(market.has_bar & ~market.is_settlement & soon[:, None])
        measure = np.where(enters, -1.0, np.nan)
        nothing = np.full(shape, np.nan)
        path = np.full((*shape, PATH), np.nan)
        path[:, :, -1] = 0.0
        return RuleRows(
            measure=measure,
            free_measure=measure.copy(),
            lowest=np.fmin.reduce(measure, axis=1),
            multiplier=np.full(shape, self.invested),
            most_value=np.full(shape, np.inf),
            direction=np.ones(shape[1]),
            gap=nothing,
            path=path,
            beta_metal=np.zeros(shape),
            beta_market=np.zeros(shape),
            half_life=np.full(shape, np.inf),
            volatility=nothing.copy(),
            spell=np.full(shape, -1, np.int64),
            n_spells=0,
        )


def _calendar(days: NDArray[np.int64]) -> RowCalendar:
    ends = np.flatnonzero(np.append(days[1:] != days[:-1], True))
    return RowCalendar(ends, np.array([len(ends)]), 252.0, 0.0)
