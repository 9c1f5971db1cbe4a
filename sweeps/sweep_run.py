"""The stages of one sweep: open, run what is missing, verify, judge; all of it resumable."""

from __future__ import annotations

import shutil
import time
from bisect import bisect_left
from collections.abc import Callable, Generator, Iterator
from contextlib import AbstractContextManager, closing, nullcontext
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from threading import Thread
from typing import Any, NamedTuple

import pyarrow as pa

from orebound.analyzers import counted, lasting, sized
from orebound.feeds import ConfigError, Market

from . import local_engine, search
from .ahead import leave_mark, turn_to_compile
from .chunk import Context, Stopped, run_chunk
from .forms import make_forms_ready
from .judgement import judge, make_ready, several_markets
from .parts import part_path, total_bytes, write_part, write_text
from .plan import Chunk
from .replay.ready import compile_now, is_compiled
from .supervised import run_supervised
from .sweep_config import SweepConfig
from .sweep_folder import CONFIG, TABLE, Whole
from .sweep_open import open_run
from .sweep_proof import is_proven, prove
from .sweep_result import Sweep
from .sweep_state import SweepRun, write_state
from .sweeping import Progress

#: A cluster counts the cores of its workers itself.
UNLIMITED = nullcontext()


class Made(NamedTuple):
    """A part just written, by whichever worker."""

    whole: Whole
    seconds: float


@dataclass(frozen=True, eq=False)
class Work:
    """What a worker does with a chunk; travels to each worker once."""

    context: Context
    parts: Path

    def __call__(
        self, chunk: Chunk, is_stopped: Callable[[], bool], core: AbstractContextManager[Any]
    ) -> Made:
        """Run a chunk, holding `core` meanwhile, and put its part in place."""
        with core:
            began = time.perf_counter()
            table = run_chunk(self.context, chunk, is_stopped=is_stopped)
        made = self.kept(chunk, table)
        return made._replace(seconds=time.perf_counter() - began)

    def kept(self, chunk: Chunk, table: pa.Table) -> Made:
        """Put the rows of a chunk in place."""
        write_part(self.parts, chunk.key, table)
        failed = table["status"].to_pylist().count("failed")
        return Made(Whole(chunk.number, chunk.key, len(table), failed), 0.0)


def make_part(
    work: Work,
    chunk: Chunk,
    is_stopped: Callable[[], bool] = lambda: False,
    core: AbstractContextManager[Any] = UNLIMITED,
) -> Made:
    """Return what ``work(chunk)`` made; importable, so that it can be named on a cluster."""
    return work(chunk, is_stopped, core)


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
    # Compiled code is read while the market is.
    loading = Thread(target=_load, daemon=True)
    loading.start()
    run = open_run(config, market, out, results, jobs, engine, address, progress)
    run.loading = loading
    if words := several_markets(run.plan):
        run.tell(words, is_note=True)
    try:
        for _ in _batches(run):
            _reconcile(run)
            _run_missing(run)
    except (KeyboardInterrupt, Stopped):
        write_state(run, "interrupted")
        raise KeyboardInterrupt from None
    wanted = config.settings.verify if verify is None else verify
    if _is_finished(run, wanted):
        run.tell("finished already", is_note=True)
        return Sweep(run.folder.path, run.workshop)
    _begin(run)
    if run.readying is not None:
        run.readying.join()
    whole = [part_path(run.folder.parts, one.key) for one in run.parts]
    made = Sweep(run.folder.path, run.workshop, whole)
    prove(run, made, wanted)
    run.tell("selection statistics")
    context = Context(run.plan, run.workshop)
    selection = judge(made, context, run.folder.ledger, run.data_keys)
    _count_worth(run, selection)
    write_state(run, "finished", selection=selection)
    return made.read_again()


def _batches(run: SweepRun) -> Iterator[None]:
    """Yield once for each plan that the run turns to: a search has many."""
    if run.is_search:
        yield from search.batches(run)
    else:
        yield


def _reconcile(run: SweepRun) -> None:
    """Count the parts that a killed process wrote and did not live to count."""
    counted = run.folder.ledger.batches(run.identity)
    for whole in run.wholes.values():
        if whole.key not in counted:
            _count(run, whole)


def _count(run: SweepRun, whole: Whole) -> None:
    run.folder.ledger.append(
        markets=run.data_keys,
        idea=run.plan.config.settings.idea,
        sweep=run.identity,
        batch=whole.key,
        trials=whole.rows,
        status="finished",
    )


def _count_worth(run: SweepRun, selection: dict[str, Any]) -> None:
    """Leave in the ledger what this sweep is worth, for those that come after it."""
    if "effective_own" in selection:
        run.folder.ledger.append(
            markets=run.data_keys,
            idea=run.plan.config.settings.idea,
            sweep=run.identity,
            batch=f"worth of {run.identity}",
            trials=0,
            status="judged",
            worth=selection["effective_own"],
        )


def _is_finished(run: SweepRun, wanted: int) -> bool:
    state = run.folder.state()
    return (
        len(run.parts) == sum(map(len, run.plans))
        and (state.get("id"), state.get("status")) == (run.identity, "finished")
        and is_proven(run, wanted)
    )


def _begin(run: SweepRun) -> None:
    """Write what is being run, and that it is."""
    config = run.plan.config
    if config.settings.table:
        own = run.folder.path / TABLE
        if Path(config.settings.table).resolve() != own.resolve():
            shutil.copyfile(config.settings.table, own)
    write_text(run.folder.path / CONFIG, config.to_toml(table=TABLE))
    write_state(run, "running")
    run.has_begun = True


def _run_missing(run: SweepRun) -> None:
    """Run what is missing, and count each part as it comes."""
    missing = [n for n in range(len(run.plan)) if n not in run.wholes]
    if not missing:
        return
    if not run.has_begun:
        _begin(run)
        if run.done:
            left = run.total - run.done
            run.tell(f"{counted(run.done, 'combination')} done, {left:,} to go", is_note=True)
    # Closed as soon as it is left: an interrupt leaves no process behind.
    with closing(_parts(run, missing)) as parts:
        for made in parts:
            _take(run, made)


def _parts(run: SweepRun, missing: list[int]) -> Generator[Made, None, None]:
    """Yield the parts of the chunks that are missing, replayed ones first."""
    work = Work(Context(run.plan, run.workshop), run.folder.parts.absolute())
    # A cluster watches its workers itself: there, backtrader runs in their own processes.
    last = len(run.plan) if run.engine == "dask" else run.plan.n_replayed_chunks
    place = bisect_left(missing, last)
    yield from _whole_chunks(run, work, missing[:place])
    yield from _supervised(run, work, missing[place:])


def _whole_chunks(run: SweepRun, work: Work, missing: list[int]) -> Generator[Made, None, None]:
    """Yield parts as they end; the first tells what the others will cost."""
    if not missing:
        return
    replayed = missing[: bisect_left(missing, run.plan.n_replayed_chunks)]
    if replayed:
        _compile(run, replayed)
    made, left = _engine(run)(make_part, map(run.plan.chunk, missing), work), missing
    with closing(made) as parts:
        for one in parts:
            yield one
            if left is missing:
                left = [number for number in missing if number != one.whole.chunk]
                _estimate(run, one, left, run.plan.chunk(one.whole.chunk).engine)


def _load() -> None:
    if is_compiled("lanes"):
        compile_now("lanes")


def _compile(run: SweepRun, chunks: list[int]) -> None:
    """Have the forms ready that some chunks call, and then what is wanted at the end."""
    is_first = run.readying is None
    if is_first:
        run.loading.join()
    make_forms_ready(run.plan, chunks, partial(run.tell, is_note=True), loads=is_first)
    if is_first:
        # The lanes need no interpreter meanwhile.
        run.readying = Thread(target=_compile_rest, args=(run.is_search,), daemon=True)
        run.readying.start()


def _compile_rest(is_search: bool) -> None:
    """Compile what verification and judgement need, unless another process is at it."""
    if not is_compiled("scalar"):
        with turn_to_compile(lambda: is_compiled("scalar")):
            compile_now("scalar")
    if not is_search:
        with turn_to_compile():
            make_ready()
        leave_mark()


def _supervised(run: SweepRun, work: Work, missing: list[int]) -> Iterator[Made]:
    """Yield the parts of chunks whose combinations each have a watch on their process."""
    if not missing:
        return
    for reason, n in run.plan.not_replayed.items():
        how_many = "combinations" if run.is_search else counted(n, "combination")
        go = "goes" if n == 1 and not run.is_search else "go"
        run.tell(f"{how_many} {go} through backtrader: {reason}", is_note=True)
    chunks = (run.plan.chunk(number) for number in missing)
    workers = min(run.jobs, sum(map(run.plan.n_rows, missing)))
    left = missing
    for through in run_supervised(work.context, chunks, workers=workers):
        made = work.kept(through.chunk, through.table)._replace(seconds=through.seconds)
        yield made
        if left is missing:
            left = [number for number in missing if number != made.whole.chunk]
            _estimate(run, made, left, "backtrader")


def _take(run: SweepRun, made: Made) -> None:
    run.wholes[made.whole.chunk] = made.whole
    _count(run, made.whole)
    run.tell(f"{run.done:,} of {run.total:,} combinations")


def _engine(run: SweepRun) -> Callable[..., Generator[Made, None, None]]:
    if run.engine == "local":
        return partial(local_engine.map_chunks, jobs=run.jobs)
    from .dask_engine import map_chunks

    return partial(map_chunks, address=run.address)


def _estimate(run: SweepRun, first: Made, left: list[int], engine: str) -> None:
    """Tell what the rest will take, by the first chunk, and refuse what the disk cannot hold."""
    if not left or run.is_search:
        return
    combinations = sum(map(run.plan.n_rows, left))
    arrays = run.workshop.seconds if engine == "replay" else 0.0
    groups = run.plan.n_groups * len(left) / len(run.plan)
    each = max(first.seconds - arrays, 0.0) / first.whole.rows
    seconds = (combinations * each + groups * arrays / max(run.workshop.n_made, 1)) / run.jobs
    size = total_bytes([part_path(run.folder.parts, first.whole.key)])
    needed = size / first.whole.rows * combinations
    free = shutil.disk_usage(run.folder.parts).free
    run.estimate = {"seconds": seconds, "bytes": needed}
    n, of = counted(len(run.plan.design), "combination"), counted(run.plan.n_groups, "group")
    run.tell(
        f"{n} in {of} and {counted(len(run.plan), 'part')}; about {lasting(seconds)} and "
        f"{sized(needed)} to go",
        is_note=True,
    )
    if needed > free:
        raise ConfigError(
            f"{run.folder.parts}: the sweep needs about {sized(needed)} more, the disk has "
            f"{sized(free)}; use keep_monthly = 0, fewer combinations, or --out elsewhere"
        )
