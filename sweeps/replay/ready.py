"""Whether the replay is compiled for this processor, and compiling it ahead of its first use."""

from __future__ import annotations

import time
from typing import Any, Literal, get_args

import numpy as np

from orebound.strategies import Numbers

from .book_caps import CapRows
from .inputs import MarketArrays, RowCalendar, RuleRows
from .leg_state import LegRows
from .many import replay_many, sweep_lanes, sweep_legs, sweep_scalar

#: The lanes, the scalar form, and the scalar form with hedge legs and caps of the book.
Form = Literal["lanes", "scalar", "legs"]
FORMS: tuple[Form, ...] = get_args(Form)
KEPT: dict[Form, Any] = {"lanes": sweep_lanes, "scalar": sweep_scalar, "legs": sweep_legs}


def is_compiled(engine: Form) -> bool:
    """Return whether this version's replay lies compiled on disk."""
    return bool(KEPT[engine]._cache._cache_file._load_index())


def compile_now(engine: Form) -> float:
    """Compile the replay if it is not yet; return the seconds it took."""
    began = time.perf_counter()
    market, rule, calendar = _one_cell()
    given = (market, rule, np.array([Numbers(enter_at=-1.0)]), calendar)
    if engine == "legs":
        replay_many(*given, legs=_no_legs())
    else:
        replay_many(*given, engine=engine)
    return time.perf_counter() - began


def _one_cell() -> tuple[MarketArrays, RuleRows, RowCalendar]:
    """Return a market of one name on two rows, on which nothing happens."""
    one, flag = np.ones((2, 1)), np.zeros((2, 1), bool)
    market = MarketArrays(
        bars=np.array([[1], [2]], np.int32),
        has_bar=~flag,
        is_settlement=flag,
        **dict.fromkeys(("buy_price", "sell_price", "close", "known"), one),
        **dict.fromkeys(("buy_rate", "sell_rate", "levy", "levy_above", "impact"), one * 0.0),
        cost_class=np.zeros((2, 1), np.int32),
        close_sum=np.ones((3, 1)),
        **dict.fromkeys(("short_rate", "long_rate"), np.zeros(1)),
        class_rates=np.zeros((1, 4)),
        days=np.arange(2),
    )
    names = ("measure", "free_measure", "multiplier", "gap", "beta_metal", "beta_market")
    rule = RuleRows(
        **dict.fromkeys((*names, "most_value", "half_life", "volatility"), one),
        lowest=np.ones(2),
        direction=np.ones(1),
        path=np.zeros((2, 1, 4)),
        spell=np.full((2, 1), -1),
        n_spells=0,
        needs_legs=False,
    )
    return market, rule, RowCalendar(np.arange(2), np.array([2]), 252.0, 0.0)


def _no_legs() -> LegRows:
    """Return the legs of that market: none."""
    none, cells = np.zeros(0, np.int64), np.zeros((2, 0))
    return LegRows(
        **dict.fromkeys(("column", "partner", "order"), none),
        lot=np.zeros(0),
        ratio=cells,
        waits=cells.astype(bool),
        first=np.zeros(2, np.int64),
        is_leg=np.zeros(1, bool),
        roll_rate=np.zeros(1),
        roll_months=np.zeros(1, np.int64),
        month=np.zeros(2, np.int64),
        caps=CapRows(0.0, 0.0, np.zeros((1, 1, 1)), np.zeros(2, np.int64)),
    )
