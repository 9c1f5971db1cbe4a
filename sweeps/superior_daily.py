"""Hansen's test again on daily returns of the rows a sweep is judged by, made for it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from orebound.analyzers import superior_predictive_ability
from orebound.feeds import ConfigError

from .sweep_folder import STATE, SUPERIOR, SweepFolder

if TYPE_CHECKING:
    from .daily_returns import DailyReturns
    from .month_sums import Rows
    from .sweep_result import Sweep


@dataclass(frozen=True, eq=False, repr=False)
class DailySuperior:
    """Whether the best of a sweep's rows is better than cash, by their daily returns.

    Attributes
    ----------
    p : float
        Hansen's consistent p-value.
    daily : DailyReturns
        What it rests on.
    document : dict
        What ``spa.json`` holds: `p`, its bounds and White's, rows, sessions, block and words.
    """

    path: Path
    p: float
    daily: DailyReturns = field(repr=False)
    document: dict[str, Any] = field(repr=False)

    def save(self) -> Path:
        """Write ``spa.json``, and what matters of it beside the verdict in ``sweep.json``."""
        from .judgement import with_daily

        folder = SweepFolder(self.path)
        folder.write(SUPERIOR, self.document)
        state = folder.state()
        if state.get("id") == self.document["id"] and "best" in state.get("selection", {}):
            state["selection"] = with_daily(state["selection"], self.document)
            folder.write(STATE, state)
        return self.path / SUPERIOR

    def __repr__(self) -> str:
        return f"<DailySuperior {self.document['words']}>"


def daily_superior(
    sweep: Sweep,
    rows: int = 2_000,
    *,
    draws: int = 1_000,
    seed: int = 0,
    told: Callable[[int], None] = lambda _n: None,
) -> DailySuperior:
    """Return Hansen's test on daily returns of the rows that the sweep is judged by.

    The same rows as the test on monthly sums takes, those through backtrader left out; each runs
    again through the scalar replay. Sessions before or after which a row has no return are left
    out for all.

    Parameters
    ----------
    rows : int
        At most so many, at random where there are more.
    draws, seed : int
        Resamples of the stationary bootstrap.
    told : callable, optional
        Called with the number of rows done.

    Raises
    ------
    ConfigError
        If the sweep is a search or not finished, its rows are of several markets, none was
        replayed, or they share too few sessions.
    """
    # Loaded here: a backtest, which imports this room, needs no compiler.
    from .daily_returns import daily_returns
    from .standing import basis_of

    for name, value in (("rows", rows), ("draws", draws)):
        if value < 1:
            raise ConfigError(f"{name} must be at least 1, got {value}")
    chosen, n_replayed = _judged_rows(sweep, rows)
    daily = daily_returns(sweep, chosen, told=told)
    try:
        found = superior_predictive_ability(daily.returns, draws=draws, seed=seed)
    except ValueError as error:
        raise ConfigError(f"{sweep.path}: {error}") from None
    basis = basis_of(found, n_replayed, "daily returns", "sessions")
    first, last = (str(day) for day in daily.dates[[0, -1]])
    words = f"{len(daily.dates):,} sessions from {first} to {last}, {basis['words']}"
    document = {"id": sweep.info["id"], "p": found.p_consistent} | basis
    document |= {"sessions": len(daily.dates), "first": first, "last": last, "seed": seed,
                 "words": words}  # fmt: skip
    return DailySuperior(sweep.path, found.p_consistent, daily, document)


def _judged_rows(sweep: Sweep, most: int) -> tuple[Rows, int]:
    """Return the rows to be made again, and how many replayed rows they stand for."""
    from .judgement import ADAPTIVE
    from .month_sums import context_of
    from .standing import resampled

    if sweep.is_explore_only:
        raise ConfigError(f"{sweep.path}: {ADAPTIVE}: sweep a grid or a random design")
    if (status := sweep.info["status"]) != "finished":
        raise ConfigError(f"{sweep.path}: the sweep is {status}: run it again to finish it")
    plan = context_of(sweep).plan
    if not plan.has_one_market:
        raise ConfigError(f"{sweep.path}: the markets of this sweep have different sessions")
    able = np.intersect1d(plan.order[: plan.n_replayed], sweep.numbers())
    if not len(able):
        raise ConfigError(f"{sweep.path}: none of its rows was replayed, and daily returns are "
                          "made by the replay only")  # fmt: skip
    judged = np.concatenate([np.intersect1d(part, able) for part in plan.samples])
    places = resampled(len(judged), most)
    return np.sort(judged if places is None else judged[places]), len(able)
