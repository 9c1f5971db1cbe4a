"""A run in a notebook: its record, and what one asks of it."""

from __future__ import annotations

import json
from collections.abc import Collection
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any, Unpack

import pandas as pd

from orebound.analyzers import (
    Difference,
    Explanation,
    RunRecord,
    difference_of,
    explain,
    export_run,
    open_path,
    own_lines,
    read_run,
    run_folder,
    write_run,
)
from orebound.feeds import (
    ConfigError,
    Market,
    MarketOptions,
    Universe,
    lists_options,
    unknown_name,
)
from orebound.sweeps import from_names, own_version

if TYPE_CHECKING:
    from matplotlib.figure import Figure

version = own_version()
RESULTS = Path("results")


@dataclass(frozen=True, repr=False, eq=False)
class Run:
    """One executed backtest; every frame is a copy indexed by session date where it has one.

    Attributes
    ----------
    record : RunRecord
    path : Path or None
        Its run directory, once saved or opened.
    market : Market or None
        What it ran on, where it was made here.
    """

    record: RunRecord
    path: Path | None = None
    market: Market | None = None

    @property
    def info(self) -> dict[str, Any]:
        """What ``run.json`` holds."""
        return self.record.info

    @property
    def metrics(self) -> dict[str, Any]:
        """The figures of the run by name; None where one cannot be computed.

        Count, unit and note of each stand in ``info["metrics"]``.
        """
        return {name: metric["value"] for name, metric in self.record.info["metrics"].items()}

    @property
    def verdict(self) -> str:
        """The run's judgement in one line."""
        said = self.record.info.get("verdict", "")
        return str(said.get("text", said)) if isinstance(said, dict) else str(said or "")

    @property
    def equity(self) -> pd.DataFrame:
        """Value, cash, gross and net exposure by session date."""
        return self.record.equity.set_index("date")

    @property
    def trades(self) -> pd.DataFrame:
        """One row an episode, entry to flat."""
        return self.record.trades.copy()

    @property
    def orders(self) -> pd.DataFrame:
        """Every order sent, filled or not."""
        return self.record.orders.copy()

    @property
    def costs(self) -> pd.DataFrame:
        """What each fill cost, by kind."""
        return self.record.costs.copy()

    @property
    def cash(self) -> pd.DataFrame:
        """Every flow of cash that is not a trade."""
        return self.record.cash.copy()

    @property
    def inputs(self) -> pd.DataFrame:
        """What was known of metals, market and exchange rates at each row."""
        return self.record.inputs.copy()

    @property
    def positions(self) -> pd.DataFrame:
        """What was held at each session's end."""
        return self.record.positions.set_index("date")

    @property
    def baselines(self) -> pd.DataFrame:
        """Index curves beside the rule, by session date."""
        return self.record.baselines.set_index("date")

    @property
    def signals(self) -> pd.DataFrame:
        """What the rule saw, by session date and name."""
        return self.record.signals.set_index("date")

    def explain(self, symbol: str, date: Any) -> Explanation:
        """Return why a name was, or was not, bought or sold at a session."""
        return explain(self.record, symbol, date)

    def diff(self, other: Run) -> Difference:
        """Return why another run differs from this one: its settings, data, decisions, money.

        This run is A, the other B, and every difference is B less A. What forbids a comparison
        stands in ``banners``.
        """
        return difference_of(self.record, other.record)

    def whatif(
        self, market: Market | None = None, /, *, again: bool = False, **changes: Any
    ) -> tuple[Run, Difference]:
        """Return this run with a change, nothing written, and its difference from this one.

        ``changed, difference = run.whatif(stamp_duty=0.0)``

        Parameters
        ----------
        market : Market, optional
            The data; else what the run ran on, or what its configuration names.
        again : bool
            Run the unchanged configuration today as well and compare with that.
        **changes
            Any parameter by its bare name.

        Raises
        ------
        ConfigError
            If nothing is changed, a name or value is none, or the run's data cannot be named.
        DataRefused
            If data were restated since the run was made and `again` is not set.
        """
        from orebound.sweeps import what_if

        written = ", ".join(f"{name}={value!r}" for name, value in changes.items())
        found = what_if(
            self.record,
            changes,
            market=market or self.market,
            again=again,
            command=f"orebound.Run.whatif({written})",
        )
        return Run(found.record, market=found.market), found.difference

    def export(self, path: str | Path, *, force: bool = False, only: Collection[str] = ()) -> Path:
        """Write the run as a workbook in which no cell runs; return its path.

        Parameters
        ----------
        path : str or Path
            Ends in ``.xlsx``; an existing file is replaced with `force` alone.
        only : collection of str
            Sheets to write, as ``("metrics", "trades")``; all where empty.
        """
        return export_run(self.record, path, force=force, only=only)

    def save(self, folder: str | Path | None = None) -> Run:
        """Write the run directory with its page; return the run that knows its path.

        Where the run stands already nothing is written: the run as it is there is returned.
        """
        from orebound.analyzers.page import write as write_page

        default = self.path or run_folder(RESULTS, self.info)
        target = default if folder is None else Path(folder)
        if self._stands_in(target):
            return Run(self.record, target, self.market)
        return Run(self.record, write_run(self.record, target, page=write_page), self.market)

    def _stands_in(self, folder: Path) -> bool:
        path = folder / "run.json"
        if not path.is_file():
            return False
        try:
            found = json.loads(path.read_text(encoding="utf-8"))
        except ValueError:
            return False  # damaged: writing there says that the folder is not empty
        return isinstance(found, dict) and found.get("id") == self.info["id"]

    def plot(self) -> Figure:
        """Return a figure of the rule beside its baselines; opens no window."""
        from matplotlib.figure import Figure

        figure = Figure(figsize=(9.0, 4.5), layout="constrained")
        axes = figure.add_subplot()
        for name, curve in self.baselines.items():
            is_rule = name == "rule"
            label = str(name).replace("_", " ")
            axes.plot(curve.index, curve, label=label, linewidth=2.0 if is_rule else 1.0)
        axes.set(title=self._title(), ylabel="start = 1, log scale", yscale="log")
        axes.grid(alpha=0.3)
        axes.legend(loc="upper left", frameon=False)
        return figure

    def __repr__(self) -> str:
        return f"<Run {self._title()}: {len(own_lines(self.record.trades))} entries>"

    def _repr_html_(self) -> str:
        figures = pd.DataFrame(
            [(name, _shown(m["value"]), m["n"]) for name, m in self.info["metrics"].items()],
            columns=["metric", "value", "n"],
        )
        heading = f"<p><b>{escape(self._title())}</b><br>{escape(self.verdict)}</p>"
        return heading + figures.to_html(index=False)

    def _title(self) -> str:
        kind = "synthetic market" if self.info["synthetic"] else str(self.info["source"])
        return f"{self.record.name} {self.info['id']} ({kind}, {self.info['sessions']} sessions)"


def backtest(market: Market | None = None, **parameters: Any) -> Run:
    """Return one run through real backtrader, nothing written.

    Parameters
    ----------
    market : Market, optional
        The embedded sample market by default.
    **parameters
        Any parameter by its bare name: ``z_in=1.5, regime="level", start="2016-01-01"``.

    Raises
    ------
    ConfigError
        Naming the parameter, its value and what is accepted, or the nearest valid name.
    """
    from orebound.sweeps import execute

    config = from_names(parameters)
    written = ", ".join(f"{name}={value!r}" for name, value in parameters.items())
    record = execute(config, market=market, command=f"orebound.backtest({written})")
    return Run(record, market=market)


@lists_options(Market.sample)
def load_market(
    source: str = "sample",
    folder: str | Path | None = None,
    universe: str | Path | Universe = "nyse-miners",
    *,
    store: Any = None,
    **options: Unpack[MarketOptions],
) -> Market:
    """Return a market: ``load_market()``, ``load_market("csv", "prices")``, ``("yahoo")``.

    Parameters
    ----------
    source : {"sample", "csv", "yahoo"}
    folder : str or Path
        Of the price files of source csv, which needs it; no other source has one.
    universe : str, Path or Universe
        A shipped one by name, a file of one's own, or one made in Python.
    store : str, Path or Store
        Of source yahoo: where ``orebound fetch`` has put its files, if not in the usual place.

    Raises
    ------
    ConfigError
        If there is no such source or option, csv is asked for without a folder, or another source
        with one.
    """
    makers = ("csv", "sample", "yahoo")
    if source not in makers:
        raise ConfigError(unknown_name("source", source, makers))
    if folder is not None and source != "csv":
        raise ConfigError(f"folder belongs to source 'csv', got source {source!r} with {folder}")
    if store is not None and source != "yahoo":
        raise ConfigError(f"store belongs to source 'yahoo', got source {source!r} with {store}")
    if source == "csv":
        if folder is None:
            raise ConfigError("load_market('csv') needs the folder of the price files")
        return Market.csv(folder, universe, **options)
    if source == "yahoo":
        return Market.yahoo(universe, store=store, **options)
    return Market.sample(universe, **options)


def open_run(key: str | Path = "latest", results: str | Path = RESULTS) -> Run:
    """Return a saved run by ``latest``, ``previous``, a unique prefix or its directory."""
    folder = open_path(str(key), Path(results))
    return Run(read_run(folder), folder)


def _shown(value: Any) -> str:
    if value is None:
        return "n/a"
    return f"{value:,.4f}" if isinstance(value, float) else str(value)
