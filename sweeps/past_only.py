"""That a rule of one's own reads no future, shown on rows of its own sweep within seconds.

A cut of the future is what `lookahead` makes of a market; here rows of a sweep run again through
the replay, whose every order is proven to be backtrader's, and not through backtrader itself.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from orebound.feeds import Announcements, Market, as_announcements
from orebound.strategies import RuleArrays
from orebound.strategies.signals import Signals

from .cerebro_run import Parameters, backtest
from .chunk import FAILURES
from .config import RunConfig
from .lookahead import (
    DECIDED,
    HOWS,
    How,
    differences,
    moments_of,
    other_announcements,
    other_world,
)
from .parity_report import VerificationFailed
from .prepared import Workshop, changed
from .rerun import orders, run_again

#: Moments of a run at which the future is cut and changed.
MOMENTS = 4
#: How much of a changed future is made: less is quicker, and a cut has none.
FUTURE = np.timedelta64(270, "D")
CLEAN, LEAK = "clean", "leak"
Row = Mapping[str, Any]


class PastOnlyFailed(VerificationFailed):
    """A rule that reads the future; `record` is what ``verified.json`` says of it."""

    def __init__(self, words: str, record: dict[str, Any]) -> None:
        super().__init__(words)
        self.record = record


class Ran(NamedTuple):
    """One run: its market with the rule's lines, what it knew, what it ordered."""

    market: Market
    signals: RuleArrays | Signals
    orders: pd.DataFrame


@dataclass(frozen=True)
class Subject:
    """One row on its own market."""

    row: Row
    config: RunConfig
    whole: Ran

    def again(self, market: Market, events: Announcements | None) -> Ran:
        """Return the row's run on another market, by the engine that ran the row."""
        return _run(self.row, self.config, market, events)


def prove_past_only(
    workshop: Workshop,
    rows: Iterable[Row],
    *,
    moments: int = MOMENTS,
    seed: int = 0,
    told: Callable[[int, int], None] = lambda _done, _total: None,
) -> dict[str, Any]:
    """Return what was cut and found unchanged: ``moments``, ``rows``, ``status``.

    Parameters
    ----------
    rows : iterable of mapping
        ``combination``, ``engine`` and ``parameters`` by flat name. Those on one market share its
        moments, half of which lie at decisions of the first of them.
    told : callable, optional
        Called after each moment with how many are done, and how many there are.

    Raises
    ------
    PastOnlyFailed
        Naming the row and the first decision that differs, or the first number where none does.
    """
    groups = _by_market(workshop, rows)
    chosen = [_moments(subjects[0], moments) for _, subjects in groups]
    record: dict[str, Any] = {
        "moments": [str(one.astype("datetime64[m]")) for some in chosen for one in some],
        "rows": [int(one.row["combination"]) for _, subjects in groups for one in subjects],
        "status": CLEAN,
    }
    done, generator, moved = 0, np.random.default_rng(seed), ""
    for (market, subjects), some in zip(groups, chosen, strict=True):
        for moment in some:
            for how in HOWS:
                world = _world(market, moment, how, generator)
                for subject in subjects:
                    said, is_decision = _first_difference(subject, world, moment, how)
                    if is_decision:
                        raise PastOnlyFailed(said, record | {"status": LEAK})
                    moved = moved or said  # a later cut may show a decision, which says more
            done += 1
            told(done, len(record["moments"]))
    if moved:
        raise PastOnlyFailed(moved, record | {"status": LEAK})
    return record


def _by_market(workshop: Workshop, rows: Iterable[Row]) -> list[tuple[Market, list[Subject]]]:
    groups: dict[int, tuple[Market, list[Subject]]] = {}
    for row in rows:
        config = workshop.config(row["parameters"])
        market = workshop.market(config)
        # Where nothing is stated a run starts when its windows are filled, whatever comes later.
        start = workshop.prepared(row["parameters"]).start
        config = changed(config, {"start": start})
        subject = Subject(row, config, _run(row, config, market, None))
        groups.setdefault(id(market), (market, []))[1].append(subject)
    return list(groups.values())


def _moments(subject: Subject, count: int) -> NDArray[np.datetime64]:
    data = subject.config.data
    return moments_of(subject.whole.market, subject.whole, data.start, data.end, count)


def _world(
    market: Market, moment: np.datetime64, how: How, generator: np.random.Generator
) -> Market:
    near = market.known_by(moment + FUTURE) if how == "perturb" else market
    return other_world(near, moment, how, generator)


def _run(row: Row, config: RunConfig, market: Market, events: Announcements | None) -> Ran:
    if row["engine"] != "replay":
        parameters = Parameters(config.rule, config.regime, config.sizing, config.costs, events)
        arranged = market.arranged(config.rule.lines(market))
        data = config.data
        found = backtest(arranged, parameters, start=data.start, end=data.end)
        return Ran(arranged, found.signals, found.orders)
    prepared, known = Workshop(config, market).prepared_and_known({}, events)
    return Ran(prepared.source, known, orders(run_again(prepared)))


def _first_difference(
    subject: Subject, world: Market, moment: np.datetime64, how: How
) -> tuple[str, bool]:
    """Return in one sentence what moved before a change, and whether it is a decision."""
    events = other_announcements(as_announcements(None), moment, how)
    whole, does, decided = subject.whole, "reads the future", list[str]()
    try:
        again = subject.again(world, events)
    except FAILURES as error:
        does, said = "needs the future", f"the rule fails: {type(error).__name__}: {error}"
    else:
        found = list(differences(whole.market, whole, again.market, again, moment))
        decided = [one for one in found if one.startswith(DECIDED)]
        said = next(iter([*decided, *found]), "")
    if not said:
        return "", False
    row, cut = subject.row, "cut off" if how == "truncate" else "changed"
    written = ", ".join(f"{name} = {value}" for name, value in row["parameters"].items())
    return (
        f"combination {row['combination']} ({written}) {does}: where it is {cut} after "
        f"{moment.astype('datetime64[m]')}Z, {said}"
    ), bool(decided)
