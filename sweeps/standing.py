"""How the best of a sweep stands: against cash among all rows, and among its neighbours."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from orebound.analyzers import (
    RealityCheck,
    neighbourhood,
    plateau_or_peak,
    superior_predictive_ability,
)

from .design import Design
from .evidence import Evidence

if TYPE_CHECKING:
    from .sweep_result import Sweep

#: Trials that are resampled together, how often, and what draws them: a few tenths of a second.
RESAMPLED, DRAWS, SEED = 2_000, 1_000, 0


def against_cash(evidence: Evidence) -> tuple[float, dict[str, Any]]:
    """Return Hansen's consistent p-value of the judged rows, and what it rests on."""
    totals = evidence.totals()
    if (chosen := resampled(totals.shape[1])) is not None:
        totals = totals[:, chosen]
    found = superior_predictive_ability(totals, draws=DRAWS)
    return found.p_consistent, basis_of(found, evidence.n_rows, "monthly returns", "months")


def resampled(n_rows: int, most: int = RESAMPLED) -> NDArray[np.int64] | None:
    """Return the places of so many rows at random, ascending; None where all of them are taken."""
    if n_rows <= most:
        return None
    return np.sort(np.random.default_rng(SEED).choice(n_rows, most, replace=False))


def basis_of(found: RealityCheck, n_rows: int, what: str, unit: str) -> dict[str, Any]:
    """Return what a p-value of Hansen's test rests on.

    Parameters
    ----------
    n_rows : int
        Rows that its trials stand for.
    what, unit : str
        As ``monthly returns`` and ``months``.
    """
    return {
        "trials": found.n_trials,
        "of": n_rows,
        "draws": found.draws,
        "block": found.block,
        "p_lower": found.p_lower,
        "p_upper": found.p_upper,
        "p_white": found.p_white,
        "words": _superior_words(found, n_rows, what, unit),
    }


def _superior_words(found: RealityCheck, n_rows: int, what: str, unit: str) -> str:
    whole = found.n_trials == n_rows
    rows = (
        f"all {n_rows:,} rows"
        if whole
        else (f"a random sample of {found.n_trials:,} of {n_rows:,} rows")
    )
    return (
        f"{what} of {rows} against cash, {found.draws:,} stationary bootstraps of blocks "
        f"of {found.block:.1f} {unit}: p = {found.p_consistent:.3f} that none is better "
        f"({found.p_lower:.3f} to {found.p_upper:.3f}; White {found.p_white:.3f})"
    )


def around_the_best(sweep: Sweep, design: Design) -> dict[str, Any]:
    """Return what the rows one step away from the best are like: a plateau or a peak."""
    columns, ordered = [], []
    for levels, codes in zip(design.levels, design.codes, strict=True):
        is_ordered = len({type(one) for one in levels}) == 1 and not isinstance(
            levels[0], str | bool
        )
        order = (
            sorted(range(len(levels)), key=levels.__getitem__) if is_ordered else range(len(levels))
        )
        columns.append(np.argsort(order)[codes])
        ordered.append(is_ordered)
    rows = sweep.query("select combination, sharpe from sweep where status = 'ok'")
    values = np.full(len(sweep), np.nan)
    values[rows["combination"].to_numpy()] = rows["sharpe"].to_numpy()
    if not columns:
        raise ValueError("nothing varies")
    found = neighbourhood(values, np.column_stack(columns), ordered)
    best = plateau_or_peak(values, found)
    words = "fewer than two rows are one step away from the best"
    if best.kind != "n/a":
        words = (
            f"the best stands on a {best.kind}: {best.count} rows one step away in one parameter "
            f"have a median Sharpe ratio of {best.median:.2f} against its {best.value:.2f}, "
            f"{best.above:.0%} of them above 0; rank {best.rank:,} of {best.of:,} by that median"
        )
    keys = ("kind", "value", "median", "above", "count", "rank", "of")
    return {key: getattr(best, key) for key in keys} | {"words": words}
