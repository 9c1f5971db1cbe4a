"""One run of the reference rule: stock backtrader against ours, interleaved in one process.

    python -m benchmarks.one_run --rounds 3 --json one_run.json

Prints a table of CPU seconds and of ratios to stock, and whether fills and equity equal stock's
bit by bit. Only the ratios of one table may be compared: machines and their load differ.
"""

from __future__ import annotations

import argparse
import gc
import json
import platform
import sys
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import Any

import backtrader as bt
import numpy as np

from benchmarks import reference_rule as reference
from orebound.feeds import fast_lane

Make = Callable[[], bt.Cerebro]
STOCK = "stock backtrader, native indicators"
ROWS = {
    STOCK: "one run, feeds made before",
    "stock's strategy and indicators, our feeds": "only the feeds are swapped",
    "our feeds, hooks only": "signals as lines; fast=False",
    "our feeds, fast lane": "signals as lines; what add_to gives by itself",
    "our feeds, fast lane, with signals and feeds": "signals and feeds made anew in each run",
}


def makers(n_days: int) -> dict[str, tuple[Make, bool]]:
    """Return how each row's Cerebro is made, and whether making it counts."""
    prices = reference.invent(n_days)
    frames = reference.stock_frames(prices)
    panel = reference.panel_of(prices)
    whole = reference.panel_of(prices, with_all=True)
    lines = reference.signals(prices)

    def anew() -> bt.Cerebro:
        fresh = reference.panel_of(prices)
        return reference.our_cerebro(fresh, reference.signals(prices))

    made: list[tuple[Make, bool]] = [
        (lambda: reference.stock_cerebro(prices, frames), False),
        (lambda: reference.swapped_cerebro(prices, whole), False),
        (lambda: reference.our_cerebro(panel, lines, fast=False), False),
        (lambda: reference.our_cerebro(panel, lines), False),
        (anew, True),
    ]
    return dict(zip(ROWS, made, strict=True))


def timed(make: Make, *, counts_making: bool) -> tuple[float, Any]:
    """Return CPU seconds of one run and its strategy."""
    gc.collect()
    start = time.process_time()
    cerebro = make()
    if not counts_making:
        start = time.process_time()
    (strategy,) = cerebro.run()
    return time.process_time() - start, strategy


def measure(n_days: int, rounds: int) -> list[dict[str, Any]]:
    """Return one record a row: seconds of each round, ratio to stock, equality with stock."""
    rows = makers(n_days)
    seconds: dict[str, list[float]] = {name: [] for name in rows}
    ends: dict[str, Any] = {}
    fast_lane.fault()  # its trial belongs to the process, not to a run
    for _ in range(rounds):
        for name, (make, counts_making) in rows.items():
            spent, ends[name] = timed(make, counts_making=counts_making)
            seconds[name].append(spent)
    stock = ends[STOCK]
    return [
        {
            "name": name,
            "what": ROWS[name],
            "seconds": seconds[name],
            "median": median(seconds[name]),
            "times_stock": median(seconds[STOCK]) / median(seconds[name]),
            "orders": len(end.fills),
            "fills_equal_stock": end.fills == stock.fills,
            "equity_equals_stock": end.equity == stock.equity,
        }
        for name, end in ends.items()
    ]


def table(records: list[dict[str, Any]]) -> str:
    """Return the records as a table of plain text."""
    lines = [f"{'':46}{'CPU s':>9}{'x stock':>9}{'orders':>8}  equal to stock"]
    for one in records:
        is_equal = one["fills_equal_stock"] and one["equity_equals_stock"]
        lines.append(
            f"{one['name']:46}{one['median']:9.3f}{one['times_stock']:9.1f}{one['orders']:8d}"
            f"  {'yes' if is_equal else 'NO'}"
        )
    return "\n".join(lines)


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--days", type=int, default=5_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--json", type=Path, help="write the records to this file too")
    parser.add_argument("--at-least", type=float, help="fail below this ratio in the fast lane")
    chosen = parser.parse_args(arguments)
    records = measure(chosen.days, chosen.rounds)
    print(table(records))
    if chosen.json is not None:
        facts = {"days": chosen.days, "python": platform.python_version(), "numpy": np.__version__}
        facts |= {"backtrader": bt.__version__, "machine": platform.machine()}
        chosen.json.write_text(json.dumps({**facts, "rows": records}, indent=1), encoding="utf-8")
    is_equal = all(one["fills_equal_stock"] and one["equity_equals_stock"] for one in records)
    lane = records[list(ROWS).index("our feeds, fast lane")]
    is_fast = chosen.at_least is None or lane["times_stock"] >= chosen.at_least
    return 0 if is_equal and is_fast else 1


if __name__ == "__main__":
    sys.exit(main())
