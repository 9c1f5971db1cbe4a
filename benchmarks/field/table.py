"""The records as tables of plain text."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

Record = dict[str, Any]
HEADER = (
    "Only ratios within this one run may be compared: machines differ, and their load differs by "
    "the hour. One-core rows are CPU seconds on one pinned core, rows of two cores are seconds "
    "by the clock; medians of the rounds, rows measured turn by turn. A run begins with prices "
    "in the library's own form and includes the signals."
)
RATIOS = (
    "our lanes against the others: times as many combinations a second, with Sharpe and "
    "drawdown, on as many cores"
)
COLUMNS = ("", "s a run", "x stock", "comb./s", "x stock", "peak MB", "final value")
WIDTHS = (44, 10, 10, 11, 11, 9, 0)


def tables(records: Sequence[Record]) -> str:
    """Return one table a group, our ratios, what each library cannot express, what failed."""
    parts = [HEADER]
    for group in dict.fromkeys(record["group"] for record in records):
        parts.append(_table(group, [one for one in records if one["group"] == group]))
    parts += [_ratios(records), _words(records)]
    return "\n\n".join(part for part in parts if part)


def _table(group: str, records: Iterable[Record]) -> str:
    lines = [group, _line(COLUMNS)]
    lines += [_line(_cells(record)) for record in records]
    return "\n".join(lines)


def _line(cells: Sequence[str]) -> str:
    first, *middle, last = cells
    body = "".join(f"{cell:>{width}}" for cell, width in zip(middle, WIDTHS[1:], strict=False))
    return f"{first:<{WIDTHS[0]}}{body}  {last}".rstrip()


def _cells(record: Record) -> tuple[str, ...]:
    if record["reason"]:
        return (record["name"], *[""] * (len(COLUMNS) - 2), "not measured")
    return (
        record["name"],
        _number(record.get("run_s")),
        _number(record.get("times_stock")),
        _number(record.get("combinations_a_second")),
        _number(record.get("combinations_times_stock")),
        _number(record.get("peak_mb")),
        _distance(record),
    )


def _ratios(records: Iterable[Record]) -> str:
    """Return our lanes against the others' rows, each on as many cores."""
    lines = [
        f"{one['name']:<{WIDTHS[0]}}{_number(one['lanes_times_this']):>{WIDTHS[1]}}"
        f"{_cores(one['cores']):>{WIDTHS[2]}}  {one['group']}"
        for one in records
        if "lanes_times_this" in one
    ]
    return "\n".join([RATIOS, *lines]) if lines else ""


def _cores(count: int) -> str:
    return "1 core" if count == 1 else f"{count} cores"


def _number(value: float | None) -> str:
    """Return three significant digits: no more are true."""
    if value is None:
        return "-"
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"


def _distance(record: Record) -> str:
    if record.get("equals_stock"):
        return "fills and curve equal stock's to the bit"
    off, fills = record.get("final_value_off_stock"), record.get("fills_off_stock")
    if off is None:
        return "-"
    if record.get("equals_stock") is False:
        return f"DIFFERS: {off:+.2e} of stock's, {fills:+d} fills"
    if off == fills == 0:
        return "equals stock's, as many fills"
    words = f"{off:+.1%}" if abs(off) >= 0.0005 else f"{off:+.0e}"
    return f"{words} of stock's, {fills:+d} fills"


def _words(records: Sequence[Record]) -> str:
    lines = []
    for one in records:
        if one["reason"]:
            lines.append(f"{one['name']}: NOT MEASURED: {one['reason']}")
        elif one["peer"]:
            lines.append(f"{one['name']}: {one['how']}. Cannot express, or does otherwise:")
            lines += [f"  - {lack}" for lack in one["lacks"]]
    return "\n".join(lines)
