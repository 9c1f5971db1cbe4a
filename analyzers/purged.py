"""Combinatorial purged cross-validation: many paths out of sample instead of one."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import combinations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .block_sums import Floats, Ints, bounds, checked_monthly, sharpe_of_sums

MOST_SPLITS = 1_000
Batch = tuple[Ints, NDArray[np.floating]]


@dataclass(frozen=True, eq=False)
class PurgedPaths:
    """What the best in training earned on every path through the tested groups.

    Attributes
    ----------
    sharpe : ndarray of shape (n_paths,)
        Sharpe ratio per session of each path; every month of the history is in each path once.
    chosen : ndarray of shape (n_splits,)
        The trial that is best in the training months of each split; of several the lowest.
    tests : tuple of tuple of int
        The tested groups of each split.
    path_of : ndarray of shape (n_splits, n_groups)
        Path that a tested group belongs to, -1 where it trains.
    n_trials, n_groups, n_test, purge_months, embargo_months : int
    """

    sharpe: Floats
    chosen: Ints = field(repr=False)
    tests: tuple[tuple[int, ...], ...] = field(repr=False)
    path_of: Ints = field(repr=False)
    n_trials: int
    n_groups: int
    n_test: int
    purge_months: int
    embargo_months: int

    @property
    def share_of_losses(self) -> float:
        """Share of the paths that lost."""
        return float((self.sharpe < 0.0).mean())


@dataclass(frozen=True)
class PurgedPlan:
    """How months are cut: contiguous groups, of which `n_test` are tested in each split.

    Attributes
    ----------
    purge_months : int
        Months next to a tested group, on either side, that train nothing: positions held over
        the border would count on both sides.
    embargo_months : int
        Further months after a tested group that train nothing.
    """

    n_groups: int = 6
    n_test: int = 2
    purge_months: int = 1
    embargo_months: int = 0

    def check(self, n_months: int) -> None:
        """Refuse what leaves nothing to test or to train on."""
        if not 1 <= self.n_test < self.n_groups:
            raise ValueError(
                f"n_test must be at least 1 and below n_groups {self.n_groups}, got {self.n_test}"
            )
        for name in ("purge_months", "embargo_months"):
            if getattr(self, name) < 0:
                raise ValueError(f"{name} must be at least 0, got {getattr(self, name)}")
        if n_months < self.n_groups:
            raise ValueError(f"n_groups must be at most the {n_months} months, got {self.n_groups}")
        if (n_splits := math.comb(self.n_groups, self.n_test)) > MOST_SPLITS:
            raise ValueError(
                f"n_groups {self.n_groups} and n_test {self.n_test} make {n_splits:,} splits, at "
                f"most {MOST_SPLITS:,} are taken"
            )

    def groups(self, n_months: int) -> Ints:
        """Return the group of each month."""
        return np.repeat(np.arange(self.n_groups), np.diff(bounds(n_months, self.n_groups)))

    def tests(self) -> tuple[tuple[int, ...], ...]:
        """Return the tested groups of each split, in lexical order."""
        return tuple(combinations(range(self.n_groups), self.n_test))

    def trains(self, n_months: int) -> NDArray[np.bool_]:
        """Return which months each split trains on, shape (n_splits, n_months)."""
        group = self.groups(n_months)
        tested = np.stack([np.isin(group, test) for test in self.tests()])
        near = tested.copy()
        for step in range(1, self.purge_months + self.embargo_months + 1):
            near[:, step:] |= tested[:, :-step]
            if step <= self.purge_months:
                near[:, :-step] |= tested[:, step:]
        return ~near

    def path_of(self) -> Ints:
        """Return the path of each tested group: its first test is in path 0, and so on."""
        out = np.full((len(self.tests()), self.n_groups), -1)
        met = np.zeros(self.n_groups, dtype=int)
        for split, test in enumerate(self.tests()):
            for group in test:
                out[split, group] = met[group]
                met[group] += 1
        return out


def combinatorial_purged(
    monthly: ArrayLike, sessions_per_month: ArrayLike, plan: PurgedPlan | None = None
) -> PurgedPaths:
    """Return the Sharpe ratios of the best in training on all paths out of sample.

    The months are cut into contiguous groups; every choice of `n_test` of them is tested once, by
    the trial of the highest Sharpe ratio in the others less the purged months. Each group is
    tested as often as there are paths, ``n_test / n_groups`` of the number of splits.

    Parameters
    ----------
    monthly : array_like of shape (n_trials, n_months, 2)
        Sums of daily returns r and of r squared.
    sessions_per_month : array_like of shape (n_months,)
        Daily returns behind each sum.
    plan : PurgedPlan, optional
        6 groups, 2 tested, a month purged on either side of a tested one.

    References
    ----------
    Lopez de Prado (2018), Advances in Financial Machine Learning, section 12.4 and figure 12.1;
    7.4 for purging and embargo.
    """
    sums, _ = checked_monthly(monthly, sessions_per_month)
    walk = PurgedWalk(sessions_per_month, plan or PurgedPlan())
    walk.take(np.arange(len(sums)), sums)
    return walk.paths()


class PurgedWalk:
    """Takes trials in batches and remembers the best of each split.

    Parameters
    ----------
    sessions_per_month : array_like of shape (n_months,)
    """

    def __init__(self, sessions_per_month: ArrayLike, plan: PurgedPlan) -> None:
        self.sessions = np.asarray(sessions_per_month, dtype=np.int64)
        n_months = len(self.sessions)
        plan.check(n_months)
        self.plan, self.n_trials = plan, 0
        self.trains = plan.trains(n_months)
        self.n_sessions = self.trains @ self.sessions
        if self.n_sessions.min() < 2:
            raise ValueError(
                f"purge_months {plan.purge_months} and embargo_months {plan.embargo_months} leave "
                f"fewer than 2 sessions to train on in split {int(self.n_sessions.argmin())}"
            )
        self.score = np.full(len(self.trains), -np.inf)
        self.chosen = np.full(len(self.trains), -1)
        self.sums = np.zeros((len(self.trains), n_months, 2))

    def take(self, numbers: Ints, sums: NDArray[np.floating]) -> None:
        """Compare a batch, of shape (n, n_months, 2), with the best so far."""
        weights = self.trains.astype(np.float64).T
        total, squares = (sums[:, :, k].astype(np.float64) @ weights for k in (0, 1))
        sharpes = sharpe_of_sums(total, squares, self.n_sessions)
        self.n_trials += len(sums)
        for split, most in enumerate(sharpes.max(axis=0)):
            tied = np.flatnonzero(sharpes[:, split] == most)
            place = tied[numbers[tied].argmin()]
            is_lower = most == self.score[split] and numbers[place] < self.chosen[split]
            if most > self.score[split] or is_lower:
                self.score[split], self.chosen[split] = most, numbers[place]
                self.sums[split] = sums[place]

    def through(self, batches: Iterable[Batch]) -> Iterable[Batch]:
        """Yield batches as they come, having taken each."""
        for numbers, sums in batches:
            self.take(numbers, sums)
            yield numbers, sums

    def paths(self) -> PurgedPaths:
        """Return the paths of what was taken."""
        if not self.n_trials:
            raise ValueError("monthly must hold at least 1 trial, got none")
        plan, group = self.plan, self.plan.groups(len(self.sessions))
        path_of = plan.path_of()
        joined = np.zeros((int(path_of.max()) + 1, len(self.sessions), 2))
        for split, test in enumerate(plan.tests()):
            for one in test:
                months = group == one
                joined[path_of[split, one], months] = self.sums[split, months]
        added = joined.sum(axis=1)
        return PurgedPaths(
            sharpe=sharpe_of_sums(added[:, 0], added[:, 1], self.sessions.sum()),
            chosen=self.chosen,
            tests=plan.tests(),
            path_of=path_of,
            n_trials=self.n_trials,
            n_groups=plan.n_groups,
            n_test=plan.n_test,
            purge_months=plan.purge_months,
            embargo_months=plan.embargo_months,
        )
