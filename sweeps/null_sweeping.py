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
from orebound.feeds import ConfigError, Market

from .identity import digest, market_digest
from .null_store import KeptWorlds, NullStore
from .null_worlds import NullWorlds
from .sweep_folder import NULL, STATE, SweepFolder
from .sweeping import Progress, Tick

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
    progress: Progress | None = None,
) -> NullSweep:
    """Return how good the best of a sweep's rows is where miners do not catch up.

    Every replayed row runs again on every world of `null_market`; regime events keep their dates.
    Each world is kept below the sweep's directory as it ends: the same call goes on from there,
    more worlds only add to them, and where all are there nothing runs.

    Parameters
    ----------
    worlds : int
        Histories; p cannot be below 1 / (1 + worlds).
    seed : int
        World k is drawn by ``(seed, k)``.
    block : float, optional
        Mean length of a joint block in sessions.
    told : callable, optional
        Called with the number of worlds done, whenever one ends.
    progress : callable, optional
        Called with a `Tick` a few times a second; the first estimate of the time is a note.

    Raises
    ------
    ConfigError
        If the sweep is a search or not finished, its rows are of several markets, none was
        replayed, the market's series share too little history, or its data have changed since.
    KeyboardInterrupt
        Within seconds; finished worlds stay.

    References
    ----------
    Davison and Hinkley (1997), Bootstrap Methods and their Application, section 4.2: the p-value.
    """
    if worlds < 1:
        raise ConfigError(f"worlds must be at least 1, got {worlds}")
    observed = _observed(sweep)
    tell = progress or (lambda _tick: None)
    store = NullStore.of(sweep.path, sweep.info["id"], seed=seed, block=block)
    kept = store.found(range(worlds))
    if kept.n_lost:
        was = "was" if kept.n_lost == 1 else "were"
        words = f"{counted(kept.n_lost, 'world')} {was} damaged: made again"
        tell(Tick(words, 0, worlds, is_note=True))
    if kept.best:
        told(len(kept.best))
    if len(kept.best) == worlds:
        tell(Tick("finished already", worlds, worlds, is_note=True))
    else:
        kept = _made(sweep, worlds, store, kept, seed, block, jobs, told, tell)
    found = np.array([kept.best[number] for number in range(worlds)])
    root = math.sqrt(sweep.config.base.run.periods_per_year)
    return _result(sweep, found * root, observed * root, {"seed": seed, "block": kept.block})


def _made(
    sweep: Sweep,
    worlds: int,
    store: NullStore,
    kept: KeptWorlds,
    seed: int,
    block: float | None,
    jobs: int | None,
    told: Done,
    tell: Progress,
) -> KeptWorlds:
    """Return all worlds, those that are missing made now."""
    # Loaded here: a backtest, which imports this room, needs no compiler.
    from .forms import make_forms_ready
    from .local_engine import cores, map_chunks
    from .month_sums import context_of
    from .null_best import Base, best_of_world
    from .null_pace import Pace

    tell(Tick("reading the market", 0, worlds))
    context = context_of(sweep)
    if not context.plan.has_one_market:
        raise ConfigError(f"{sweep.path}: cannot be swept on null worlds: its rows are of several "
                          "markets")  # fmt: skip
    market = sweep.workshop.market(sweep.config.base)
    _refuse_changed(sweep, market)
    drawn = NullWorlds.of(market, block)
    make_forms_ready(
        context.plan,
        list(range(context.plan.n_replayed_chunks)),
        lambda words: tell(Tick(words, 0, worlds, is_note=True)),
        loads=True,
    )
    store.open()
    best = dict(kept.best)
    pace = Pace(len(best), worlds, context.plan.n_replayed, tell)
    base = Base(context, drawn, seed, store, pace.count)
    missing = [number for number in range(worlds) if number not in best]
    with closing(
        map_chunks(best_of_world, missing, base, jobs=jobs or cores(), meanwhile=pace.tell)
    ) as done:
        for number, value in done:
            best[number] = value
            pace.world()
            told(len(best))
    return KeptWorlds(best, drawn.block, 0)


def _refuse_changed(sweep: Sweep, market: Market) -> None:
    """Refuse worlds of other data than the sweep's: they would not be its null."""
    before = {(row["role"], row["symbol"]): row["sha256"] for row in sweep.info["data"]}
    frame = market.frame()
    rows = zip(frame["role"], frame["symbol"], frame["sha256"], strict=True)
    now = {(str(role), str(symbol)): str(sha256) for role, symbol, sha256 in rows}
    whole = digest([market_digest(market)])
    if before == now and sweep.info.get("data_sha256", whole) == whole:
        return
    keys = sorted(before.keys() | now.keys())
    changed = dict.fromkeys(key[1] for key in keys if before.get(key) != now.get(key))
    of = f" of {', '.join(changed)}" if changed else ""
    raise ConfigError(
        f"{sweep.path}: the data{of} have changed since it ran, and worlds made of them would not "
        "be its null: sweep again"
    )


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
