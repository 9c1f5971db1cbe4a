"""What is measured, in the order of the table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import Any, Literal

from benchmarks.reference_rule import RULE

HERE = Path(__file__).resolve().parent
PEERS = HERE.with_name("peers")
OPTIONS: dict[str, tuple[Any, ...]] = {"window": (60, 40), "z_in": (1.5, 1.2), "hold": (40, 20)}
REFERENCE = "the reference rule"


@dataclass(frozen=True)
class Row:
    """One line of the table.

    Attributes
    ----------
    contestant : str
        ``FILE.py:Class``.
    peer : str
        Whose environment it runs in; empty for ours.
    cores : int
        Rows of more than one core are timed by the clock, all others by their CPU seconds.
    measures : tuple of str
        Of ``run`` and ``sweep``.
    group : str
        Rows of one group run the same rule on the same data; the first is the baseline.
    side : str
        The table of ratios divides ``lanes`` by what is ``theirs``, on as many cores.
    """

    name: str
    contestant: str
    peer: str = ""
    cores: int = 1
    measures: tuple[str, ...] = ("run",)
    group: str = REFERENCE
    side: Literal["theirs", "ours", "lanes"] = "ours"


OURS = HERE / "ours.py"
STOCK = Row("stock backtrader", f"{OURS}:Stock", side="theirs")
BACKTRADER = (
    STOCK,
    Row(
        "stock's optstrategy, 2 cores",
        f"{OURS}:OptStrategy",
        cores=2,
        measures=("sweep",),
        side="theirs",
    ),
    Row("stock's strategy, our feeds swapped in", f"{OURS}:Swapped"),
    Row("our backtrader, hooks only", f"{OURS}:Hooks"),
    Row("our backtrader, fast lane", f"{OURS}:Lane"),
)
BOTH = ("run", "sweep")


def _peer(name: str, words: str, kind: str, measures: tuple[str, ...] = ("run",)) -> Row:
    contestant = f"{PEERS / name}.py:{kind}"
    return Row(words, contestant, peer=name, measures=measures, side="theirs")


#: Rows by peer; one library may be written in several forms.
PEER_ROWS: dict[str, tuple[Row, ...]] = {
    "backtrader_next": (_peer("backtrader_next", "backtrader_next", "Next"),),
    "zipline": (_peer("zipline", "zipline-reloaded", "Zipline"),),
    "nautilus": (_peer("nautilus", "nautilus_trader", "Nautilus"),),
    "backtesting": (_peer("backtesting", "backtesting.py, 12 single assets", "Single", BOTH),),
    "pybroker": (_peer("pybroker", "PyBroker", "PyBroker", BOTH),),
    "bt": (_peer("bt", "bt", "Bt", BOTH),),
    "vectorbt": (
        _peer("vectorbt", "vectorbt, order arrays (its documentation)", "PlainArrays", BOTH),
        _peer("vectorbt", "vectorbt, order arrays (its idiom, tuned)", "OrderArrays", BOTH),
        _peer("vectorbt", "vectorbt, order function (its fastest)", "OrderFunction", BOTH),
    ),
}


def grid(
    rule: Mapping[str, Any] = RULE, options: Mapping[str, Sequence[Any]] = OPTIONS
) -> list[dict[str, Any]]:
    """Return the handful of combinations of the field; the default rule comes first."""
    return [
        {**rule, **dict(zip(options, values, strict=True))} for values in product(*options.values())
    ]
