"""The rule in nautilus_trader: an event-driven engine fed with bars at opens and at closes."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd
from common import (
    CASH,
    COMMISSION,
    N_MINERS,
    Contestant,
    Outcome,
    Prices,
    Rule,
    Signals,
    judged,
)
from nautilus_trader.backtest.engine import BacktestEngine, BacktestEngineConfig
from nautilus_trader.config import LoggingConfig
from nautilus_trader.model.currencies import USD
from nautilus_trader.model.data import Bar, BarType
from nautilus_trader.model.enums import AccountType, OmsType, OrderSide
from nautilus_trader.model.identifiers import InstrumentId, Symbol, Venue
from nautilus_trader.model.instruments import Equity
from nautilus_trader.model.objects import Money, Price, Quantity
from nautilus_trader.trading.strategy import Strategy

VENUE = Venue("XNYS")
HOUR = 3_600_000_000_000
#: A day's bars, from midnight: the open at 14:30, the close at 21:00.
OPENED_AT, CLOSED_AT = 29 * HOUR // 2, 21 * HOUR
DEEP = Quantity(1e9, 0)


class Reference(Strategy):  # type: ignore[misc]
    """Decide on the last close of a day, send on the next day's opens."""

    def __init__(self, arrays: Any, hold: int, types: Any) -> None:
        super().__init__()
        self.entries, self.exits, self.hold_bars = arrays[0], arrays[1], hold
        self.opens, self.closes = types
        self.place = {one: place for place, one in enumerate(self.closes)}
        self.at_open = {one: place for place, one in enumerate(self.opens)}
        self.close = [0.0] * N_MINERS
        self.size, self.filled_at = [0] * N_MINERS, [0] * N_MINERS
        self.wanted: dict[int, int] = {}
        self.day, self.fills, self.equity = 0, 0, []  # type: ignore[var-annotated]

    def on_start(self) -> None:
        for one in (*self.opens, *self.closes):
            self.subscribe_bars(one)

    def on_bar(self, bar: Bar) -> None:
        place = self.at_open.get(bar.bar_type)
        if place is not None:
            if place in self.wanted:
                self._send(bar.bar_type.instrument_id, self.wanted.pop(place))
            return
        place = self.place[bar.bar_type]
        self.close[place] = float(bar.close)
        if place == N_MINERS - 1:
            self._decide()
            self.day += 1

    def _send(self, instrument: Any, size: int) -> None:
        side = OrderSide.BUY if size > 0 else OrderSide.SELL
        self.submit_order(self.order_factory.market(instrument, side, Quantity(abs(size), 0)))

    def _decide(self) -> None:
        cash = float(self.cache.account_for_venue(VENUE).balance_total(USD))
        held = zip(self.size, self.close, strict=True)
        value = cash + sum(size * close for size, close in held)
        self.equity.append(value)
        entries, exits = self.entries[self.day], self.exits[self.day]
        for place, size in enumerate(self.size):
            if size:
                if exits[place] or self.day - self.filled_at[place] > self.hold_bars:
                    self.wanted[place] = -size
            elif entries[place]:
                self.wanted[place] = int(value / N_MINERS // self.close[place])

    def on_order_filled(self, event: Any) -> None:
        place, size = int(event.instrument_id.symbol.value[1:]), int(event.last_qty)
        is_buy = event.order_side == OrderSide.BUY
        self.size[place] += size if is_buy else -size
        self.filled_at[place] = self.day
        self.fills += 1


class Nautilus(Contestant):
    """BacktestEngine with a cash account at one venue."""

    how = (
        "BacktestEngine, one Strategy over 24 bar types: a market order fills at the price of "
        "the bar just seen, so each day has a bar at the open and one at the close; the metals' "
        "and rates' bars are left out, the rule's arrays are made beside the engine"
    )
    lacks = (
        "a fill at the next open out of one daily bar: the open needs a bar of its own",
        "cash in fractions of a cent: fees and balances are rounded to cents",
        "backtrader's check at submission: its risk engine checks each order against the cash "
        "that is free when it is sent",
    )
    packages = ("nautilus_trader", "numpy", "pandas")

    def __init__(self, prices: Prices) -> None:
        super().__init__(prices)
        self.instruments = [_instrument(place) for place in range(N_MINERS)]
        kinds = ("1-MINUTE", "1-DAY")
        self.opens, self.closes = (
            [BarType.from_str(f"{one.id}-{kind}-LAST-EXTERNAL") for one in self.instruments]
            for kind in kinds
        )
        self.bars = self._bars()

    def _bars(self) -> list[Bar]:
        midnight = pd.DatetimeIndex(self.prices.days).as_unit("ns").asi8.tolist()
        found, miners = [], self.prices.miners
        rows = {name: miners[name].tolist() for name in ("open", "high", "low", "close")}
        for day, now in enumerate(midnight):
            for place, kind in enumerate(self.opens):
                price = Price(rows["open"][day][place], 4)
                at = now + OPENED_AT
                found.append(Bar(kind, price, price, price, price, DEEP, at, at))
            for place, kind in enumerate(self.closes):
                bar = [Price(values[day][place], 4) for values in rows.values()]
                at = now + CLOSED_AT
                found.append(Bar(kind, *bar, DEEP, at, at))
        return found

    def run(self, rule: Rule) -> Outcome:
        signals = Signals(self.prices)
        arrays = signals.entries(rule).tolist(), signals.exits(rule).tolist()
        quiet = LoggingConfig(bypass_logging=True)
        engine = BacktestEngine(BacktestEngineConfig(logging=quiet, run_analysis=False))
        engine.add_venue(VENUE, OmsType.NETTING, AccountType.CASH, [Money(CASH, USD)], USD)
        for one in self.instruments:
            engine.add_instrument(one)
        engine.add_data(self.bars, validate=False, sort=False)
        strategy = Reference(arrays, rule["hold"], (self.opens, self.closes))
        engine.add_strategy(strategy)
        engine.run()
        found = judged(np.array(strategy.equity), strategy.fills)
        engine.dispose()
        return found


def _instrument(place: int) -> Equity:
    symbol = Symbol(f"M{place}")
    return Equity(
        instrument_id=InstrumentId(symbol, VENUE),
        raw_symbol=symbol,
        currency=USD,
        price_precision=4,
        price_increment=Price(0.0001, 4),
        lot_size=Quantity(1, 0),
        ts_event=0,
        ts_init=0,
        maker_fee=Decimal(str(COMMISSION)),
        taker_fee=Decimal(str(COMMISSION)),
    )
