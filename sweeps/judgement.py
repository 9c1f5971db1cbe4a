"""What a sweep's best is worth: trials counted, Sharpe deflated, overfitting, one verdict."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from orebound.analyzers import (
    BlockSums,
    deflated_sharpe_ratio,
    effective_number_of_trials,
    expected_max_sharpe,
    missed_limits,
    pbo_of_block_sums,
    selection_verdict,
)
from orebound.strategies import Rule

from .chunk import Context
from .evidence import Evidence, gather
from .ledger import Ledger
from .standing import against_cash, around_the_best
from .sweep_folder import SweepFolder

if TYPE_CHECKING:
    from .sweep_result import Sweep

#: Trials that clusters are found on, and the seeds that draw them: what the draw decides is told.
CLUSTERED, SEEDS = 1_000, (0, 1)
THREADS = 2


#: Why statistics over all trials are not had of a search.
ADAPTIVE = (
    "a search chooses trials by the results of earlier ones, so that statistics over its trials, "
    "as PBO and plateaus, would be biased"
)
UNMEASURED = {
    "pbo": ADAPTIVE,
    "spa": ADAPTIVE,
    "neighbourhood": ADAPTIVE,
    "effective_trials": "every trial of a search counts as its own",
}


class Luck(NamedTuple):
    """What the deflated Sharpe ratio takes of one row and of all."""

    sharpe: float
    n_obs: int
    variance: float
    skew: float
    kurtosis: float

    def deflated(self, n_trials: float) -> float:
        """Return the probability against so many independent trials."""
        return deflated_sharpe_ratio(
            self.sharpe, self.n_obs, n_trials, self.variance, self.skew, self.kurtosis
        )


def make_ready() -> None:
    """Load what `judge` needs, or compile it where this machine has not yet: a second or more."""
    import duckdb  # noqa: F401
    import scipy.cluster.hierarchy  # noqa: F401

    blocks = np.ones((2, 2))
    pbo_of_block_sums(BlockSums(blocks, blocks, np.full(2, 2)))


def judge(sweep: Sweep, context: Context, ledger: Ledger, data: str) -> dict[str, Any]:
    """Return the selection statistics of a finished sweep; what cannot be had is None with why.

    Parameters
    ----------
    data : str
        The ledger's key of the market.
    """
    settings = context.plan.config.settings
    out: dict[str, Any] = {"trials": ledger.count(data, settings.idea), "notes": {}}
    is_search = settings.design == "search"
    label = "explore only: " if is_search else ""
    best = sweep.best(1)
    if best.empty:
        return out | {"verdict": f"{label}no combination traded: nothing to judge"}
    row = sweep.row(int(best["combination"].iloc[0]))
    config = sweep.run_config(int(row["combination"]))
    prepared = context.workshop.prepared({name: row[name] for name in sweep.parameters})
    if is_search:
        out |= {"notes": dict(UNMEASURED)} | dict.fromkeys(UNMEASURED)
    else:
        others = ledger.worth_of_others(data, settings.idea, sweep.info["id"])
        evidence = gather(sweep, context, prepared)
        _tried(out, "months", lambda: _months(evidence, context))
        with ThreadPoolExecutor(THREADS) as pool:  # most of either needs no interpreter
            figures = {
                "pbo": lambda: _overfitting(evidence, context, out),
                "effective_trials": lambda: _effective(evidence, others, out),
                "spa": lambda: _superior(evidence, context, out),
                "neighbourhood": lambda: around_the_best(sweep, context.plan.design),
            }
            for begun in [pool.submit(_tried, out, *pair) for pair in figures.items()]:
                begun.result()
    luck = Luck(
        row["sharpe_per_session"],
        len(prepared.calendar.session_rows) - 1,
        _variance(sweep),
        row["skew"],
        row["kurtosis"],
    )
    _tried(out, "deflated_sharpe", lambda: _deflated(luck, out))
    yearly = np.sqrt(config.run.periods_per_year)
    out["expected_best"] = yearly * expected_max_sharpe(_n_tried(out), luck.variance)
    has_regime = config.regime.looks and config.regime.when_off != "ignore"
    if not isinstance(config.rule, Rule):  # a rule of one's own may number no episodes
        has_regime = bool((prepared.rule.spell >= 0).any())
    out["best"] = {key: row[key] for key in ("combination", "sharpe", "sharpe_error")}
    out["regime_episodes"] = int(row["regime_episodes"]) if has_regime else None
    folder, identity = SweepFolder(sweep.path), sweep.info["id"]
    found = judged(out | {"explore_only": is_search}, folder.null(identity))
    return with_daily(found, folder.superior(identity))


def judged(found: dict[str, Any], null: dict[str, Any]) -> dict[str, Any]:
    """Return selection statistics with their verdict, the null sweep of the same rows in it.

    Parameters
    ----------
    null : dict
        What ``null.json`` holds; empty where no null sweep was run.
    """
    out = dict(found)
    is_search = bool(out.get("explore_only"))
    # A lone trial needs no PBO, which must not make a search's best evidence.
    is_withheld = is_search and out["trials"] == 1
    deflated = None if is_withheld else out["deflated_sharpe"]
    deflated_range = None if is_withheld else _pair(out.get("deflated_sharpe_range"))
    if null:
        out["null"] = {key: null[key] for key in ("p", "p_range", "worlds", "words")}
    beside = _pair(null.get("p_range"))
    out["verdict"] = ("explore only: " if is_search else "") + selection_verdict(
        out["trials"],
        out["effective_trials"],
        deflated=deflated,
        deflated_range=deflated_range,
        overfitting=out["pbo"],
        overfitting_range=_pair(out.get("pbo_range")),
        null_p=null.get("p"),
        null_range=beside,
        regime_episodes=out["regime_episodes"],
        best={key: _finite(out["best"][key]) for key in ("sharpe", "sharpe_error")},
    )
    out["missed"] = missed_limits(
        _pair(out.get("deflated_sharpe_range")),
        _pair(out.get("pbo_range")),
        out["regime_episodes"],
        beside,
    )
    return out


def with_daily(found: dict[str, Any], daily: dict[str, Any]) -> dict[str, Any]:
    """Return selection statistics with Hansen's test on daily returns: ``spa.json``, in short.

    It is not asked of the verdict, as that on monthly returns is not.
    """
    return found | {"spa_daily": {key: daily[key] for key in ("p", "words")}} if daily else found


def _pair(values: Any) -> tuple[float, float] | None:
    return None if values is None else (float(values[0]), float(values[1]))


def _months(evidence: Evidence, context: Context) -> dict[str, Any]:
    """Return the months that the judgement, and a walk forward, rest on."""
    _refuse_many_markets(context)
    return {"first": str(evidence.first), "sessions": evidence.sessions.tolist()}


def _refuse_many_markets(context: Context) -> None:
    if not context.plan.has_one_market:
        raise ValueError("the markets of this sweep have different sessions")


def _refuse_none(evidence: Evidence) -> None:
    if not evidence.samples:
        raise ValueError("every row that was drawn to be judged failed")


def _overfitting(evidence: Evidence, context: Context, out: dict[str, Any]) -> float:
    """Return PBO; what it rests on and how far it may be off go into `out`."""
    _refuse_many_markets(context)
    _refuse_none(evidence)
    blocks = [sample.blocks for sample in evidence.samples if sample.blocks is not None]
    if not blocks:
        raise ValueError(f"{len(evidence.sessions)} months in common are too few")
    if blocks[0].total.shape[1] < 2:
        raise ValueError("a single combination cannot be overfitted")
    with ThreadPoolExecutor(THREADS) as pool:
        found = list(pool.map(pbo_of_block_sums, blocks))
    pbos = np.array([one.pbo for one in found])
    value = float(pbos.mean())
    error = float(pbos.std(ddof=1) / np.sqrt(len(pbos))) if len(pbos) > 1 else 0.0
    width = error * _t_95(len(pbos)) if error else 0.0
    out["pbo_range"] = (max(value - width, 0.0), min(value + width, 1.0))
    out["pbo_basis"] = {
        "trials": found[0].n_trials,
        "samples": len(found),
        "of": evidence.n_rows,
        "blocks": found[0].n_blocks,
        "splits": found[0].n_splits,
        "sampling_error": error,
        "words": _pbo_words(evidence, found[0].n_trials, found[0].n_splits, error),
    }
    return value


def _superior(evidence: Evidence, context: Context, out: dict[str, Any]) -> float:
    """Return Hansen's consistent p-value; what it rests on goes into `out`."""
    _refuse_many_markets(context)
    _refuse_none(evidence)
    value, out["spa_basis"] = against_cash(evidence)
    return value


def _t_95(n: int) -> float:
    """Return by how many standard errors a mean of n normal figures may be off, 19 times in 20."""
    from scipy.special import stdtrit  # scipy.stats would take a third of a second to import

    return float(stdtrit(n - 1, 0.975))


def _pbo_words(evidence: Evidence, n_trials: int, n_splits: int, error: float) -> str:
    if len(evidence.samples) == 1:
        return f"all {n_trials:,} rows in all {n_splits:,} splits, no sampling error"
    return (
        f"mean of {len(evidence.samples)} random samples of {n_trials:,} of {evidence.n_rows:,} "
        f"rows, each in all {n_splits:,} splits, sampling error {error:.3f}; it says how choosing "
        f"among {n_trials:,} does"
    )


def _effective(evidence: Evidence, others: float, out: dict[str, Any]) -> float:
    """Return the effective number of trials, the larger of two clusterings where they differ.

    Other sweeps on the same data and idea count as what they were found to be worth.
    """
    _refuse_none(evidence)
    totals = evidence.totals()
    n_rows = totals.shape[1]
    seeds = SEEDS if n_rows > CLUSTERED else SEEDS[:1]
    with ThreadPoolExecutor(len(seeds)) as pool:
        found = list(
            pool.map(
                lambda seed: effective_number_of_trials(
                    totals, most_clustered=CLUSTERED, seed=seed
                ),
                seeds,
            )
        )
    # Rows of this sweep outside the sample are taken to be as alike as those in it.
    scale = evidence.n_rows / n_rows
    own = [min(max(1.0, one.number * scale), float(evidence.n_rows)) for one in found]
    numbers = [min(float(out["trials"]), one + others) for one in own]
    clustered = found[0].n_clustered
    drawn = "" if clustered >= n_rows else f", a random sample of {clustered:,} clustered"
    twice = f": {max(own):,.0f}"
    if len(found) > 1:
        twice = f" {len(found)} times: {min(own):,.0f} to {max(own):,.0f}"
    scaled = "" if scale == 1.0 else f", scaled to this sweep's {evidence.n_rows:,}"
    scaled += f"; other sweeps on this data and idea: {others:,.0f}" if others else ""
    out["effective_own"] = max(own)
    out["effective_range"] = (min(numbers), max(numbers))
    out["effective_basis"] = {
        "trials": n_rows,
        "of": out["trials"],
        "clustered": clustered,
        "clusters": [one.n_clusters for one in found],
        "words": f"monthly returns of {n_rows:,} rows{drawn}{twice}{scaled}",
    }
    return float(max(numbers))


def _deflated(luck: Luck, out: dict[str, Any]) -> float:
    """Return the deflated Sharpe probability; its range is that of the effective trials."""
    few, many = out.get("effective_range", (out["trials"], out["trials"]))
    out["deflated_sharpe_range"] = (luck.deflated(many), luck.deflated(few))
    return luck.deflated(_n_tried(out))


def _n_tried(out: dict[str, Any]) -> float:
    """Return the effective number of trials, every trial where there is none."""
    return float(out["effective_trials"] or out["trials"])


def _variance(sweep: Sweep) -> float:
    # In one order: added up by whichever thread is first, its last bit changes from call to call.
    found = sweep.query(
        "select sharpe_per_session as v from sweep where status = 'ok' order by combination"
    )["v"].to_numpy()
    return float(np.nan_to_num(found).var(ddof=1)) if len(found) > 1 else 0.0


def _tried(out: dict[str, Any], name: str, figure: Callable[[], Any]) -> None:
    """Put a figure into `out`, or None and the reason among the notes."""
    try:
        out[name] = figure()
    except ValueError as error:
        out[name], out["notes"][name] = None, str(error)


def _finite(value: float | None) -> float | None:
    return float(value) if value is not None and np.isfinite(value) else None
