"""What a comparison of replay and backtrader found, and the door to making one."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

import backtrader as bt
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from orebound.analyzers import counted
from orebound.feeds import Market, OreboundError

from .config import RunConfig
from .sweep_config import SweepConfig

#: One drawn set in so many runs as if the universe declared two names.
CROWD_EVERY = 3
Values = Mapping[str, Any]


class VerificationFailed(OreboundError):
    """A replayed combination that real backtrader does not confirm: nothing of it is to be used."""

    exit_code = 4


class Difference(NamedTuple):
    """The first thing on which replay and backtrader differ; `order` is 0 for an equity."""

    order: int
    symbol: str
    date: str
    what: str
    replay: Any
    backtrader: Any

    def __str__(self) -> str:
        where = f"value at {self.date}"
        if self.order:
            where = f"order {self.order} ({self.symbol}, {self.date}): {self.what}"
        elif self.what != "value":
            where = self.what
        return f"{where} is {self.replay!r} in the replay and {self.backtrader!r} in backtrader"


@dataclass(frozen=True)
class Compared:
    """One set of parameters through both; `refused` says why it could not be run at all."""

    values: Values
    short: str
    orders: pd.DataFrame
    equity: NDArray[np.float64]
    largest_difference: float = 0.0
    difference: Difference | None = None
    refused: str = ""

    def count(self, status: str) -> int:
        """Return how many orders ended so; `Margin` is a rejection for cash."""
        return int((self.orders["status"] == status).sum()) if len(self.orders) else 0

    def line(self) -> dict[str, Any]:
        """Return the figures of this set, as a table and a document show them."""
        found = str(self.difference) if self.difference else "equal"
        return {
            "parameters": self.short,
            "orders": len(self.orders),
            "rejected": self.count("Margin"),
            "waiting": self.count("Waiting"),
            "rows": len(self.equity),
            "result": f"not run: {self.refused}" if self.refused else found,
        }


@dataclass(frozen=True)
class ParityReport:
    """What was compared, set by set; `notes` say what of the markets was left out."""

    sets: tuple[Compared, ...]
    notes: tuple[str, ...] = ()

    @property
    def is_equal(self) -> bool:
        return not any(one.difference for one in self.sets)

    @property
    def exit_code(self) -> int:
        """0, or what a command ends with where replay and backtrader differ."""
        return 0 if self.is_equal else VerificationFailed.exit_code

    @property
    def frame(self) -> pd.DataFrame:
        """One row a set, numbered from 1."""
        lines = [{"set": n, **one.line()} for n, one in enumerate(self.sets, start=1)]
        return pd.DataFrame(lines)

    @property
    def documents(self) -> list[dict[str, Any]]:
        """The same with every parameter of a set and, where one is found, its difference."""
        return [
            one.line()
            | {
                "values": dict(one.values),
                "largest_difference": one.largest_difference,
                "difference": one.difference._asdict() if one.difference else None,
            }
            for one in self.sets
        ]

    @property
    def verdict(self) -> str:
        """One line."""
        run = [one for one in self.sets if not one.refused]
        sets, left_out = counted(len(run), "set"), len(self.sets) - len(run)
        tail = f"; {counted(left_out, 'set')} could not be run" if left_out else ""
        stock = f"stock backtrader {bt.__version__}"
        rows, total = (
            sum(map(len, each)) for each in zip(*((o.equity, o.orders) for o in run), strict=True)
        )
        differ = [(n, one) for n, one in enumerate(self.sets, start=1) if one.difference]
        if differ:
            number, first = differ[0]
            return (
                f"DIFFERENT: {len(differ)} of {sets} not what {stock} does{tail}; "
                f"first: set {number}, {first.difference}"
            )
        if not total:
            return f"nothing proven: no order was sent in {sets}, {rows:,} rows{tail}"
        rejected, waiting = (sum(o.count(kind) for o in run) for kind in ("Margin", "Waiting"))
        return (
            f"equal: {sets}, {total:,} orders ({rejected:,} rejected for cash, "
            f"{waiting:,} left waiting) and {rows:,} rows of equity are those of {stock} bit by "
            f"bit{tail}"
        )


def check_parity(
    config: RunConfig | SweepConfig,
    *,
    market: Market | None = None,
    sets: int = 20,
    seed: int = 0,
    progress: Callable[[str], None] | None = None,
) -> ParityReport:
    """Return how the replay and stock backtrader compare on a user's own market.

    Of a run, its own parameters are compared and sets drawn over every parameter; of a sweep, rows
    of its own design.

    Parameters
    ----------
    market : Market, optional
        Used instead of the one that ``config.data`` names.
    sets : int
        How many sets of parameters.
    seed : int
        Of what is drawn.
    progress : callable, optional
        Called with a few words before each set.

    Raises
    ------
    ConfigError
        If no set can be run; a few that the data cannot fill are told in the report.
    """
    # Both sides and the compiler take a second to import, which a single backtest does not need.
    from .parity import compare_all
    from .parity_sets import random_sets, sweep_sets
    from .prepared import Workshop

    if isinstance(config, SweepConfig):
        return compare_all(Workshop(config.base, market), sweep_sets(config, sets, seed), progress)
    workshop = Workshop(config, market)
    chosen = random_sets(config, sets, seed)
    return compare_all(workshop, chosen, progress, crowd_every=CROWD_EVERY)
