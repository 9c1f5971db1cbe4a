"""Combinatorial purged cross-validation beside a walk forward, on the same months."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from orebound.analyzers import PurgedPlan, PurgedWalk


def purged_beside(sessions: NDArray[np.int64], embargo: int) -> tuple[PurgedWalk | None, str]:
    """Return what cross-validates beside the windows, or why the months do not allow it."""
    try:
        return PurgedWalk(sessions, PurgedPlan(purge_months=max(embargo, 1))), ""
    except ValueError as error:
        return None, str(error)


def paths_of(purged: PurgedWalk | None, why: str, root: float) -> dict[str, Any]:
    """Return the paths as they are stored, Sharpe ratios times `root` a year, and in words."""
    if purged is None:
        return {"words": f"combinatorial purged cross-validation: n/a, {why}"}
    found = purged.paths()
    sharpes = np.sort(found.sharpe * root)
    lost = int((sharpes < 0.0).sum())
    words = (
        f"combinatorial purged cross-validation, best Sharpe ratio of each of {len(found.tests)} "
        f"choices of {found.n_groups - found.n_test} of {found.n_groups} groups of months, tested "
        f"on the others ({found.purge_months} purged beside them): {len(sharpes)} paths out of "
        f"sample with Sharpe ratios of {sharpes[0]:.2f} to {sharpes[-1]:.2f}, median "
        f"{np.median(sharpes):.2f}; {lost} lost"
    )
    return {
        "groups": found.n_groups,
        "tested": found.n_test,
        "purge_months": found.purge_months,
        "splits": len(found.tests),
        "sharpe": sharpes.tolist(),
        "chosen": found.chosen.tolist(),
        "words": words,
    }
