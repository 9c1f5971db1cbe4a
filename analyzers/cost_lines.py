"""What each fill cost, by kind of cost."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, ClassVar

from .book import symbols
from .fills import Fill, fills_of
from .framed import TIME, Framed


class CostLines(Framed):
    """One row a fill and kind of cost, in base currency; positive amounts were paid.

    A commission class with ``lines(data, size, price)`` names its kinds; any other is one line
    ``commission``. Lines of zero are left out.

    Raises
    ------
    ValueError
        If the lines of a fill do not add up to what the broker charged.
    """

    columns: ClassVar[dict[str, str]] = {
        "date": TIME,
        "symbol": "str",
        "side": "str",
        "kind": "str",
        "amount": "float64",
    }

    def start(self) -> None:
        self._names = symbols(self.datas)

    def notify_order(self, order: Any) -> None:
        for fill in fills_of(order, self.strategy):
            place = (fill.session, self._names[fill.feed], fill.side)
            lines = _lines(self.strategy.broker, fill)
            _check(lines, fill, place[1])
            self.rows += [(*place, kind, amount) for kind, amount in lines.items() if amount]

    def stop(self) -> None:
        self._names = {}


def _lines(broker: Any, fill: Fill) -> dict[str, float]:
    info = broker.getcommissioninfo(fill.feed)
    if not callable(getattr(info, "lines", None)):
        return {"commission": fill.cost}
    lines: dict[str, float] = {}
    # The broker charges the closing and the opening part of a fill one by one.
    for size in _parts(fill):
        for kind, amount in info.lines(fill.feed, size, fill.price).items():
            lines[kind] = lines.get(kind, 0.0) + float(amount)
    return lines


def _parts(fill: Fill) -> Iterator[float]:
    yield from (size for size in (fill.closed, fill.opened) if size)


def _check(lines: dict[str, float], fill: Fill, name: str) -> None:
    total = sum(lines.values())
    if not abs(total - fill.cost) <= 1e-6 * max(1.0, abs(fill.cost)):
        raise ValueError(
            f"{name}, fill of {str(fill.session)[:10]}: the cost lines {lines} add up to {total}, "
            f"but the broker charged {fill.cost}; lines() and getcommission() must agree"
        )
