"""What proves a sweep: chosen rows again through backtrader, and that its rule reads no future."""

from __future__ import annotations

from typing import Any

from orebound.analyzers import counted
from orebound.strategies import is_own

from .past_only import MOMENTS, PastOnlyFailed, prove_past_only
from .sweep_folder import VERIFIED
from .sweep_result import Sweep
from .sweep_state import SweepRun, write_state
from .verify import VerificationFailed, verify


def is_proven(run: SweepRun, wanted: int) -> bool:
    """Return whether a sweep was proven already, on as many rows as are wanted."""
    found = run.folder.verified()
    return (
        found.get("id") == run.identity
        and int(found.get("asked", -1)) >= wanted
        and ("lookahead" in found or not _checks_rule(run, wanted))
    )


def _checks_rule(run: SweepRun, wanted: int) -> bool:
    return bool(wanted) and is_own(run.plan.config.base.rule)


def prove(run: SweepRun, made: Sweep, wanted: int) -> None:
    """Run chosen combinations through backtrader and write what was found.

    Raises
    ------
    VerificationFailed
        If backtrader does not confirm one, or the rule is one's own and reads the future.
    """
    rows = made.chosen(wanted, run.plan.config.settings.seed)
    run.tell(f"{counted(len(rows), 'combination')} again, through backtrader")
    document: dict[str, Any] = {"id": run.identity, "asked": wanted, "status": "failed"}
    try:
        document |= verify(run.workshop, rows)
        if _checks_rule(run, wanted):
            document["lookahead"] = _past_only(run, made)
        document["status"] = "equal"
    except VerificationFailed as error:
        found = {"lookahead": error.record} if isinstance(error, PastOnlyFailed) else {}
        document |= found | {"difference": str(error), "asked": -1}
        run.folder.write(VERIFIED, document)
        write_state(run, "not confirmed")
        raise
    run.folder.write(VERIFIED, document)


def _past_only(run: SweepRun, made: Sweep) -> dict[str, Any]:
    """Return how the best row and one at random were shown to read no future."""
    seed = run.plan.config.settings.seed

    def told(done: int, total: int) -> None:
        run.tell(f"whether the rule reads the future: {done} of {counted(total, 'moment')}")

    told(0, MOMENTS)
    return prove_past_only(run.workshop, made.best_and_one(seed), seed=seed, told=told)
