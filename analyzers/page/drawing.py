"""The pen: scales, thinning, and SVG that stretches with the page while its text does not.

The lines of a picture live in an inner ``<svg preserveAspectRatio="none">``, so they fill a phone
and a printed page alike; strokes keep their width (``non-scaling-stroke``) and texts sit outside
at percent positions. Colours are classes of the style sheet: the same picture reads in light, in
dark and on paper.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from markupsafe import Markup
from numpy.typing import NDArray

from .text import safe

Floats = NDArray[np.float64]

WIDTH = 1000.0
BUCKETS = 420
FOOT = 18  # pixels below the plot for the years
HEAD = 4
#: From how many days on the time axis is marked by what, and how it is written.
STEPS = (
    (900, "YS", "%Y"),
    (200, "QS", "%Y-%m"),
    (60, "MS", "%Y-%m"),
    (14, "W-MON", "%m-%d"),
    (0, "D", "%m-%d"),
)
LABEL_STEP = 15.0  # pixels between the names beside the lines


@dataclass(frozen=True)
class TimeScale:
    """Where a date lies across the picture, 0 to 1000."""

    first: pd.Timestamp
    last: pd.Timestamp

    def place(self, dates: pd.DatetimeIndex) -> Floats:
        """Return horizontal places of dates."""
        span = max((self.last - self.first).total_seconds(), 86400.0)
        passed = (dates - self.first) / pd.Timedelta(seconds=1)
        return np.clip(np.asarray(passed, dtype=float) / span, 0.0, 1.0) * WIDTH

    def ticks(self) -> list[tuple[str, float]]:
        """Return the years that begin inside the picture, or shorter steps, and their places."""
        days = (self.last - self.first).days
        step, form = next((step, form) for least, step, form in STEPS if days >= least)
        starts = pd.date_range(self.first.normalize(), self.last, freq=step)
        return list(zip(starts.strftime(form), self.place(starts).tolist(), strict=True))


@dataclass(frozen=True)
class ValueScale:
    """Where a value lies down the picture, in pixels from its top."""

    low: float
    high: float
    height: float
    is_log: bool = False

    def place(self, values: Floats) -> Floats:
        """Return vertical places of values, NaN where a value has none."""
        low, high = self._inner(np.array([self.low, self.high])).tolist()
        inner = self._inner(np.asarray(values, dtype=float))
        down: Floats = HEAD + (high - inner) / (high - low) * (self.height - 2 * HEAD)
        return down

    def _inner(self, values: Floats) -> Floats:
        if not self.is_log:
            return values
        return np.log(np.where(values > 0, values, np.nan))

    def ticks(self) -> list[float]:
        """Return round values inside the scale, as many as its height has room for."""
        if self.is_log:
            return _log_ticks(self.low, self.high)
        return _even_ticks(self.low, self.high, min(8.0, self.height / 19.0))


def _even_ticks(low: float, high: float, wanted: float) -> list[float]:
    raw = (high - low) / wanted
    size = 10.0 ** math.floor(math.log10(raw))
    step = next(size * m for m in (1, 2, 5, 10) if size * m >= raw)
    first, last = math.ceil(low / step), math.floor(high / step)
    return [round(k * step, 10) for k in range(first, last + 1)]


def _log_ticks(low: float, high: float) -> list[float]:
    decades = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
    for steps in ((1, 2, 3, 5), (1, 2, 5), (1,)):
        found = [round(m * 10.0**d, 10) for d in decades for m in steps]
        found = [value for value in found if low <= value <= high]
        if len(found) <= 6:
            return found
    return found


def value_scale(values: Iterable[Floats], height: float, *, is_log: bool = False) -> ValueScale:
    """Return a scale that holds all finite values with a little air, never of zero height."""
    joined = np.concatenate([np.asarray(v, dtype=float).ravel() for v in values] or [np.zeros(1)])
    known = joined[np.isfinite(joined) & ((joined > 0) | (not is_log))]
    low, high = (float(known.min()), float(known.max())) if len(known) else (0.0, 1.0)
    if is_log:
        return ValueScale(low / 1.06, high * 1.06, height, is_log=True)
    air = 0.05 * (high - low) or 0.05 * abs(high) or 1.0
    return ValueScale(low - air, high + air, height)


def thin(x: Floats, y: Floats, buckets: int = BUCKETS) -> tuple[Floats, Floats]:
    """Return the lowest and highest point of each bucket, so that no extreme is lost.

    NaN stays where a whole bucket has no value: a hole remains a hole.
    """
    if len(x) <= 2 * buckets:
        return x, y
    bucket = np.minimum((x / WIDTH * buckets).astype(int), buckets - 1)
    edges = np.flatnonzero(np.diff(bucket)) + 1
    kept: list[int] = []
    for part in np.split(np.arange(len(x)), edges):
        known = part[np.isfinite(y[part])]
        if len(known) == 0:
            kept.append(int(part[0]))
            continue
        ends = {int(known[np.argmin(y[known])]), int(known[np.argmax(y[known])])}
        kept.extend(sorted(ends))
    # The last value is the one a reader compares with the table.
    kept = sorted({*kept, len(x) - 1})
    return x[kept], y[kept]


def path(x: Floats, y: Floats) -> str:
    """Return path data; the pen lifts over NaN."""
    pieces, is_down = [], False
    for across, down in zip(x.tolist(), y.tolist(), strict=True):
        if math.isfinite(down):
            pieces.append(f"{'L' if is_down else 'M'}{across:.1f} {down:.1f}")
        is_down = math.isfinite(down)
    return "".join(pieces)


def line(x: Floats, y: Floats, style: str) -> Markup:
    """Return one thinned line."""
    thinned = thin(x, y)
    return Markup('<path class="line {}" d="{}"/>').format(style, path(*thinned))


def area(x: Floats, y: Floats, floor: float, style: str) -> Markup:
    """Return the surface between a line and a level."""
    across, down = thin(x, np.where(np.isfinite(y), y, floor))
    if not len(across):
        return Markup("")
    body = path(across, down).replace("M", "L", 1)
    shape = f"M{across[0]:.1f} {floor:.1f}{body}L{across[-1]:.1f} {floor:.1f}Z"
    return Markup('<path class="{}" d="{}"/>').format(style, shape)


def dots(x: Floats, y: Floats, style: str) -> Markup:
    """Return round marks: strokes of no length keep their roundness when the picture stretches."""
    known = np.isfinite(y)
    places = zip(x[known].tolist(), y[known].tolist(), strict=True)
    shape = "".join(f"M{across:.1f} {down:.1f}h.01" for across, down in places)
    return Markup('<path class="{}" d="{}"/>').format(style, shape) if shape else Markup("")


def level(y: float, style: str = "grid") -> Markup:
    """Return a horizontal line."""
    return Markup('<path class="{}" d="M0 {}H1000"/>').format(style, f"{y:.1f}")


def bands(x: Sequence[tuple[float, float]], height: float) -> Markup:
    """Return the shading of spans."""
    form = Markup('<rect class="on" x="{}" y="0" width="{}" height="{}"/>')
    return Markup("").join(
        form.format(f"{a:.1f}", f"{max(b - a, 0.5):.1f}", f"{height:.0f}") for a, b in x
    )


def time_labels(scale: TimeScale, height: float, *, is_wide: bool) -> Markup:
    """Return the years below a picture; `minor` ones make room on paper, half of all on a phone."""
    ticks = scale.ticks()
    step = max(1, math.ceil(len(ticks) / (20 if is_wide else 10)))
    form = Markup('<text class="tick year{}" x="{}%" y="{}">{}</text>')
    parts = []
    for place, (text, x) in enumerate(ticks[::step]):
        style = "" if len(ticks) <= 4 else (" minor" if place % 2 else " half" * (place % 4 == 2))
        if 0.01 * WIDTH < x < 0.985 * WIDTH:
            parts.append(form.format(style, f"{x / 10:.2f}", f"{height + FOOT - 5:.0f}", text))
    return Markup("").join(parts)


def time_lines(scale: TimeScale, height: float) -> Markup:
    """Return short hair lines where the years start."""
    shape = "".join(f"M{x:.1f} {height - 4:.0f}v4" for _, x in scale.ticks())
    return Markup('<path class="grid" d="{}"/>').format(shape) if shape else Markup("")


@dataclass(frozen=True)
class End:
    """The right end of a line: where it is, which line, and what is written beside it."""

    y: float
    style: str
    text: str


def end_labels(ends: Sequence[End], height: float) -> Markup:
    """Return the names of lines beside their ends, moved apart, each led to by its colour."""
    ordered = sorted((end for end in ends if math.isfinite(end.y)), key=lambda end: end.y)
    places = apart([end.y for end in ordered], LABEL_STEP, height - 4)
    form = Markup(
        '<path class="line {}" d="M2 {}L12 {}"/><text class="end" x="16" y="{}">{}</text>'
    )
    body = Markup("").join(
        form.format(end.style, f"{end.y:.1f}", f"{y:.1f}", f"{y + 4:.1f}", safe(end.text))
        for end, y in zip(ordered, places, strict=True)
    )
    return Markup('<svg class="ends" x="100%" width="1" height="1">{}</svg>').format(body)


def apart(places: Sequence[float], step: float, lowest: float) -> list[float]:
    """Return ascending places moved as little as it takes to stand `step` apart, above `lowest`."""
    moved: list[float] = []
    for place in places:
        moved.append(max(place, moved[-1] + step) if moved else max(place, step / 2))
    limit = lowest
    for k in reversed(range(len(moved))):
        moved[k] = min(moved[k], limit)
        limit = moved[k] - step
    return moved


def band_labels(x: Sequence[tuple[float, float]], text: str) -> Markup:
    """Return what a shaded span means, above each that is wide enough to hold it."""
    form = Markup('<text class="tick band half" x="{}%" y="-4">{}</text>')
    wide = [(a + b) / 20 for a, b in x if b - a > 0.025 * WIDTH]
    return Markup("").join(form.format(f"{middle:.2f}", safe(text)) for middle in wide)


def value_labels(scale: ValueScale, texts: Sequence[str]) -> Markup:
    """Return the values of the grid, written in the margin at the left of its lines."""
    form = Markup('<text class="tick value" x="-6" y="{}">{}</text>')
    places = scale.place(np.array(scale.ticks(), dtype=float)).tolist()
    pairs = zip(places, texts, strict=True)
    return Markup("").join(form.format(f"{y + 4:.1f}", safe(t)) for y, t in pairs)


def corner_label(text: str) -> Markup:
    """Return what a picture shows, in its corner."""
    form = Markup('<text class="tick corner" x="100%" y="11">{}</text>')
    return form.format(safe(text)) if text else Markup("")


def grid(scale: ValueScale) -> Markup:
    """Return the grid's lines."""
    places = scale.place(np.array(scale.ticks(), dtype=float)).tolist()
    return Markup("").join(level(y) for y in places)


@dataclass(frozen=True)
class Picture:
    """What a picture is called, says to those who do not see it, and holds."""

    name: str
    title: str
    description: str
    height: float
    inside: Markup
    texts: Markup
    foot: int = FOOT
    style: str = ""


def picture(parts: Picture) -> Markup:
    """Return the whole SVG element with title and description."""
    return Markup(
        '<svg class="picture {style}" role="img" aria-labelledby="{n}-t {n}-d" height="{full}">'
        '<title id="{n}-t">{title}</title><desc id="{n}-d">{desc}</desc>'
        '<svg width="100%" height="{h}" viewBox="0 0 1000 {h}" preserveAspectRatio="none">'
        "{inside}</svg>{texts}</svg>"
    ).format(
        n=parts.name,
        style=parts.style,
        full=f"{parts.height + parts.foot:.0f}",
        h=f"{parts.height:.0f}",
        title=safe(parts.title),
        desc=safe(parts.description),
        inside=parts.inside,
        texts=parts.texts,
    )
