"""The rows of a sweep as its parts hold them: one row a combination, checked before it is read."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from functools import cached_property
from pathlib import Path
from typing import Any, Self

import numpy as np
import pandas as pd
import pyarrow.compute as pc
import pyarrow.dataset as ds
from numpy.typing import NDArray

from orebound.feeds import ConfigError, unknown_name

from .parts import is_damaged
from .sweep_folder import SweepFolder

#: Metrics of which less is better.
LEAST_FIRST = (
    *("volatility", "sharpe_error", "max_drawdown_sessions", "turnover", "not_filled", "costs"),
    *("commission_paid", "spread_paid", "stamp_duty_paid", "ptm_levy_paid", "fx_paid"),
    "impact_paid",
)

#: Parquet's least and most leave NaN out, which newer versions of duckdb take for its absence: a
#: filter against it would be thought away.
MISLED_BY_NAN = "filter_pushdown,statistics_propagation"
#: Batches and files that are read before they are asked for.
READ_AHEAD = 2


class SweepRows:
    """What lies in a sweep directory; nothing is held in memory before it is asked.

    Parameters
    ----------
    path : Path
        The sweep directory.
    whole : collection of Path
        Parts that need no check, because they were just written or read.
    """

    def __init__(self, path: Path, whole: Collection[Path] = ()) -> None:
        self.path = Path(path)
        self._whole = set(whole)
        if not self.info:
            raise ConfigError(f"{path} is not a sweep directory: no sweep.json in it")

    @cached_property
    def info(self) -> dict[str, Any]:
        """What ``sweep.json`` holds."""
        return SweepFolder(self.path).state()

    def read_again(self) -> Self:
        """Return these rows with what ``sweep.json`` holds by now; parts checked stay checked."""
        self.__dict__.pop("info", None)
        return self

    @property
    def files(self) -> list[str]:
        """The parts of this sweep, whatever else lies beside them; each is checked once.

        Raises
        ------
        ConfigError
            If one is damaged: nothing of it may be read.
        """
        folder = SweepFolder(self.path)
        paths = [folder.parts / part["name"] for part in folder.state()["parts"]]
        damaged = [path for path in paths if path not in self._whole and is_damaged(path)]
        if damaged:
            raise ConfigError(
                f"{damaged[0]}: this part is damaged or gone ({len(damaged)} of {len(paths)} are); "
                "run the sweep again: it makes what is missing and keeps the rest"
            )
        self._whole.update(paths)
        return [str(path) for path in paths]

    @property
    def parameters(self) -> tuple[str, ...]:
        """The swept parameters."""
        return tuple(self.info["parameters"])

    @property
    def varied(self) -> tuple[str, ...]:
        """The swept parameters that have more than one value."""
        return tuple(name for name, n in self.info["parameters"].items() if n > 1)

    @property
    def figures(self) -> tuple[str, ...]:
        """The metrics: every column that is neither a parameter nor a word about the row."""
        told = {"combination", "engine", "status", "error", *self.parameters}
        return tuple(name for name in self.columns if name not in told)

    @property
    def columns(self) -> tuple[str, ...]:
        """All columns but the monthly sums."""
        return tuple(name for name in self._dataset().schema.names if name != "monthly")

    @property
    def frame(self) -> pd.DataFrame:
        """One row a combination: parameters, engine, status, error and metrics."""
        table = self._dataset().to_table(columns=list(self.columns)).sort_by("combination")
        frame: pd.DataFrame = table.to_pandas()
        return frame

    @property
    def monthly(self) -> NDArray[np.float32]:
        """Monthly sums of r and of r squared, shape (n, n_months, 2), in the order of `frame`.

        NaN where a combination failed and in months outside its window.

        Raises
        ------
        ConfigError
            If the sweep was too large to keep them.
        """
        return self.monthly_of(None)

    def monthly_of(self, combinations: NDArray[np.int64] | None) -> NDArray[np.float32]:
        """Return `monthly` of some combinations, in ascending order; None for all."""
        n = int(self.info["months"]["n"])
        if not self.info["months"]["stored"]:
            raise ConfigError("this sweep kept no monthly sums: it is larger than keep_monthly")
        chosen = None if combinations is None else pc.field("combination").isin(combinations)
        table = self._dataset().to_table(columns=["combination", "monthly"], filter=chosen)
        table = table.sort_by("combination").combine_chunks()
        flat = pc.list_flatten(table["monthly"]).to_numpy()
        return np.asarray(flat, np.float32).reshape(len(table), n, 2)

    def scan(self, columns: list[str], chosen: Any, batch: int) -> Iterator[Any]:
        """Yield record batches of some columns of the rows that an expression chooses."""
        # Arrow reads 16 batches of 4 files ahead by default: hundreds of megabytes of sums.
        yield from self._dataset().to_batches(
            columns=columns,
            filter=chosen,
            batch_size=batch,
            batch_readahead=READ_AHEAD,
            fragment_readahead=READ_AHEAD,
        )

    def final_values(self) -> NDArray[np.float64]:
        """Return the final value by combination; NaN where it failed."""
        out = np.full(len(self), np.nan)
        table = self._dataset().to_table(columns=["combination", "status", "final_value"])
        is_able = pc.equal(table["status"], "ok").to_numpy(zero_copy_only=False)
        out[table["combination"].to_numpy()] = np.where(
            is_able, table["final_value"].to_numpy(), np.nan
        )
        return out

    def query(self, sql: str) -> pd.DataFrame:
        """Return the answer of duckdb; the parts are the table ``sweep``."""
        import duckdb

        with duckdb.connect() as connection:
            connection.execute(f"set disabled_optimizers = '{MISLED_BY_NAN}'")
            connection.from_parquet(self.files).create_view("sweep")
            return connection.execute(sql).df()

    def best(self, n: int = 10, by: str = "sharpe") -> pd.DataFrame:
        """Return the best rows by a column, ties by number; rows without the figure never win."""
        able, order = self._ranked(by)
        shown = ", ".join(f'"{name}"' for name in self.columns)
        return self.query(
            f"select {shown} from sweep where {able} "  # noqa: S608 - names of columns only
            f'order by "{by}" {order}, combination limit {int(n)}'
        )

    def best_runs(self, n: int = 10, by: str = "sharpe") -> pd.DataFrame:
        """Return the best distinct runs by a column, one row each, and how many rows are that run.

        Rows whose final value and metrics are the same to the last bit are one run: a parameter
        that does not bind makes many of them. The lowest number stands for all; ``rows`` counts
        them.
        """
        best = self.best(1, by)
        if best.empty:
            return best.assign(rows=0)
        able, order = self._ranked(by)
        same = ", ".join(f'"{name}"' for name in self.figures)
        # Few figures of all rows first: a million rows hashed whole would fill the memory.
        found = self.query(
            f'with top as (select final_value, "{by}" as figure, min(combination) as c '  # noqa: S608 - as above
            f"from sweep where {able} group by all order by figure {order}, c limit {int(n)}) "
            f"select min(combination) as combination, count(*) as rows from sweep "
            f"where {able} and final_value in (select final_value from top) "
            f'and "{by}" in (select figure from top) group by hash({same}) '
            f'order by any_value("{by}") {order}, combination limit {int(n)}'
        )
        rows = pd.DataFrame([self.row(int(one)) for one in found["combination"]])
        return rows.assign(rows=found["rows"].to_numpy())

    def _ranked(self, by: str) -> tuple[str, str]:
        """Return which rows a column ranks, and in which order, as SQL; it must be a column."""
        if by not in self.columns:
            raise ConfigError(unknown_name("column", by, self.columns))
        able = f'status = \'ok\' and "{by}" is not null and not isnan("{by}"::double)'
        return able, "asc" if by in LEAST_FIRST else "desc"

    def row(self, combination: int) -> dict[str, Any]:
        """Return one row by its number."""
        table = self._dataset().to_table(
            columns=list(self.columns), filter=pc.field("combination") == int(combination)
        )
        if not len(table):
            raise ConfigError(f"combination must be 0 to {len(self) - 1}, got {combination}")
        return dict(table.to_pylist()[0])

    def numbers(self, engine: str | None = None) -> NDArray[np.int64]:
        """Return the combinations that did not fail, ascending; those of one engine if asked."""
        able = pc.field("status") == "ok"
        if engine is not None:
            able &= pc.field("engine") == engine
        numbers = self._dataset().to_table(columns=["combination"], filter=able)
        return np.sort(numbers["combination"].to_numpy())

    def forms(self) -> dict[str, int]:
        """Return how many combinations each form of the replay ran, and backtrader."""
        found = self.query("select engine, form, count(*) as n from sweep group by all")
        rows = found[["engine", "form", "n"]].itertuples(index=False, name=None)
        return {str(form or engine): int(n) for engine, form, n in rows}

    def __len__(self) -> int:
        return int(self.info["counts"]["combinations"])

    def _dataset(self) -> Any:
        return ds.dataset(self.files, format="parquet")
