"""How sure is a half-life? Intervals that stay right where the series may not revert at all."""

from __future__ import annotations

import csv
from functools import lru_cache
from importlib.resources import files

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .reversion import half_life_of_phi
from .rolling import Array

PATHS = 1000
SEED = 20250324
#: The level whose table comes with the package: no process simulates it again, and another release
#: of numpy moves no gate.
SHIPPED = 0.95
#: True coefficients, closer together where half-lives run from 10 to 700 sessions.
GRID = np.array(
    [
        *(0.0, 0.2, 0.4, 0.6, 0.7),
        *(k / 100 for k in range(80, 95)),
        *(k / 400 for k in range(380, 392)),
        *(k / 1000 for k in range(980, 1001)),
    ]
)
#: Numbers of pairs that are simulated; in between the quantiles are interpolated in 1 / n. They
#: are fixed, so that no interval depends on how much history there is after it.
NODES = (
    *(20, 30, 45, 63, 90, 125, 178, 251, 314, 400, 503, 629, 755),
    *(943, 1133, 1259, 1595, 2015, 2519),
)


def half_life_interval(
    phi: ArrayLike, pairs: ArrayLike, level: float = 0.95
) -> tuple[Array, Array]:
    """Return the half-lives that an estimated AR(1) coefficient does not rule out.

    A grid bootstrap (Hansen): for each true coefficient the distribution of the estimate is
    simulated with Gaussian shocks, and those whose central `level` holds the observed one form
    the interval. It covers at its level up to and at the unit root, where bootstrapping from the
    estimate does not; the upper end is infinite where no reversion at all is not ruled out.

    Parameters
    ----------
    phi : array_like
        Uncorrected least-squares coefficients with intercept; NaN stays NaN.
    pairs : array_like
        Pairs that each was estimated on, 20 to 2519; same shape as `phi`, or one for all.
    level : float
        Between 0.5 and 0.99.

    Returns
    -------
    low, high : ndarray
        Sessions, shape of `phi`; zero or more, `low` at most `high`.

    References
    ----------
    Hansen (1999), The grid bootstrap and the autoregressive model, Review of Economics and
    Statistics 81.
    """
    if not 0.5 <= level <= 0.99:
        raise ValueError(f"level must lie between 0.5 and 0.99, got {level}")
    observed, count = np.broadcast_arrays(
        np.asarray(phi, dtype=float), np.asarray(pairs, dtype=float)
    )
    low, high = np.full(observed.shape, np.nan), np.full(observed.shape, np.nan)
    has = ~np.isnan(observed) & ~np.isnan(count)
    for n in np.unique(count[has]):
        if not NODES[0] <= n <= NODES[-1]:
            raise ValueError(f"pairs must lie between {NODES[0]} and {NODES[-1]}, got {n:g}")
        here = has & (count == n)
        least, most = _quantiles(float(n), level)
        # The larger the true coefficient, the larger the estimates it gives.
        low[here] = np.interp(observed[here], most, GRID, left=0.0, right=1.0)
        high[here] = np.interp(observed[here], least, GRID, left=0.0, right=1.0)
    return (
        half_life_of_phi(low, 1, corrected=False),
        half_life_of_phi(high, 1, corrected=False),
    )


def half_life_bootstrap(
    series: ArrayLike, draws: int = 999, seed: int = 0, level: float = 0.95
) -> tuple[float, float]:
    """Return the plain parametric bootstrap interval of one series' corrected half-life.

    Paths are drawn from the corrected fit and estimated like the series. Near the unit root it
    covers less than it says: read `half_life_interval` there.

    Parameters
    ----------
    series : array_like of shape (n,)
        Levels, finite, at least 20 of them.
    """
    levels = np.asarray(series, dtype=float)
    if levels.ndim != 1 or len(levels) < 20 or not np.isfinite(levels).all():
        raise ValueError("series must hold at least 20 finite values in one dimension")
    if draws < 99:
        raise ValueError(f"draws must be at least 99, got {draws}")
    if not 0.5 <= level <= 0.99:
        raise ValueError(f"level must lie between 0.5 and 0.99, got {level}")
    pairs = len(levels) - 1
    phi = float(_slopes(levels[None, :])[0])
    if np.isnan(phi):
        return float("inf"), float("inf")
    # A true coefficient above 1 or below 0 is no reversion and no persistence: the nearest end.
    true = min(max(phi + (1.0 + 3.0 * phi) / pairs, 0.0), 1.0)
    generator = np.random.default_rng(seed)
    path = np.empty((draws, len(levels)))
    path[:, 0] = generator.standard_normal(draws) * _stationary(np.array(true))
    for t in range(1, len(levels)):
        path[:, t] = true * path[:, t - 1] + generator.standard_normal(draws)
    found = np.sort(half_life_of_phi(_slopes(path), pairs, corrected=True))
    tail = round((1.0 - level) / 2.0 * (draws + 1))
    return float(found[max(tail - 1, 0)]), float(found[min(draws - tail, draws - 1)])


def _slopes(paths: Array) -> Array:
    """Return the least-squares AR(1) coefficient by row; NaN where a row does not vary."""
    before, after = paths[:, :-1] - paths[:, :1], paths[:, 1:] - paths[:, :1]
    before = before - before.mean(axis=1, keepdims=True)
    square, cross = (before**2).sum(axis=1), (before * after).sum(axis=1)
    slope: Array = np.divide(cross, square, out=np.full(len(paths), np.nan), where=square > 0.0)
    return slope


def _stationary(phi: Array) -> NDArray[np.float64]:
    """Return the standard deviation that an AR(1) with unit shocks settles at; 0 at a unit root.

    At the unit root the intercept takes the start out, whatever it is.
    """
    spread = 1.0 - phi**2
    return np.where(spread > 0.0, 1.0 / np.sqrt(np.where(spread > 0.0, spread, 1.0)), 0.0)


def _quantiles(pairs: float, level: float) -> tuple[Array, Array]:
    """Return the lower and upper quantile of the estimate by true coefficient of `GRID`."""
    place = int(np.searchsorted(NODES, pairs))
    table = _shipped() if level == SHIPPED else quantile_table(NODES[place], level)
    if NODES[place] == pairs:
        return table[place, 0], table[place, 1]
    before, after = 1.0 / NODES[place - 1], 1.0 / NODES[place]
    share = (before - 1.0 / pairs) / (before - after)
    mixed = (1.0 - share) * table[place - 1] + share * table[place]
    return mixed[0], mixed[1]


@lru_cache(maxsize=1)
def _shipped() -> Array:
    """Return the table of the level that gates and pages read, as it was simulated once."""
    text = files(__package__).joinpath("half_life_quantiles.csv").read_text(encoding="utf-8")
    rows = [[float(cell) for cell in row[2:]] for row in csv.reader(text.splitlines()[1:])]
    out = np.array(rows).reshape(len(NODES), 2, len(GRID))
    out.flags.writeable = False
    return out


def shipped_text() -> str:
    """Return the text of ``half_life_quantiles.csv``.

    ``python -m orebound.strategies.reversion_interval > strategies/half_life_quantiles.csv``
    """
    lines = [",".join(["pairs", "quantile", *(f"{phi:g}" for phi in GRID)])]
    tail = (1.0 - SHIPPED) / 2.0
    for pairs, both in zip(NODES, quantile_table(NODES[-1], SHIPPED), strict=True):
        for quantile, values in zip((tail, 1.0 - tail), both, strict=True):
            lines.append(",".join([f"{pairs},{quantile:.4g}", *(f"{x:.6f}" for x in values)]))
    return "\n".join(lines) + "\n"


@lru_cache(maxsize=8)
def quantile_table(largest: int, level: float) -> Array:
    """Return the quantiles at every node up to the largest, shape (n_nodes, 2, n_grid).

    Shocks are drawn session by session, so that a longer table begins with the shorter one.
    """
    generator = np.random.default_rng(SEED)
    x = generator.standard_normal(PATHS) * _stationary(GRID)[:, None]
    sums = np.zeros((4, *x.shape))
    table = []
    for n in range(1, largest + 1):
        nxt = GRID[:, None] * x + generator.standard_normal(PATHS)
        sums += (x, nxt, x * nxt, x * x)
        x = nxt
        if n in NODES:
            before, after, cross, square = sums
            slope = (cross - before * after / n) / (square - before * before / n)
            tail = (1.0 - level) / 2.0
            both = np.quantile(slope, [tail, 1.0 - tail], axis=1)
            table.append(np.maximum.accumulate(np.round(both, 6), axis=1))
    out = np.array(table)
    out.flags.writeable = False
    return out


if __name__ == "__main__":
    print(shipped_text(), end="")
