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
from .lane_inputs import MOST_NAMES, LaneMarket, lane_market
from .lanes import FIELDS, MASKS, candidates, replay_block
from .scalar import replay
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
    lanes: LaneMarket | None = None,
) -> ManyResult:
    """Return metrics and monthly sums of many combinations; releases the GIL while it works.

    Parameters
    ----------
    numbers : ndarray of shape (n, len(Numbers._fields))
        One combination a row; neighbours that are alike run fastest.
    engine, width : optional
        What runs them, by default the fastest that covers them.
    lanes : LaneMarket, optional
        `lane_market(market, rule, calendar)`, made before.
    """
    n_months = len(calendar.month_ends) if keep_monthly else 0
    metrics = np.full((len(numbers), len(METRICS)), np.nan)
    monthly = np.zeros((len(numbers), n_months, 2), dtype=np.float32)
    rows = np.ascontiguousarray(numbers, dtype=np.float64)
    if (engine or engine_of(market, rows)) == "lanes":
        own = lane_market(market, rule, calendar) if lanes is None else lanes
        _through_lanes(width or lane_width(), market, own, rows, calendar, metrics, monthly)
    else:
        _through_scalar(market, rule, rows, calendar, metrics, monthly)
    return ManyResult(metrics, monthly)


def _through_lanes(
    w: int,
    market: MarketArrays,
    lanes: LaneMarket,
    numbers: Floats,
    calendar: RowCalendar,
    metrics: Floats,
    monthly: NDArray[np.float32],
) -> None:
    n, n_names = len(numbers), lanes.n_names
    sizes = (
        (FIELDS * n_names + 1) * w,
        len(calendar.session_rows) * w,
        n_totals(market) * w,
        N_SUMS * w,
        len(Numbers._fields) * w,
    )
    work = tuple(aligned(size) for size in sizes)
    _sweep_lanes(
        (0,) * w,
        lanes,
        numbers,
        flags_of(numbers),
        calendar,
        market.class_rates,
        np.empty(lanes.n_rows, np.int64),
        np.empty(MASKS * n_names, np.int64),
        np.empty(max(lanes.n_spells, 1) * w, np.uint8),
        work,
        metrics,
        monthly,
    )
    assert n == len(metrics)


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
    entering: NDArray[np.int64],
    masks: NDArray[np.int64],
    seen: NDArray[np.uint8],
    work: Any,
    metrics: Floats,
    monthly: NDArray[np.float32],
) -> None:
    """Run blocks of W neighbours; the last one is filled up with its last combination."""
    state, curve, totals, sums, own = work
    w, n = len(width), numbers.shape[0]
    level = np.nan
    for first in range(0, n, w):
        highest = -np.inf
        for lane in range(w):
            row = numbers[min(first + lane, n - 1)]
            for field in range(row.shape[0]):
                own[field * w + lane] = row[field]
            highest = max(highest, row[0])
        if highest != level:
            level = highest
            candidates(lanes, level, entering)
        replay_block(
            width, lanes, own, flags, entering, state, masks, curve, totals, seen, None
        )  # fmt: skip
        curve_sums(width, curve, calendar, monthly, first, sums)
        for lane in range(min(w, n - first)):
            metrics_of(w, lane, sums, totals, class_rates, calendar, metrics[first + lane])


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
    work = (
        np.empty(n_rows),
        np.empty(len(calendar.session_rows)),
        np.empty((room, LOG_COLUMNS)),
        np.empty(n_totals(market)),
        np.empty(N_SUMS),
    )
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
