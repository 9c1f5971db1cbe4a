"""Small symmetric systems solved for many sessions at once, by plain arithmetic without BLAS."""

from __future__ import annotations

import numpy as np

from .rolling import Array

#: A pivot below this share of its own diagonal: the regressors are one and the same.
SINGULAR = 1e-10


def solve_normal(gram: Array, right: Array) -> Array:
    """Return the solutions of ``gram @ x = right`` by Gaussian elimination, session by session.

    Every processor gets the same bits, which a library's solver does not promise.

    Parameters
    ----------
    gram : ndarray of shape (n, k, k)
        Symmetric and not negative definite: cross-moments of regressors.
    right : ndarray of shape (n, k, m)

    Returns
    -------
    ndarray of shape (n, k, m)
        NaN throughout a session whose system is singular or holds a NaN.
    """
    left, out = gram.copy(), right.copy()
    k = gram.shape[1]
    is_regular = np.ones(len(gram), dtype=bool)
    with np.errstate(invalid="ignore", divide="ignore"):
        for pivot in range(k):
            scale = left[:, pivot, pivot]
            is_regular &= scale > SINGULAR * gram[:, pivot, pivot]
            for row in range(pivot + 1, k):
                factor = left[:, row, pivot] / scale
                left[:, row] -= factor[:, None] * left[:, pivot]
                out[:, row] -= factor[:, None] * out[:, pivot]
        for row in range(k - 1, -1, -1):
            for known in range(row + 1, k):
                out[:, row] -= left[:, row, known, None] * out[:, known]
            out[:, row] /= left[:, row, row, None]
    out[~is_regular] = np.nan
    return out
