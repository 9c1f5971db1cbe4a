"""Proof that nothing sees the future: cut it off, change it, and ask for the same past.

For moments spread over a run, and at its decisions, the market is rebuilt as it was known then
(truncate) and with a different future (perturb: other prices, volumes and exchange rates, a tenth
of the later sessions gone, later policy events reversed). Every signal and every decision up to
the moment must stay the same. What a cut cannot see, a leak inside one bar, the fills show: each
must come after its decision and inside its bar.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, fields, replace
from typing import Any, Literal, Protocol

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from orebound.feeds import Announcements, Market, Series, as_announcements
from orebound.strategies import RuleArrays
from orebound.strategies.signals import Signals

from .cerebro_run import Outcome, Parameters, backtest
from .market_notes import market_notes

How = Literal["truncate", "perturb"]
HOWS: tuple[How, ...] = ("truncate", "perturb")
DECIDED = "decision"
DECISION = ("submitted", "symbol", "side", "size", "reason")
#: Relative difference of a signal that counts as one.
TOLERANCE = 1e-9
Known = Signals | RuleArrays
NOT_BY_ROW = ("direction", "more")


class Seen(Protocol):
    """What a run knew by row, and every order with the columns of `DECISION`."""

    @property
    def signals(self) -> Known: ...
    @property
    def orders(self) -> pd.DataFrame: ...


@dataclass(frozen=True)
class Leak:
    """One earlier number or decision that a later change moved."""

    moment: np.datetime64
    how: How
    what: str

    def __str__(self) -> str:
        return f"{self.how} after {self.moment.astype('datetime64[m]')}Z: {self.what}"


@dataclass(frozen=True)
class LookaheadReport:
    """What a check found; `leaks` and `bad_fills` are empty where nothing sees the future.

    `notes` say what of the market was left out.
    """

    moments: int
    runs: int
    decisions: int
    leaks: tuple[Leak, ...]
    bad_fills: tuple[str, ...]
    notes: tuple[str, ...] = ()

    @property
    def is_clean(self) -> bool:
        return not self.leaks and not self.bad_fills

    @property
    def verdict(self) -> str:
        """One line."""
        scope = f"{self.moments} moments, {self.runs} runs, {self.decisions} decisions"
        if self.is_clean:
            return f"no look-ahead found: {scope}, every earlier signal and decision unchanged"
        first = str(self.leaks[0]) if self.leaks else self.bad_fills[0]
        return (
            f"LOOK-AHEAD: {len(self.leaks)} changes of the past and {len(self.bad_fills)} "
            f"impossible fills in {scope}; first: {first}"
        )


Told = Callable[[LookaheadReport, int], None]


def check_lookahead(
    market: Market,
    parameters: Parameters | None = None,
    *,
    start: Any = None,
    end: Any = None,
    moments: int = 20,
    seed: int = 0,
    told: Told = lambda _report, _total: None,
) -> LookaheadReport:
    """Return what changes in the past of a run when its future is cut or changed.

    Parameters
    ----------
    moments : int
        How many moments; half lie at decisions or one row before, half are spread evenly.
    told : callable, optional
        Called after the whole run and after each moment with what is found by then and the number
        of moments.
    """
    parameters = parameters or Parameters()
    market = market.arranged(parameters.rule.lines(market))
    whole = backtest(market, parameters, start=start, end=end)
    generator = np.random.default_rng(seed)
    chosen = moments_of(market, whole, start, end, moments)
    notes, impossible = tuple(market_notes([market])), tuple(bad_fills(market, whole))
    leaks: list[Leak] = []

    def report(done: int) -> LookaheadReport:
        return LookaheadReport(done, 2 * done, len(whole.orders), tuple(leaks), impossible, notes)

    told(report(0), len(chosen))
    for done, moment in enumerate(chosen, 1):
        for how in HOWS:
            other = other_world(market, moment, how, generator)
            other = other.arranged(parameters.rule.lines(other))
            events = other_announcements(as_announcements(parameters.events), moment, how)
            changed = replace(parameters, events=events)
            again = backtest(other, changed, start=start, end=end)
            found = list(differences(market, whole, other, again, moment))
            leaks += [Leak(moment, how, what) for what in found]
        told(report(done), len(chosen))
    return report(len(chosen))


def moments_of(
    market: Market, whole: Seen, start: Any, end: Any, count: int
) -> NDArray[np.datetime64]:
    """Return moments of a run, half of them at its decisions or one row before, half spread."""
    panel = market.panel
    first = 0 if start is None else panel.first_row(start)
    last = panel.n_rows if end is None else panel.row_after(end)
    decided = whole.orders["submitted"].to_numpy() - panel.latency
    rows = np.searchsorted(panel.closes, decided)
    at_decisions = np.unique(np.concatenate([rows, rows - 1]))
    at_decisions = at_decisions[(at_decisions >= first) & (at_decisions < last - 1)]
    spread = np.linspace(first + 0.1 * (last - first), last - 2, count - count // 2).astype(int)
    if len(at_decisions) > count // 2:
        keep = np.linspace(0, len(at_decisions) - 1, count // 2).astype(int)
        at_decisions = at_decisions[keep]
    moments: NDArray[np.datetime64] = panel.closes[
        np.unique(np.concatenate([spread, at_decisions]))
    ]
    return moments


def other_world(
    market: Market, moment: np.datetime64, how: How, generator: np.random.Generator
) -> Market:
    """Return the market with no future after a moment, or with another one."""
    if how == "truncate":
        return market.known_by(moment)
    return market.rebuilt(
        lambda series: _with_other_future(series, moment, generator),
        lambda known: known.other_after(moment, generator),
    )


def _with_other_future(
    series: Series, moment: np.datetime64, generator: np.random.Generator
) -> Series:
    later = series.clock.known_at(series.sessions) > moment
    count = int(later.sum())
    if not count:
        return series
    frame = series.frame.copy()
    walk = np.cumsum(generator.normal(0.0, 0.05, count)) + generator.choice([-0.7, 0.7])
    for column in frame.columns.intersection(["open", "high", "low", "close", "raw_close"]):
        values = frame[column].to_numpy(copy=True)
        values[later] *= np.exp(walk)
        frame[column] = values
    volume = frame["volume"].to_numpy(dtype=float, copy=True)
    volume[later] *= generator.uniform(0.2, 5.0)
    frame["volume"] = volume
    gone = np.flatnonzero(later)[generator.random(count) < 0.1]
    return replace(series, frame=frame.drop(frame.index[gone]))


def other_announcements(events: Announcements, moment: np.datetime64, how: How) -> Announcements:
    """Return what is announced where there is no future after a moment, or another one."""
    return events.until(moment) if how == "truncate" else events.reversed_after(moment)


def differences(
    market: Market, whole: Seen, other: Market, again: Seen, moment: np.datetime64
) -> Iterator[str]:
    """Yield what two runs say differently up to a moment: signals, then decisions by time."""
    yield from _signal_differences(market, whole.signals, other, again.signals, moment)
    limit = moment + market.panel.latency
    before, after = (_decisions(outcome, limit) for outcome in (whole, again))
    for line in sorted(before ^ after):
        side = "vanished" if line in before else "appeared"
        yield f"{DECIDED} {side}: {' '.join(line)}"


def _decisions(outcome: Seen, limit: np.datetime64) -> set[tuple[str, ...]]:
    orders = outcome.orders[outcome.orders["submitted"] <= limit]
    return set(orders[list(DECISION)].astype(str).itertuples(index=False, name=None))


def _signal_differences(
    market: Market, signals: Known, other: Market, again: Known, moment: np.datetime64
) -> Iterator[str]:
    mine = market.panel.closes <= moment
    theirs = other.panel.closes <= moment
    if not np.array_equal(market.panel.closes[mine], other.panel.closes[theirs]):
        yield "the rows of the panel changed"
        return
    for name in other.names:
        a, b = market.names.index(name), other.names.index(name)
        mine_by_key, theirs_by_key = _by_key(signals), _by_key(again)
        for key, values in mine_by_key.items():
            x = values[mine, a].astype(float)
            y = theirs_by_key[key][theirs, b].astype(float)
            same = np.isclose(x, y, rtol=TOLERANCE, atol=TOLERANCE, equal_nan=True)
            if not same.all():
                row = int(np.flatnonzero(~same)[0])
                day = market.panel.closes[mine][row].astype("datetime64[m]")
                yield f"{key} of {name} at {day}Z: {x[row]:.10g} became {y[row]:.10g}"


def _by_key(known: Known) -> dict[str, NDArray[Any]]:
    """Return every array by row of what a rule knows, what its gates show included."""
    names = (field.name for field in fields(known) if field.name not in NOT_BY_ROW)
    return {name: getattr(known, name) for name in names} | dict(getattr(known, "more", {}))


def bad_fills(market: Market, outcome: Outcome) -> Iterator[str]:
    """Yield the fills that come before their decision or lie outside their bar."""
    panel = market.panel
    filled = outcome.orders[outcome.orders["status"] == "Filled"]
    for order in filled.to_dict("records"):
        name = panel.names.index(order["symbol"])
        opened = np.datetime64(pd.Timestamp(order["filled"]), "ns")
        row = np.flatnonzero(panel.opened_at[:, name] == opened)
        text = f"{order['symbol']} {order['side']} {order['size']} at {order['price']}"
        if not opened > np.datetime64(pd.Timestamp(order["submitted"]), "ns"):
            yield f"{text}: filled {opened}, decided {order['submitted']}"
        elif not len(row):
            yield f"{text}: no bar opened at {opened}"
        else:
            low, high = panel.low[row[0], name], panel.high[row[0], name]
            if not low * (1 - 1e-12) <= order["price"] <= high * (1 + 1e-12):
                yield f"{text}: outside the bar's range {low} to {high}"
