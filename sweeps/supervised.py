"""Chunks through real backtrader, each combination in a process that may hang, swell or die."""

from __future__ import annotations

from collections.abc import Generator, Iterable, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass
from typing import Any, NamedTuple, cast

import pyarrow as pa

from . import supervisor
from .by_backtrader import RowFigures
from .chunk import FAILURES, Columns, Context, as_table, cause_of, through_backtrader
from .plan import Chunk
from .prepared import Workshop
from .supervisor import Task, TaskOutcome

GB = 1_000_000_000


class CombinationFailed(RuntimeError):
    """A combination that raised, with its cause in the words of the other engines."""


class Through(NamedTuple):
    """A chunk whose combinations have all come to an end; `seconds` of all processes together."""

    chunk: Chunk
    table: pa.Table
    seconds: float


@dataclass(eq=False)
class _Begun:
    """A chunk some of whose combinations are still to come."""

    chunk: Chunk
    columns: Columns
    left: int
    seconds: float = 0.0


def run_supervised(
    context: Context, chunks: Iterable[Chunk], *, workers: int
) -> Generator[Through, None, None]:
    """Yield each chunk once all its combinations have ended, whichever way.

    A combination that raises, takes longer than ``timeout_seconds``, holds more than
    ``memory_gb`` or ends its process is tried once more and then is a row with its cause; the
    others never notice. Processes end with the iterator: close it when leaving early.

    Raises
    ------
    WorkersFailed
        If no process can be made ready.
    """
    settings, begun = context.plan.config.settings, dict[int, _Begun]()
    outcomes = supervisor.run(
        _tasks(context, chunks, begun),
        run_combination,
        workers=workers,
        timeout_seconds=settings.timeout_seconds,
        memory_bytes=round(settings.memory_gb * GB),
        recipe=context.workshop,
    )
    with closing(outcomes):
        for outcome in outcomes:
            number, k = cast("tuple[int, int]", outcome.id)
            one = begun[number]
            _keep(context, one, k, outcome)
            if not one.left:
                del begun[number]
                yield Through(
                    one.chunk, as_table(context.plan, one.chunk, one.columns), one.seconds
                )


def run_combination(workshop: Workshop, values: Mapping[str, Any]) -> RowFigures:
    """Return what backtrader makes of one combination; runs in the supervised process."""
    try:
        return through_backtrader(workshop, values)
    except FAILURES as error:
        raise CombinationFailed(cause_of(error)) from error


def _tasks(context: Context, chunks: Iterable[Chunk], begun: dict[int, _Begun]) -> Iterator[Task]:
    for chunk in chunks:
        n = len(chunk.rows)
        begun[chunk.number] = _Begun(chunk, Columns.empty(context.plan, chunk.rows), n)
        for k, row in enumerate(chunk.rows.tolist()):
            yield Task((chunk.number, k), context.plan.design.row(row))


def _keep(context: Context, one: _Begun, k: int, outcome: TaskOutcome) -> None:
    one.left -= 1
    one.seconds += outcome.seconds
    if outcome.is_ok:
        one.columns.keep(context.plan, k, outcome.result)
    else:
        one.columns.errors[k] = in_words(outcome.causes)


def in_words(causes: tuple[str, ...]) -> str:
    """Return why every attempt failed, a cause that returned named once."""
    own = f"{CombinationFailed.__module__}.{CombinationFailed.__qualname__}: "
    return "; then ".join(dict.fromkeys(cause.removeprefix(own) for cause in causes))
