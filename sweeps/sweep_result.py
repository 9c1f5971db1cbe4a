"""What is asked of a finished sweep: the best, pictures, walk forward, any run made again."""

from __future__ import annotations

from collections.abc import Callable, Collection
from functools import cached_property
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from orebound.analyzers import counted
from orebound.feeds import ConfigError

from .config import RunConfig
from .sweep_config import SweepConfig, load_sweep
from .sweep_folder import CONFIG, SweepFolder
from .sweep_rows import SweepRows

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from .prepared import Workshop
    from .rerun import Again
    from .walkforward import SweepWalkForward


SHOWN = ("total_return", "sharpe", "max_drawdown", "entries", "hit_rate", "regime_episodes")


class Sweep(SweepRows):
    """The results of a sweep, read from its parts; nothing is held in memory before it is asked.

    Parameters
    ----------
    path : Path
        The sweep directory.
    workshop : Workshop, optional
        Where markets and arrays are made already.
    whole : collection of Path
        Parts that need no check, because they were just written or read.
    """

    def __init__(
        self, path: Path, workshop: Workshop | None = None, whole: Collection[Path] = ()
    ) -> None:
        super().__init__(path, whole)
        self._workshop = workshop

    @cached_property
    def config(self) -> SweepConfig:
        """The resolved configuration."""
        return load_sweep(self.path / CONFIG)

    @property
    def verified(self) -> dict[str, Any]:
        """What ``verified.json`` holds."""
        return SweepFolder(self.path).verified()

    @property
    def selection(self) -> dict[str, Any]:
        """Trials, deflated Sharpe ratio, PBO and verdict, once the sweep is finished."""
        return dict(SweepFolder(self.path).state().get("selection", {}))

    @property
    def verdict(self) -> str:
        """The sweep's judgement in one line."""
        return str(self.selection.get("verdict", ""))

    @property
    def is_explore_only(self) -> bool:
        """Whether trials were chosen by results: what is best of them is no evidence."""
        return bool(self.info.get("explore_only", False))

    def run_config(self, combination: int) -> RunConfig:
        """Return the configuration of one run."""
        row = self.row(combination)
        return self.workshop.config({name: row[name] for name in self.parameters})

    def pick(self, rank: int = 1, by: str = "sharpe") -> RunConfig:
        """Return the configuration of the run of a rank, 1 for the best.

        Rows that are one and the same run share a rank.

        Raises
        ------
        ConfigError
            Of a sweep that is not finished, or that backtrader did not confirm.
        """
        status = SweepFolder(self.path).state()["status"]
        if status != "finished":
            done = f"{self.info['counts']['done']:,} of {len(self):,} combinations are there"
            raise ConfigError(f"{self.path}: the sweep is {status}, {done}; run it again to go on")
        if rank < 1:
            raise ConfigError(f"rank must be at least 1, got {rank}")
        found = self.best_runs(rank, by)
        if len(found) < rank:
            raise ConfigError(
                f"rank must be at most {len(found)}, the distinct runs with {by}; got {rank}"
            )
        return self.run_config(int(found["combination"].iloc[rank - 1]))

    def heatmap(
        self,
        x: str,
        y: str,
        by: str = "sharpe",
        reduce: str = "median",
        *,
        neighbourhood: bool = False,
    ) -> pd.DataFrame:
        """Return a figure by two parameters, index `y` and columns `x`, over all other ones.

        NaN where no row has the figure; failed rows never count.

        Parameters
        ----------
        by : str
            Any metric.
        reduce : str
            ``median``, ``mean``, ``max`` or ``count`` of the rows of a cell.
        neighbourhood : bool
            The median of the up to eight cells around each instead: high on a plateau, low at a
            lonely peak. Cells adjoin in the order of their values.

        Raises
        ------
        ConfigError
            If a name is unknown, or a parameter has more than 100 values.
        """
        from .heatmap import heatmap

        return heatmap(self, x, y, by=by, reduce=reduce, neighbourhood=neighbourhood)

    def plot_heatmap(
        self,
        x: str,
        y: str,
        by: str = "sharpe",
        reduce: str = "median",
        *,
        neighbourhood: bool = False,
        ax: Axes | None = None,
    ) -> Axes:
        """Return axes that show `heatmap`; empty cells are hatched, and no window opens."""
        from .heatmap import draw_heatmap

        cells = self.heatmap(x, y, by, reduce, neighbourhood=neighbourhood)
        label = f"{reduce} of {by}" + (", median of the cells around" if neighbourhood else "")
        return draw_heatmap(cells, label, ax)

    def plot(self) -> Figure:
        """Return a figure of all rows' Sharpe ratios with the best, and luck's; opens no window."""
        from .heatmap import draw_distribution

        return draw_distribution(self)

    def walkforward(
        self,
        *,
        train: int = 60,
        test: int = 12,
        embargo: int = 0,
        anchored: bool = False,
        by: str = "sharpe",
        told: Callable[[int], None] = lambda _n: None,
    ) -> SweepWalkForward:
        """Return what choosing on past months would have earned in the months after them.

        Parameters
        ----------
        train, test, embargo : int
            Calendar months to choose on, to test on, and between them.
        anchored : bool
            Choose on all months since the first, not on the last `train`.
        by : str
            ``sharpe`` or ``mean_return``: what is highest in sample is chosen.
        told : callable, optional
            Called with the number of rows read, or run again, so far.

        Raises
        ------
        ConfigError
            If the sweep is not finished, its rows share no months, or the windows do not fit them.
        """
        from orebound.analyzers import WindowPlan

        from .walkforward import walk_sweep

        return walk_sweep(self, WindowPlan(train, test, embargo, anchored), by, told)

    def curve(self, combination: int) -> pd.Series[Any]:
        """Return a combination's equity by session date, made again."""
        from .rerun import curve

        return curve(self.again(combination))

    def orders(self, combination: int) -> pd.DataFrame:
        """Return every order of a combination, made again."""
        from .rerun import orders

        return orders(self.again(combination))

    def trades(self, combination: int) -> pd.DataFrame:
        """Return a combination's episodes, made again."""
        from .rerun import trades

        return trades(self.again(combination))

    def again(self, combination: int) -> Again:
        """Return one combination through the scalar replay."""
        from .rerun import run_again

        row = self.row(combination)
        if row["engine"] != "replay":
            raise ConfigError(f"combination {combination} ran through backtrader: pick it instead")
        values = {name: row[name] for name in self.parameters}
        prepared = self.workshop.prepared(values)
        found = run_again(prepared._replace(config=self.workshop.config(values)))
        if float(found.equity[-1]) != row["final_value"]:
            raise ConfigError(
                f"combination {combination} made again ends at {float(found.equity[-1])!r}, its "
                f"row says {row['final_value']!r}: data or code have changed since; sweep again"
            )
        return found

    def chosen(self, n: int, seed: int) -> list[dict[str, Any]]:
        """Return `n` replayed rows at random and the `n` best runs, to be verified.

        Rows that are one and the same run are verified once.
        """
        from .chunk import METRIC_COLUMNS

        if not n:
            return []
        places = self.numbers("replay")
        drawn = np.random.default_rng(seed).choice(places, min(n, len(places)), replace=False)
        best = self.best_runs(n)
        top = best.loc[best["engine"] == "replay", "combination"].tolist() if len(best) else []
        metrics = [name for name in METRIC_COLUMNS if name in self.columns]
        distinct = dict[str, dict[str, Any]]()
        for number in (*top, *drawn.tolist()):
            row = self.row(int(number))
            distinct.setdefault(repr([row[name] for name in self.figures]), row)
        rows = list(distinct.values())
        return [
            {"combination": row["combination"], "final_value": row["final_value"]}
            | {"parameters": {name: row[name] for name in self.parameters}}
            | {"metrics": {name: row[name] for name in metrics}}
            for row in rows
        ]

    def best_and_one(self, seed: int) -> list[dict[str, Any]]:
        """Return the best row and another at random, to be shown to read no future."""
        best = self.best(1)["combination"].tolist()
        others = np.setdiff1d(self.numbers(), best)
        drawn = np.random.default_rng(seed).choice(others, min(1, len(others)), replace=False)
        rows = [self.row(int(one)) for one in (*best, *drawn.tolist())]
        return [
            {"combination": row["combination"], "engine": row["engine"]}
            | {"parameters": {name: row[name] for name in self.parameters}}
            for row in rows
        ]

    def __repr__(self) -> str:
        return f"<Sweep {self._title()}>"

    def _repr_html_(self) -> str:
        columns = ["combination", "rows", *self.parameters, *SHOWN]
        best = self.best_runs()[columns].to_html(index=False, float_format="{:,.4g}".format)
        return f"<p><b>{escape(self._title())}</b><br>{escape(self.verdict)}</p>{best}"

    def _title(self) -> str:
        kind = "synthetic market" if self.info["synthetic"] else str(self.info["source"])
        state = SweepFolder(self.path).state()
        failed = state["counts"]["failed"]
        label = ", explore only" if self.is_explore_only else ""
        if state["status"] != "finished":
            label += f", {state['status']}: {state['counts']['done']:,} done"
        rows = counted(len(self), "combination")
        return f"{self.info['name']} ({kind}, {rows}, {failed:,} failed{label})"

    @property
    def workshop(self) -> Workshop:
        """Where its markets and arrays are made."""
        from .prepared import Workshop

        if self._workshop is None:
            self._workshop = Workshop(self.config.base)
        return self._workshop
