"""The null sweep: the same grid on histories in which miners do not catch up."""

from __future__ import annotations

import math
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, field
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from orebound.analyzers import counted
from orebound.feeds import ConfigError

from .null_worlds import NullWorlds
from .sweep_folder import NULL, STATE, SweepFolder

if TYPE_CHECKING:
    from .sweep_result import Sweep

#: A share of so many worlds is off by at most so many standard errors, 19 times in 20.
ERRORS = 1.96
Done = Callable[[int], None]


@dataclass(frozen=True, eq=False, repr=False)
class NullSweep:
    """The best of a sweep beside the bests of the same grid where there is no edge.

    Attributes
    ----------
    best : ndarray of shape (worlds,)
        Highest Sharpe ratio a year of each null world.
    observed : float
        That of the sweep, over the same rows.
    p : float
        ``(1 + number of worlds at least as good) / (1 + worlds)``.
    error : float
        Its Monte-Carlo standard error.
    document : dict
        What ``null.json`` holds.
    """

    path: Path
    best: NDArray[np.float64] = field(repr=False)
    observed: float
    p: float
    error: float
    document: dict[str, Any] = field(repr=False)

    @property
    def table(self) -> pd.DataFrame:
        """Quantiles of the best Sharpe ratio under no edge, and the observed one."""
        shares = (0.05, 0.25, 0.5, 0.75, 0.95)
        rows = [(f"{share:.0%} of worlds below", float(np.quantile(self.best, share)))
                for share in shares]  # fmt: skip
        rows.append(("observed", self.observed))
        return pd.DataFrame(rows, columns=["of", "best_sharpe"])

    def save(self) -> Path:
        """Write ``null.json``, and the verdict that reads it into ``sweep.json``."""
        from .judgement import judged

        folder = SweepFolder(self.path)
        folder.write(NULL, self.document)
        state = folder.state()
        if state.get("id") == self.document["id"] and "best" in state.get("selection", {}):
            state["selection"] = judged(state["selection"], self.document)
            folder.write(STATE, state)
        return self.path / NULL

    def __repr__(self) -> str:
        return f"<NullSweep {self.document['words']}>"

    def _repr_html_(self) -> str:
        table = self.table.to_html(index=False, float_format="{:,.2f}".format)
        return f"<p>{escape(self.document['words'])}</p>{table}"


def null_sweep(
    sweep: Sweep,
    worlds: int = 100,
    *,
    seed: int = 0,
    block: float | None = None,
    jobs: int | None = None,
    told: Done = lambda _n: None,
) -> NullSweep:
    """Return how good the best of a sweep's rows is where miners do not catch up.

    Every replayed row runs again on every world of `null_market`; regime events keep their dates.

    Parameters
    ----------
    worlds : int
        Histories; p cannot be below 1 / (1 + worlds).
    seed : int
        World k is drawn by ``(seed, k)``.
    block : float, optional
        Mean length of a joint block in sessions.
    told : callable, optional
        Called with the number of worlds done.

    Raises
    ------
    ConfigError
        If the sweep is a search or not finished, its rows are of several markets, none was
        replayed, or the market's series share too little history.

    References
    ----------
    Davison and Hinkley (1997), Bootstrap Methods and their Application, section 4.2: the p-value.
    """
    # Loaded here: a backtest, which imports this room, needs no compiler.
    from .local_engine import cores, map_chunks
    from .month_sums import context_of
    from .null_best import Base, best_of_world

    if worlds < 1:
        raise ConfigError(f"worlds must be at least 1, got {worlds}")
    observed = _observed(sweep)
    context = context_of(sweep)
    if not context.plan.has_one_market:
        raise ConfigError(f"{sweep.path}: cannot be swept on null worlds: its rows are of several "
                          "markets")  # fmt: skip
    drawn = NullWorlds.of(sweep.workshop.market(sweep.config.base), block)
    base = Base(context, drawn, seed)
    found = np.full(worlds, np.nan)
    with closing(map_chunks(best_of_world, range(worlds), base, jobs=jobs or cores())) as done:
        for n, (number, value) in enumerate(done, 1):
            found[number] = value
            told(n)
    root = math.sqrt(sweep.config.base.run.periods_per_year)
    return _result(sweep, found * root, observed * root, {"seed": seed, "block": drawn.block})


def _observed(sweep: Sweep) -> float:
    if sweep.is_explore_only:
        raise ConfigError(
            f"{sweep.path}: a search chooses its rows by results, which other worlds would not "
            "have chosen: sweep a grid or a random design"
        )
    if (status := sweep.info["status"]) != "finished":
        raise ConfigError(f"{sweep.path}: the sweep is {status}: run it again to finish it")
    value = sweep.query(
        "select max(case when isnan(sharpe_per_session::double) then 0 "
        "else sharpe_per_session::double end) as v from sweep "
        "where status = 'ok' and engine = 'replay'"
    )["v"].iloc[0]
    if value is None or not math.isfinite(value):
        raise ConfigError(f"{sweep.path}: none of its rows was replayed, and the null sweep runs "
                          "through the replay only")  # fmt: skip
    return float(value)


def _result(
    sweep: Sweep, best: NDArray[np.float64], observed: float, drawn: dict[str, Any]
) -> NullSweep:
    n, reached = len(best), int((best >= observed).sum())
    p = (1 + reached) / (1 + n)
    error = math.sqrt(p * (1.0 - p) / n)
    counts = sweep.info["counts"]
    left_out = counts["combinations"] - counts["through_backtrader"]
    words = (
        f"best Sharpe ratio {observed:.2f} against {np.median(best):.2f} in the median of "
        f"{counted(n, 'world')} without an edge, {np.quantile(best, 0.95):.2f} in the best "
        f"twentieth; {reached} reach it: p = {p:.3f} ± {error:.3f}"
    )
    document = {
        "id": sweep.info["id"],
        "worlds": n,
        "rows": left_out,
        "observed": observed,
        "reached": reached,
        "p": p,
        "p_error": error,
        "p_range": (max(p - ERRORS * error, 0.0), min(p + ERRORS * error, 1.0)),
        "best": best.tolist(),
        "units": "Sharpe ratios a year, risk-free rate of the run",
        "words": words,
    } | drawn
    return NullSweep(sweep.path, best, observed, p, error, document)
