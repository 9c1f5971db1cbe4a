"""Where one call of a sweep stands, and what ``sweep.json`` says of it."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np

from orebound.feeds import Market

from .identity import code_digest, data_key
from .parts import part_path
from .plan import Plan
from .prepared import Workshop
from .provenance import provenance
from .sweep_folder import STATE, SweepFolder, Whole
from .sweeping import Progress, Tick


@dataclass(eq=False)
class SweepRun:
    """The state of one call."""

    folder: SweepFolder
    plan: Plan
    workshop: Workshop
    markets: list[Market]
    identity: str
    jobs: int
    progress: Progress
    engine: str
    address: str
    wholes: dict[int, Whole] = field(default_factory=dict)
    started: float = field(default_factory=time.perf_counter)
    estimate: dict[str, float] = field(default_factory=dict)

    @property
    def done(self) -> int:
        return sum(whole.rows for whole in self.wholes.values())

    def tell(self, words: str, *, is_note: bool = False) -> None:
        self.progress(Tick(words, self.done, len(self.plan.design), is_note))


def write_state(run: SweepRun, status: str, **more: Any) -> None:
    plan, settings = run.plan, run.plan.config.settings
    before = run.folder.state()
    seconds = time.perf_counter() - run.started
    wholes = [run.wholes[number] for number in sorted(run.wholes)]
    n_failed = sum(whole.failed for whole in wholes)
    run.folder.write(
        STATE,
        {
            "id": run.identity,
            "name": settings.name,
            "status": status,
            "started": before.get("started") or datetime.now(UTC).isoformat(timespec="seconds"),
            "source": run.markets[0].source,
            "synthetic": run.markets[0].synthetic,
            "counts": {
                "combinations": len(plan.design),
                "done": run.done,
                "failed": n_failed,
                "duplicates": plan.design.duplicates,
                "impossible": plan.design.impossible,
                "through_backtrader": len(plan.design) - plan.n_replayed,
                "groups": plan.n_groups,
                "parts": len(plan),
            },
            "not_replayed": plan.not_replayed,
            "parameters": dict(zip(plan.design.names, map(len, plan.design.levels), strict=True)),
            "data": [
                {str(k): str(v) for k, v in row.items()}
                for m in run.markets
                for row in m.frame().to_dict("records")
            ],
            "data_key": data_key(run.markets[0]),
            "idea": settings.idea,
            **provenance(),
            "code_sha256": code_digest(),
            "engine": run.engine,
            "jobs": run.jobs,
            "seconds": round(seconds, 3),
            "array_seconds": round(run.workshop.seconds, 3),
            "combinations_per_second": round(run.done / seconds, 1),
            "estimate": run.estimate,
            "months": {
                "first": str(np.datetime64(plan.months[0], "M")),
                "n": plan.months[1],
                "stored": plan.keeps_months,
            },
            "parts": [
                {"name": part_path(Path(), w.key).name, "rows": w.rows, "failed": w.failed}
                for w in wholes
            ],
            **more,
        },
    )
