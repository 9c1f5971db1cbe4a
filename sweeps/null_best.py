"""The best of a sweep's rows on one history without an edge."""

from __future__ import annotations

import math
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any

import numpy as np

from .chunk import BATCH, Context, group_numbers
from .null_worlds import NullWorlds
from .prepared import Workshop
from .replay.many import replay_many
from .replay.totals import METRICS

SHARPE = METRICS.index("sharpe_per_session")


@dataclass(frozen=True, eq=False)
class Base:
    """What every world needs: the sweep's plan, what histories are drawn from, and a seed."""

    context: Context
    drawn: NullWorlds
    seed: int


def best_of_world(
    base: Base,
    number: int,
    is_stopped: Callable[[], bool],
    core: AbstractContextManager[Any],
) -> tuple[int, float]:
    """Return a world's number and the highest Sharpe ratio per session of its rows."""
    plan = base.context.plan
    with core:
        seed = int(np.random.SeedSequence((base.seed, number)).generate_state(1)[0])
        workshop = Workshop(plan.config.base, base.drawn.world(seed))
        best = -math.inf
        for arrays, rows in plan.groups(plan.order[: plan.n_replayed]):
            prepared = workshop.prepared(arrays)
            numbers = group_numbers(plan, prepared, rows)
            for first in range(0, len(rows), BATCH):
                if is_stopped():
                    return number, math.nan
                part = replay_many(
                    prepared.market,
                    prepared.rule,
                    numbers[first : first + BATCH],
                    prepared.calendar,
                    keep_monthly=False,
                    lanes=prepared.lanes,
                    legs=prepared.legs,
                )
                # Rows without a trade have none: what never traded is worth 0.
                best = max(best, float(np.nan_to_num(part.metrics[:, SHARPE]).max()))
    return number, best
