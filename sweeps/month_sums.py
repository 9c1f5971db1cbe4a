"""The monthly sums of a sweep's rows in batches: read from its parts, or made again."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from orebound.feeds import ConfigError

from .chunk import Context, run_chunk
from .design import make_design
from .plan import Chunk, make_plan

if TYPE_CHECKING:
    from .sweep_result import Sweep

#: Rows of one batch: their sums take a few megabytes.
BATCH = 4_096
Rows = NDArray[np.int64]


class RowSums(NamedTuple):
    """Some combinations, and their sums of shape (n, n_months, 2); NaN outside their window."""

    rows: Rows
    sums: NDArray[np.float32]


def stored_sums(sweep: Sweep, rows: Rows | None = None) -> Iterator[RowSums]:
    """Yield the stored sums of every row that did not fail, or of some such rows."""
    chosen = pc.field("status") == "ok"
    if rows is not None:
        chosen &= pc.field("combination").isin(rows)
    for batch in sweep.scan(["combination", "monthly"], chosen, BATCH):
        if len(batch):
            yield _row_sums(batch, int(sweep.info["months"]["n"]))


def made_sums(sweep: Sweep, context: Context | None = None) -> Iterator[RowSums]:
    """Yield the sums of every row that did not fail, each run again.

    Parameters
    ----------
    context : Context, optional
        Of the sweep that has just run; an opened one makes its own.

    Raises
    ------
    ConfigError
        Where a row does not end at the value that is stored of it.
    """
    context = context or context_of(sweep)
    ends = sweep.final_values()
    for number in range(len(context.plan)):
        chunk = context.plan.chunk(number)
        rows = chunk.rows[np.isfinite(ends[chunk.rows])]
        for first in range(0, len(rows), BATCH):
            yield sums_of(context, rows[first : first + BATCH], chunk.engine, ends)


def sums_of(context: Context, rows: Rows, engine: str, ends: NDArray[np.float64]) -> RowSums:
    """Return the sums of some combinations, run again in the order given.

    Parameters
    ----------
    ends : ndarray of shape (n_combinations,)
        Their final values, which must be met.
    """
    plan = replace(context.plan, keeps_months=True)
    table = run_chunk(Context(plan, context.workshop), Chunk(-1, "", rows, engine))
    found = table["final_value"].to_numpy()
    if (found != ends[rows]).any():
        place = int(np.flatnonzero(found != ends[rows])[0])
        raise ConfigError(
            f"combination {rows[place]} made again ends at {float(found[place])!r}, its row says "
            f"{float(ends[rows[place]])!r}: data or code have changed since; sweep again"
        )
    return _row_sums(table.combine_chunks().to_batches()[0], plan.months[1])


def context_of(sweep: Sweep) -> Context:
    """Return the plan of an opened sweep: the same combinations in the same order."""
    design = make_design(sweep.config)
    if len(design) != len(sweep):
        raise ConfigError(
            f"{sweep.path}: its sweep.toml makes {len(design):,} combinations now, it holds "
            f"{len(sweep):,}: sweep again"
        )
    months = sweep.info["months"]
    first = int(np.datetime64(months["first"], "M").astype(np.int64))
    plan = make_plan(sweep.config, design, data="", code="", months=(first, int(months["n"])))
    return Context(plan, sweep.workshop)


def _row_sums(batch: pa.RecordBatch, n_months: int) -> RowSums:
    flat = pc.list_flatten(batch.column("monthly")).to_numpy(zero_copy_only=False)
    sums = np.asarray(flat, np.float32).reshape(len(batch), n_months, 2)
    return RowSums(batch.column("combination").to_numpy(), sums)
