"""A search: each batch of combinations is chosen by the results of those before it.

What it finds is for exploring only. Trials chosen by results crowd around the best of them, so
that statistics over all trials, which take them for a fair sample, say less than they seem to.

Nothing is stored beside the parts. The sampler is seeded and is asked again from its beginning: as
long as the parts on disk say the same, it asks for the same, so that a search that was killed goes
on with the rows it would have had.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from importlib.metadata import version
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

import numpy as np

from orebound.feeds import ConfigError, unknown_name

from .chunk import METRIC_COLUMNS
from .design import Design, grid_codes
from .feasible import impossible
from .identity import code_digest, digest
from .parts import part_path, read_part
from .plan import Plan, make_plan, root_digest
from .search_space import Values, ask, open_study, tell
from .sweep_config import SweepConfig
from .sweep_rows import LEAST_FIRST

if TYPE_CHECKING:
    from .sweep_state import SweepRun


def market_design(config: SweepConfig) -> Design:
    """Return every combination of the parameters that choose a market or its sessions.

    Raises
    ------
    ConfigError
        If the search cannot begin: without the extra, for a metric that cannot be maximised, or
        for markets that cannot be known beforehand.
    """
    _refuse_wrong_use(config)
    axes = [axis for axis in config.axes if axis.section == "data"]
    levels = []
    for axis in axes:
        # Where its conditions do not hold a parameter has its base value.
        base = [getattr(config.base.data, axis.name)] if axis.name in config.conditions else []
        levels.append(_ascending([*axis.levels, *base]))
    design = Design(
        tuple(axis.name for axis in axes),
        tuple(axis.section for axis in axes),
        tuple(levels),
        tuple(grid_codes([len(one) for one in levels])),
    )
    return design.kept(~impossible(design, config)[0]) if axes else design


def _refuse_wrong_use(config: SweepConfig) -> None:
    if find_spec("optuna") is None:
        raise ConfigError('design = "search" needs an extra: pip install orebound[search]')
    metric = config.settings.maximise
    if metric not in METRIC_COLUMNS:
        raise ConfigError(f"sweep.maximise: {unknown_name('metric', metric, METRIC_COLUMNS)}")
    if metric in LEAST_FIRST:
        raise ConfigError(f"sweep.maximise: accepted: a metric of which more is better; of "
                          f"{metric} less is")  # fmt: skip
    for axis in config.axes:
        if axis.section == "data" and axis.is_continuous:
            raise ConfigError(
                f"sweep.parameters.{axis.name}: chooses a market, which is read before the search "
                "begins; accepted: a list of values"
            )


def empty_plan(config: SweepConfig, *, data: str, months: tuple[int, int]) -> Plan:
    """Return the plan of a search that has not asked for anything yet."""
    design = _design(config, [])
    return Plan(
        config=config,
        design=design,
        order=np.zeros(0, np.int64),
        bounds=(0,),
        n_replayed=0,
        n_groups=0,
        months=months,
        keeps_months=config.settings.n <= config.settings.keep_monthly,
        samples=(),
        root=root_digest(config, design, data, code_digest()),
    )


def identity(plan: Plan) -> str:
    """Return the digest of everything that decides what a search asks for and finds."""
    own = plan.config.as_dict()["sweep"]
    settings = ("n", "seed", "maximise", "batch", "chunk", "through", "parameters", "conditions")
    asked = {name: own.get(name) for name in settings}
    return digest([plan.root, plan.months, plan.keeps_months, asked, version("optuna")])


def batches(run: SweepRun) -> Iterator[None]:
    """Yield whenever the run has turned to a new batch; its results are told when it is done."""
    config, asked = run.plan.config, _Asked(run.plan.config)
    study, results = open_study(config.settings.seed), dict[int, float | None]()
    for first in range(0, config.settings.n, config.settings.batch):
        n = min(config.settings.batch, config.settings.n - first)
        trials = [study.ask() for _ in range(n)]
        numbers, new = asked.numbers([ask(trial, config) for trial in trials])
        if len(new):
            run.go_on(_plan(run, asked, new))
            yield
            results |= _results(run)
        for trial, number in zip(trials, numbers, strict=True):
            tell(study, trial, None if number is None else results[number])
    if not asked.rows:
        raise ConfigError(f"sweep: every combination is impossible, as {asked.example}")
    run.plan = replace(run.plan, design=_counted(run.plan.design, asked))


@dataclass(eq=False)
class _Asked:
    """The distinct combinations that a search has asked for; a number is a place in `rows`."""

    config: SweepConfig
    rows: list[Values] = field(default_factory=list)
    number_of: dict[Values, int | None] = field(default_factory=dict)
    duplicates: int = 0
    impossible: int = 0
    example: str = ""

    def numbers(self, asked: list[Values]) -> tuple[list[int | None], np.ndarray[Any, Any]]:
        """Return each combination's number, None where it is impossible, and which are new."""
        first = len(self.rows)
        fresh = [values for values in dict.fromkeys(asked) if values not in self.number_of]
        self.duplicates += len(asked) - len(fresh)
        if fresh:
            bad, example = impossible(_design(self.config, fresh), self.config)
            self.example = self.example or example
            self.impossible += int(bad.sum())
            for values, is_bad in zip(fresh, bad, strict=True):
                self.number_of[values] = None if is_bad else len(self.rows)
                self.rows += [] if is_bad else [values]
        return [self.number_of[values] for values in asked], np.arange(first, len(self.rows))


def _plan(run: SweepRun, asked: _Asked, new: np.ndarray[Any, Any]) -> Plan:
    """Return the plan of a batch, within the design of everything asked for so far."""
    design = _counted(_design(asked.config, asked.rows), asked)
    months = run.plan.months
    return make_plan(
        asked.config, design, data=run.data, code=code_digest(), months=months, rows=new
    )


def _results(run: SweepRun) -> dict[int, float | None]:
    """Return the metric of each combination of a batch: None if it failed, NaN if it has none."""
    out: dict[int, float | None] = {}
    for whole in run.wholes.values():
        table = read_part(part_path(run.folder.parts, whole.key), whole.key)
        if table is None:
            raise ConfigError(f"{run.folder.parts}: a part was removed while the search ran")
        names = ("combination", "status", run.plan.config.settings.maximise)
        for number, status, figure in zip(*(table[n].to_pylist() for n in names), strict=True):
            out[number] = figure if status == "ok" else None
    return out


def _counted(design: Design, asked: _Asked) -> Design:
    return replace(design, duplicates=asked.duplicates, impossible=asked.impossible)


def _design(config: SweepConfig, rows: list[Values]) -> Design:
    columns = list(zip(*rows, strict=True)) if rows else [() for _ in config.axes]
    levels = [_ascending(column) for column in columns]
    places = [{level: k for k, level in enumerate(one)} for one in levels]
    return Design(
        tuple(axis.name for axis in config.axes),
        tuple(axis.section for axis in config.axes),
        tuple(levels),
        tuple(
            np.array([place[value] for value in column], np.int64)
            for place, column in zip(places, columns, strict=True)
        ),
    )


def _ascending(values: Any) -> tuple[Any, ...]:
    """Return distinct values in order, an unset one first."""
    return tuple(sorted(set(values), key=lambda value: (value is not None, value)))
