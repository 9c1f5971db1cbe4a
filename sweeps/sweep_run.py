"""The stages of one sweep: open, run what is missing, verify, judge; all of it resumable."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

from orebound.feeds import ConfigError, Market

from . import local_engine
from .chunk import Context, Stopped, run_chunk
from .identity import data_key
from .judgement import judge
from .parts import part_path, total_bytes, write_part, write_text
from .plan import Chunk
from .sweep_config import SweepConfig
from .sweep_folder import CONFIG, TABLE, VERIFIED, Whole
from .sweep_open import open_run
from .sweep_result import Sweep
from .sweep_state import SweepRun, write_state
from .sweeping import Progress
from .verify import VerificationFailed, verify


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
    run = open_run(config, market, out, results, jobs, engine, address, progress)
    _reconcile(run)
    wanted = config.settings.verify if verify is None else verify
    if _is_finished(run, wanted):
        run.tell("finished already", is_note=True)
        return Sweep(run.folder.path, run.workshop)
    _write_config(run)
    try:
        _run_missing(run)
    except (KeyboardInterrupt, Stopped):
        write_state(run, "interrupted")
        raise KeyboardInterrupt from None
    write_state(run, "running")
    _verify(run, wanted)
    run.tell("selection statistics")
    made = Sweep(run.folder.path, run.workshop)
    context = Context(run.plan, run.workshop)
    selection = judge(made, context, run.folder.ledger, data_key(run.markets[0]))
    write_state(run, "finished", selection=selection)
    return Sweep(run.folder.path, run.workshop)


def _reconcile(run: SweepRun) -> None:
    """Count the parts that a killed process wrote and did not live to count."""
    counted = run.folder.ledger.batches(run.identity)
    for whole in run.wholes.values():
        if whole.key not in counted:
            _count(run, whole)


def _count(run: SweepRun, whole: Whole) -> None:
    run.folder.ledger.append(
        data=data_key(run.markets[0]),
        idea=run.plan.config.settings.idea,
        sweep=run.identity,
        batch=whole.key,
        trials=whole.rows,
        status="finished",
    )


def _is_finished(run: SweepRun, wanted: int) -> bool:
    state, verified = run.folder.state(), run.folder.verified()
    return (
        len(run.wholes) == len(run.plan)
        and (state.get("id"), state.get("status")) == (run.identity, "finished")
        and verified.get("id") == run.identity
        and int(verified.get("asked", -1)) >= wanted
    )


def _write_config(run: SweepRun) -> None:
    config = run.plan.config
    if config.settings.table:
        own = run.folder.path / TABLE
        if Path(config.settings.table).resolve() != own.resolve():
            shutil.copyfile(config.settings.table, own)
    write_text(run.folder.path / CONFIG, config.to_toml(table=TABLE))
    write_state(run, "running")


def _run_missing(run: SweepRun) -> None:
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


def _take(run: SweepRun, made: Made) -> None:
    run.wholes[made.whole.chunk] = made.whole
    _count(run, made.whole)
    run.tell(f"{run.done:,} of {len(run.plan.design):,} combinations")


def _engine(run: SweepRun) -> Callable[..., Iterator[Made]]:
    if run.engine == "local":
        return partial(local_engine.map_chunks, jobs=run.jobs)
    from .dask_engine import map_chunks

    return partial(map_chunks, address=run.address)


def _estimate(run: SweepRun, first: Made, missing: list[int]) -> None:
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


def _verify(run: SweepRun, wanted: int) -> None:
    """Run chosen combinations through backtrader and write what was found."""
    rows = Sweep(run.folder.path, run.workshop).chosen(wanted, run.plan.config.settings.seed)
    run.tell(f"{len(rows)} combinations again, through backtrader")
    document: dict[str, Any] = {"id": run.identity, "asked": wanted, "status": "failed"}
    try:
        document |= verify(run.workshop, rows) | {"status": "equal"}
    except VerificationFailed as error:
        run.folder.write(VERIFIED, document | {"difference": str(error), "asked": -1})
        write_state(run, "not confirmed")
        raise
    run.folder.write(VERIFIED, document)
