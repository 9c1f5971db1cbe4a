"""Many combinations over the same arrays: metrics and monthly sums, no curve leaves the loop.

The lanes do the work; the scalar replay does it where they do not reach, and says so.
"""

from __future__ import annotations

from functools import cache
from typing import Any, Literal, NamedTuple

import numpy as np
from llvmlite import binding
from numpy.typing import NDArray

from orebound.strategies import Numbers

from .compiling import compiled
from .curve import N_SUMS, curve_sums
from .inputs import LOG_COLUMNS, Floats, MarketArrays, RowCalendar, RuleRows
from .lane_inputs import MOST_NAMES, LaneInputs, LaneMarket, lane_inputs
from .lane_state import FIELDS, MASKS
from .lanes import candidates, replay_block
from .leg_state import LEG_LOG_COLUMNS, LegRows
from .leg_totals import totals_with_legs
from .scalar import replay
from .scalar_legs import replay_legs
from .simd import load, store
from .totals import METRICS, OF_ORDERS, metrics_of, n_totals, totals_of_log

Engine = Literal["lanes", "scalar"]
PLACE = {name: place for place, name in enumerate(Numbers._fields)}
#: Orders of one combination that the scalar replay has room for at first; 64 bytes each.
FIRST_LOG = 4_096


class ManyResult(NamedTuple):
    """Metrics of shape (n, len(METRICS)); monthly sums of r and r squared, (n, n_months, 2).

    `in_lanes`, shape (n,), says which form of the replay ran each.
    """

    metrics: Floats
    monthly: NDArray[np.float32]
    in_lanes: NDArray[np.bool_]


@cache
def lane_width() -> int:
    """Return how many combinations run side by side: two registers' worth."""
    return 16 if binding.get_host_cpu_features().get("avx512f") else 8


def runs_in_lanes(
    market: MarketArrays, rule: RuleRows, numbers: Floats, legs: LegRows | None = None
) -> NDArray[np.bool_]:
    """Return which combinations the lanes cover.

    Interest on cash, borrow and financing, many names, entries capped by what is traded, hedge legs
    and caps of the book stay scalar.
    """
    flags = numbers[:, [PLACE["sizes_on_known"], PLACE["needs_measure"]]]
    is_one_rule = (flags == flags[:1]).all()
    fits = market.close.shape[1] <= MOST_NAMES and is_one_rule
    owed = np.where(rule.direction < 0.0, market.short_rate, market.long_rate)
    fits = fits and not np.isfinite(rule.most_value).any() and not owed.any() and legs is None
    covered: NDArray[np.bool_] = (numbers[:, PLACE["cash_rate"]] == 0.0) & fits
    return covered


def replay_many(
    market: MarketArrays,
    rule: RuleRows,
    numbers: Floats,
    calendar: RowCalendar,
    *,
    keep_monthly: bool = True,
    engine: Engine | None = None,
    width: int | None = None,
    lanes: LaneInputs | None = None,
    legs: LegRows | None = None,
) -> ManyResult:
    """Return metrics and monthly sums of many combinations; releases the GIL while it works.

    Parameters
    ----------
    numbers : ndarray of shape (n, len(Numbers._fields))
        One combination a row; neighbours that are alike run fastest.
    engine, width : optional
        What runs them, by default the fastest that covers them.
    lanes : LaneInputs, optional
        `lane_inputs(market, rule, calendar)`, made before.
    legs : LegRows, optional
        Hedge legs of the rule and caps of the book; with them the scalar form alone runs it.

    Raises
    ------
    ValueError
        If the rule is traded with legs or under caps and `legs` does not hold them.
    """
    if rule.needs_legs and legs is None:
        raise ValueError(
            "replay_many: the rule is traded with hedge legs or under caps of the book; accepted: "
            "legs=leg_rows(...), as Prepared.legs, got legs=None"
        )
    n_months = len(calendar.month_ends) if keep_monthly else 0
    metrics = np.full((len(numbers), len(METRICS)), np.nan)
    monthly = np.zeros((len(numbers), n_months, 2), dtype=np.float32)
    rows = np.ascontiguousarray(numbers, dtype=np.float64)
    in_lanes = runs_in_lanes(market, rule, rows, legs)
    if engine is not None and legs is None:
        in_lanes = np.full(len(rows), engine == "lanes")
    for is_lanes in np.unique(in_lanes):
        mine = in_lanes == is_lanes
        whole = bool(mine.all())
        part = (metrics, monthly) if whole else (metrics[mine], monthly[mine])
        if is_lanes:
            own = lane_inputs(market, rule, calendar) if lanes is None else lanes
            _through_lanes(width or lane_width(), market, own, rows[mine], calendar, *part)
        else:
            _through_scalar(market, rule, legs, rows[mine], calendar, *part)
        if not whole:
            metrics[mine], monthly[mine] = part
    return ManyResult(metrics, monthly, in_lanes)


def _through_lanes(
    w: int,
    market: MarketArrays,
    lanes: LaneInputs,
    numbers: Floats,
    calendar: RowCalendar,
    metrics: Floats,
    monthly: NDArray[np.float32],
) -> None:
    given, n_sessions = lanes.market, len(calendar.session_rows)
    work = {
        "own": aligned(len(Numbers._fields) * w),
        "entering": aligned(given.n_rows),
        "state": aligned((FIELDS * given.n_names + 2) * w),
        "masks": aligned(MASKS * given.n_names),
        "curve": aligned(n_sessions * w),
        "totals": aligned(given.n_totals * w),
        "seen": aligned(given.n_spells * w),
        "sums": aligned(N_SUMS * w),
    }
    sweep_lanes(
        (0,) * w,
        given,
        numbers,
        flags_of(numbers),
        calendar,
        market.class_rates,
        Work(**{name: array.ctypes.data for name, array in work.items()}),
        metrics,
        monthly,
    )


class Work(NamedTuple):
    """Addresses of the room that one thread's blocks share."""

    own: int  # the numbers of a block, the lanes side by side
    entering: int
    state: int
    masks: int
    curve: int
    totals: int
    seen: int
    sums: int


def flags_of(numbers: Floats) -> tuple[bool, bool, bool, bool]:
    """Return what any of the combinations reads: path, measure, a must of it, known prices."""
    column = {name: numbers[:, place] for name, place in PLACE.items()}
    reads_path = not np.isnan(column["capture"]).all() or column["stop_multiple"].any()
    leaves = ~np.isnan(column["leave_above"]) | ~np.isnan(column["leave_below"])
    return (
        bool(reads_path),
        bool(leaves.any()),
        bool(column["needs_measure"].any()),
        bool(column["sizes_on_known"].all()),
    )


def aligned(size: int) -> Floats:
    """Return room for doubles that begins on a cache line."""
    raw = np.empty(size * 8 + 64, np.uint8)
    first = -raw.ctypes.data % 64
    return raw[first : first + size * 8].view(np.float64)


@compiled
def sweep_lanes(
    width: Any,
    lanes: LaneMarket,
    numbers: Floats,
    flags: Any,
    calendar: RowCalendar,
    class_rates: Floats,
    work: Work,
    metrics: Floats,
    monthly: NDArray[np.float32],
) -> None:
    """Run blocks of W neighbours; the last one is filled up with its last combination."""
    w, n = len(width), numbers.shape[0]
    block = np.empty((numbers.shape[1], w))
    level = np.nan
    for first in range(0, n, w):
        highest = -np.inf
        for lane in range(w):
            row = numbers[min(first + lane, n - 1)]
            block[:, lane] = row
            highest = max(highest, row[0])
        for field in range(block.shape[0]):
            store(work.own, field * w, load(block, field * w, width))
        if highest != level:
            level = highest
            candidates(lanes, level, work.entering)
        replay_block(
            width, lanes, work.own, flags, work.entering, work.state, work.masks,
            work.curve, work.totals, work.seen, None,
        )  # fmt: skip
        curve_sums(width, work.curve, calendar, monthly, first, work.sums)
        for lane in range(min(w, n - first)):
            metrics_of(
                w, lane, work.sums, work.totals, class_rates, calendar, metrics[first + lane]
            )


def _through_scalar(
    market: MarketArrays,
    rule: RuleRows,
    legs: LegRows | None,
    numbers: Floats,
    calendar: RowCalendar,
    metrics: Floats,
    monthly: NDArray[np.float32],
) -> None:
    n_rows, n_names = market.close.shape
    curve, totals, sums = (
        aligned(size) for size in (len(calendar.session_rows), n_totals(market), N_SUMS)
    )
    # A name sends at most one order a row.
    room, most, done = FIRST_LOG, n_rows * n_names, 0
    while done < len(numbers):
        width = LOG_COLUMNS if legs is None else LEG_LOG_COLUMNS
        work = (np.empty(n_rows), curve, np.empty((room, width)), totals, sums)
        out = (numbers, calendar, work, done, metrics, monthly)
        if legs is None:
            done = sweep_scalar(market, rule, *out)
        else:
            done = sweep_legs(market, rule, legs, *out)
        room = min(4 * room, most)


@compiled
def sweep_scalar(
    market: MarketArrays,
    rule: RuleRows,
    numbers: Floats,
    calendar: RowCalendar,
    work: Any,
    first: int,
    metrics: Floats,
    monthly: NDArray[np.float32],
) -> int:
    """Fill the rows of `metrics` and `monthly` from one on; return the one whose log is full."""
    equity, curve, log, totals, sums = work
    for i in range(first, numbers.shape[0]):
        s = numbers[i]
        one = Numbers(
            s[0], s[1], s[2], s[3], s[4], s[5], s[6], s[7], s[8], s[9], s[10], s[11], s[12], s[13]
        )
        n = replay(market, rule, one, equity, log)
        if n > log.shape[0]:
            return i
        for session in range(curve.shape[0]):
            curve[session] = equity[calendar.session_rows[session]]
        ended = equity[equity.shape[0] - 1]
        totals_of_log(market, rule, calendar, log, n, ended, totals)
        curve_sums((0,), curve, calendar, monthly, i, sums)
        metrics_of(1, 0, sums, totals, market.class_rates, calendar, metrics[i])
    return int(numbers.shape[0])


@compiled
def sweep_legs(
    market: MarketArrays,
    rule: RuleRows,
    legs: LegRows,
    numbers: Floats,
    calendar: RowCalendar,
    work: Any,
    first: int,
    metrics: Floats,
    monthly: NDArray[np.float32],
) -> int:
    """Do what `sweep_scalar` does for a rule with hedge legs or a capped book."""
    equity, curve, log, totals, sums = work
    for i in range(first, numbers.shape[0]):
        s = numbers[i]
        one = Numbers(
            s[0], s[1], s[2], s[3], s[4], s[5], s[6], s[7], s[8], s[9], s[10], s[11], s[12], s[13]
        )
        n = replay_legs(market, rule, legs, one, equity, log)
        if n > log.shape[0]:
            return i
        for session in range(curve.shape[0]):
            curve[session] = equity[calendar.session_rows[session]]
        ended = equity[equity.shape[0] - 1]
        if legs.column.shape[0] == 0:  # figures are added up in the order of a book without caps
            totals_of_log(market, rule, calendar, log, n, ended, totals)
        else:
            totals_with_legs(market, rule, legs, calendar, log, n, ended, totals)
        curve_sums((0,), curve, calendar, monthly, i, sums)
        metrics_of(1, 0, sums, totals, market.class_rates, calendar, metrics[i])
        metrics[i, OF_ORDERS] = n
    return int(numbers.shape[0])
