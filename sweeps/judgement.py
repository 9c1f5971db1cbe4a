"""What a sweep's best is worth: trials counted, Sharpe deflated, overfitting, one verdict."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from orebound.analyzers import (
    deflated_sharpe_ratio,
    effective_number_of_trials,
    pbo_from_monthly_sums,
    selection_verdict,
)

from .chunk import Context, run_chunk
from .ledger import Ledger
from .plan import Chunk
from .prepared import Prepared

if TYPE_CHECKING:
    from .sweep_result import Sweep

#: Combinations, evenly spaced, that overfitting and effective trials are measured on.
SAMPLED = 1_000
#: Why statistics over all trials are not had of a search.
ADAPTIVE = (
    "a search chooses trials by the results of earlier ones, so that statistics over its trials, "
    "as PBO and plateaus, would be biased"
)
MOST_BLOCKS = 16
LEAST_BLOCKS = 4
Sums = NDArray[np.float64]


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
    measured = _measured(sweep, context, prepared, out)
    deflated = _tried(out, "deflated_sharpe", lambda: _deflated(sweep, row, prepared, measured))
    has_regime = config.regime.regime != "none" and config.regime.when_off != "ignore"
    out["best"] = {key: row[key] for key in ("combination", "sharpe", "sharpe_error")}
    out["regime_episodes"] = int(row["regime_episodes"]) if has_regime else None
    out["verdict"] = label + selection_verdict(
        out["trials"],
        out["effective_trials"],
        # A lone trial needs no PBO, which must not make a search's best evidence.
        deflated=None if is_search and out["trials"] == 1 else deflated,
        overfitting=out["pbo"],
        regime_episodes=out["regime_episodes"],
        best={key: _finite(row[key]) for key in ("sharpe", "sharpe_error")},
    )
    return out


def _measured(
    sweep: Sweep, context: Context, prepared: Prepared, out: dict[str, Any]
) -> dict[str, Any]:
    """Put effective trials and PBO into `out`; both come from the monthly sums of a sample."""
    reasons = _unmeasured(sweep, context)
    if reasons:
        out.update({"sampled": 0, "notes": reasons} | dict.fromkeys(reasons))
        return out
    sums, sessions = _sample(sweep, context, prepared)
    out["sampled"] = len(sums)
    blocks = min(MOST_BLOCKS, len(sessions) // 2 // 2 * 2)

    def overfitting() -> float:
        if not context.plan.has_one_market:
            raise ValueError("the markets of this sweep have different sessions")
        if blocks < LEAST_BLOCKS:
            raise ValueError(f"{len(sessions)} months in common are too few")
        return pbo_from_monthly_sums(sums, sessions, n_blocks=blocks).pbo

    def effective() -> float:
        worth = effective_number_of_trials(sums[:, :, 0].T).number
        # Trials that were not sampled, and those of earlier sweeps, are taken to be as alike.
        return float(min(out["trials"], max(1.0, worth * out["trials"] / len(sums))))

    out["pbo"] = _tried(out, "pbo", overfitting)
    out["effective_trials"] = _tried(out, "effective_trials", effective)
    return out


def _unmeasured(sweep: Sweep, context: Context) -> dict[str, str]:
    """Return why effective trials and PBO cannot be measured; empty where they can."""
    if context.plan.config.settings.design == "search":
        return {"pbo": ADAPTIVE, "effective_trials": "every trial of a search counts as its own"}
    if not context.plan.keeps_months and not len(sweep.numbers(engine="replay")):
        missing = "runs through backtrader have monthly sums only where keep_monthly stores them"
        return {"pbo": missing, "effective_trials": missing}
    return {}


def _deflated(
    sweep: Sweep, row: dict[str, Any], prepared: Prepared, measured: dict[str, Any]
) -> float:
    spread = sweep.query(
        "select var_samp(case when isnan(sharpe_per_session) then 0 else sharpe_per_session end) "
        "as v from sweep where status = 'ok'"
    )["v"].iloc[0]
    return deflated_sharpe_ratio(
        row["sharpe_per_session"],
        len(prepared.calendar.session_rows) - 1,
        measured["effective_trials"] or measured["trials"],
        0.0 if np.isnan(spread) else float(spread),
        row["skew"],
        row["kurtosis"],
    )


def _tried(out: dict[str, Any], name: str, figure: Callable[[], float]) -> float | None:
    """Put a figure into `out`, or None and the reason among the notes."""
    try:
        out[name] = figure()
    except ValueError as error:
        out[name], out["notes"][name] = None, str(error)
    value: float | None = out[name]
    return value


def _sample(sweep: Sweep, context: Context, prepared: Prepared) -> tuple[Sums, NDArray[np.int64]]:
    """Return the monthly sums of evenly spaced combinations, and the sessions of each month.

    Only months that every one of them lived through count; where their windows differ, the
    first and the last of these may be cut short and are left out.
    """
    plan = replace(context.plan, keeps_months=True)
    # Where sums were not stored, those of the replay are made again.
    places = sweep.numbers(engine=None if context.plan.keeps_months else "replay")
    places = places[np.unique(np.linspace(0, len(places) - 1, SAMPLED).astype(np.int64))]
    if context.plan.keeps_months:
        sums = sweep.monthly_of(places).astype(np.float64)
    else:
        table = run_chunk(Context(plan, context.workshop), Chunk(-1, "", places, "replay"))
        flat = table["monthly"].combine_chunks().flatten().to_numpy()
        sums = flat.astype(np.float64).reshape(len(places), plan.months[1], 2)
    is_known = np.isfinite(sums[:, :, 0])
    common = np.flatnonzero(is_known.all(axis=0))
    if (is_known != is_known[0]).any():
        common = common[1:-1]
    return sums[:, common], _sessions(prepared, plan.months)[common]


def _sessions(prepared: Prepared, months: tuple[int, int]) -> NDArray[np.int64]:
    """Return the daily returns of each stored month of one window."""
    closes = prepared.source.panel.closes[slice(*prepared.window)]
    rows = prepared.calendar.session_rows[1:]
    place = closes[rows].astype("datetime64[M]").astype(np.int64) - months[0]
    return np.bincount(place, minlength=months[1]).astype(np.int64)


def _finite(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None
