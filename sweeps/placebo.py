"""Does the regime filter know anything? The same states at other times, and without each event.

Two things are asked of a regime: whether miners that met the entry condition did better against
their metals afterwards while it was ON (no trading, no costs), and whether the rule as it stands,
with its costs, had a better Sharpe ratio (through the replay). Only the states are moved: measures,
prices and everything else the rule knows stay where they are.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from orebound.analyzers.study import Placebo, circular_shift
from orebound.feeds import ConfigError, Market, Panel, PolicyEvents, china_events
from orebound.strategies import Regime
from orebound.strategies.context import READY

from .config import RunConfig

Progress = Callable[[str], None]

#: Filters that decide nothing.
UNUSED = {"filters": "", "combine": "events"}
COLUMNS = (
    *("statistic", "observed", "mean", "p05", "p95", "p_value", "draws", "undefined"),
    "about",
)
#: What a preset of the events' regime decides.
PRESET = (
    *("regime", "memory_days", "on_score", "off_score", "impulse_window", "impulse_on"),
    *("impulse_hold", "day_cap", "judgement"),
)


@dataclass(frozen=True)
class PlaceboReport:
    """What the regime of a configuration is worth beside chance.

    Attributes
    ----------
    config : RunConfig
    first, last : datetime64[D]
        Sessions whose states were moved.
    on_share : float
        Share of those sessions on which the regime was ON, of the first listing's exchange.
    episodes, episodes_met, episodes_traded : int
        Distinct ON spells; those in which an entry condition was met; those with a trade. The
        last two are the size of the sample.
    entries : int
        Trades of the rule; None, like `episodes_traded`, where the replay does not run it.
    statistics : DataFrame
        One row a statistic: ``statistic, observed, mean, p05, p95, p_value, draws, undefined,
        about``.
    influence : DataFrame
        One row an event, the most influential first (on the Sharpe ratio where it was asked):
        ``id, known_at, description`` and for each statistic its change without the event.
    notes : tuple of str
        What could not be asked, and why.
    """

    config: RunConfig
    first: np.datetime64
    last: np.datetime64
    on_share: float
    episodes: int
    episodes_met: int
    episodes_traded: int | None
    entries: int | None
    statistics: pd.DataFrame = field(repr=False)
    influence: pd.DataFrame = field(repr=False)
    notes: tuple[str, ...] = ()

    @property
    def influence_by(self) -> str:
        """The statistic that events are ordered by: the Sharpe ratio, else the first asked."""
        names = [str(name) for name in self.influence.columns[3:]]
        return "sharpe" if "sharpe" in names else next(iter(names), "")

    def as_dict(self) -> dict[str, Any]:
        """Return everything in plain types."""
        return {
            "regime": self.config.regime.model_dump(mode="json"),
            "first": str(self.first),
            "last": str(self.last),
            "on_share": self.on_share,
            "episodes": self.episodes,
            "episodes_met": self.episodes_met,
            "episodes_traded": self.episodes_traded,
            "entries": self.entries,
            "statistics": self.statistics.to_dict("records"),
            "influence": self.influence.to_dict("records"),
            "notes": list(self.notes),
        }


def placebo_of_regime(
    config: RunConfig,
    *,
    market: Market | None = None,
    draws: int = 1000,
    events: PolicyEvents | None = None,
    with_influence: bool = True,
    progress: Progress | None = None,
) -> PlaceboReport:
    """Return what the regime filter of a configuration is worth beside the same spells elsewhere.

    Parameters
    ----------
    market : Market, optional
        Used instead of the one that ``config.data`` names.
    draws : int
        Circular shifts by session, without repetition; seeded by ``run.seed``.
    events : PolicyEvents, optional
        In place of the shipped China table.
    with_influence : bool
        Leave each event out in turn.
    progress : callable, optional
        Called with a few words before each stage.

    Raises
    ------
    ConfigError
        If the rule is not the catch-up rule, or has no regime to move.
    """
    if not config.regime.looks:
        raise ConfigError("placebo: regime.regime is none, so that there is no state to move")
    # The replay loads the compiler, which a single backtest does not need.
    from .moved_states import ABOUT, MovedStates

    tell = progress or (lambda _stage: None)
    tell("reading the market")
    stage = MovedStates(config, market, china_events() if events is None else events)
    asked = stage.statistics()
    rows, moved = [], stage.states
    for name, statistic in asked.items():
        tell(f"moving the states: {name}")
        found = circular_shift(moved, statistic, draws=draws, seed=config.run.seed)
        rows.append(_row(name, found, ABOUT[name]))
    tell("leaving each event out")
    influence = stage.influence(asked) if with_influence else pd.DataFrame()
    counts = stage.episodes()
    return PlaceboReport(
        config=config,
        first=stage.dates[0],
        last=stage.dates[-1],
        on_share=float((moved[:, 0] == 1).mean()),
        statistics=pd.DataFrame(rows, columns=list(COLUMNS)),
        influence=influence,
        notes=tuple(stage.notes),
        episodes=counts.spells,
        episodes_met=counts.met,
        episodes_traded=counts.traded,
        entries=counts.entries,
    )


def compare_filters(
    config: RunConfig,
    *,
    market: Market | None = None,
    draws: int = 1000,
    progress: Progress | None = None,
) -> pd.DataFrame:
    """Return the regimes at hand side by side on one configuration, whatever they are worth.

    Returns
    -------
    DataFrame
        One row a regime: ``filter, on_share, episodes, episodes_traded, entries``, and for each
        statistic its value and its p-value under ``p_`` and its name; the first row, without any
        filter, has no p-values.
    """
    from .moved_states import unfiltered
    from .prepared import Workshop

    tell = progress or (lambda _stage: None)
    made = Workshop(config, market).market(config)
    rows = [{"filter": "no filter", "on_share": 1.0} | unfiltered(config, made)]
    for name, regime in filters_at_hand(config.regime, made.panel).items():
        tell(name)
        chosen = config.model_copy(update={"regime": regime})
        report = placebo_of_regime(chosen, market=made, draws=draws, with_influence=False)
        row: dict[str, Any] = {"filter": name}
        row |= {key: getattr(report, key) for key in ("on_share", "episodes", "episodes_traded")}
        row["entries"] = report.entries
        for line in report.statistics.to_dict("records"):
            row[line["statistic"]] = line["observed"]
            row[f"p_{line['statistic']}"] = line["p_value"]
        rows.append(row)
    return pd.DataFrame(rows)


def filters_at_hand(regime: Regime, panel: Panel | None = None) -> dict[str, Regime]:
    """Return the regimes to compare: both presets, with and without judgement, and the configured.

    Thresholds of the presets are their defaults; everything else, as what a regime does when OFF
    and the overhang's policy, is the configured.

    Parameters
    ----------
    panel : Panel, optional
        Each ready filter whose series it holds is compared as well, alone.
    """
    preset = {name: getattr(Regime(), name) for name in (*PRESET, *UNUSED)}
    plain = regime.model_copy(update=preset)
    presets = {
        "level": plain,
        "impulse": plain.model_copy(update={"regime": "impulse"}),
        "level, mechanical events only": plain.model_copy(update={"judgement": False}),
        "impulse, mechanical events only": plain.model_copy(
            update={"regime": "impulse", "judgement": False}
        ),
    }
    for name, one in READY.items() if panel is not None else ():
        if panel is not None and {*one.extra} <= {*panel.extra} and {*one.known} <= {*panel.known}:
            alone = {"regime": "none", "filters": name, "combine": "all"}
            presets[name] = plain.model_copy(update=alone)
    # Filters that are only shown decide nothing.
    decides = regime if regime.is_combined else regime.model_copy(update=UNUSED)
    is_new = regime.looks and decides not in presets.values()
    return ({"as configured": regime} if is_new else {}) | presets


def _row(name: str, found: Placebo, about: str) -> tuple[Any, ...]:
    ends = (found.quantile(0.05), found.quantile(0.95))
    figures = (found.observed, found.mean, *ends, found.p_value, found.draws, found.undefined)
    return (name, *figures, about)
