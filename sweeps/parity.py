"""Proof that the replay is backtrader: the same parameters through both, compared bit by bit.

One comparison serves the tests, the verification of a sweep and ``orebound check parity``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cache
from typing import Any, NamedTuple

import backtrader as bt
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from orebound.analyzers import counted
from orebound.feeds import ConfigError, DataRefused, Market, OreboundError
from orebound.strategies import DeclaredRule, Rule

from .chunk import METRIC_COLUMNS
from .config import RunConfig
from .market_notes import market_notes
from .parity_sets import random_sets, sweep_sets
from .plan import NOT_REPLAYED
from .prepared import Prepared, Workshop, numbers_matrix
from .replay.many import Engine, replay_many, runs_in_lanes
from .rerun import Again, orders, run_again
from .stock import Run, stock_run
from .sweep_config import SweepConfig

#: What must be equal of each order, figures to the last bit.
COMPARED = (
    *("submitted", "filled", "symbol", "side", "size", "status", "reason"),
    *("session", "fill_session", "price", "value", "cost"),
)
#: One drawn set in so many runs as if the universe declared two names.
CROWD_EVERY = 3
#: So many parameters of a set are all named in short.
FEW = 6
Values = Mapping[str, Any]
Through = Callable[[Prepared, RunConfig], Run]


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
    if isinstance(config, SweepConfig):
        return compare_all(Workshop(config.base, market), sweep_sets(config, sets, seed), progress)
    workshop = Workshop(config, market)
    chosen = random_sets(config, sets, seed)
    return compare_all(workshop, chosen, progress, crowd_every=CROWD_EVERY)


def compare_all(
    workshop: Workshop,
    sets: Iterable[Values],
    progress: Callable[[str], None] | None = None,
    *,
    crowd_every: int = 0,
) -> ParityReport:
    """Return how replay and stock backtrader compare on sets of parameters by flat name.

    Parameters
    ----------
    crowd_every : int
        Every so many sets after the first, one runs as if the universe declared two names only:
        an entry may take half the book, and orders are rejected for cash. 0 for never.
    """
    done, markets = [], dict[int, Market]()
    crowd = cache(lambda: Workshop(workshop.base, crowded(workshop.market(workshop.base))))
    for number, values in enumerate(sets):
        if progress is not None:
            progress(f"set {number + 1}")
        is_crowded = bool(crowd_every and number and number % crowd_every == 0)
        one = _tried(crowd() if is_crowded else workshop, values)
        done.append(replace(one, short=f"crowded: {one.short}") if is_crowded else one)
        if not one.refused:
            market = workshop.market(workshop.config(values))
            markets[id(market)] = market
    if all(one.refused for one in done):
        said = f"the first: {done[0].refused}" if done else "there is none"
        raise ConfigError(f"parity: no set can be run, {len(done)} tried, {said}")
    return ParityReport(tuple(done), tuple(market_notes(markets.values())))


def crowded(market: Market, n_declared: int = 2) -> Market:
    """Return the market with weights of fewer names than it has, so that cash runs out."""
    return replace(market, panel=replace(market.panel, n_declared=n_declared))


def _tried(workshop: Workshop, values: Values) -> Compared:
    try:
        return compare(workshop, values)
    except (ConfigError, DataRefused) as error:
        short = in_short(values, workshop.config(values))
        return Compared(values, short, pd.DataFrame(), np.empty(0), refused=str(error))


def compare(workshop: Workshop, values: Values, *, through: Through = stock_run) -> Compared:
    """Return one set of parameters through the replay and through backtrader."""
    config = workshop.config(values)
    reasons = [said for why in NOT_REPLAYED if (said := why(config))]
    if reasons:
        raise ConfigError(f"the replay does not cover it: {reasons[0]}")
    prepared = workshop.prepared(values)._replace(config=config)
    again = run_again(prepared)
    marks, sent = through(prepared, config)
    has_all = len(marks) == len(again.equity)
    return Compared(
        values,
        in_short(values, config),
        sent,
        marks,
        float(np.max(np.abs(marks - again.equity))) if has_all else float("nan"),
        first_difference(again, marks, sent),
    )


def first_difference(
    again: Again, marks: NDArray[np.float64], sent: pd.DataFrame
) -> Difference | None:
    """Return the first order, and if none the first row's equity, that is not the same."""
    return _of_orders(orders(again), sent) or _of_equity(again, marks) or _of_lanes(again)


def metrics_of_scalar(prepared: Prepared) -> dict[str, float]:
    """Return the metrics of one combination from the scalar replay, as a part stores them."""
    return _metrics(prepared, "scalar")


def _metrics(prepared: Prepared, engine: Engine) -> dict[str, float]:
    n_declared = prepared.source.panel.n_declared
    numbers = numbers_matrix(prepared.config, {}, 1, n_declared)
    given = (prepared.market, prepared.rule, numbers, prepared.calendar)
    lanes = prepared.lanes if engine == "lanes" else None
    found = replay_many(*given, engine=engine, lanes=lanes).metrics[0]
    return dict(zip(METRIC_COLUMNS, found.tolist(), strict=True))


def _of_lanes(again: Again) -> Difference | None:
    """Return the first metric of the lanes that is not the scalar replay's."""
    prepared = again.prepared
    n_declared = prepared.source.panel.n_declared
    numbers = numbers_matrix(prepared.config, {}, 1, n_declared)
    if not runs_in_lanes(prepared.market, numbers).all():
        return None
    mine, theirs = _metrics(prepared, "lanes"), metrics_of_scalar(prepared)
    for name, value in theirs.items():
        if not _equal(mine[name], value):
            return Difference(0, "", "", f"{name} of lanes and scalar form", mine[name], value)
    return None


def in_short(values: Values, config: RunConfig) -> str:
    """Return a set in a few words: the few parameters that vary, or the ones that tell most."""
    if len(values) <= FEW:
        return ", ".join(f"{name} = {value}" for name, value in values.items()) or "as configured"
    regime, costs = config.regime, config.costs
    return (
        f"{_rule_in_short(config.rule)}, {regime.regime}/{regime.when_off}, {costs.instrument} "
        f"{costs.commission_bps:g} bp slip {costs.slippage_bps:g}, weight "
        f"{config.sizing.max_weight:g}"
    )


def _rule_in_short(rule: DeclaredRule) -> str:
    if not isinstance(rule, Rule):
        return f"{type(rule).__name__} enter_at {rule.numbers(rule)['enter_at']:g}"
    threshold = f"z {rule.z_in:g}" if rule.entry_trigger == "z" else f"lag {rule.lag_in:g}"
    return f"{rule.gap} {rule.gap_window}, {rule.hedge} {rule.hedge_window}, {threshold}"


def _of_orders(ours: pd.DataFrame, theirs: pd.DataFrame) -> Difference | None:
    pairs = zip(ours.to_dict("records"), theirs.to_dict("records"), strict=False)
    for place, (mine, real) in enumerate(pairs, start=1):
        for name in COMPARED:
            if not _equal(mine[name], real[name]):
                where = (place, str(real["symbol"]), str(real["submitted"]), name)
                return Difference(*where, mine[name], real[name])
    if len(ours) != len(theirs):
        return Difference(0, "", "", "the number of orders", len(ours), len(theirs))
    return None


def _of_equity(again: Again, marks: NDArray[np.float64]) -> Difference | None:
    ours = again.equity
    if len(marks) != len(ours):
        return Difference(0, "", "", "the number of rows", len(ours), len(marks))
    bad = np.flatnonzero(marks != ours)
    if not len(bad):
        return None
    first, panel = int(bad[0]), again.prepared.source.panel
    moment = str(panel.closes[again.prepared.window[0] + first])
    return Difference(0, "", moment, "value", float(ours[first]), float(marks[first]))


def _equal(mine: Any, real: Any) -> bool:
    return bool(mine == real) or (bool(pd.isna(mine)) and bool(pd.isna(real)))
