"""One function a picture, drawn by pyfolio on axes that it is handed; nothing is computed here."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pandas as pd

from ..pyfolio_record import PyFolioItems
from .pyfolio_quiet import PyFolioModules
from .text import percents

#: Sessions of the rolling figures: half a year.
WINDOW = 126
#: What turnover is a share of: pyfolio's other choice, the book, doubles on every first day.
DENOMINATOR = "portfolio_value"
CONE = (1.0, 2.0)
#: A deviation a year below this is what rolling sums leave of returns long gone.
FLAT = 1e-6
_STRANGE = re.compile(r"[^A-Za-z0-9._^-]")


def cumulative(
    found: PyFolioModules,
    items: PyFolioItems,
    live: pd.Timestamp | None,
    bounds: pd.DataFrame,
    axes: Any,
) -> None:
    """Draw growth from 1 and, after the sample, the cone that it spans, if there is one."""
    found.plotting.plot_rolling_returns(
        items.returns,
        live_start_date=live,
        cone_std=list(CONE) if live is not None else None,
        cone_function=lambda *_sample, **_settings: bounds,
        legend_loc=None,
        ax=axes,
    )
    _in_multiples(axes.yaxis)
    for band in axes.collections:
        band.set(alpha=0.25, edgecolor="none")
    if live is not None:
        _show_cone(axes, pd.DatetimeIndex(items.returns.index), live)


def _show_cone(axes: Any, days: pd.DatetimeIndex, live: pd.Timestamp) -> None:
    """Show three times as much of the sample as came after it: a short cone is else a stroke."""
    first = max(days[0], live - 3 * (days[-1] - live))
    left, right = (float(_numbers(day)) for day in (first, days[-1]))
    heights = [
        np.asarray(line.get_ydata(), dtype=float)[_inside(line.get_xdata(), left)]
        for line in axes.lines[:2]
    ]
    heights += [path.vertices[:, 1] for band in axes.collections for path in band.get_paths()]
    known = np.concatenate(heights)
    air = 0.05 * max(float(known.max() - known.min()), 1e-6)
    axes.set_xlim(left, right)
    axes.set_ylim(known.min() - air, known.max() + air)
    axes.lines[-1].set_visible(bool(known.min() - air < 1.0 < known.max() + air))
    for line in axes.lines[:2]:
        inside = _inside(line.get_xdata(), left)
        line.set_data(np.asarray(line.get_xdata())[inside], np.asarray(line.get_ydata())[inside])


def _inside(x: Any, left: float) -> Any:
    return _numbers(np.asarray(x)) >= left


def _numbers(dates: Any) -> Any:
    """Return dates as matplotlib counts them."""
    from matplotlib import dates as module

    counted: Any = module
    return counted.date2num(dates)


def rolling(found: PyFolioModules, items: PyFolioItems) -> pd.DataFrame:
    """Return ``volatility, sharpe`` of the last half year by session.

    NaN until the window is full; no Sharpe ratio where returns did not vary.
    """
    volatility = found.timeseries.rolling_volatility(items.returns, WINDOW)
    sharpe = found.timeseries.rolling_sharpe(items.returns, WINDOW)
    frame = pd.DataFrame({"volatility": volatility, "sharpe": sharpe})
    return frame.assign(sharpe=frame["sharpe"].where(frame["volatility"] > FLAT))


def rolling_volatility(found: PyFolioModules, items: PyFolioItems, axes: Any) -> None:
    """Draw the deviation of the last half year, a year, and its mean."""
    found.plotting.plot_rolling_volatility(items.returns, rolling_window=WINDOW, ax=axes)
    _in_percent(axes.yaxis)


def rolling_sharpe(found: PyFolioModules, items: PyFolioItems, axes: Any) -> None:
    """Draw the Sharpe ratio of the last half year, a year, and its mean, where there is one."""
    found.plotting.plot_rolling_sharpe(items.returns, rolling_window=WINDOW, ax=axes)
    axes.yaxis.set_major_formatter(lambda value, _place: f"{value:.2f}".replace("-", "\u2212"))
    known = rolling(found, items)["sharpe"]
    # pyfolio divides by a deviation that is rounding where nothing was held, and draws 0.
    axes.lines[0].set_ydata(known)
    axes.lines[1].set_ydata([known.mean()] * 2)


def drawdown_periods(found: PyFolioModules, items: PyFolioItems, axes: Any) -> None:
    """Draw growth from 1 over the deepest drawdowns, shaded."""
    found.plotting.plot_drawdown_periods(items.returns, top=5, ax=axes)
    _in_multiples(axes.yaxis)
    for shade in axes.collections:
        shade.set(facecolor="#4682b4", edgecolor="none", alpha=0.28)


def annual_returns(found: PyFolioModules, items: PyFolioItems, axes: Any) -> None:
    """Draw one bar a year, and their mean."""
    found.plotting.plot_annual_returns(items.returns, ax=axes)
    _in_percent(axes.xaxis, whole=100.0)
    axes.grid(visible=False, axis="y")
    axes.grid(visible=True, axis="x")
    labels = axes.get_yticklabels()
    years = [label.get_text()[:4] for label in labels]
    axes.set_yticks(axes.get_yticks(), years)
    # Every year has its bar; of many only some have room for their number.
    for place, label in enumerate(axes.get_yticklabels()):
        label.set_visible(place % (1 + len(years) // 10) == 0)


def monthly_distribution(found: PyFolioModules, items: PyFolioItems, axes: Any) -> None:
    """Draw how often months returned what, and their mean."""
    found.plotting.plot_monthly_returns_dist(items.returns, ax=axes)
    _in_percent(axes.xaxis, whole=100.0)
    _in_counts(axes.yaxis)


def return_quantiles(known: pd.DataFrame, axes: Any) -> None:
    """Draw boxes of daily, weekly and monthly returns; whiskers hold 98 of 100.

    From the table of quantiles: pyfolio's own picture adds up every week anew, a second a page.
    """
    ends = {"whislo": "q01", "q1": "q25", "med": "q50", "q3": "q75", "whishi": "q99"}
    boxes = [
        {"label": row["span"], "fliers": []} | {end: row[name] for end, name in ends.items()}
        for row in known.to_dict("records")
    ]
    axes.bxp(boxes, showfliers=False, widths=0.5, medianprops={"color": "#ff4500", "lw": 1.4})
    _in_percent(axes.yaxis)


def exposures(found: PyFolioModules, items: PyFolioItems, axes: Any) -> None:
    """Draw long, short and net exposure as shares of equity."""
    found.plotting.plot_exposures(items.returns, items.positions, ax=axes)
    _in_percent(axes.yaxis)


def holdings(found: PyFolioModules, items: PyFolioItems, axes: Any) -> None:
    """Draw how many names were held, by day, by month, and on average."""
    found.plotting.plot_holdings(items.returns, items.positions, legend_loc=None, ax=axes)
    _in_counts(axes.yaxis)
    _end_with_the_run(axes)


def turnover(found: PyFolioModules, items: PyFolioItems, axes: Any) -> None:
    """Draw traded value over equity by day, by month, and on average."""
    found.plotting.plot_turnover(
        items.returns, items.transactions, items.positions, DENOMINATOR, legend_loc=None, ax=axes
    )
    _in_percent(axes.yaxis)
    # pyfolio's own scale ends at twice the book; this one holds what there is.
    axes.relim()
    axes.autoscale(axis="y")
    axes.set_ylim(bottom=0.0)
    _end_with_the_run(axes)


def round_trips(found: PyFolioModules, trips: pd.DataFrame, axes: Any) -> None:
    """Draw when each name was held, long and short told apart."""
    shown = trips.assign(symbol=trips["symbol"].map(plain_name))
    found.plotting.plot_round_trip_lifetimes(shown, disp_amount=40, lsize=5, ax=axes)
    axes.grid(visible=True, axis="x")


def _end_with_the_run(axes: Any) -> None:
    """Draw the mean of a last, partial month at the last session, not at the month's end."""
    right = axes.get_xlim()[1]
    for line in axes.lines[:2]:
        line.set_xdata(np.minimum(_numbers(np.asarray(line.get_xdata())), right))


def _in_percent(axis: Any, whole: float = 1.0) -> None:
    """Write the marks of an axis in per cent of `whole`, told apart."""

    def written(value: float, _place: int) -> str:
        marks = np.asarray(axis.get_majorticklocs(), dtype=float)
        nearest = int(np.argmin(np.abs(marks - value)))
        return percents((marks / whole).tolist())[nearest]

    axis.set_major_formatter(written)


def _in_multiples(axis: Any) -> None:
    """Write the marks of an axis as multiples of the start."""
    axis.set_major_formatter(lambda value, _place: f"{value:.2f}\u00d7")


def _in_counts(axis: Any) -> None:
    """Mark an axis at whole numbers only."""
    from matplotlib.ticker import MaxNLocator

    axis.set_major_locator(MaxNLocator(5, integer=True))


def plain_name(name: Any) -> str:
    """Return a symbol in characters that every font has, no longer than a label's room."""
    return _STRANGE.sub("?", str(name))[:12]
