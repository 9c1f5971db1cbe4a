"""Which trials are one idea: hierarchical clusters of their correlation, cut where they part best.

References
----------
Lopez de Prado and Lewis (2019; working paper 2018), Detection of false investment strategies using
unsupervised learning methods, Quantitative Finance 19(9): distance and choice by silhouettes.
Rousseeuw (1987), Silhouettes, Journal of Computational and Applied Mathematics 20.
Kaufman and Rousseeuw (1990), Finding groups in data, chapter 2, table 4: what a mean is worth.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .block_sums import Floats, Ints

# "No substantial structure has been found" up to this mean silhouette (Kaufman and Rousseeuw).
NO_STRUCTURE = 0.25
# Every number of clusters up to here is tried, further ones in steps of a tenth.
EVERY_CUT = 64


@dataclass(frozen=True, eq=False)
class Tree:
    """A dendrogram over trials in the order of its leaves, where every cut is contiguous.

    `sums` holds the distances of each trial added up from the left: shape (n, n + 1).
    """

    linkage: Floats
    order: NDArray[np.intp]
    sums: Floats


def cluster_trials(correlation: Floats) -> tuple[Ints, float | None]:
    """Return a cluster for each trial, counted from 0, and the mean silhouette of that choice.

    Average linkage on the distance ``sqrt((1 - correlation) / 2)``, cut where the mean silhouette
    is highest. Where no cut has one above 0.25 there are no separate ideas: all trials are one
    cluster, and the silhouette is None.
    """
    n_trials = len(correlation)
    labels, best = np.zeros(n_trials, dtype=np.int64), NO_STRUCTURE
    if n_trials < 3:
        return labels, None
    tree = _tree(correlation)
    for count in _cuts(n_trials):
        cut = _cut(tree, count)
        score = _mean_silhouette(tree.sums, cut[tree.order])
        if score > best:
            labels, best = cut, score
    return labels, best if best > NO_STRUCTURE else None


def _tree(correlation: Floats) -> Tree:
    # Loaded here: scipy would double the time of every import of this room.
    from scipy.cluster.hierarchy import leaves_list, linkage
    from scipy.spatial.distance import squareform

    # Rounded, as the root would make distances, and clusters, of the last bits of float32 sums.
    apart = np.round(1.0 - correlation, 6)
    distance = np.sqrt(np.clip(apart / 2.0, 0.0, 1.0))
    np.fill_diagonal(distance, 0.0)
    links = linkage(squareform(distance, checks=False), method="average")
    order = leaves_list(links)
    sums = np.zeros((len(order), len(order) + 1))
    np.cumsum(distance[np.ix_(order, order)], axis=1, out=sums[:, 1:])
    return Tree(links, order, sums)


def _cuts(n_trials: int) -> list[int]:
    most = n_trials - 1
    cuts = list(range(2, min(EVERY_CUT, most) + 1))
    while cuts[-1] < most:
        cuts.append(min(most, cuts[-1] + max(1, cuts[-1] // 10)))
    return cuts


def _cut(tree: Tree, count: int) -> Ints:
    from scipy.cluster.hierarchy import fcluster

    labels: Ints = fcluster(tree.linkage, count, criterion="maxclust").astype(np.int64) - 1
    return labels


def _mean_silhouette(sums: Floats, labels: Ints) -> float:
    """Return the mean silhouette of contiguous clusters; a trial alone in its cluster has 0."""
    starts = np.flatnonzero(np.diff(labels, prepend=labels[0] - 1))
    ends = np.append(starts[1:], len(labels))
    sizes = ends - starts
    own = np.repeat(np.arange(len(sizes)), sizes)
    trials = np.arange(len(labels))
    to_clusters = sums[:, ends] - sums[:, starts]
    inside = to_clusters[trials, own] / np.maximum(sizes[own] - 1, 1)
    to_clusters /= sizes
    to_clusters[trials, own] = np.inf
    nearest = to_clusters.min(axis=1)
    larger = np.maximum(inside, nearest)
    counts = (sizes[own] > 1) & (larger > 0) & np.isfinite(nearest)
    gain = np.where(counts, nearest - inside, 0.0)
    return float(np.mean(gain / np.where(counts, larger, 1.0)))
