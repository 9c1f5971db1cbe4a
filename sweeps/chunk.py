"""One chunk: its combinations through the replay, or through real backtrader, as a table."""

from __future__ import annotations

import traceback
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from orebound.feeds import OreboundError

from .by_backtrader import RowFigures, row_metrics
from .plan import Chunk, Plan
from .prepared import Prepared, Workshop, number_names, numbers_matrix
from .replay.many import ManyResult, replay_many
from .replay.totals import METRICS

#: What a combination may raise: it becomes a row with its cause, and the others go on.
FAILURES = (
    *(ArithmeticError, AttributeError, LookupError, MemoryError, OSError, RuntimeError),
    *(TypeError, ValueError),
)
#: Between two batches a thread looks whether it should stop.
BATCH = 1_024
#: Cost kinds are parameters, too: what was paid has a name of its own.
PAID = ("commission", "spread", "stamp_duty", "ptm_levy", "fx", "impact")
METRIC_COLUMNS = tuple(f"{name}_paid" if name in PAID else name for name in METRICS)
TYPES = {bool: pa.bool_(), int: pa.int64(), float: pa.float64(), str: pa.string()}


class Stopped(RuntimeError):
    """The sweep is being interrupted; the chunk was left unfinished."""


@dataclass(frozen=True, eq=False)
class Context:
    """What every worker needs once: the plan, and the workshop that makes its arrays."""

    plan: Plan
    workshop: Workshop


@dataclass(eq=False)
class Columns:
    """What a chunk collects, in the order of its rows; `monthly` of those that are `kept`."""

    metrics: NDArray[np.float64]
    kept: NDArray[np.bool_]
    monthly: NDArray[np.float32]
    errors: NDArray[Any]
    forms: NDArray[Any]  # of the replay: lanes, scalar, or nothing where none ran

    def __getitem__(self, place: slice) -> Columns:
        """Return some rows; what is written there is written here."""
        own = self.kept[place]
        first = int(self.kept[: place.start].sum())
        monthly = self.monthly[first : first + int(own.sum())]
        return Columns(self.metrics[place], own, monthly, self.errors[place], self.forms[place])

    @classmethod
    def empty(cls, plan: Plan, rows: NDArray[np.int64]) -> Columns:
        """Return the columns of some rows without figures."""
        n, kept = len(rows), plan.keeps_months_of(rows)
        return cls(
            metrics=np.full((n, len(METRICS)), np.nan),
            kept=kept,
            monthly=np.full((int(kept.sum()), plan.months[1], 2), np.nan, np.float32),
            errors=np.full(n, "", dtype=object),
            forms=np.full(n, "", dtype=object),
        )

    def keep(self, plan: Plan, k: int, figures: RowFigures) -> None:
        """Put what backtrader made of one combination into its row."""
        self.metrics[k], sums, first = figures
        if self.kept[k]:
            place = first - plan.months[0]
            self.monthly[int(self.kept[:k].sum()), place : place + len(sums)] = sums


def run_chunk(
    context: Context, chunk: Chunk, *, is_stopped: Callable[[], bool] = lambda: False
) -> pa.Table:
    """Return one row a combination: parameters, engine, status, error, metrics, monthly sums.

    A combination that fails is a row with its cause and without figures.

    Raises
    ------
    Stopped
        If `is_stopped` says so between two batches.
    """
    plan = context.plan
    columns, done = Columns.empty(plan, chunk.rows), 0
    run = _replayed if chunk.engine == "replay" else _through_backtrader
    for arrays, rows in plan.groups(chunk.rows):
        place = slice(done, done + len(rows))
        own = columns[place]
        try:
            run(context, arrays, rows, own, is_stopped)
        except FAILURES as error:
            if isinstance(error, Stopped):
                raise
            own.metrics[:], own.monthly[:], own.forms[:] = np.nan, np.nan, ""
            own.errors[:] = cause_of(error)
        done += len(rows)
    return as_table(plan, chunk, columns)


def cause_of(error: BaseException) -> str:
    """Return why a combination failed: our own words, or where a defect was met."""
    if isinstance(error, OreboundError):
        return str(error)
    place = traceback.extract_tb(error.__traceback__)[-1]
    return f"{type(error).__name__}: {error} ({place.name}, line {place.lineno})"


def _replayed(
    context: Context,
    arrays: Mapping[str, Any],
    rows: NDArray[np.int64],
    own: Columns,
    is_stopped: Callable[[], bool],
) -> None:
    prepared = context.workshop.prepared(arrays)
    numbers = group_numbers(context.plan, prepared, rows)
    for first in range(0, len(rows), BATCH):
        if is_stopped():
            raise Stopped
        place = slice(first, first + BATCH)
        part = own[place]
        try:
            _write(context.plan, prepared, _many(prepared, numbers[place], part), part)
        except FAILURES:
            _one_by_one(context, prepared, numbers[place], part)


def group_numbers(plan: Plan, prepared: Prepared, rows: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return the numbers of some combinations of one group, one a row."""
    plain = number_names(plan.config.base, plan.design.names)
    columns = {name: plan.design.numbers(name, rows) for name in plan.design.names if name in plain}
    n_declared = prepared.source.panel.n_declared
    return numbers_matrix(prepared.config, columns, len(rows), n_declared)


def _many(prepared: Prepared, numbers: NDArray[np.float64], own: Columns) -> ManyResult:
    return replay_many(
        prepared.market,
        prepared.rule,
        numbers,
        prepared.calendar,
        keep_monthly=bool(own.kept.any()),
        lanes=prepared.lanes,
        legs=prepared.legs,
    )


def _one_by_one(
    context: Context, prepared: Prepared, numbers: NDArray[np.float64], own: Columns
) -> None:
    """Find the combination that failed a batch; the others keep their figures."""
    for k in range(len(numbers)):
        part = own[k : k + 1]
        try:
            _write(context.plan, prepared, _many(prepared, numbers[k : k + 1], part), part)
        except FAILURES as error:
            own.errors[k] = cause_of(error)


def _write(plan: Plan, prepared: Prepared, result: ManyResult, own: Columns) -> None:
    own.metrics[:] = result.metrics
    own.forms[:] = np.where(result.in_lanes, "lanes", "scalar")
    if own.kept.any():
        first = prepared.first_month - plan.months[0]
        own.monthly[:, first : first + result.monthly.shape[1]] = result.monthly[own.kept]


def through_backtrader(workshop: Workshop, values: Mapping[str, Any]) -> RowFigures:
    """Return what real backtrader makes of one combination, given by flat name."""
    config = workshop.config(values)
    return row_metrics(workshop.market(config), config)


def _through_backtrader(
    context: Context,
    _arrays: Mapping[str, Any],
    rows: NDArray[np.int64],
    own: Columns,
    is_stopped: Callable[[], bool],
) -> None:
    plan = context.plan
    for k, row in enumerate(rows):
        if is_stopped():
            raise Stopped
        try:
            own.keep(plan, k, through_backtrader(context.workshop, plan.design.row(int(row))))
        except FAILURES as error:
            own.errors[k] = cause_of(error)


def as_table(plan: Plan, chunk: Chunk, columns: Columns) -> pa.Table:
    """Return the rows of a chunk as they are stored."""
    failed = columns.errors != ""
    out: dict[str, pa.Array] = {"combination": pa.array(chunk.rows, pa.int64())}
    design = plan.design
    for name, levels, codes in zip(design.names, design.levels, design.codes, strict=True):
        out[name] = level_array(levels).take(pa.array(codes[chunk.rows].astype(np.int64)))
    out["engine"] = pa.array([chunk.engine] * len(chunk.rows), pa.string())
    out["form"] = pa.array(columns.forms.tolist(), pa.string())
    out["status"] = pa.array(np.where(failed, "failed", "ok").tolist(), pa.string())
    out["error"] = pa.array(columns.errors.tolist(), pa.string())
    for place, name in enumerate(METRIC_COLUMNS):
        out[name] = pa.array(np.ascontiguousarray(columns.metrics[:, place]))
    if plan.keeps_months or plan.samples:
        out["monthly"] = _monthly_array(plan, columns)
    return pa.table(out)


def _monthly_array(plan: Plan, columns: Columns) -> pa.Array:
    """Return the sums of the rows that keep them; where others do not, theirs is null."""
    flat, size = pa.array(columns.monthly.reshape(-1)), 2 * plan.months[1]
    if plan.keeps_months:
        return pa.FixedSizeListArray.from_arrays(flat, size)
    # Not of a fixed size: a reader would be given room for every null.
    ends = np.concatenate([[0], np.cumsum(columns.kept) * size]).astype(np.int32)
    return pa.ListArray.from_arrays(pa.array(ends), flat, mask=pa.array(~columns.kept))


def level_array(levels: tuple[Any, ...]) -> pa.Array:
    """Return the values of a parameter in the type of its column; an unset date is null."""
    known = next((value for value in levels if value is not None), None)
    is_date = known is None or isinstance(known, date)
    kind = pa.date32() if is_date else TYPES[type(known)]
    return pa.array(list(levels), kind)
