"""What stands in `run.json` of how a run was found: ``selection``."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from orebound.feeds import Market

from .identity import data_key
from .ledger import FILE, Ledger
from .sweep_config import SweepSettings

if TYPE_CHECKING:
    from .sweep_result import Sweep

#: The idea whose trials a run without a sweep is counted beside.
IDEA = str(SweepSettings.model_fields["idea"].default)
OF_A_SEARCH = "a search chooses its rows by results, which other worlds would not have chosen"
Selection = Callable[[Market], dict[str, Any]]


def ledger_below(results: Path) -> Ledger:
    """Return the ledger of a results folder."""
    return Ledger(results / "sweeps" / FILE)


def declared(ledger: Ledger | None = None, idea: str = IDEA) -> Selection:
    """Return how a run is recorded that no sweep chose: one trial, beside those on the ledger."""

    def found(market: Market) -> dict[str, Any]:
        count = None if ledger is None else ledger.count(data_key(market), idea)
        return {"sweep": None, "idea": idea, "trials": 1, "ledger": count}

    return found


def chosen(
    sweep: Sweep, combination: int, *, rank: int | None = None, by: str | None = None
) -> Selection:
    """Return how a run is recorded that was chosen from a sweep.

    The figures are those of the sweep's own judgement: they say what its best is worth, whichever
    row was taken.
    """
    judged, info = sweep.selection, sweep.info

    def found(market: Market) -> dict[str, Any]:
        idea = sweep.config.settings.idea
        return {
            "sweep": info["name"],
            "sweep_id": info["id"],
            "idea": idea,
            "combination": combination,
            "rank": rank,
            "by": by,
            "trials": judged.get("trials"),
            "ledger": ledger_of(sweep).count(data_key(market), idea),
            "effective": judged.get("effective_trials"),
            "deflated": judged.get("deflated_sharpe"),
            "deflated_range": judged.get("deflated_sharpe_range"),
            "pbo": judged.get("pbo"),
            "pbo_range": judged.get("pbo_range"),
            "spa": judged.get("spa"),
            "spa_words": judged.get("spa_basis", {}).get("words"),
            "spa_daily": judged.get("spa_daily"),
            "null": judged.get("null"),
            "expected_best": judged.get("expected_best"),
            "verdict": sweep.verdict,
            "notes": judged.get("notes", {}) | _without_null(sweep),
        }

    return found


def _without_null(sweep: Sweep) -> dict[str, str]:
    """Return why no null sweep stands beside the sweep; nothing where one does."""
    if sweep.selection.get("null"):
        return {}
    if sweep.is_explore_only:
        return {"null": OF_A_SEARCH}
    return {"null": f"not run before this run was chosen; orebound null {sweep.info['name']}"}


def ledger_of(sweep: Sweep) -> Ledger:
    """Return the ledger that stands beside a sweep."""
    return Ledger(sweep.path.absolute().parent / FILE)
