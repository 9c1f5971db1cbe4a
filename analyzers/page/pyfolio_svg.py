"""From matplotlib's axes to inline SVG that takes the page's colours, in light, dark and print.

Vector only: a PNG of the same size is larger and would need a twin for the dark page.
"""

from __future__ import annotations

import io
import math
import re
from collections.abc import Callable
from typing import Any

import numpy as np
from markupsafe import Markup

from .text import safe

WIDTH, HEIGHT = 4.4, 2.3  # inches, 72 units of the picture each
#: Pixels that a line may leave its points by: nobody sees them at this size.
SIMPLER = 0.6
#: What each colour that matplotlib, seaborn or pyfolio draws with is on the page.
COLOURS = {
    "#010101": "ink",
    "#020202": "soft",
    "#030303": "hair",
    "#000000": "soft",
    "#228b22": "rule",
    "#ff4500": "rule",
    "#0000ff": "rule",
    "#1f77b4": "rule",
    "#4c72b0": "rule",
    "#4682b4": "miners",
    "#ff0000": "loud",
    "#008000": "metal",
    "#55a868": "metal",
    "#808080": "market",
    "#ccb974": "regression",
}
STYLE: dict[str, Any] = {
    "svg.fonttype": "none",
    "text.parse_math": False,
    "font.size": 8.8,
    "axes.edgecolor": "#030303",
    "axes.labelcolor": "#020202",
    "axes.facecolor": "none",
    "axes.axisbelow": True,
    "axes.grid": True,
    "axes.grid.axis": "y",
    "axes.linewidth": 0.6,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.spines.left": False,
    "axes.formatter.use_mathtext": False,
    "axes.unicode_minus": True,
    "figure.facecolor": "none",
    "grid.color": "#030303",
    "grid.linewidth": 0.6,
    "lines.linewidth": 1.0,
    "path.simplify": True,
    "path.simplify_threshold": SIMPLER,
    "text.color": "#010101",
    "xtick.color": "#020202",
    "ytick.color": "#020202",
    "xtick.bottom": False,
    "xtick.minor.bottom": False,
    "ytick.left": False,
}
#: A fill that spells an element or an attribute of matplotlib's own and is of no use here.
_UNUSED = (
    re.compile(r"^.*?(?=<svg)", re.DOTALL),
    re.compile(r"<metadata>.*?</metadata>", re.DOTALL),
    re.compile(
        r"<defs>\s*(<style[^>]*>.*?</style>|<clipPath.*?</clipPath>\s*)+\s*</defs>", re.DOTALL
    ),
    re.compile(r' clip-path="[^"]*"'),
    re.compile(r"<!--.*?-->", re.DOTALL),
    re.compile(r'(?<=<g) id="[^"]*"'),
    re.compile(r"font(-family)?: [^;\"]*(?=[;\"])"),
)
_HEX = re.compile(r"#[0-9a-f]{6}\b")
_DECIMALS = re.compile(r"(\d+\.\d)\d+(?=[ \"\n,)])")


def drawn(name: str, draw: Callable[[Any], None], width: float = WIDTH) -> str:
    """Return what a function draws on axes of its own, as the inside of a picture.

    No window, no display and no state of pyplot: the figure belongs to nobody else.
    """
    from matplotlib import rc_context
    from matplotlib.backends.backend_svg import FigureCanvasSVG
    from matplotlib.figure import Figure
    from pandas import plotting

    settings: Any = {**STYLE, "svg.hashsalt": name}
    pandas_settings: Any = plotting.plot_params
    with rc_context(settings), pandas_settings.use("x_compat", True):
        figure = Figure(
            figsize=(width, HEIGHT),
        )
        FigureCanvasSVG(figure)
        axes = figure.add_subplot()
        draw(axes)
        _plain(axes)
        _simplify(axes)
        figure.subplots_adjust(left=0.125, right=0.985, top=0.96, bottom=0.12)
        out = io.StringIO()
        dates = dict.fromkeys(("Date", "Creator", "Format", "Type"))
        figure.savefig(out, format="svg", metadata=dates)
    return coloured(out.getvalue())


def coloured(text: str) -> str:
    """Return matplotlib's SVG without what a page has already, in the page's own colours."""
    for unused in _UNUSED:
        text = unused.sub("", text)
    text = _HEX.sub(lambda found: f"var(--{COLOURS.get(found[0], 'soft')})", text)
    return _DECIMALS.sub(r"\1", text)


def framed(name: str, title: str, says: str, inside: str) -> Markup:
    """Return the picture with its name and what it says to those who do not see it."""
    head = re.search(r'viewBox="([^"]*)"', inside)
    body = re.sub(r"^\s*<svg[^>]*>|</svg>\s*$", "", inside)
    return Markup(
        '<svg class="plotted" role="img" aria-labelledby="{n}-t {n}-d" viewBox="{box}">'
        '<title id="{n}-t">{title}</title><desc id="{n}-d">{says}</desc>{body}</svg>'
    ).format(
        n=name,
        box=head[1] if head else "0 0 317 166",
        title=safe(title),
        says=safe(says),
        body=Markup(body),  # noqa: S704 - matplotlib escapes what it writes, names are checked
    )


def _simplify(axes: Any) -> None:
    """Take points out of surfaces, as matplotlib does of lines by itself."""
    from matplotlib.collections import PolyCollection
    from matplotlib.path import Path

    there = axes.transData
    for surface in axes.collections:
        if not isinstance(surface, PolyCollection):
            continue
        kept = []
        for whole in surface.get_paths():
            whole.should_simplify, whole.simplify_threshold = True, SIMPLER
            fewer = whole.cleaned(transform=there, simplify=True)
            vertices, codes = np.asarray(fewer.vertices), np.asarray(fewer.codes)
            corners = vertices[(codes == Path.MOVETO) | (codes == Path.LINETO)]
            kept.append(there.inverted().transform(corners))
        surface.set_verts(kept)


def _plain(axes: Any) -> None:
    """Take off what the page writes itself: title, names of axes, legend."""
    from matplotlib.dates import AutoDateFormatter, DateFormatter
    from matplotlib.ticker import AutoLocator, MaxNLocator

    axes.set(title="", xlabel="", ylabel="")
    if axes.get_legend() is not None:
        axes.get_legend().remove()
    if isinstance(axes.xaxis.get_major_formatter(), AutoDateFormatter | DateFormatter):
        low, high = axes.get_xlim()
        locator, formatter = _dates(high - low)
        axes.xaxis.set_major_locator(locator)
        axes.xaxis.set_major_formatter(formatter)
        axes.tick_params(axis="x", rotation=0)
    for axis in (axes.xaxis, axes.yaxis):
        if isinstance(axis.get_major_locator(), AutoLocator):
            # Whole tens, twos and fives: two decimals then say what they stand at.
            axis.set_major_locator(MaxNLocator(5, steps=[1, 2, 5, 10]))
    axes.minorticks_off()


def _dates(days: float) -> tuple[Any, Any]:
    """Return where a time axis of so many days is marked, about five times, and how."""
    from matplotlib import dates

    marks: Any = dates
    if days > 4 * 365:
        return marks.YearLocator(math.ceil(days / 365 / 6)), marks.DateFormatter("%Y")
    if days > 75:
        step = next(step for step in (1, 2, 3, 6, 12) if days / 30 / step <= 6 or step == 12)
        return marks.MonthLocator(interval=step), marks.DateFormatter("%Y-%m")
    return marks.DayLocator(interval=max(1, math.ceil(days / 5))), marks.DateFormatter("%m-%d")
