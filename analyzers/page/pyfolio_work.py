"""What is asked of pyfolio for one page: frames and pictures, or why there are none.

The work stands apart from the page so that another process may do it while the run still runs.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import numpy as np
import pandas as pd

from ..pyfolio_record import PyFolioItems, pyfolio_items
from ..record import RunRecord
from ..study import NOTE
from . import pyfolio_pictures as pictures
from . import pyfolio_tables as tables
from .facts import stated
from .pyfolio_pictures import WINDOW
from .pyfolio_quiet import PyFolioModules, pyfolio_modules, quiet
from .pyfolio_svg import drawn

#: Fewer returns than this are drawn by nobody: a month.
LEAST = 21


@dataclass(frozen=True)
class Task:
    """What pyfolio is given: the items, closed round trips, and where the sample ends.

    `refused` says why there is nothing to do; the rest is empty then.
    """

    items: PyFolioItems | None = None
    trips: pd.DataFrame = field(default_factory=pd.DataFrame)
    live: pd.Timestamp | None = None
    refused: str = ""


@dataclass(frozen=True)
class Work:
    """Pictures as SVG and tables as frames, by name; `missing` says why one is not there."""

    pictures: dict[str, str] = field(default_factory=dict)
    tables: dict[str, pd.DataFrame] = field(default_factory=dict)
    missing: dict[str, str] = field(default_factory=dict)


def task_of(record: RunRecord) -> Task:
    """Return what pyfolio is to do for a record, or why there is nothing to do."""
    try:
        items = pyfolio_items(record)
    except ValueError as error:
        return Task(refused=str(error))
    if len(items.returns) < LEAST:
        return Task(refused=f"{len(items.returns)} sessions, at least {LEAST} are needed")
    if not (items.returns != 0.0).any():
        return Task(refused="equity never moved: all of it was cash")
    return Task(items, round_trips(record, items), live_date(record, items))


def live_date(record: RunRecord, items: PyFolioItems) -> pd.Timestamp | None:
    """Return where the sample ends: the list's own date, else the note's; None outside the run.

    Both sides must hold `LEAST` returns.
    """
    days = items.returns.index
    for said in (stated(record.info, "universe", "valid_from"), NOTE):
        date = pd.to_datetime(str(said), errors="coerce", utc=True) if said else pd.NaT
        if not pd.isna(date) and min((days < date).sum(), (days >= date).sum()) >= LEAST:
            return pd.Timestamp(date)
    return None


def round_trips(record: RunRecord, items: PyFolioItems) -> pd.DataFrame:
    """Return the closed episodes in the columns of pyfolio's ``extract_round_trips``.

    Profit is before costs, as pyfolio counts it. An episode goes from flat to flat, so matching
    shares first in, first out, gives the same; pyfolio's own matching holds every share in a list.
    """
    closed = record.trades[record.trades["status"] == "closed"]
    opened, ended = (
        pd.DatetimeIndex(closed[name]).tz_localize("UTC") for name in ("entry_date", "exit_date")
    )
    equity = items.positions.sum(axis=1)
    before = (equity / (1.0 + items.returns)).reindex(ended).to_numpy(dtype=float)
    size = closed["size"].to_numpy(dtype=float)
    pnl = closed["gross"].to_numpy(dtype=float)
    paid = np.abs(size) * closed["entry_price"].to_numpy(dtype=float)
    return pd.DataFrame(
        {
            "pnl": pnl,
            "open_dt": opened,
            "close_dt": ended,
            "long": size > 0.0,
            "rt_returns": np.divide(pnl, paid, out=np.full(len(pnl), np.nan), where=paid > 0.0),
            "symbol": closed["symbol"].to_numpy(),
            "duration": ended - opened,
            "returns": pnl / before,
        }
    )


def work(task: Task) -> Work:
    """Return the pictures and tables of a task."""
    if task.items is None:
        return Work(missing={"all": task.refused})
    with quiet():
        found = pyfolio_modules()
        return _work(found, task, task.items)


def _work(found: PyFolioModules, task: Task, items: PyFolioItems) -> Work:
    missing = _missing(task, items)
    bounds = tables.cone_bounds(found, items, task.live)
    made = {
        "cone": tables.cone(items, bounds, task.live),
        "statistics": tables.statistics(found, items, task.live),
        "drawdowns": tables.drawdowns(found, items),
        "years": tables.by_year(found, items),
        "quantiles": tables.quantiles(items),
        "largest": tables.largest_holdings(found, items),
        "times": tables.interesting_times(found, items),
    }
    if "round_trips" not in missing:
        made |= tables.round_trip_tables(found, task.trips)
    naive = items.without_zone()
    live = None if task.live is None else task.live.tz_localize(None)
    drawings: dict[str, Callable[[Any], None]] = {
        "cumulative": partial(pictures.cumulative, found, naive, live, bounds),
        "return_quantiles": lambda axes: pictures.return_quantiles(made["quantiles"], axes),
        "round_trips": lambda axes: pictures.round_trips(found, task.trips, axes),
    }
    drawings |= {name: partial(draw, found, naive) for name, draw in PLAIN.items()}
    svg = {name: drawn(name, draw) for name, draw in drawings.items() if name not in missing}
    return Work(svg, made, missing)


#: Pictures drawn from the items alone.
PLAIN: dict[str, Callable[..., None]] = {
    "drawdown_periods": pictures.drawdown_periods,
    "rolling_volatility": pictures.rolling_volatility,
    "rolling_sharpe": pictures.rolling_sharpe,
    "annual_returns": pictures.annual_returns,
    "monthly_distribution": pictures.monthly_distribution,
    "exposures": pictures.exposures,
    "holdings": pictures.holdings,
    "turnover": pictures.turnover,
}


def _missing(task: Task, items: PyFolioItems) -> dict[str, str]:
    """Return which pictures cannot be drawn, and why."""
    n = len(items.returns)
    out: dict[str, str] = {}
    if n <= WINDOW:
        said = f"{n} sessions, more than {WINDOW} are needed"
        out |= {"rolling_volatility": said, "rolling_sharpe": said}
    if not (items.positions.drop(columns="cash") != 0.0).any(axis=None):
        out |= dict.fromkeys(("exposures", "holdings"), "no position was held at any close")
    if items.transactions.empty:
        out["turnover"] = "no order was filled"
    if task.trips.empty:
        out["round_trips"] = "no round trip was closed"
    return out
