"""A configuration with its regime taken out, so that states of another time can be put in."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from orebound.analyzers.study import forward_relative, leave_one_event_out, on_less_off
from orebound.feeds import ConfigError, Market, Panel, PolicyEvents
from orebound.strategies import (
    Regime,
    Rule,
    RuleArrays,
    arrays_of,
    compute,
    numbers_of,
    regime_spells,
    sized,
)
from orebound.strategies.context import RegimeStates, regime_states
from orebound.strategies.signals import rule_arrays

from .config import RunConfig
from .plan import NOT_REPLAYED
from .prepared import Workshop
from .replay.arrays import numbered, rule_rows
from .replay.inputs import RuleRows
from .replay.many import replay_many
from .replay.totals import METRICS
from .states_by_date import States, states_by_date

Statistics = dict[str, Callable[[States], float]]

#: Own sessions over which entries are followed: half a year and a year.
HORIZONS = (126, 252)
#: What is asked of the states, in words, by its name.
ABOUT = {
    **{
        f"relative_{n}": f"mean log return of miners beyond their metals over the {n} sessions "
        "after an entry condition was met, ON less OFF"
        for n in HORIZONS
    },
    "sharpe": "net Sharpe ratio of the rule, a year",
}
SHARPE, ENTRIES, SPELLS = (METRICS.index(name) for name in ("sharpe", "entries", "regime_episodes"))


def without_filter(regime: Regime) -> Regime:
    """Return the regime with its states kept and no part in entries and sizes."""
    return regime.model_copy(update={"when_off": "ignore", "reinforced_size": 1.0})


def without_exit(rule: Rule) -> Rule:
    """Return the rule that leaves nothing because a regime ended."""
    return rule.model_copy(update={"regime_exit": "none"})


def unfiltered(config: RunConfig, market: Market) -> dict[str, Any]:
    """Return entries and net Sharpe ratio of a rule whose regime has no part in its decisions.

    Empty where the replay does not run it.
    """
    free = config.model_copy(update={"regime": without_filter(config.regime)})
    if isinstance(config.rule, Rule):
        free = free.model_copy(update={"rule": without_exit(config.rule)})
    if any(why(free) for why in NOT_REPLAYED):
        return {}
    prepared = Workshop(free, market).prepared({})
    n_declared = prepared.source.panel.n_declared
    numbers = np.array([numbers_of(free.rule, free.sizing, n_declared)])
    given = (prepared.market, prepared.rule, numbers, prepared.calendar)
    found = replay_many(*given, legs=prepared.legs).metrics[0]
    return {"entries": int(found[ENTRIES]), "sharpe": float(found[SHARPE])}


class Counts(NamedTuple):
    """Distinct ON spells: all, with an entry condition, with a trade; and the rule's entries.

    The last two are None where the replay does not run the rule.
    """

    spells: int
    met: int
    traded: int | None
    entries: int | None


class MovedStates:
    """One rule on one market, under any states of its regime."""

    def __init__(self, config: RunConfig, market: Market | None, events: PolicyEvents) -> None:
        if not isinstance(config.rule, Rule):
            raise ConfigError(
                "placebo: accepted: the catch-up rule, whose regime can be moved apart from the "
                f"rest; got {type(config.rule).__name__}"
            )
        self.rule: Rule = config.rule
        self.config = config
        self.prepared = Workshop(config, market).prepared({})
        self.market = self.prepared.source
        self.window = self.prepared.window
        self.notes: list[str] = []
        last = self.panel.closes[self.window[1] - 1]
        self.events = events.until(last)
        self.own = regime_states(self.panel, config.regime, self.events)
        self.base = self._arrays(without_filter(config.regime))
        self.needs_legs = self.prepared.rule.needs_legs
        self.rows = rule_rows(self.base, self.window, needs_legs=self.needs_legs)
        self.numbers = np.array([numbers_of(self.rule, config.sizing, self.panel.n_declared)])
        self.states, self.dates, self.date_of, self.exchange_of = self._placed(self.own)
        self.place = (self.date_of[:, None], self.exchange_of[None, :])
        #: Whether every array that reads the regime is made again for each set of states.
        self.remakes = bool(self._read_beside()) or not self._is_a_factor()

    @property
    def panel(self) -> Panel:
        return self.market.panel

    def states_of(self, events: PolicyEvents) -> States:
        """Return the states by date that some events make."""
        found = regime_states(self.panel, self.config.regime, events)
        states: States = self._placed(found)[0]
        return states

    def statistics(self) -> Statistics:
        """Return what is asked of the states, by name; what cannot be is said in `notes`."""
        asked: Statistics = {}
        for horizon in HORIZONS:
            asked[f"relative_{horizon}"] = self.followed(horizon)
        reason = self._why_no_replay()
        if reason:
            self.notes.append(f"sharpe: not asked, {reason}")
        else:
            asked["sharpe"] = self.sharpe
        return asked

    def sharpe(self, states: States) -> float:
        """Return the net Sharpe ratio of the rule under some states."""
        return float(self._metrics(states)[SHARPE])

    def episodes(self) -> Counts:
        """Return the distinct ON spells: all, with an entry condition, with a trade."""
        spell = self._spell(self.states)
        met = self._met() & (self._at_rows(self.states) == 1)
        found = None if self._not_replayed() else self._metrics(self.states)
        return Counts(
            spells=len(np.unique(spell[spell >= 0])),
            met=len(np.unique(spell[met & (spell >= 0)])),
            traded=None if found is None else int(found[SPELLS]),
            entries=None if found is None else int(found[ENTRIES]),
        )

    def influence(self, asked: Mapping[str, Callable[[States], float]]) -> pd.DataFrame:
        """Return the change of each statistic without each event, the weightiest first."""
        made: dict[Any, States] = {}

        def state_of(events: PolicyEvents) -> States:
            if events.ids not in made:
                made[events.ids] = self.states_of(events)
            return made[events.ids]

        said = dict(zip(self.events.ids, self.events.description, strict=True))
        tables = {
            name: leave_one_event_out(self.events, state_of, statistic).set_index("id")
            for name, statistic in asked.items()
        }
        first = tables.get("sharpe", next(iter(tables.values())))
        frame = first[["known_at"]].assign(description=[said[name] for name in first.index])
        for name, found in tables.items():
            frame[name] = found["change"].reindex(frame.index)
        return frame.reset_index()

    def _arrays(self, regime: Regime) -> RuleArrays:
        rule = without_exit(self.rule)
        return arrays_of(rule, self.panel, regime, self.config.sizing, self.events)

    def _placed(self, found: RegimeStates) -> Any:
        """Return states by date and exchange; where sizes read it, what reinforces beside them."""
        states, *where = states_by_date(self.panel, found.state, self.window)
        if self.config.regime.reinforced_size != 1.0:
            two = states_by_date(self.panel, found.has_two.astype(np.int8), self.window)[0]
            states = np.hstack([states, two])
        return states, *where

    def _at_rows(self, states: States) -> States:
        at_rows: States = states[self.place]
        return at_rows

    def _two_at_rows(self, states: States) -> NDArray[np.bool_]:
        n = int(self.exchange_of.max()) + 1
        if states.shape[1] == n:
            return np.zeros((len(self.date_of), len(self.exchange_of)), bool)
        two: NDArray[np.bool_] = states[:, n:][self.place] == 1
        return two

    def _met(self) -> NDArray[np.bool_]:
        """Where the entry condition holds and nothing but the regime may stand against it."""
        met: NDArray[np.bool_] = self.rows.free_measure <= self.numbers[0, 0]
        return met

    def followed(self, horizon: int) -> Callable[[States], float]:
        """Return the statistic of what followed entry conditions, ON less OFF, in logs."""
        own = [self.panel.priced_rows(name) for name in range(self.panel.n_names)]
        base = self.base
        ahead = forward_relative(base.ln_equity, base.ln_basket, base.run, own, horizon)
        chosen = self._met() & np.isfinite(ahead[slice(*self.window)])
        outcome = ahead[slice(*self.window)][chosen]
        where = np.nonzero(chosen)
        place = (self.date_of[where[0]], self.exchange_of[where[1]])
        return lambda states: on_less_off(outcome, place, states)

    def _not_replayed(self) -> str:
        return "; ".join(filter(None, (why(self.config) for why in NOT_REPLAYED)))

    def _why_no_replay(self) -> str:
        """Return why the rule cannot be run on moved states, empty where it can."""
        if reason := self._not_replayed():
            return f"the replay does not run it: {reason}"
        if self.config.regime.when_off == "ignore" and not self.remakes:
            return "with regime.when_off = ignore the rule does not read the regime"
        if self.remakes and not _are_same(self.rows_under(self.states), self.prepared.rule):
            return "the true states put back do not give the rule's own arrays"
        return ""

    def _read_beside(self) -> str:
        """Return the array that reads the regime beside entries and sizes; empty for none."""
        rule, regime = self.rule, without_filter(self.config.regime)
        settled = regime.model_copy(update={"regime": "none", "filters": "", "combine": "events"})
        mine, always = (
            arrays_of(rule, self.panel, one, self.config.sizing, self.events)
            for one in (regime, settled)
        )
        for name, values in vars(mine).items():
            same = np.array_equal(values, getattr(always, name), equal_nan=True)
            if name not in ("spell", "leave_reason") and not same:
                return name
        return ""

    def _is_a_factor(self) -> bool:
        """Whether the regime does no more than multiply sizes and forbid entries."""
        own, put_back = self.prepared.rule, self._factored(self.states)
        at = np.isfinite(own.free_measure)
        same = np.array_equal(own.free_measure, put_back.free_measure, equal_nan=True)
        # Products in another order may differ by their last bit.
        return same and np.allclose(own.multiplier[at], put_back.multiplier[at], 1e-12, 0.0)

    def _metrics(self, states: States) -> NDArray[np.float64]:
        made = self.prepared
        found = replay_many(
            made.market,
            self.rows_under(states),
            self.numbers,
            made.calendar,
            keep_monthly=False,
            engine="scalar",
            legs=made.legs,
        )
        row: NDArray[np.float64] = found.metrics[0]
        return row

    def rows_under(self, states: States) -> RuleRows:
        """Return what the rule declares on the window's rows under some states."""
        return self._remade(states) if self.remakes else self._factored(states)

    def _remade(self, states: States) -> RuleRows:
        """Make every array again that reads the regime; before the window stand the true states."""
        state, two = self.own.state.copy(), self.own.has_two.copy()
        window = slice(*self.window)
        has_bar = self.panel.has_bar[window]
        state[window] = np.where(has_bar, self._at_rows(states), state[window])
        two[window] = np.where(has_bar, self._two_at_rows(states), two[window])
        rule, regime = self.rule, self.config.regime
        moved = self.own.moved(state, two)
        signals = compute(self.panel, rule, regime, self.events, states=moved)
        arrays = rule_arrays(self.panel, signals, rule, regime)
        made = sized(arrays, self.panel, self.config.sizing, is_capped=rule.keeps_to_cap)
        return rule_rows(made, self.window, needs_legs=self.needs_legs)

    def _factored(self, states: States) -> RuleRows:
        """Let the regime multiply sizes and forbid entries, and nothing else."""
        regime = self.config.regime
        off = {"no_entries": 0.0, "reduced": regime.off_size, "ignore": 1.0}[regime.when_off]
        factor = np.where(self._at_rows(states) == 1, 1.0, off)
        free = np.where(factor > 0.0, self.rows.free_measure, np.nan)
        spell, n_spells = numbered(self._spell(states))
        return self.rows._replace(
            free_measure=free,
            lowest=np.fmin.reduce(free, axis=1),
            multiplier=self.rows.multiplier * factor,
            spell=spell,
            n_spells=n_spells,
        )

    def _spell(self, states: States) -> NDArray[np.int64]:
        whole = np.zeros((self.panel.n_rows, self.panel.n_names), np.int8)
        whole[slice(*self.window)] = self._at_rows(states)
        return regime_spells(self.panel, whole)[slice(*self.window)]


def _are_same(one: RuleRows, other: RuleRows) -> bool:
    """Whether two forms of a rule's rows decide the same, bit by bit; sizes at entries."""
    at = np.isfinite(other.free_measure)
    for name in other._fields:
        mine, theirs = getattr(one, name), getattr(other, name)
        if name == "multiplier":
            mine, theirs = mine[at], theirs[at]
        if not np.array_equal(mine, theirs, equal_nan=np.ndim(mine) > 0):
            return False
    return True
