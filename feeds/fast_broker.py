"""backtrader's broker without the loops that change nothing for shares."""

from __future__ import annotations

from typing import Any

import backtrader as bt
from backtrader.order import BuyOrder, Order, SellOrder

#: What the broker asks a commission object beside the commission itself. Where all are
#: backtrader's own and the asset is a share without interest, interest and the daily cash
#: adjustment of futures are 0 and a value is size x price.
ASKED = (
    "cashadjust",
    "get_credit_interest",
    "_get_credit_interest",
    "get_leverage",
    "getvaluesize",
    "profitandloss",
)


def is_plain_share(info: Any) -> bool:
    """Return whether a commission object charges no interest and moves no cash by the day."""
    own = all(getattr(type(info), name) is getattr(bt.CommInfoBase, name) for name in ASKED)
    return own and bool(info._stocklike) and info._creditrate == 0.0


class FastBroker(bt.brokers.BackBroker):
    """`BackBroker` for shares: the same orders, cash and value, bit by bit.

    Submission, matching, slippage and execution are backtrader's own methods. What is left out:
    crediting interest and adjusting cash by the day, both 0 for shares; positions of size 0 in
    the account's value; the general copy of an order for each notice. `Position.datetime` and
    `Position.adjbase`, which only those loops read, are brought up to date on leaving.
    """

    def next(self) -> None:
        while self._toactivate:
            self._toactivate.popleft().activate()
        if self.submitted and self.p.checksubmit:
            self.check_submitted()
        self.cash -= 0.0  # no interest; it makes an integer a float, as crediting it does
        if self._userhist:
            self._process_order_history()
        if self.pending:
            self._work_off()
        self._get_value()

    def _work_off(self) -> None:
        """Try each pending order once, oldest first, as `BackBroker.next` does."""
        self.pending.append(None)
        while (order := self.pending.popleft()) is not None:
            if order.expire():
                self.notify(order)
                self._ococheck(order)
                self._bracketize(order, cancel=True)
            elif not order.active():
                self.pending.append(order)
            else:
                self._try_exec(order)
                if order.alive():
                    self.pending.append(order)
                elif order.status == Order.Completed:
                    self._bracketize(order)

    def _get_value(self, datas: Any = None, lever: bool = False) -> float:
        if datas or lever or self._cash_addition or self._fundhist or not self.p.shortcash:
            return float(super()._get_value(datas, lever))
        market = booked = unrealized = 0.0
        infos = self.comminfo
        for data, position in self.positions.items():
            if not (size := position.size):
                continue
            name = data._name
            scheme = infos[name if name in infos else None].p
            close = data.close[0]
            worth = size * close
            gain = size * (close - position.price) * scheme.mult
            market += worth
            unrealized += gain
            # In backtrader's own order of additions: floats do not add up the same in another.
            if worth > 0:
                booked += (worth - gain) / scheme.leverage
                booked += gain
            else:
                booked += worth
        self._value = value = self.cash + booked
        self._fundval = value / self._fundshares
        self._valuemkt, self._valuemktlever = booked, market
        self._valuelever = self.cash + market
        self._leverage = market / (booked or 1.0)
        self._unrealized = unrealized
        return float(value)

    def notify(self, order: Any) -> None:
        self.notifs.append(snapshot(order))

    def setcommission(self, *args: Any, **kwargs: Any) -> None:
        super().setcommission(*args, **kwargs)
        self._check_costs()

    def addcommissioninfo(self, comminfo: Any, name: str | None = None) -> None:
        super().addcommissioninfo(comminfo, name)
        self._check_costs()

    def _check_costs(self) -> None:
        """Give way to backtrader's broker as soon as an asset is no plain share."""
        if not all(map(is_plain_share, self.comminfo.values())):
            self.become_stock()

    def become_stock(self) -> None:
        """Turn into `BackBroker` in its own state after this row."""
        for data, position in self.positions.items():
            if position:
                position.datetime = data.datetime.datetime()
                position.adjbase = data.close[0]
        self.__class__ = bt.brokers.BackBroker


def snapshot(order: Any) -> Any:
    """Return what ``order.clone()`` returns, without the detour over `copy`."""
    if type(order) is not BuyOrder and type(order) is not SellOrder:
        return order.clone()
    order.executed.markpending()
    frozen = _twin(order)
    frozen.executed = _twin(order.executed)
    return frozen


def _twin(thing: Any) -> Any:
    kind: Any = type(thing)
    twin = kind.__new__(kind)
    twin.__dict__.update(thing.__dict__)
    return twin
