"""The best of a sweep's rows on one history without an edge."""

from __future__ import annotations

import math
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any

import numpy as np

from .chunk import BATCH, Context, Stopped, group_numbers
from .null_store import NullStore
from .null_worlds import NullWorlds
from .prepared import Workshop
from .replay.many import replay_many
from .replay.totals import METRICS

SHARPE = METRICS.index("sharpe_per_session")


@dataclass(frozen=True, eq=False)
class Base:
    """What every world needs.

    Attributes
    ----------
    context : Context
        The sweep's plan.
    drawn : NullWorlds
        What histories are drawn from.
    seed : int
    store : NullStore
        Where each world is kept.
    count : callable
        Called with the number of rows that have just run.
    """

    context: Context
    drawn: NullWorlds
    seed: int
    store: NullStore
    count: Callable[[int], None]


def best_of_world(
    base: Base,
    number: int,
    is_stopped: Callable[[], bool],
    core: AbstractContextManager[Any],
) -> tuple[int, float]:
    """Return a world's number and the highest Sharpe ratio per session of its rows; keep both.

    Raises
    ------
    Stopped
        If `is_stopped` says so between two batches; nothing of the world is kept then.
    """
    with core:
        best = _best(base, number, is_stopped)
    base.store.keep(number, best, base.drawn.block)
    return number, best


def _best(base: Base, number: int, is_stopped: Callable[[], bool]) -> float:
    plan = base.context.plan
    seed = int(np.random.SeedSequence((base.seed, number)).generate_state(1)[0])
    workshop = Workshop(plan.config.base, base.drawn.world(seed))
    best = -math.inf
    for arrays, rows in plan.groups(plan.order[: plan.n_replayed]):
        if is_stopped():
            raise Stopped
        prepared = workshop.prepared(arrays)
        numbers = group_numbers(plan, prepared, rows)
        for first in range(0, len(rows), BATCH):
            if is_stopped():
                raise Stopped
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
            base.count(len(part.metrics))
    return best
