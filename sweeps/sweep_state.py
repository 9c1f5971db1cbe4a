"""Where one call of a sweep stands, and what ``sweep.json`` says of it."""

from __future__ import annotations

import time
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from threading import Thread
from typing import Any

import numpy as np

from orebound.analyzers import counted
from orebound.feeds import Market

from .identity import code_digest, data_key
from .market_notes import market_notes
from .parts import part_path
from .plan import Plan, most_rows
from .prepared import Workshop
from .provenance import provenance
from .sweep_folder import STATE, SweepFolder, Whole
from .sweeping import Progress, Tick


@dataclass(eq=False)
class SweepRun:
    """The state of one call.

    Attributes
    ----------
    plan, wholes
        What is to be run and what of it is on disk; of a search, its latest batch.
    earlier : list of tuple
        Plan and whole parts of each batch before that.
    data : str
        Digest of the markets.
    """

    folder: SweepFolder
    plan: Plan
    workshop: Workshop
    markets: list[Market]
    identity: str
    jobs: int
    progress: Progress
    engine: str
    address: str
    data: str
    earlier: list[tuple[Plan, dict[int, Whole]]] = field(default_factory=list)
    has_begun: bool = False
    told: set[str] = field(default_factory=set)
    wholes: dict[int, Whole] = field(default_factory=dict)
    started: float = field(default_factory=time.perf_counter)
    estimate: dict[str, float] = field(default_factory=dict)
    loading: Thread = field(default_factory=Thread)  # of the compiled replay
    readying: Thread | None = None  # of what proves and judges a sweep

    @cached_property
    def data_keys(self) -> list[str]:
        """The ledger's keys of the markets, each once."""
        return list(dict.fromkeys(data_key(market) for market in self.markets))

    @property
    def done(self) -> int:
        return sum(whole.rows for whole in self.parts)

    @property
    def total(self) -> int:
        return most_rows(self.plan.config, self.plan.design)

    @property
    def is_search(self) -> bool:
        return self.plan.config.settings.design == "search"

    @property
    def plans(self) -> list[Plan]:
        return [*(plan for plan, _ in self.earlier), self.plan]

    @property
    def parts(self) -> list[Whole]:
        """The parts on disk, in the order in which they run."""
        batches = [*(wholes for _, wholes in self.earlier), self.wholes]
        return [wholes[number] for wholes in batches for number in sorted(wholes)]

    def go_on(self, plan: Plan) -> None:
        """Turn to the next batch, of which some parts may be on disk."""
        if len(self.plan):
            self.earlier.append((self.plan, self.wholes))
        self.plan = plan
        self.look()

    def look(self) -> None:
        """See which parts of the plan are on disk, and say how many have to be made again."""
        self.wholes, n_lost = self.folder.found(self.plan, self.jobs)
        if n_lost:
            was = "was" if n_lost == 1 else "were"
            self.tell(f"{counted(n_lost, 'part')} {was} damaged or gone: made again", is_note=True)

    def tell(self, words: str, *, is_note: bool = False) -> None:
        if is_note and words in self.told:  # the batches of a search need no note each
            return
        self.told |= {words} if is_note else set()
        self.progress(Tick(words, self.done, self.total, is_note))


def write_state(run: SweepRun, status: str, **more: Any) -> None:
    plan, settings = run.plan, run.plan.config.settings
    before = run.folder.state()
    seconds = time.perf_counter() - run.started
    plans, wholes = run.plans, run.parts
    n_failed = sum(whole.failed for whole in wholes)
    reasons = sum((Counter(one.not_replayed) for one in plans), Counter[str]())
    run.folder.write(
        STATE,
        {
            "id": run.identity,
            "name": settings.name,
            "status": status,
            "started": before.get("started") or datetime.now(UTC).isoformat(timespec="seconds"),
            "source": run.markets[0].source,
            "synthetic": run.markets[0].synthetic,
            "warnings": market_notes(run.markets),
            "counts": {
                "combinations": len(plan.design),
                "done": run.done,
                "failed": n_failed,
                "duplicates": plan.design.duplicates,
                "impossible": plan.design.impossible,
                "through_backtrader": sum(len(one.order) - one.n_replayed for one in plans),
                "groups": sum(one.n_groups for one in plans),
                "parts": sum(map(len, plans)),
            },
            "explore_only": run.is_search,
            "not_replayed": dict(reasons),
            "parameters": dict(zip(plan.design.names, map(len, plan.design.levels), strict=True)),
            "data": [
                {str(k): str(v) for k, v in row.items()}
                for m in run.markets
                for row in m.frame().to_dict("records")
            ],
            "data_key": run.data_keys[0],
            "data_keys": run.data_keys,
            "data_sha256": run.data,
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
