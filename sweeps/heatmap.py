"""How a figure lies over two parameters: a frame, the plateau around each cell, a picture."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from orebound.analyzers import counted
from orebound.feeds import ConfigError, unknown_name

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from .sweep_result import Sweep

REDUCERS = {"median": "median", "mean": "avg", "max": "max", "count": "count"}
#: More values of a parameter than these are draws, not a grid: a cell would hold one row or none.
MOST_LEVELS = 100
#: Colours that keep their order for colour-blind readers and in grey print.
COLOURS = "cividis"
MOST_WRITTEN = 150
#: Names of columns longer than this stand aslant, so that neighbours do not touch.
LONG_TEXT = 5


def heatmap(
    sweep: Sweep, x: str, y: str, *, by: str, reduce: str, neighbourhood: bool
) -> pd.DataFrame:
    """Return a figure by two parameters; `Sweep.heatmap` says what the arguments are."""
    for name in (x, y):
        if name not in sweep.parameters:
            raise ConfigError(unknown_name("swept parameter", name, sweep.parameters))
    if x == y:
        raise ConfigError(f"x and y must be two parameters, got {x!r} twice")
    if reduce not in REDUCERS:
        raise ConfigError(unknown_name("reduce", reduce, REDUCERS))
    if by not in sweep.figures:
        raise ConfigError(unknown_name("figure", by, sweep.figures))
    columns, index = (_levels(sweep, name) for name in (x, y))
    known = f'"{by}" is not null and not isnan("{by}"::double) and status = \'ok\''
    table = sweep.query(
        f'select "{x}" as x, "{y}" as y, '  # noqa: S608 - names are those of columns
        f'{REDUCERS[reduce]}("{by}"::double) as v from sweep where {known} group by "{x}", "{y}"'
    )
    values = np.full((len(index), len(columns)), 0.0 if reduce == "count" else np.nan)
    # By place, not by pivot: a parameter that is unset is a value, too.
    down, across = (
        index.get_indexer(pd.Index(table["y"])),
        columns.get_indexer(pd.Index(table["x"])),
    )
    values[down, across] = table["v"]
    cells = pd.DataFrame(values, index.rename(y), columns.rename(x))
    return _neighbours(cells) if neighbourhood else cells


def _levels(sweep: Sweep, name: str) -> pd.Index[Any]:
    """Return the values of a parameter, ascending; those of failed rows count."""
    values = sweep.query(
        f'select distinct "{name}" as v from sweep order by v nulls first'  # noqa: S608
    )["v"]
    if len(values) > MOST_LEVELS:
        raise ConfigError(
            f"{name} has {len(values):,} values; a heat map takes at most {MOST_LEVELS}: the cells "
            "of drawn values hold a row or none"
        )
    levels: pd.Index[Any] = pd.Index(np.asarray(values))
    return levels


def _neighbours(cells: pd.DataFrame) -> pd.DataFrame:
    """Return the median of the up to eight cells around each; an empty cell stays empty."""
    padded = np.pad(cells.to_numpy(), 1, constant_values=np.nan)
    rows, columns = cells.shape
    around = np.stack(
        [
            padded[1 + down : 1 + down + rows, 1 + across : 1 + across + columns]
            for down in (-1, 0, 1)
            for across in (-1, 0, 1)
            if down or across
        ]
    )
    return pd.DataFrame(_median(around), cells.index, cells.columns).where(cells.notna())


def _median(around: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the median over the first axis of what is known; NaN where nothing is."""
    is_known = np.isfinite(around).any(axis=0)
    out = np.full(is_known.shape, np.nan)
    out[is_known] = np.nanmedian(around[:, is_known], axis=0)
    return out


def draw_heatmap(cells: pd.DataFrame, label: str, ax: Axes | None = None) -> Axes:
    """Return axes that show the cells; empty ones are hatched, and no window opens."""
    axes = _axes(cells) if ax is None else ax
    axes.patch.set(facecolor="white", edgecolor="0.6", hatch="////")
    values = np.ma.masked_invalid(cells.to_numpy())
    mesh = axes.pcolormesh(values, cmap=COLOURS, edgecolors="white", linewidth=0.5)
    axes.set(xlabel=str(cells.columns.name), ylabel=str(cells.index.name), title=label)
    places, texts = _ticks(cells.columns)
    axes.set_xticks(places, texts)
    if len(texts) > 3 and max(map(len, texts)) > LONG_TEXT:
        axes.tick_params("x", rotation=45)
    axes.set_yticks(*_ticks(cells.index))
    axes.tick_params(length=0)
    figure: Any = axes.figure
    figure.colorbar(mesh, ax=axes, pad=0.02)
    if cells.size <= MOST_WRITTEN:
        _write_values(axes, cells, mesh)
    return axes


def _axes(cells: pd.DataFrame) -> Axes:
    from matplotlib.figure import Figure

    rows, columns = cells.shape
    size = (min(3.0 + 0.55 * columns, 14.0), min(2.0 + 0.4 * rows, 10.0))
    return Figure(figsize=size, layout="constrained").add_subplot()


def _ticks(values: pd.Index[Any]) -> tuple[list[float], list[str]]:
    """Return places and texts of about twenty values at most."""
    step = -(-len(values) // 20)
    return [place + 0.5 for place in range(0, len(values), step)], _texts(values)[::step]


def _texts(values: pd.Index[Any]) -> list[str]:
    """Return values as an axis shows them: days without an hour, numbers with equal decimals."""
    if any(isinstance(value, datetime | np.datetime64) for value in values):
        return ["none" if pd.isna(value) else f"{pd.Timestamp(value):%Y-%m-%d}" for value in values]
    if not all(isinstance(value, float) and np.isfinite(value) for value in values):
        return [f"{value:g}" if isinstance(value, float) else str(value) for value in values]
    plain = [f"{value:g}" for value in values]
    if any("e" in text for text in plain):
        return plain
    decimals = max(len(text.partition(".")[2]) for text in plain)
    return [f"{value:.{decimals}f}" for value in values]


def _write_values(axes: Axes, cells: pd.DataFrame, mesh: Any) -> None:
    """Write each figure into its cell, light on dark and dark on light."""
    known = cells.to_numpy()[np.isfinite(cells.to_numpy())]
    decimals = 0 if (known == known.round()).all() else _decimals(float(np.abs(known).max()))
    for (row, column), value in np.ndenumerate(cells.to_numpy()):
        if np.isfinite(value):
            shade = mesh.norm(value) if mesh.norm.vmax > mesh.norm.vmin else 1.0
            colour = "white" if shade < 0.5 else "black"
            place = (column + 0.5, row + 0.5)
            text = f"{value:z,.{decimals}f}"
            axes.text(*place, text, ha="center", va="center", color=colour, fontsize=7)


def _decimals(largest: float) -> int:
    """Return the decimals with which the largest figure has three digits, and at most four."""
    return int(np.clip(2 - np.floor(np.log10(largest)), 0, 4))


def draw_distribution(sweep: Sweep) -> Figure:
    """Return a figure of all rows' Sharpe ratios, the best, and luck's best; opens no window."""
    from matplotlib.figure import Figure

    found = sweep.query(
        "select sharpe from sweep where status = 'ok' and not isnan(sharpe::double)"
    )["sharpe"].to_numpy()
    figure = Figure(figsize=(9.0, 4.5), layout="constrained")
    axes = figure.add_subplot()
    if len(found):
        axes.hist(found, bins="auto" if len(found) < 200 else 80, color="0.75", edgecolor="0.6")
        axes.axvline(found.max(), color="#0072B2", linewidth=2.0, label=f"best {found.max():.2f}")
    luck, tries = sweep.selection.get("expected_best"), sweep.selection.get("effective_trials")
    if luck is not None:
        many = sweep.selection["trials"] if tries is None else tries
        said = f"best expected of {many:,.0f} independent tries without an edge {luck:.2f}"
        axes.axvline(luck, color="#D55E00", linewidth=2.0, linestyle="--", label=said)
    left_out = len(sweep) - len(found)
    words = "" if luck is not None else "not judged yet, "
    words += counted(len(found), "row") + (
        f", {left_out:,} without a Sharpe ratio" if left_out else ""
    )
    axes.set(title=f"{sweep.info['name']}: {words}", xlabel="Sharpe ratio a year", ylabel="rows")
    if axes.get_legend_handles_labels()[0]:
        # Below the axes: within them it would lie on bars or on the lines that it names.
        axes.legend(loc="upper center", bbox_to_anchor=(0.5, -0.14), ncols=2, frameon=False)
    axes.grid(alpha=0.3)
    axes.set_axisbelow(True)
    axes.spines[["top", "right"]].set_visible(False)
    return figure
