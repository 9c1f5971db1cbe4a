"""Columns as a page's script takes them: base64 of float32, and codes of few levels."""

from __future__ import annotations

import base64
import json
import math
from collections.abc import Sequence
from datetime import date
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..text import clean

#: How a figure is printed; others are numbers with two decimals.
PERCENT = {
    *("total_return", "cagr", "volatility", "max_drawdown", "hit_rate", "mean_net_return"),
    *("time_in_market", "mean_exposure"),
}
WHOLE = {
    *("final_value", "max_drawdown_sessions", "entries", "closed", "orders", "not_filled"),
    *("regime_episodes", "days_held", "commission_paid", "spread_paid", "impact_paid", "costs"),
    *("stamp_duty_paid", "ptm_levy_paid", "fx_paid"),
}
HEADS = {
    "combination": "no.",
    "sharpe": "Sharpe",
    "sharpe_around": "Sharpe around",
    "sharpe_error": "± its error",
    "total_return": "total return",
    "cagr": "a year",
    "max_drawdown": "max drawdown",
    "hit_rate": "hit rate",
    "regime_episodes": "regime episodes",
}


def column_of_whole(name: str, values: NDArray[np.int64]) -> dict[str, Any]:
    """Return a column of whole numbers below 2**31."""
    return _column(name, "whole") | {"type": "i32", "data": _text(values.astype("<i4"))}


def column_of_floats(name: str, values: NDArray[np.float64]) -> dict[str, Any]:
    """Return a column of figures at seven digits; NaN stays NaN, infinity becomes NaN."""
    kind = "percent" if name in PERCENT else "whole" if name in WHOLE else "number"
    finite = np.where(np.isfinite(values), values, np.nan)
    with np.errstate(over="ignore"):
        single = finite.astype("<f4")
    return _column(name, kind) | {"type": "f32", "data": _text(single)}


def column_of_codes(
    name: str, levels: Sequence[Any], codes: NDArray[np.int64], *, is_parameter: bool
) -> dict[str, Any]:
    """Return a column of few values: its levels as text and as numbers, and each row's place."""
    kind = "level" if is_parameter else "word"
    size = "u1" if len(levels) <= 1 << 8 else "<u2" if len(levels) <= 1 << 16 else "<u4"
    texts = [clean(one) for one in _texts(levels)]
    return _column(name, kind) | {
        "type": {"u1": "u8", "<u2": "u16", "<u4": "u32"}[size],
        "levels": texts,
        "numbers": [_number(one) for one in levels],
        "data": _text(codes.astype(size)),
    }


def rounded(values: NDArray[np.float64]) -> list[float | None]:
    """Return figures at six digits for JSON; None where there is none."""
    return [float(f"{one:.6g}") if math.isfinite(one) else None for one in values.tolist()]


def data_script(key: str, document: dict[str, Any]) -> str:
    """Return the script that hands one sweep's columns to the page."""
    return f"orebound.add({as_json(key)}, {as_json(document)});\n"


def as_json(document: Any) -> str:
    """Return JSON that may stand in a script or in a page: no text of it closes a tag."""
    text = json.dumps(document, ensure_ascii=True, allow_nan=False, separators=(",", ":"))
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")


def _column(name: str, kind: str) -> dict[str, Any]:
    return {"name": name, "head": HEADS.get(name, name.replace("_", " ")), "kind": kind}


def _text(values: NDArray[Any]) -> str:
    return base64.b64encode(np.ascontiguousarray(values).tobytes()).decode("ascii")


def _texts(levels: Sequence[Any]) -> list[str]:
    """Return levels as an axis shows them: days without an hour, numbers at their digits."""
    return [
        "none"
        if one is None
        else f"{one:%Y-%m-%d}"
        if isinstance(one, date)
        else f"{one:g}"
        if isinstance(one, float)
        else str(one)
        for one in levels
    ]


def _number(value: Any) -> float | None:
    """Return what a level is as a number, for filters and axes; None of a word."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        return None
    return float(value)
