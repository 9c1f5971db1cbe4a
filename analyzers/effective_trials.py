"""How many independent tries a sweep of near copies is worth."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .block_sums import Floats, Ints, checked_returns
from .expected_best import equivalent_trials
from .trial_clusters import cluster_trials

# The matrix of correlations of this many trials takes 32 MB; more join the clusters found.
MOST_CLUSTERED = 2000
BATCH = 4096
# A spread below this part of the root mean square is rounding (of float32 sums at worst).
FLAT = 1e-6


@dataclass(frozen=True, eq=False)
class EffectiveTrials:
    """The effective number of trials and the clusters it comes from.

    Attributes
    ----------
    number : float
        Between 1 and `n_trials`.
    n_clusters : int
        Ideas told apart, the count of Lopez de Prado and Lewis.
    n_flat : int
        Trials without any spread; together they are one cluster and count once.
    silhouette : float or None
        Mean over the clustered trials; None where no separate ideas were found.
    labels : ndarray of shape (n_trials,)
        Cluster of each trial, counted from 0.
    """

    number: float
    n_trials: int
    n_clusters: int
    n_flat: int
    silhouette: float | None
    labels: Ints = field(repr=False)

    def __float__(self) -> float:
        return self.number


def effective_number_of_trials(
    returns: ArrayLike, *, most_clustered: int = MOST_CLUSTERED
) -> EffectiveTrials:
    """Return how many independent trials the returns of correlated ones are worth.

    Trials are clustered by correlation, and the number is that of independent trials whose best
    is expected as high as the best of clusters of that size and mean correlation: exact copies
    count once, unrelated trials each. So it is the number a deflated Sharpe ratio asks for.

    Parameters
    ----------
    returns : array_like of shape (n_periods, n_trials)
        Finite, at least 3 periods; of monthly sums ``monthly[:, :, 0].T``.
    most_clustered : int
        Beyond this many, an even sample is clustered and each further trial joins the cluster
        whose mean it correlates with most. Mean correlations are exact all the same.

    Notes
    -----
    The count of clusters alone, as in the reference, takes trials that correlate at 0.5 for one;
    the best of all of them stands higher than that count expects. It is given beside. Correlation
    between clusters is taken as none, which errs to more trials.

    References
    ----------
    Lopez de Prado and Lewis (2019), Quantitative Finance 19(9): the clusters.
    """
    if most_clustered < 3:
        raise ValueError(f"most_clustered must be at least 3, got {most_clustered}")
    matrix = checked_returns(returns, 3)
    centred = matrix - matrix.mean(axis=0)
    length = np.sqrt(np.sum(centred**2, axis=0))
    varies = length > FLAT * np.sqrt(np.sum(matrix**2, axis=0))
    scores = centred[:, varies] / length[varies]
    labels, silhouette = _clustered(scores, most_clustered)
    summed = [
        float(np.sum(scores[:, labels == cluster].sum(axis=1) ** 2))
        for cluster in range(_count(labels))
    ]
    return _result(varies, labels, summed, silhouette)


def effective_number_from_correlation(correlation: ArrayLike) -> EffectiveTrials:
    """Return `effective_number_of_trials` from a correlation matrix, at most about 5,000 wide."""
    matrix = _checked_correlation(correlation)
    labels, silhouette = cluster_trials(matrix)
    places = (np.flatnonzero(labels == cluster) for cluster in range(_count(labels)))
    summed = [float(matrix[np.ix_(members, members)].sum()) for members in places]
    return _result(np.ones(len(matrix), dtype=bool), labels, summed, silhouette)


def _checked_correlation(correlation: ArrayLike) -> Floats:
    matrix = np.asarray(correlation, dtype=np.float64)
    if matrix.ndim != 2 or matrix.shape[0] != matrix.shape[1] or len(matrix) < 2:
        raise ValueError(
            f"correlation must be a square matrix of at least 2 trials, got shape {matrix.shape}"
        )
    wrong = ~(np.abs(matrix) <= 1.0 + 1e-9) | ~(np.abs(matrix - matrix.T) <= 1e-9)
    wrong |= np.eye(len(matrix), dtype=bool) & ~(np.abs(matrix - 1.0) <= 1e-9)
    if wrong.any():
        row, column = np.argwhere(wrong)[0]
        raise ValueError(
            "correlation must be symmetric, within -1 and 1, and 1 on its diagonal: row "
            f"{row}, column {column} is {matrix[row, column]}"
        )
    return matrix


def _clustered(scores: Floats, most: int) -> tuple[Ints, float | None]:
    """Return a cluster for each column of unit length."""
    n_trials = scores.shape[1]
    if n_trials <= most:
        return cluster_trials(scores.T @ scores)
    places = np.arange(most) * n_trials // most
    sample = scores[:, places]
    known, silhouette = cluster_trials(sample.T @ sample)
    centres = np.stack([sample[:, known == c].sum(axis=1) for c in range(_count(known))], axis=1)
    centres /= np.sqrt(np.sum(centres**2, axis=0))
    labels = np.empty(n_trials, dtype=np.int64)
    for start in range(0, n_trials, BATCH):
        part = slice(start, start + BATCH)
        labels[part] = (scores[:, part].T @ centres).argmax(axis=1)
    labels[places] = known
    return labels, silhouette


def _mean_correlation(size: int, summed: float) -> float:
    """Return the mean between trials whose correlations, their own included, add up to `summed`.

    A negative one counts as none.
    """
    mean = (summed - size) / (size * (size - 1.0)) if size > 1 else 0.0
    return min(max(mean, 0.0), 1.0)


def _count(labels: Ints) -> int:
    return int(labels.max()) + 1 if len(labels) else 0


def _result(
    varies: NDArray[np.bool_], labels: Ints, summed: list[float], silhouette: float | None
) -> EffectiveTrials:
    """Return what the clusters are worth, the flat trials being one more, of a single trial."""
    n_flat = int((~varies).sum())
    flat = min(n_flat, 1)
    every = np.full(len(varies), len(summed), dtype=np.int64)
    every[varies] = labels
    sizes = np.bincount(labels, minlength=len(summed)).tolist()
    means = [_mean_correlation(size, total) for size, total in zip(sizes, summed, strict=True)]
    return EffectiveTrials(
        number=equivalent_trials(sizes + [1] * flat, means + [0.0] * flat),
        n_trials=len(varies),
        n_clusters=len(summed) + flat,
        n_flat=n_flat,
        silhouette=silhouette,
        labels=every,
    )
