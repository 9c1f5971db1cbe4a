"""One function a picture: equity, drawdown, and the gap and z of a name."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from markupsafe import Markup

from orebound.strategies import Rule

from ..counting import counted
from ..record import RunRecord
from .baserates import trigger_of
from .drawing import (
    FOOT,
    End,
    Floats,
    Picture,
    TimeScale,
    ValueScale,
    area,
    band_labels,
    bands,
    corner_label,
    dots,
    end_labels,
    grid,
    level,
    line,
    picture,
    time_labels,
    time_lines,
    value_labels,
    value_scale,
)
from .facts import names, number, setting
from .ledger import marks
from .numbers import CURVES, MINERS, RULE, curve_frame, drawdowns, widest_ratio
from .regimes import spells
from .text import Kind, percents, show

EQUITY_HEIGHT, DRAWDOWN_HEIGHT, NAME_HEIGHT = 320.0, 130.0, 96.0
#: Curves that differ by more than this factor are drawn on a log scale.
LOG_FROM = 2.5
#: The strokes of a mark, the lowest first.
MARKS = {"entry": ("entry",), "exit": ("exit", "hole")}


@dataclass(frozen=True)
class Frame:
    """What all pictures of a page share: the time axis and the spans to shade."""

    across: TimeScale
    shaded: list[tuple[float, float]]


@dataclass(frozen=True)
class Drawn:
    """One picture before it is framed; a wide one leaves room for names beside its lines."""

    name: str
    title: str
    says: str
    parts: list[Markup]
    ticks: list[str]
    texts: Markup
    has_years: bool = True
    is_wide: bool = False


@dataclass(frozen=True)
class NamePictures:
    """The two pictures of one name, none where its windows never filled, and its counts."""

    symbol: str
    entries: int
    exits: int
    pictures: list[Markup]


def frame_of(record: RunRecord) -> Frame:
    """Return the one time axis of the page, the sessions of the run, and the regime's ON spells."""
    dates = record.equity["date"]
    if dates.empty:
        return Frame(TimeScale(pd.Timestamp(2000, 1, 1), pd.Timestamp(2000, 1, 2)), [])
    across = TimeScale(dates.min(), dates.max())
    found = pd.DataFrame(spells(record), columns=["first", "until"], dtype="datetime64[ns]")
    starts = across.place(pd.DatetimeIndex(found["first"]))
    ends = across.place(pd.DatetimeIndex(found["until"].fillna(across.last)))
    return Frame(across, list(zip(starts.tolist(), ends.tolist(), strict=True)))


def is_log(curves: pd.DataFrame) -> bool:
    """Whether the curves part so far that only a log scale shows the early years."""
    return widest_ratio(curves) > LOG_FROM


def equity_panel(record: RunRecord, frame: Frame) -> Markup:
    """Return every curve from 1, named at its end, the rule on top, the ON spells shaded."""
    curves = curve_frame(record)
    down = value_scale([curves.to_numpy(dtype=float)], EQUITY_HEIGHT, is_log=is_log(curves))
    ordered = [str(name) for name in reversed(curves.columns)]
    ends = [
        _end(down, curves[name], name, f"{CURVES[name].short} {_last(curves[name]):.2f}\u00d7")
        for name in ordered
    ]
    drawn = Drawn(
        "equity",
        "Equity of the rule and its baselines, start = 1",
        _in_words(curves) + _shaded(frame),
        [_line(frame, down, curves[name], name) for name in ordered],
        [f"{tick:g}\u00d7" for tick in down.ticks()],
        texts=band_labels(frame.shaded, "ON") + end_labels(ends, EQUITY_HEIGHT),
        has_years=False,
        is_wide=True,
    )
    return _framed(drawn, frame, down)


def drawdown_panel(record: RunRecord, frame: Frame) -> Markup:
    """Return how far the rule and the equal-weight miners stood below their highest value."""
    curves = curve_frame(record)
    falls = drawdowns(curves[[name for name in (RULE, MINERS) if name in curves]])
    worst = {str(name): float(falls[name].min()) for name in falls}
    lowest = min([-0.01, *(fall for fall in worst.values() if math.isfinite(fall))])
    down = ValueScale(1.08 * lowest, 0.0, DRAWDOWN_HEIGHT)
    parts = [_line(frame, down, falls[name], str(name)) for name in reversed(falls.columns)]
    if RULE in falls:
        parts.insert(0, _fall(frame, down, falls[RULE]))
    ends = [
        _end(
            down,
            falls[name],
            name,
            f"{CURVES[name].tiny.capitalize()}, worst {show(fall, 'percent')}",
        )
        for name, fall in worst.items()
    ]
    drawn = Drawn(
        "drawdown",
        "Drawdown of the rule and of equal-weight miners",
        "Deepest falls: "
        + "; ".join(f"{CURVES[name].label} {show(at, 'percent')}" for name, at in worst.items())
        + f".{_shaded(frame)}",
        parts,
        percents(down.ticks()),
        texts=end_labels(ends, DRAWDOWN_HEIGHT),
        is_wide=True,
    )
    return _framed(drawn, frame, down)


def name_panels(record: RunRecord, frame: Frame) -> list[NamePictures]:
    """Return gap and z of each name with its entries and exits, all names on the same scales."""
    scales = {
        column: value_scale([record.signals[column].to_numpy(dtype=float)], NAME_HEIGHT)
        for column in ("gap", "z")
    }
    found = []
    for place, symbol in enumerate(names(record)):
        ends = {end: marks(record, symbol, end) for end in ("exit", "entry")}
        mine = record.signals[record.signals["symbol"] == symbol].set_index("date")
        shown = list(scales) if mine["gap"].notna().any() else []
        pictures = [
            _name_picture(record, frame, scales[column], mine, ends, (column, place))
            for column in shown
        ]
        found.append(NamePictures(symbol, len(ends["entry"]), len(ends["exit"]), pictures))
    return found


def _name_picture(
    record: RunRecord,
    frame: Frame,
    down: ValueScale,
    mine: pd.DataFrame,
    ends: dict[str, pd.DataFrame],
    name: tuple[str, int],
) -> Markup:
    column = name[0]
    parts = [level(_place(down, at), style) for at, style in _levels(record, column, down)]
    parts.append(_line(frame, down, mine[column], column))
    for end, found in ends.items():
        at = frame.across.place(pd.DatetimeIndex(found["date"]))
        heights = down.place(found[column].to_numpy(dtype=float))
        # A ring is a dot with a hole, so that it stays round when the picture stretches.
        parts += [dots(at, heights, style) for style in MARKS[end]]
    drawn = Drawn(
        f"{column}-{name[1]}",
        f"{mine['symbol'].iloc[0]}: {column}",
        _told(mine[column], column, ends),
        parts,
        _marks(down, column),
        texts=corner_label("gap, ln %" if column == "gap" else "z"),
        has_years=column == "z",
    )
    return _framed(drawn, frame, down)


def entry_threshold(record: RunRecord, column: str) -> float:
    """Return the level of a picture at which the rule enters, NaN where it shows something else.

    The lag is the ratio gap as a simple return, so its threshold lies on that gap at ln(1 - lag).
    """
    if column == "z" and trigger_of(record) == "z":
        return -number(setting(record, "rule", "z_in"))
    # Of these forms the lag is the gap itself, as a simple return.
    is_own = setting(record, "rule", "gap") in Rule.BY_LAG
    is_metal = setting(record, "rule", "gap_needs") in ("metal", "market", None)
    is_lag = trigger_of(record) == "lag" and is_own and is_metal
    least = number(setting(record, "rule", "lag_in"))
    return math.log1p(-least) if column == "gap" and is_lag and least < 1.0 else math.nan


def _levels(record: RunRecord, column: str, down: ValueScale) -> list[tuple[float, str]]:
    wanted = ((entry_threshold(record, column), "least"), (0.0, "zero"))
    return [(at, style) for at, style in wanted if down.low < at < down.high]


def _marks(down: ValueScale, column: str) -> list[str]:
    if column == "gap":
        return percents(down.ticks())
    return [show(tick, "number").removesuffix(".00") for tick in down.ticks()]


def _told(values: pd.Series[Any], column: str, ends: dict[str, pd.DataFrame]) -> str:
    """Return what a picture of a name shows: its span, its end, and its marks."""
    kind: Kind = "percent" if column == "gap" else "number"
    low, high, last = (show(at, kind) for at in (values.min(), values.max(), _last(values)))
    n = {end: len(found) for end, found in ends.items()}
    return (
        f"Between {low} and {high}, last {last}. {counted(n['entry'], 'entry', 'entries')} as "
        f"dots, {counted(n['exit'], 'exit')} as rings."
    )


def _shaded(frame: Frame) -> str:
    return " Shaded: China regime ON." if frame.shaded else ""


def _place(down: ValueScale, value: float) -> float:
    return float(down.place(np.array([value]))[0])


def _values(curve: pd.Series[Any]) -> Floats:
    return curve.to_numpy(dtype=float)


def _line(frame: Frame, down: ValueScale, curve: pd.Series[Any], style: str) -> Markup:
    x = frame.across.place(pd.DatetimeIndex(curve.index))
    return line(x, down.place(_values(curve)), style)


def _fall(frame: Frame, down: ValueScale, curve: pd.Series[Any]) -> Markup:
    x = frame.across.place(pd.DatetimeIndex(curve.index))
    return area(x, down.place(_values(curve)), _place(down, 0.0), "fall")


def _last(curve: pd.Series[Any]) -> float:
    known = curve.dropna()
    return float(known.iloc[-1]) if len(known) else math.nan


def _end(down: ValueScale, curve: pd.Series[Any], name: str, text: str) -> End:
    return End(_place(down, _last(curve)), name, text)


def _framed(drawn: Drawn, frame: Frame, down: ValueScale) -> Markup:
    inside = [bands(frame.shaded, down.height), grid(down)]
    inside += [time_lines(frame.across, down.height), *drawn.parts]
    texts = value_labels(down, drawn.ticks) + drawn.texts
    if drawn.has_years:
        texts += time_labels(frame.across, down.height, is_wide=drawn.is_wide)
    return picture(
        Picture(
            drawn.name,
            drawn.title,
            drawn.says,
            down.height,
            Markup("").join(inside),
            texts,
            FOOT if drawn.has_years else 2,
            "labelled" if drawn.is_wide else "",
        )
    )


def _in_words(curves: pd.DataFrame) -> str:
    if curves.empty:
        return "No session."
    ends = [
        f"{CURVES[str(name)].label} ends at {show(_last(column), 'number')}"
        for name, column in curves.items()
    ]
    span = f"{curves.index[0]:%Y-%m-%d} to {curves.index[-1]:%Y-%m-%d}"
    return f"{span}: {'; '.join(ends)}."
