"""What is measured, in the order of the table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import Any

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
    """

    name: str
    contestant: str
    peer: str = ""
    cores: int = 1
    measures: tuple[str, ...] = ("run",)
    group: str = REFERENCE


OURS = HERE / "ours.py"
STOCK = Row("stock backtrader", f"{OURS}:Stock")
BACKTRADER = (
    STOCK,
    Row("stock's optstrategy, 2 cores", f"{OURS}:OptStrategy", cores=2, measures=("sweep",)),
    Row("stock's strategy, our feeds swapped in", f"{OURS}:Swapped"),
    Row("our backtrader, hooks only", f"{OURS}:Hooks"),
    Row("our backtrader, fast lane", f"{OURS}:Lane"),
)
BOTH = ("run", "sweep")
FIELD = {
    "backtrader_next": Row("backtrader_next", f"{PEERS / 'backtrader_next.py'}:Next"),
    "zipline": Row("zipline-reloaded", f"{PEERS / 'zipline.py'}:Zipline"),
    "nautilus": Row("nautilus_trader", f"{PEERS / 'nautilus.py'}:Nautilus"),
    "backtesting": Row(
        "backtesting.py, 12 single assets", f"{PEERS / 'backtesting.py'}:Single", measures=BOTH
    ),
    "pybroker": Row("PyBroker", f"{PEERS / 'pybroker.py'}:PyBroker", measures=BOTH),
    "bt": Row("bt", f"{PEERS / 'bt.py'}:Bt", measures=BOTH),
    "vectorbt": Row("vectorbt", f"{PEERS / 'vectorbt.py'}:VectorBt", measures=BOTH),
}
PEER_ROWS = {
    name: Row(row.name, row.contestant, peer=name, measures=row.measures)
    for name, row in FIELD.items()
}


def grid(
    rule: Mapping[str, Any] = RULE, options: Mapping[str, Sequence[Any]] = OPTIONS
) -> list[dict[str, Any]]:
    """Return the handful of combinations of the field; the default rule comes first."""
    return [
        {**rule, **dict(zip(options, values, strict=True))} for values in product(*options.values())
    ]
