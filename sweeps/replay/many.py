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

from .broker import compiled
from .curve import N_SUMS, curve_sums
from .inputs import LOG_COLUMNS, Floats, MarketArrays, RowCalendar, RuleRows
from .lane_inputs import MOST_NAMES, LaneInputs, LaneMarket, lane_inputs
from .lanes import FIELDS, MASKS, candidates, replay_block
from .scalar import replay
from .simd import load, store
from .totals import METRICS, metrics_of, n_totals, totals_of_log

Engine = Literal["lanes", "scalar"]
PLACE = {name: place for place, name in enumerate(Numbers._fields)}
#: Orders of one combination that the scalar replay can log; 64 bytes each.
LONGEST_LOG = 200_000


class ManyResult(NamedTuple):
    """Metrics of shape (n, len(METRICS)); monthly sums of r and r squared, (n, n_months, 2)."""

    metrics: Floats
    monthly: NDArray[np.float32]


@cache
def lane_width() -> int:
    """Return how many combinations run side by side: two registers' worth."""
    return 16 if binding.get_host_cpu_features().get("avx512f") else 8


def engine_of(market: MarketArrays, numbers: Floats) -> Engine:
    """Return what runs some combinations: interest on cash and very many names stay scalar."""
    constant = ("sizes_on_known", "needs_measure")
    is_one_rule = all(np.ptp(numbers[:, PLACE[name]]) == 0.0 for name in constant)
    has_interest = bool(numbers[:, PLACE["cash_rate"]].any())
    fits = market.close.shape[1] <= MOST_NAMES
    return "lanes" if fits and is_one_rule and not has_interest else "scalar"


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
    """
    n_months = len(calendar.month_ends) if keep_monthly else 0
    metrics = np.full((len(numbers), len(METRICS)), np.nan)
    monthly = np.zeros((len(numbers), n_months, 2), dtype=np.float32)
    rows = np.ascontiguousarray(numbers, dtype=np.float64)
    if (engine or engine_of(market, rows)) == "lanes":
        own = lane_inputs(market, rule, calendar) if lanes is None else lanes
        _through_lanes(width or lane_width(), market, own, rows, calendar, metrics, monthly)
    else:
        _through_scalar(market, rule, rows, calendar, metrics, monthly)
    return ManyResult(metrics, monthly)


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
        "state": aligned((FIELDS * given.n_names + 1) * w),
        "masks": aligned(MASKS * given.n_names),
        "curve": aligned(n_sessions * w),
        "totals": aligned(given.n_totals * w),
        "seen": aligned(given.n_spells * w),
        "sums": aligned(N_SUMS * w),
    }
    _sweep_lanes(
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
def _sweep_lanes(
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
    numbers: Floats,
    calendar: RowCalendar,
    metrics: Floats,
    monthly: NDArray[np.float32],
) -> None:
    n_rows, n_names = market.close.shape
    # Every order needs a bar of its own name: no log can be longer.
    room = min(n_rows * n_names // 2 + n_names + 1, LONGEST_LOG)
    curve, totals, sums = (
        aligned(size) for size in (len(calendar.session_rows), n_totals(market), N_SUMS)
    )
    work = (np.empty(n_rows), curve, np.empty((room, LOG_COLUMNS)), totals, sums)
    bad = _sweep_scalar(market, rule, numbers, calendar, work, metrics, monthly)
    if bad >= 0:
        raise RuntimeError(
            f"combination {bad} of the chunk sent more than {room} orders; "
            "the log of the replay is too short for it"
        )


@compiled
def _sweep_scalar(
    market: MarketArrays,
    rule: RuleRows,
    numbers: Floats,
    calendar: RowCalendar,
    work: Any,
    metrics: Floats,
    monthly: NDArray[np.float32],
) -> int:
    """Fill the rows of `metrics` and `monthly`; return the first row whose log overflowed."""
    equity, curve, log, totals, sums = work
    for i in range(numbers.shape[0]):
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
    return -1
