"""The rule in zipline-reloaded: daily bars in memory, fills through a slippage model."""

from __future__ import annotations

from datetime import time
from typing import Any, ClassVar
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
from common import (
    CASH,
    COLUMNS,
    COMMISSION,
    N_MINERS,
    Contestant,
    Outcome,
    Prices,
    Rule,
    Signals,
    judged,
)
from exchange_calendars import ExchangeCalendar
from sqlalchemy import create_engine
from zipline.algorithm import TradingAlgorithm
from zipline.api import order, set_commission, set_slippage
from zipline.assets import AssetDBWriter, AssetFinder
from zipline.data.data_portal import DataPortal
from zipline.data.in_memory_daily_bars import InMemoryDailyBarReader
from zipline.finance.commission import PerDollar
from zipline.finance.slippage import SlippageModel
from zipline.finance.trading import SimulationParameters

EXCHANGE = "XNYS"


class Weekdays(ExchangeCalendar):  # type: ignore[misc]
    """A session on every weekday on which the invented prices have a bar.

    The ready-made "24/5" closes at the next midnight, which zipline takes for the day before.
    """

    name = "weekdays"
    tz = ZoneInfo("UTC")
    open_times = ((None, time(14, 30)),)
    close_times = ((None, time(21)),)
    closed: ClassVar[list[pd.Timestamp]] = []

    @property
    def adhoc_holidays(self) -> list[pd.Timestamp]:
        return self.closed


class AtTheOpen(SlippageModel):  # type: ignore[misc]
    """Fill whole orders at the bar's open: zipline's own models fill at its close."""

    def process_order(self, data: Any, order: Any) -> tuple[float, int]:
        return data.current(order.asset, "open"), order.amount


class Bars(InMemoryDailyBarReader):  # type: ignore[misc]
    """The three answers that the release's own reader fails to give, from its arrays."""

    @property
    def last_available_dt(self) -> pd.Timestamp:
        return self._sessions[-1]

    def get_value(self, sid: Any, dt: pd.Timestamp, field: str) -> float:
        return float(self._values[field][self._sessions.get_loc(dt), int(sid)])

    def get_last_traded_dt(self, _asset: Any, dt: pd.Timestamp) -> pd.Timestamp:
        return dt  # every miner has a bar on every day


class Zipline(Contestant):
    """TradingAlgorithm over a data portal of frames."""

    how = (
        "TradingAlgorithm with daily bars in memory and no metrics of its own; a slippage model "
        "of ours fills at the next bar's open, where its own fill at that bar's close"
    )
    lacks = (
        "any check of cash: an account may go below zero, where backtrader rejects the order",
        "an open of its own in daily mode: the fill is booked with the close of its bar",
    )
    packages = ("zipline-reloaded", "exchange_calendars", "numpy", "pandas")

    def __init__(self, prices: Prices) -> None:
        super().__init__(prices)
        days = pd.DatetimeIndex(prices.days)
        self.first, self.last = days[0], days[-1]
        margin = pd.Timedelta(days=30)
        Weekdays.closed = list(pd.bdate_range(days[0], days[-1]).difference(days))
        self.calendar = Weekdays(start=self.first - margin, end=self.last + margin, side="right")
        sids = range(N_MINERS)
        frames = {
            name: pd.DataFrame(prices.miners[name], index=days, columns=sids) for name in COLUMNS
        }
        currencies = pd.Series(["USD"] * N_MINERS, index=sids)
        reader = Bars(frames, self.calendar, currencies, verify_indices=False)
        finder = AssetFinder(self._database())
        self.assets = finder.retrieve_all(sids)
        self.portal = DataPortal(
            finder,
            trading_calendar=self.calendar,
            first_trading_day=self.first,
            equity_daily_reader=reader,
        )

    def _database(self) -> Any:
        engine = create_engine("sqlite://")
        names = [f"M{place}" for place in range(N_MINERS)]
        equities = pd.DataFrame(
            {"symbol": names, "asset_name": names, "start_date": self.first}
            | {"end_date": self.last, "exchange": EXCHANGE}
        )
        exchanges = pd.DataFrame(
            {"exchange": [EXCHANGE], "canonical_name": [EXCHANGE], "country_code": ["US"]}
        )
        AssetDBWriter(engine).write(equities=equities, exchanges=exchanges)
        return engine

    def run(self, rule: Rule) -> Outcome:
        signals, closes = Signals(self.prices), self.prices.miners["close"].tolist()
        entries, exits = signals.entries(rule).tolist(), signals.exits(rule).tolist()
        decided_at: dict[int, int] = {}
        equity: list[float] = []
        sent: list[int] = []

        def initialize(_context: Any) -> None:
            set_commission(PerDollar(cost=COMMISSION))
            set_slippage(AtTheOpen())

        def handle_data(context: Any, _data: Any) -> None:
            today, account = len(equity), context.portfolio
            equity.append(account.portfolio_value)
            positions = account.positions
            for place, asset in enumerate(self.assets):
                if asset in positions:
                    since = decided_at[place] + 1
                    if exits[today][place] or today - since > rule["hold"]:
                        order(asset, -positions[asset].amount)
                        sent.append(today)
                elif entries[today][place]:
                    size = account.portfolio_value / N_MINERS // closes[today][place]
                    order(asset, int(size))
                    decided_at[place] = today
                    sent.append(today)

        TradingAlgorithm(
            sim_params=SimulationParameters(
                self.first, self.last, self.calendar, capital_base=CASH, data_frequency="daily"
            ),
            data_portal=self.portal,
            initialize=initialize,
            handle_data=handle_data,
            metrics_set="none",
            benchmark_returns=pd.Series(0.0, index=pd.DatetimeIndex(self.prices.days)),
        ).run()
        # Every order fills on the next bar; those of the last day have none.
        return judged(np.array(equity), sum(day < len(equity) - 1 for day in sent))
