"""Proof that the replay is backtrader: the same parameters through both, compared bit by bit.

One comparison serves the tests, the verification of a sweep and ``orebound check parity``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from functools import cache
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from orebound.feeds import ConfigError, DataRefused, Market
from orebound.strategies import DeclaredRule, Rule

from .chunk import METRIC_COLUMNS
from .config import RunConfig
from .market_notes import market_notes
from .parity_report import Compared, Difference, ParityReport, Values
from .plan import NOT_REPLAYED
from .prepared import Prepared, Workshop, numbers_matrix
from .replay.many import Engine, replay_many, runs_in_lanes
from .rerun import Again, orders, run_again
from .stock import Run, stock_run

#: What must be equal of each order, figures to the last bit.
COMPARED = (
    *("submitted", "filled", "symbol", "side", "size", "status", "reason"),
    *("session", "fill_session", "price", "value", "cost"),
)
#: So many parameters of a set are all named in short.
FEW = 6
Through = Callable[[Prepared, RunConfig], Run]


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
    found = replay_many(*given, engine=engine, lanes=lanes, legs=prepared.legs).metrics[0]
    return dict(zip(METRIC_COLUMNS, found.tolist(), strict=True))


def _of_lanes(again: Again) -> Difference | None:
    """Return the first metric of the lanes that is not the scalar replay's."""
    prepared = again.prepared
    n_declared = prepared.source.panel.n_declared
    numbers = numbers_matrix(prepared.config, {}, 1, n_declared)
    if not runs_in_lanes(prepared.market, prepared.rule, numbers, prepared.legs).all():
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
