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
    n_clustered : int
        Trials that the clusters were found on; the others joined them.
    labels : ndarray of shape (n_trials,)
        Cluster of each trial, counted from 0.
    """

    number: float
    n_trials: int
    n_clusters: int
    n_flat: int
    silhouette: float | None
    n_clustered: int
    labels: Ints = field(repr=False)

    def __float__(self) -> float:
        return self.number


def effective_number_of_trials(
    returns: ArrayLike, *, most_clustered: int = MOST_CLUSTERED, seed: int | None = None
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
    seed : int, optional
        Draws that sample instead of spacing it evenly: several seeds show what it decides.

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
    matrix = _checked(returns)
    varies, labels = np.empty(matrix.shape[1], dtype=bool), np.zeros(matrix.shape[1], np.int64)
    for part in _parts(matrix.shape[1]):
        varies[part] = _scores(matrix[:, part])[1]
    places = np.flatnonzero(varies)
    sample = _sampled(places, most_clustered, seed)
    own = _scores(matrix[:, sample])[0]
    labels[sample], silhouette = cluster_trials(own.T @ own)
    centres = _sums_by(own, labels[sample])
    centres /= np.sqrt(np.sum(centres**2, axis=0))
    summed = np.zeros_like(centres)
    is_sampled = np.isin(np.arange(matrix.shape[1]), sample)
    for part in _parts(matrix.shape[1]):
        scores, differs = _scores(matrix[:, part])
        if len(sample) < len(places):
            joins = (scores.T @ centres).argmax(axis=1)
            labels[part] = np.where(is_sampled[part], labels[part], joins)
        summed += _sums_by(scores[:, differs], labels[part][differs], summed.shape[1])
    lengths = np.sum(summed**2, axis=0).tolist()
    return _result(varies, labels[varies], lengths, silhouette, len(sample))


def _checked(returns: ArrayLike) -> NDArray[np.floating]:
    """Return the matrix in its own float type, finite: that of a large sweep is not copied."""
    matrix = np.asarray(returns)
    if matrix.ndim == 2 and matrix.dtype.kind == "f" and matrix.shape[1] > BATCH:
        for part in _parts(matrix.shape[1]):
            checked_returns(matrix[:, part], 3)
        return matrix
    return checked_returns(matrix, 3)


def _parts(n_trials: int) -> list[slice]:
    # The last part takes what is left, so that none is a single trial.
    starts = list(range(0, max(n_trials - 1, 1), BATCH))
    return [slice(a, b) for a, b in zip(starts, [*starts[1:], n_trials], strict=True)]


def _scores(returns: NDArray[np.floating]) -> tuple[Floats, NDArray[np.bool_]]:
    """Return centred returns of unit length by column, and which have any spread; others are 0."""
    matrix = returns.astype(np.float64)
    centred = matrix - matrix.mean(axis=0)
    length = np.sqrt(np.sum(centred**2, axis=0))
    varies = length > FLAT * np.sqrt(np.sum(matrix**2, axis=0))
    return np.where(varies, centred / np.where(varies, length, 1.0), 0.0), varies


def _sampled(places: Ints, most: int, seed: int | None) -> Ints:
    """Return the trials that are clustered: all, an even sample, or one drawn by a seed."""
    if len(places) <= most:
        return places
    if seed is None:
        return places[np.arange(most) * len(places) // most]
    return np.sort(np.random.default_rng(seed).choice(places, most, replace=False))


def _sums_by(scores: Floats, labels: Ints, count: int | None = None) -> Floats:
    """Return the sum of the columns of each label, shape (n_periods, n_labels)."""
    out = np.zeros((len(scores), _count(labels) if count is None else count))
    order = np.argsort(labels, kind="stable")
    present, starts = np.unique(labels[order], return_index=True)
    if len(present):
        out[:, present] = np.add.reduceat(scores[:, order], starts, axis=1)
    return out


def effective_number_from_correlation(correlation: ArrayLike) -> EffectiveTrials:
    """Return `effective_number_of_trials` from a correlation matrix, at most about 5,000 wide."""
    matrix = _checked_correlation(correlation)
    labels, silhouette = cluster_trials(matrix)
    places = (np.flatnonzero(labels == cluster) for cluster in range(_count(labels)))
    summed = [float(matrix[np.ix_(members, members)].sum()) for members in places]
    every = np.ones(len(matrix), dtype=bool)
    return _result(every, labels, summed, silhouette, len(matrix))


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


def _mean_correlation(size: int, summed: float) -> float:
    """Return the mean between trials whose correlations, their own included, add up to `summed`.

    A negative one counts as none.
    """
    mean = (summed - size) / (size * (size - 1.0)) if size > 1 else 0.0
    return min(max(mean, 0.0), 1.0)


def _count(labels: Ints) -> int:
    return int(labels.max()) + 1 if len(labels) else 0


def _result(
    varies: NDArray[np.bool_],
    labels: Ints,
    summed: list[float],
    silhouette: float | None,
    n_clustered: int,
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
        n_clustered=n_clustered,
        labels=every,
    )
