"""The rule against its benchmarks: what is left when their moves are taken out."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from .newey_west import newey_west, newey_west_lags

Floats = NDArray[np.float64]

#: Sessions by which two series are tried against each other.
LAGS = (-2, -1, 0, 1, 2)
#: Fewer returns than this say nothing of an intercept and two slopes.
LEAST = 6
FLAT = 1e-12


@dataclass(frozen=True)
class Relative:
    """How returns stand to one or more benchmarks.

    Attributes
    ----------
    n : int
        Returns.
    alpha, alpha_t : float
        Intercept a year (times periods, not compounded) and its Newey-West t.
    lags : int
    betas, beta_ts : dict of float
        By benchmark.
    r_squared : float
    tracking_error, information_ratio : float
        Of the return less the first benchmark's: deviation a year (ddof = 1), and mean a year over
        it.
    up_capture, down_capture : float
        Geometric mean return over that of the first benchmark, on its rising and on its falling
        periods.
    correlation : float
        With the first benchmark.
    ratio, points : float
        Growth over the benchmark's, less 1; and total return less the benchmark's. Two figures
        that are often taken for each other.
    rolling : DataFrame
        ``date, beta, correlation, ratio`` over the last `window` periods of the first benchmark;
        NaN until it is full.

    A figure that does not exist is NaN: without variation, or without rising or falling periods.
    """

    n: int
    alpha: float
    alpha_t: float
    lags: int
    betas: dict[str, float]
    beta_ts: dict[str, float]
    r_squared: float
    tracking_error: float
    information_ratio: float
    up_capture: float
    down_capture: float
    correlation: float
    ratio: float
    points: float
    rolling: pd.DataFrame = field(repr=False)


@dataclass(frozen=True)
class Lead:
    """By how many periods a benchmark is best moved, and how the correlations compare.

    `lag` 1 means that the benchmark's move shows in the returns one period later. `is_async` says
    that the correlation there exceeds that at 0 by more than three standard errors.
    """

    lag: int
    correlations: dict[int, float]
    is_async: bool

    @property
    def reason(self) -> str:
        """Why the two may not be compared session by session; empty where they may."""
        if not self.is_async:
            return ""
        side = "before" if self.lag > 0 else "after"
        return (
            f"the benchmark moves {abs(self.lag)} session{'s' * (abs(self.lag) > 1)} {side} the "
            f"returns (correlation {self.correlations[self.lag]:.2f} there, "
            f"{self.correlations[0]:.2f} on the same date): their dates do not name the same time, "
            "and betas and alpha of the same dates would be wrong"
        )


def lead_or_lag(returns: pd.Series[Any], benchmark: pd.Series[Any]) -> Lead:
    """Return at which lead or lag of -2 to +2 periods two series move together most.

    Raises
    ------
    ValueError
        If there are too few returns, or one is not finite.
    """
    x = _checked(returns, benchmark.to_frame("benchmark"))[1][:, 0]
    y = returns.to_numpy(dtype=float)
    found = {lag: _lagged(y, x, lag) for lag in LAGS}
    best = max(found, key=lambda lag: (abs(found[lag]), -abs(lag)))
    excess = abs(found[best]) - abs(found[0])
    return Lead(best, found, bool(best != 0 and excess > 3.0 / math.sqrt(len(y))))


def relative_performance(
    returns: pd.Series[Any],
    factors: pd.DataFrame,
    periods: int = 252,
    *,
    window: int = 252,
) -> Relative:
    """Return alpha, betas and the rest of a comparison with benchmarks.

    Parameters
    ----------
    returns : Series by session date
        Simple returns.
    factors : DataFrame by the same dates
        Simple returns, one column a benchmark; the first is the one to be compared with.
    periods : int
        Of a year.

    Raises
    ------
    ValueError
        If dates differ, a return is not finite, there are fewer than 6, the benchmarks are
        collinear, or one of them leads or lags the returns (`lead_or_lag`).

    References
    ----------
    Newey and West (1987), Econometrica 55(3): the t of alpha; lags floor(4 (n / 100)^(2/9)).
    """
    y, x = _checked(returns, factors)
    for name in factors:
        if reason := lead_or_lag(returns, factors[name]).reason:
            raise ValueError(f"{name}: {reason}")
    design = np.column_stack([np.ones(len(y)), x])
    if np.linalg.matrix_rank(design) < design.shape[1]:
        raise ValueError(f"benchmarks must vary, each by itself: {', '.join(map(str, factors))}")
    coefficients = np.linalg.solve(design.T @ design, design.T @ y)
    residual = y - design @ coefficients
    lags = min(newey_west_lags(len(y)), len(y) - 1)
    errors = np.sqrt(np.diag(newey_west(design, residual, lags)))
    ts = [_over(float(c), float(e)) for c, e in zip(coefficients, errors, strict=True)]
    spread = float(np.sum((y - y.mean()) ** 2))
    names = [str(name) for name in factors]
    return Relative(
        n=len(y),
        alpha=float(coefficients[0]) * periods,
        alpha_t=ts[0],
        lags=lags,
        betas=dict(zip(names, coefficients[1:].tolist(), strict=True)),
        beta_ts=dict(zip(names, ts[1:], strict=True)),
        r_squared=1.0 - float(residual @ residual) / spread if spread > FLAT**2 else math.nan,
        rolling=_rolling(returns, factors.iloc[:, 0], window),
        **_against(y, x[:, 0], periods),
    )


def _checked(returns: pd.Series[Any], factors: pd.DataFrame) -> tuple[Floats, Floats]:
    if not returns.index.equals(factors.index):
        raise ValueError("returns and benchmarks must be of the same dates")
    if len(returns) < LEAST:
        raise ValueError(f"at least {LEAST} returns are needed, got {len(returns)}")
    y, x = returns.to_numpy(dtype=float), factors.to_numpy(dtype=float)
    wrong = np.flatnonzero(~np.isfinite(y) | ~np.isfinite(x).all(axis=1))
    if len(wrong):
        raise ValueError(f"return of {returns.index[wrong[0]]!s:.10} is not finite")
    return y, x


def _against(y: Floats, x: Floats, periods: int) -> dict[str, float]:
    active = y - x
    error = float(np.std(active, ddof=1)) * math.sqrt(periods)
    growth, other = float(np.prod(1.0 + y)), float(np.prod(1.0 + x))
    return {
        "tracking_error": error,
        "information_ratio": _over(float(active.mean()) * periods, error),
        "up_capture": _capture(y, x, x > 0.0),
        "down_capture": _capture(y, x, x < 0.0),
        "correlation": _correlation(y, x),
        "ratio": growth / other - 1.0,
        "points": growth - other,
    }


def _capture(y: Floats, x: Floats, chosen: NDArray[np.bool_]) -> float:
    if not chosen.any():
        return math.nan
    mean_y, mean_x = (float(np.expm1(np.log1p(v[chosen]).mean())) for v in (y, x))
    return _over(mean_y, mean_x)


def _over(part: float, whole: float) -> float:
    return part / whole if abs(whole) > FLAT else math.nan


def _correlation(y: Floats, x: Floats) -> float:
    a, b = y - y.mean(), x - x.mean()
    scale = math.sqrt(float(a @ a) * float(b @ b))
    return _over(float(a @ b), scale)


def _lagged(y: Floats, x: Floats, lag: int) -> float:
    """Return the correlation of the returns with the benchmark `lag` periods before; NaN as 0."""
    if lag > 0:
        y, x = y[lag:], x[:-lag]
    elif lag < 0:
        y, x = y[:lag], x[-lag:]
    found = _correlation(y, x)
    return 0.0 if math.isnan(found) else found


def _rolling(returns: pd.Series[Any], benchmark: pd.Series[Any], window: int) -> pd.DataFrame:
    y, x = returns.astype(float), benchmark.astype(float)
    variance, covariance = x.rolling(window).var(), y.rolling(window).cov(x)
    deviation = y.rolling(window).std() * x.rolling(window).std()
    growth = pd.Series(np.log1p(y.to_numpy()) - np.log1p(x.to_numpy())).rolling(window).sum()
    return pd.DataFrame(
        {
            "date": returns.index,
            "beta": (covariance / variance.where(variance > FLAT**2)).to_numpy(),
            "correlation": (covariance / deviation.where(deviation > FLAT**2)).to_numpy(),
            "ratio": np.expm1(growth).to_numpy(),
        }
    )
