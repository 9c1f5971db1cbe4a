"""The beginning of a sweep: everything that can be refused is refused before anything runs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

import numpy as np

from orebound.feeds import ConfigError, Market

from . import local_engine, search
from .design import Design, make_design, runs_of
from .identity import code_digest, digest, market_digest
from .parts import clear_unfinished
from .plan import make_plan, most_rows
from .prepared import ROW_NAMES, Workshop
from .sweep_config import SweepConfig
from .sweep_folder import SweepFolder, default_folder
from .sweep_state import SweepRun
from .sweeping import Progress, Tick

Months = tuple[int, int]
ENGINES = ("local", "dask")


def open_run(
    config: SweepConfig,
    market: Market | None,
    out: Path | None,
    results: Path,
    jobs: int | None,
    engine: str,
    address: str,
    progress: Progress | None,
) -> SweepRun:
    """Return a run whose folder is open and whose whole parts are known."""
    if engine not in ENGINES:
        raise ConfigError(f"engine: accepted: local or dask, got {engine!r}")
    tell = progress or (lambda _tick: None)
    is_search = config.settings.design == "search"
    # The combinations of a search are not known beforehand, its markets are.
    design = search.market_design(config) if is_search else make_design(config)
    tell(Tick("reading the market", 0, most_rows(config, design)))
    workshop = Workshop(config.base, market)
    markets = list(_markets(workshop, design))
    data, months = digest([market_digest(m) for m in markets]), _months(config, design, markets)
    if is_search:
        plan = search.empty_plan(config, data=data, months=months)
        identity = search.identity(plan)
    else:
        plan = make_plan(config, design, data=data, code=code_digest(), months=months)
        identity = digest([chunk.key for chunk in plan.chunks()])
    folder = SweepFolder(out or default_folder(results, config.settings.name, identity))
    folder.open(identity)
    n_jobs = jobs or local_engine.cores()
    run = SweepRun(folder, plan, workshop, markets, identity, n_jobs, tell, engine, address, data)
    clear_unfinished(folder.parts)
    run.look()
    return run


def _markets(workshop: Workshop, design: Design) -> Iterator[Market]:
    """Yield the distinct markets of a design; their starts are checked before anything runs."""
    names = [
        name
        for name, section in zip(design.names, design.sections, strict=True)
        if section == "data" and name not in ROW_NAMES
    ]
    if names and workshop.given is not None:
        raise ConfigError(
            f"sweep.parameters.{names[0]}: this sweep was given its market; only start and end "
            "can vary"
        )
    for place in _first_places(design, names):
        row = design.row(place)
        yield workshop.market(workshop.config({name: row[name] for name in names}))
    for place in _first_places(design, [*names, *(n for n in ROW_NAMES if n in design.names)]):
        config = workshop.config(
            {k: v for k, v in design.row(place).items() if k in (*names, *ROW_NAMES)}
        )
        if config.data.start is not None:
            workshop.market(config).check_start(config.data.start)


def _first_places(design: Design, names: Iterable[str]) -> list[int]:
    """Return one combination of each distinct set of some parameters."""
    columns = [design.codes[design.names.index(name)] for name in names]
    if not columns:
        return [0]
    order, starts = runs_of(columns)
    return [int(place) for place in order[starts]]


def _months(config: SweepConfig, design: Design, markets: list[Market]) -> Months:
    """Return first month and number of months that every combination's sums fit in."""
    starts, ends = (
        design.levels[design.names.index(name)]
        if name in design.names
        else (getattr(config.base.data, name),)
        for name in ROW_NAMES
    )
    closes = [np.array([m.panel.closes[0], m.panel.closes[-1]]) for m in markets]
    first = min(close[0] for close in closes).astype("datetime64[M]").astype(int)
    last = max(close[1] for close in closes).astype("datetime64[M]").astype(int)
    if None not in starts:
        first = max(first, min(np.datetime64(day, "M").astype(int) for day in starts))
    if None not in ends:
        last = min(last, max(np.datetime64(day, "M").astype(int) for day in ends))
    return int(first), int(last - first) + 1
