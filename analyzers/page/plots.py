"""Pictures over a plain number, such as sessions: a step curve, a mean inside a band."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from markupsafe import Markup

from .drawing import (
    FOOT,
    WIDTH,
    Floats,
    Picture,
    ValueScale,
    corner_label,
    grid,
    level,
    line,
    path,
    picture,
    value_labels,
)
from .text import safe

HEIGHT = 190.0
LINE = 15  # pixels of a line of text below the numbers


@dataclass(frozen=True)
class NumberScale:
    """Where a number lies across the picture, 0 to 1000."""

    first: float
    last: float

    def place(self, values: Floats) -> Floats:
        """Return horizontal places of numbers."""
        span = max(self.last - self.first, 1e-9)
        across: Floats = (np.asarray(values, dtype=float) - self.first) / span * WIDTH
        return np.clip(across, 0.0, WIDTH)

    def ticks(self, most: int = 9) -> list[float]:
        """Return round numbers inside the scale."""
        raw = (self.last - self.first) / most
        size = 10.0 ** math.floor(math.log10(raw)) if raw > 0 else 1.0
        step = next(size * m for m in (1, 2, 5, 10) if size * m >= raw)
        first, last = math.ceil(self.first / step), math.floor(self.last / step)
        return [k * step for k in range(first, last + 1)]


@dataclass(frozen=True)
class Drawing:
    """What a picture is called, what it says to those who do not see it, and what it shows."""

    name: str
    title: str
    says: str
    parts: Sequence[Markup]
    ticks: Sequence[str]
    corner: str = ""
    #: What is counted along the foot.
    along: str = ""


def framed(drawn: Drawing, across: NumberScale, down: ValueScale) -> Markup:
    """Return the whole picture with its grid, its numbers below and its values at the left."""
    inside = Markup("").join([grid(down), *drawn.parts])
    texts = value_labels(down, drawn.ticks) + number_labels(across, down.height)
    texts += foot_label(drawn.along, down.height)
    return picture(
        Picture(
            drawn.name,
            drawn.title,
            drawn.says,
            down.height,
            inside,
            texts + corner_label(drawn.corner),
            FOOT + (LINE if drawn.along else 0),
        )
    )


def number_labels(across: NumberScale, height: float) -> Markup:
    """Return the numbers below a picture; every other one makes room on a phone."""
    form = Markup('<text class="tick year{}" x="{}%" y="{}">{}</text>')
    parts = []
    for place, tick in enumerate(across.ticks()):
        x = float(across.place(np.array([tick]))[0])
        sign = "\u2212" if tick < 0 else ""
        style = " half" if place % 2 else ""
        parts.append(
            form.format(style, f"{x / 10:.2f}", f"{height + FOOT - 5:.0f}", f"{sign}{abs(tick):g}")
        )
    return Markup("").join(parts)


def foot_label(text: str, height: float) -> Markup:
    """Return what is counted along the foot of a picture, below its numbers."""
    form = Markup('<text class="tick year" x="50%" y="{}">{}</text>')
    return form.format(f"{height + FOOT + LINE - 6:.0f}", safe(text)) if text else Markup("")


def between(x: Floats, low: Floats, high: Floats, style: str) -> Markup:
    """Return the surface between two lines, where both are known."""
    known = np.isfinite(low) & np.isfinite(high)
    if known.sum() < 2:
        return Markup("")
    there = path(x[known], high[known])
    back = path(x[known][::-1], low[known][::-1]).replace("M", "L", 1)
    return Markup('<path class="{}" d="{}Z"/>').format(style, there + back)


def steps(time: Floats, value: Floats, start: float, end: float) -> tuple[Floats, Floats]:
    """Return the corners of a curve that is `start` at first and steps at each time, to `end`."""
    x = np.repeat(np.concatenate([[0.0], time, [end]]), 2)[1:-1]
    y = np.repeat(np.concatenate([[start], value]), 2)
    return x, y


def zero(down: ValueScale) -> Markup:
    """Return the line of nothing, where the scale holds it."""
    if not down.low < 0.0 < down.high:
        return Markup("")
    return level(float(down.place(np.array([0.0]))[0]), "zero")


def curve(
    across: NumberScale, down: ValueScale, points: tuple[Floats, Floats], style: str
) -> Markup:
    """Return one line of a picture."""
    return line(across.place(points[0]), down.place(points[1]), style)
