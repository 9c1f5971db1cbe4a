"""One episode: its fills, its money, and what closed its gap."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from orebound.strategies import STATE_NAMES

from .closing import closing_of
from .fills import Fill, context_of, decided_at, reason_of
from .framed import TIME

NEVER = np.datetime64("NaT", "ns")
COLUMNS = {
    "symbol": "str",
    "entry_decision": TIME,
    "entry_date": TIME,
    "exit_decision": TIME,
    "exit_date": TIME,
    "size": "size",
    "entry_price": "float64",
    "exit_price": "float64",
    "entry_gap": "float64",
    "exit_gap": "float64",
    "anchored_gap": "float64",
    "entry_z": "float64",
    "exit_z": "float64",
    "half_life": "float64",
    "days_held": "int64",
    "gross": "float64",
    "costs": "float64",
    "net": "float64",
    "net_return": "float64",
    "exit_reason": "str",
    "entry_regime": "str",
    "exit_regime": "str",
    "closing": "float64",
    "equity_share": "float64",
    "metal_share": "float64",
    "market_share": "float64",
    "roll_off": "float64",
    "status": "str",
    "fx_share": "float64",
    "entry_overhang": "str",
    "exit_overhang": "str",
    "leg_of": "str",
}


@dataclass(frozen=True)
class Mark:
    """The last close of an episode still open, and its bar."""

    price: float
    bar: int


@dataclass(frozen=True)
class Piece:
    """The part of a fill that belongs to the episode; `size` signed."""

    size: float
    price: float
    cost: float
    session: np.datetime64
    bar: int


@dataclass
class Episode:
    """Entry to flat in one name."""

    symbol: str
    multiplier: float
    entry_order: Any
    exit_order: Any = None
    entries: list[Piece] = field(default_factory=list)
    exits: list[Piece] = field(default_factory=list)
    entry_context: dict[str, Any] = field(default_factory=dict)
    exit_context: dict[str, Any] = field(default_factory=dict)

    @property
    def size_now(self) -> float:
        return sum(piece.size for piece in (*self.entries, *self.exits))

    def enter(self, fill: Fill) -> None:
        """Add the opening part of a fill."""
        if not self.entries:
            self.entry_context = context_of(fill.order)
        piece = Piece(fill.opened, fill.price, fill.opened_cost, fill.session, fill.bar)
        self.entries.append(piece)

    def leave(self, fill: Fill) -> None:
        """Add the closing part of a fill."""
        self.exit_order, self.exit_context = fill.order, context_of(fill.order)
        piece = Piece(fill.closed, fill.price, fill.closed_cost, fill.session, fill.bar)
        self.exits.append(piece)

    def row(self, mark: Mark | None) -> tuple[Any, ...]:
        """Return the episode as a row; `mark` values one that is still open."""
        cells = self._entry_cells() | self._exit_cells(mark) | self._money(mark)
        return tuple(cells[name] for name in COLUMNS)

    def _entry_cells(self) -> dict[str, Any]:
        context = self.entry_context
        return {
            "symbol": self.symbol,
            "entry_decision": decided_at(self.entry_order),
            "entry_date": self.entries[0].session,
            "size": sum(piece.size for piece in self.entries),
            "entry_price": _average_price(self.entries),
            "entry_gap": _number(context, "gap"),
            "entry_z": _number(context, "z"),
            "half_life": _number(context, "half_life"),
            "entry_regime": _state_name(context),
            "entry_overhang": _overhang_name(context),
            "leg_of": str(self.entry_order.info.get("leg_of") or ""),
        }

    def _exit_cells(self, mark: Mark | None) -> dict[str, Any]:
        is_open = mark is not None
        context = {} if is_open else self.exit_context
        order = self.exit_order
        return {
            "exit_decision": NEVER if is_open else decided_at(order),
            "exit_date": NEVER if is_open else self.exits[-1].session,
            "exit_price": np.nan if is_open else _average_price(self.exits),
            "exit_gap": _number(context, "gap"),
            "exit_z": _number(context, "z"),
            "exit_reason": "" if is_open else reason_of(order),
            "exit_regime": _state_name(context),
            "exit_overhang": _overhang_name(context),
            "status": "open" if is_open else "closed",
            "days_held": (self.exits[-1].bar if mark is None else mark.bar) - self.entries[0].bar,
            **closing_of(self.entry_context, context),
        }

    def _money(self, mark: Mark | None) -> dict[str, float]:
        pieces = [*self.entries, *self.exits]
        paid = sum(piece.size * piece.price for piece in pieces)
        worth = 0.0 if mark is None else self.size_now * mark.price
        gross = (worth - paid) * self.multiplier
        costs = sum(piece.cost for piece in pieces)
        invested = sum(abs(piece.size) * piece.price for piece in self.entries) * self.multiplier
        net_return = (gross - costs) / invested if invested > 0 else np.nan
        return {"gross": gross, "costs": costs, "net": gross - costs, "net_return": net_return}


def _average_price(pieces: list[Piece]) -> float:
    value = sum(piece.size * piece.price for piece in pieces)
    return value / sum(piece.size for piece in pieces)


def _number(context: dict[str, Any], name: str) -> float:
    value = context.get(name)
    return np.nan if value is None else float(value)


def _state_name(context: dict[str, Any]) -> str:
    """Return the regime's state in words; the strategy keeps it as a number."""
    state = context.get("state")
    if state is None:
        return ""
    return str(state) if isinstance(state, str) else STATE_NAMES[int(state)]


def _overhang_name(context: dict[str, Any]) -> str:
    """Return the tariff overhang's state in words; empty where a rule looks at none."""
    state = _number(context, "overhang_state")
    return "" if np.isnan(state) else STATE_NAMES[int(state)]
