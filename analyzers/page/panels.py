"""One function a picture: equity, drawdown, and the gap and z of a name."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import pandas as pd
from markupsafe import Markup

from .baserates import trigger_of
from .contract import RecordLike
from .drawing import (
    FOOT,
    Floats,
    Picture,
    TimeScale,
    ValueScale,
    area,
    bands,
    corner_label,
    dots,
    grid,
    level,
    line,
    picture,
    value_labels,
    value_scale,
    year_labels,
    year_lines,
)
from .facts import days, figures, labels, setting
from .facts import number as fact
from .ledger import marks
from .numbers import CURVES, RULE, curve_frame, drawdowns
from .regimes import ON, spans, states
from .text import show

EQUITY_HEIGHT, DRAWDOWN_HEIGHT, NAME_HEIGHT = 300.0, 120.0, 96.0
#: Curves that differ by more than this factor are drawn on a log scale.
LOG_FROM = 2.5


@dataclass(frozen=True)
class NamePictures:
    """The two pictures of one name, and what was clipped from the scale that all names share."""

    symbol: str
    gap: Markup
    z: Markup


def time_scale(record: RecordLike) -> TimeScale:
    """Return the one time axis of the page: the sessions of the run."""
    dates = days(record.equity, "date").dropna()
    if dates.empty:
        return TimeScale(pd.Timestamp(2000, 1, 1), pd.Timestamp(2000, 1, 2))
    return TimeScale(dates.min(), dates.max())


def shading(record: RecordLike, scale: TimeScale) -> list[tuple[float, float]]:
    """Return the places of the spans in which the regime was ON."""
    if setting(record.info, "regime", "regime") == "none":
        return []
    found = spans(states(record))
    on = found[
        (found["state"] == ON) & (found["last"] >= scale.first) & (found["first"] <= scale.last)
    ]
    starts = scale.place(pd.DatetimeIndex(on["first"]))
    ends = scale.place(pd.DatetimeIndex(on["last"]))
    return list(zip(starts.tolist(), ends.tolist(), strict=True))


def is_log(curves: pd.DataFrame) -> bool:
    """Whether the curves part so far that only a log scale shows the early years."""
    known = curves.to_numpy(dtype=float)
    known = known[np.isfinite(known) & (known > 0)]
    return bool(len(known) and known.max() / known.min() > LOG_FROM)


def equity_panel(record: RecordLike) -> Markup:
    """Return every curve from 1, the rule on top, with the regime's ON spans shaded."""
    curves, across = curve_frame(record), time_scale(record)
    down = value_scale([curves.to_numpy(dtype=float)], EQUITY_HEIGHT, is_log=is_log(curves))
    x = across.place(pd.DatetimeIndex(curves.index))
    ordered = [name for name in reversed(list(CURVES)) if name in curves]
    lines = [line(x, down.place(curves[name].to_numpy(dtype=float)), name) for name in ordered]
    texts = [f"{tick:g}\u00d7" for tick in down.ticks()]
    title = "Equity of the rule and its baselines, start = 1"
    return _time_picture(
        record, across, down, lines, texts, name="equity", title=title, says=_in_words(curves)
    )


def drawdown_panel(record: RecordLike) -> Markup:
    """Return how far the rule and the equal-weight miners stood below their highest value."""
    falls, across = drawdowns(curve_frame(record)), time_scale(record)
    shown = [name for name in (RULE, "equal_weight_miners") if name in falls]
    values = falls[shown].to_numpy(dtype=float)
    lowest = np.nanmin(values) if np.isfinite(values).any() else 0.0
    down = ValueScale(min(1.08 * lowest, -0.01), 0.0, DRAWDOWN_HEIGHT)
    x = across.place(pd.DatetimeIndex(falls.index))
    top = float(down.place(np.zeros(1))[0])
    parts = [area(x, down.place(falls[RULE].to_numpy(dtype=float)), top, "fall")]
    parts += [line(x, down.place(falls[n].to_numpy(dtype=float)), n) for n in reversed(shown)]
    worst = float(falls[RULE].min()) if falls[RULE].notna().any() else math.nan
    return _time_picture(
        record,
        across,
        down,
        parts,
        [show(tick, "share") for tick in down.ticks()],
        name="drawdown",
        title="Drawdown of the rule and of equal-weight miners",
        says=f"The rule's deepest fall is {show(worst, 'percent')}.",
    )


def name_panels(record: RecordLike) -> list[NamePictures]:
    """Return gap and z of each name with its entries and exits, all names on the same scales."""
    names = sorted({*labels(record.signals, "symbol"), *labels(record.trades, "symbol")} - {""})
    across = time_scale(record)
    inside = days(record.signals, "date").between(across.first, across.last)
    signals = record.signals[inside]
    gaps = value_scale([figures(signals, "gap").to_numpy()], NAME_HEIGHT)
    zs = value_scale([figures(signals, "z").to_numpy()], NAME_HEIGHT)
    return [
        NamePictures(
            symbol,
            _name_picture(record, symbol, "gap", scales=(across, gaps), number=number),
            _name_picture(record, symbol, "z", scales=(across, zs), number=number),
        )
        for number, symbol in enumerate(names)
    ]


def _name_picture(
    record: RecordLike,
    symbol: str,
    column: str,
    *,
    scales: tuple[TimeScale, ValueScale],
    number: int,
) -> Markup:
    across, down = scales
    mine = record.signals[labels(record.signals, "symbol") == symbol]
    day = days(mine, "date")
    inside = day.between(across.first, across.last).to_numpy()
    x = across.place(pd.DatetimeIndex(day[inside]))
    values: Floats = figures(mine, column).to_numpy(dtype=float)[inside]
    parts = [level(float(down.place(np.zeros(1))[0]), "zero")] if down.low < 0 < down.high else []
    parts += [line(x, down.place(values), column)]
    counts = {}
    for end in ("exit", "entry"):
        found = marks(record, symbol, end)
        counts[end] = len(found)
        at = across.place(pd.DatetimeIndex(found["date"]))
        heights = down.place(found[column].to_numpy(dtype=float))
        parts += [dots(at, heights, end)]
        parts += [dots(at, heights, "hole")] if end == "exit" else []
    texts = [show(t, "share") if column == "gap" else show(t, "number") for t in down.ticks()]
    least = entry_threshold(record, column)
    if down.low < -least < down.high:
        parts.insert(0, level(float(down.place(np.array([-least]))[0]), "least"))
    return _time_picture(
        record,
        across,
        down,
        parts,
        [text.removesuffix(".00") for text in texts],
        name=f"{column}-{number}",
        title=f"{symbol}: {column}",
        corner="gap, ln %" if column == "gap" else "z",
        has_years=column == "z",
        says=f"{counts['entry']} entries as dots, {counts['exit']} exits as rings.",
    )


def _time_picture(
    record: RecordLike,
    across: TimeScale,
    down: ValueScale,
    parts: list[Markup],
    texts: list[str],
    *,
    name: str,
    title: str,
    says: str,
    corner: str = "",
    has_years: bool = True,
) -> Markup:
    inside = [bands(shading(record, across), down.height), grid(down)]
    inside += [year_lines(across, down.height), *parts]
    words = value_labels(down, texts) + corner_label(corner)
    words += year_labels(across, down.height) if has_years else Markup("")
    foot = FOOT if has_years else 2
    return picture(Picture(name, title, says, down.height, Markup("").join(inside), words, foot))


def entry_threshold(record: RecordLike, column: str) -> float:
    """Return the z that the rule waits for, NaN where the picture shows something else."""
    is_z = column == "z" and trigger_of(record) == "z"
    return fact(setting(record.info, "rule", "z_in", 1.5)) if is_z else math.nan


def _in_words(curves: pd.DataFrame) -> str:
    if curves.empty:
        return "No session."
    ends = [
        f"{CURVES[str(name)][0]} ends at {show(column.dropna().iloc[-1], 'number')}"
        for name, column in curves.items()
        if column.notna().any()
    ]
    span = f"{curves.index[0]:%Y-%m-%d} to {curves.index[-1]:%Y-%m-%d}"
    return f"{span}: {'; '.join(ends)}. Shaded: regime ON."
