"""The stages of one sweep: open, run what is missing, verify, judge; all of it resumable."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from orebound.feeds import ConfigError, Market

from . import local_engine
from .chunk import Context, Stopped, run_chunk
from .design import Design, make_design, runs_of
from .identity import code_digest, data_key, digest, market_digest
from .judgement import judge
from .parts import clear_unfinished, part_path, total_bytes, write_part, write_text
from .plan import Chunk, Plan, make_plan
from .prepared import ROW_NAMES, Workshop
from .provenance import provenance
from .sweep_config import SweepConfig
from .sweep_folder import CONFIG, STATE, TABLE, VERIFIED, SweepFolder, Whole, default_folder
from .sweep_result import Sweep
from .sweeping import Progress, Tick
from .verify import VerificationFailed, verify

Months = tuple[int, int]


class Made(NamedTuple):
    """A part just written, by whichever worker."""

    whole: Whole
    seconds: float


@dataclass(frozen=True, eq=False)
class Work:
    """What a worker does with a chunk; travels to each worker once."""

    context: Context
    parts: Path

    def __call__(self, chunk: Chunk, is_stopped: Callable[[], bool]) -> Made:
        """Run a chunk and put its part in place."""
        began = time.perf_counter()
        table = run_chunk(self.context, chunk, is_stopped=is_stopped)
        write_part(self.parts, chunk.key, table)
        failed = table["status"].to_pylist().count("failed")
        seconds = time.perf_counter() - began
        return Made(Whole(chunk.number, chunk.key, len(table), failed), seconds)


def make_part(work: Work, chunk: Chunk, is_stopped: Callable[[], bool] = lambda: False) -> Made:
    """Return what ``work(chunk)`` made; importable, so that it can be named on a cluster."""
    return work(chunk, is_stopped)


@dataclass(eq=False)
class _Run:
    """The state of one call."""

    folder: SweepFolder
    plan: Plan
    workshop: Workshop
    markets: list[Market]
    identity: str
    jobs: int
    progress: Progress
    engine: str
    address: str
    wholes: dict[int, Whole] = field(default_factory=dict)
    started: float = field(default_factory=time.perf_counter)
    estimate: dict[str, float] = field(default_factory=dict)

    @property
    def done(self) -> int:
        return sum(whole.rows for whole in self.wholes.values())

    def tell(self, words: str, *, is_note: bool = False) -> None:
        self.progress(Tick(words, self.done, len(self.plan.design), is_note))


def run_sweep(
    config: SweepConfig,
    *,
    market: Market | None,
    out: Path | None,
    results: Path,
    jobs: int | None,
    verify: int | None,
    engine: str,
    address: str,
    progress: Progress | None,
) -> Sweep:
    """Return a sweep's results; `sweeping.sweep` says what the arguments are."""
    run = _opened(config, market, out, results, jobs, engine, address, progress)
    wanted = config.settings.verify if verify is None else verify
    if _is_finished(run, wanted):
        run.tell("finished already", is_note=True)
        return Sweep(run.folder.path, run.workshop)
    _write_config(run)
    try:
        _run_missing(run)
    except (KeyboardInterrupt, Stopped):
        _write_state(run, "interrupted")
        raise KeyboardInterrupt from None
    _write_state(run, "running")
    _verify(run, wanted)
    run.tell("selection statistics")
    made = Sweep(run.folder.path, run.workshop)
    context = Context(run.plan, run.workshop)
    selection = judge(made, context, run.folder.ledger, data_key(run.markets[0]))
    _write_state(run, "finished", selection=selection)
    return Sweep(run.folder.path, run.workshop)


def _opened(
    config: SweepConfig,
    market: Market | None,
    out: Path | None,
    results: Path,
    jobs: int | None,
    engine: str,
    address: str,
    progress: Progress | None,
) -> _Run:
    """Return a run whose folder is open and whose whole parts are known."""
    tell = progress or (lambda _tick: None)
    design = make_design(config)
    tell(Tick("reading the market", 0, len(design)))
    workshop = Workshop(config.base, market)
    markets = list(_markets(workshop, design))
    plan = make_plan(
        config,
        design,
        data=digest([market_digest(one) for one in markets]),
        code=code_digest(),
        months=_months(config, design, markets),
    )
    identity = digest([chunk.key for chunk in plan.chunks()])
    folder = SweepFolder(out or default_folder(results, config.settings.name, identity))
    folder.open(identity)
    n_jobs = jobs or local_engine.cores()
    run = _Run(folder, plan, workshop, markets, identity, n_jobs, tell, engine, address)
    clear_unfinished(folder.parts)
    run.wholes = {whole.chunk: whole for whole in folder.whole(plan, n_jobs)}
    _reconcile(run)
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


def _reconcile(run: _Run) -> None:
    """Count the parts that a killed process wrote and did not live to count."""
    counted = run.folder.ledger.batches(run.identity)
    for whole in run.wholes.values():
        if whole.key not in counted:
            _count(run, whole)


def _count(run: _Run, whole: Whole) -> None:
    run.folder.ledger.append(
        data=data_key(run.markets[0]),
        idea=run.plan.config.settings.idea,
        sweep=run.identity,
        batch=whole.key,
        trials=whole.rows,
        status="finished",
    )


def _is_finished(run: _Run, wanted: int) -> bool:
    state, verified = run.folder.state(), run.folder.verified()
    return (
        len(run.wholes) == len(run.plan)
        and (state.get("id"), state.get("status")) == (run.identity, "finished")
        and verified.get("id") == run.identity
        and int(verified.get("asked", -1)) >= wanted
    )


def _write_config(run: _Run) -> None:
    config = run.plan.config
    if config.settings.table:
        own = run.folder.path / TABLE
        if Path(config.settings.table).resolve() != own.resolve():
            shutil.copyfile(config.settings.table, own)
    write_text(run.folder.path / CONFIG, config.to_toml(table=TABLE))
    _write_state(run, "running")


def _run_missing(run: _Run) -> None:
    """Run what is missing: a first chunk is measured, then its cost is told, then the rest."""
    missing = [n for n in range(len(run.plan)) if n not in run.wholes]
    n_done = run.done
    if n_done:
        left = len(run.plan.design) - n_done
        run.tell(f"{n_done:,} combinations done, {left:,} to go", is_note=True)
    if not missing:
        return
    work = Work(Context(run.plan, run.workshop), run.folder.parts.absolute())
    (first,) = local_engine.map_chunks(make_part, [run.plan.chunk(missing[0])], work, jobs=1)
    _take(run, first)
    _estimate(run, first, missing)
    rest = (run.plan.chunk(number) for number in missing[1:])
    for made in _engine(run)(make_part, rest, work):
        _take(run, made)


def _take(run: _Run, made: Made) -> None:
    run.wholes[made.whole.chunk] = made.whole
    _count(run, made.whole)
    run.tell(f"{run.done:,} of {len(run.plan.design):,} combinations")


def _engine(run: _Run) -> Callable[..., Iterator[Made]]:
    if run.engine == "local":
        return partial(local_engine.map_chunks, jobs=run.jobs)
    if run.engine == "dask":
        from .dask_engine import map_chunks

        return partial(map_chunks, address=run.address)
    raise ConfigError(f"engine: accepted: local or dask, got {run.engine!r}")


def _estimate(run: _Run, first: Made, missing: list[int]) -> None:
    """Tell what the rest will take, by the first chunk, and refuse what the disk cannot hold."""
    if len(missing) == 1:
        return
    combinations = len(run.plan.design) - run.done
    arrays = run.workshop.seconds
    groups = run.plan.n_groups * (len(missing) - 1) / len(run.plan)
    each = max(first.seconds - arrays, 0.0) / first.whole.rows
    seconds = (combinations * each + groups * arrays / max(run.workshop.n_made, 1)) / run.jobs
    size = total_bytes([part_path(run.folder.parts, first.whole.key)])
    needed = size / first.whole.rows * combinations
    free = shutil.disk_usage(run.folder.parts).free
    run.estimate = {"seconds": seconds, "bytes": needed}
    run.tell(
        f"{len(run.plan.design):,} combinations in {run.plan.n_groups:,} groups and "
        f"{len(run.plan):,} parts; about {seconds:,.1f} s and {needed / 1e6:,.1f} MB to go",
        is_note=True,
    )
    if needed > free:
        raise ConfigError(
            f"{run.folder.parts}: the sweep needs about {needed / 1e9:.1f} GB more, the disk has "
            f"{free / 1e9:.1f} GB; use keep_monthly = 0, fewer combinations, or --out elsewhere"
        )


def _verify(run: _Run, wanted: int) -> None:
    """Run chosen combinations through backtrader and write what was found."""
    rows = Sweep(run.folder.path, run.workshop).chosen(wanted, run.plan.config.settings.seed)
    run.tell(f"{len(rows)} combinations again, through backtrader")
    document: dict[str, Any] = {"id": run.identity, "asked": wanted, "status": "failed"}
    try:
        document |= verify(run.workshop, rows) | {"status": "equal"}
    except VerificationFailed as error:
        run.folder.write(VERIFIED, document | {"difference": str(error), "asked": -1})
        _write_state(run, "not confirmed")
        raise
    run.folder.write(VERIFIED, document)


def _write_state(run: _Run, status: str, **more: Any) -> None:
    plan, settings = run.plan, run.plan.config.settings
    before = run.folder.state()
    seconds = time.perf_counter() - run.started
    wholes = [run.wholes[number] for number in sorted(run.wholes)]
    n_failed = sum(whole.failed for whole in wholes)
    run.folder.write(
        STATE,
        {
            "id": run.identity,
            "name": settings.name,
            "status": status,
            "started": before.get("started") or datetime.now(UTC).isoformat(timespec="seconds"),
            "source": run.markets[0].source,
            "synthetic": run.markets[0].synthetic,
            "counts": {
                "combinations": len(plan.design),
                "done": run.done,
                "failed": n_failed,
                "duplicates": plan.design.duplicates,
                "impossible": plan.design.impossible,
                "through_backtrader": len(plan.design) - plan.n_replayed,
                "groups": plan.n_groups,
                "parts": len(plan),
            },
            "parameters": dict(zip(plan.design.names, map(len, plan.design.levels), strict=True)),
            "data": [{str(k): str(v) for k, v in row.items()} for m in run.markets
                     for row in m.frame().to_dict("records")],
            "data_key": data_key(run.markets[0]),
            "idea": settings.idea,
            **provenance(),
            "code_sha256": code_digest(),
            "engine": run.engine,
            "jobs": run.jobs,
            "seconds": round(seconds, 3),
            "array_seconds": round(run.workshop.seconds, 3),
            "combinations_per_second": round(run.done / seconds, 1),
            "estimate": run.estimate,
            "months": {"first": str(np.datetime64(plan.months[0], "M")), "n": plan.months[1],
                       "stored": plan.keeps_months},
            "parts": [
                {"name": part_path(Path(), w.key).name, "rows": w.rows, "failed": w.failed}
                for w in wholes
            ],
            **more,
        },
    )
