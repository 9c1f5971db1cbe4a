"""Is a Sharpe ratio more than chance, and more than the best of many tries would be by chance?

Every figure is per period (a daily Sharpe ratio with daily observations), never a year's, and
kurtosis is Pearson's (normal = 3). Nothing here returns NaN or infinity: where a figure does not
exist, a ValueError names the argument.

References
----------
Bailey and Lopez de Prado (2012), The Sharpe ratio efficient frontier, Journal of Risk 15(2).
Bailey and Lopez de Prado (2014), The deflated Sharpe ratio, Journal of Portfolio Management 40(5).
"""

from __future__ import annotations

import math
from statistics import NormalDist

from .metrics import sharpe_error

NORMAL = NormalDist()
EULER_MASCHERONI = 0.5772156649015329


def probabilistic_sharpe_ratio(
    sharpe: float,
    n_obs: int,
    skew: float = 0.0,
    kurtosis: float = 3.0,
    benchmark: float = 0.0,
) -> float:
    """Return the probability that the true Sharpe ratio exceeds `benchmark`.

    Parameters
    ----------
    sharpe, benchmark : float
        Per period.
    n_obs : int
        Periods behind `sharpe`, at least 3.
    skew, kurtosis : float
        Of the returns per period; Pearson kurtosis, at least ``1 + skew**2`` as for any sample.

    References
    ----------
    Bailey and Lopez de Prado (2012), section "Probabilistic Sharpe ratio".
    """
    _check_finite(sharpe=sharpe, benchmark=benchmark)
    error = _standard_error(sharpe, n_obs, skew, kurtosis)
    return NORMAL.cdf((sharpe - benchmark) / error)


def expected_max_sharpe(n_trials: float, sharpe_variance: float = 1.0) -> float:
    """Return the best Sharpe ratio to expect of `n_trials` independent tries without any edge.

    Parameters
    ----------
    n_trials : float
        At least 1, where nothing was selected and the answer is 0; an effective number of trials
        need not be whole.
    sharpe_variance : float
        Variance of the Sharpe ratios per period over the trials.

    References
    ----------
    Bailey and Lopez de Prado (2014), eq. 1. Against the exact integral it is 8 % low at two trials,
    up to 3 % high from three to fifty and 1 % high at a hundred.
    """
    _check_finite(n_trials=n_trials, sharpe_variance=sharpe_variance)
    if n_trials < 1:
        raise ValueError(f"n_trials must be at least 1, got {n_trials:g}")
    if sharpe_variance < 0:
        raise ValueError(f"sharpe_variance must not be negative, got {sharpe_variance:g}")
    if n_trials == 1:
        return 0.0
    # The lower tail keeps its digits where 1 - 1/N would round to 1.
    best = -NORMAL.inv_cdf(1.0 / n_trials)
    further = -NORMAL.inv_cdf(1.0 / (n_trials * math.e))
    mean = (1.0 - EULER_MASCHERONI) * best + EULER_MASCHERONI * further
    # Between one and two trials the approximation falls below what one trial gives.
    return math.sqrt(sharpe_variance) * max(mean, 0.0)


def deflated_sharpe_ratio(
    sharpe: float,
    n_obs: int,
    n_trials: float,
    sharpe_variance: float,
    skew: float = 0.0,
    kurtosis: float = 3.0,
) -> float:
    """Return the probability that the best of many trials is better than luck's best.

    The probabilistic Sharpe ratio against the best to expect of `n_trials` without any edge.

    Parameters
    ----------
    sharpe, n_obs, skew, kurtosis
        Of the chosen trial, per period, as in `probabilistic_sharpe_ratio`.
    n_trials, sharpe_variance : float
        Of everything that was tried, per period, as in `expected_max_sharpe`.

    References
    ----------
    Bailey and Lopez de Prado (2014), eq. 2.
    """
    luck = expected_max_sharpe(n_trials, sharpe_variance)
    return probabilistic_sharpe_ratio(sharpe, n_obs, skew, kurtosis, luck)


def min_track_record_length(
    sharpe: float,
    benchmark: float = 0.0,
    skew: float = 0.0,
    kurtosis: float = 3.0,
    confidence: float = 0.95,
) -> float:
    """Return how many periods show with `confidence` that the Sharpe ratio exceeds `benchmark`.

    Not rounded. A Sharpe ratio at or below the benchmark never shows it and is refused.

    References
    ----------
    Bailey and Lopez de Prado (2012), section "Track record length".
    """
    _check_finite(sharpe=sharpe, benchmark=benchmark, confidence=confidence)
    if not 0.5 < confidence < 1.0:
        raise ValueError(f"confidence must lie between 0.5 and 1, got {confidence:g}")
    if sharpe <= benchmark:
        raise ValueError(
            f"sharpe must exceed benchmark {benchmark:g}, got {sharpe:g}: no track record is long "
            "enough to show it"
        )
    # The error of n observations is that of two, over sqrt(n - 1).
    single = _standard_error(sharpe, 3, skew, kurtosis) * math.sqrt(2.0)
    return 1.0 + (single * NORMAL.inv_cdf(confidence) / (sharpe - benchmark)) ** 2


def _standard_error(sharpe: float, n_obs: int, skew: float, kurtosis: float) -> float:
    _check_finite(n_obs=n_obs, skew=skew, kurtosis=kurtosis)
    if n_obs < 3:
        raise ValueError(f"n_obs must be at least 3, got {n_obs}")
    # The slack is for moments that were rounded when they were written down.
    if kurtosis < 1.0 + skew**2 - 1e-6 * max(1.0, skew**2):
        raise ValueError(
            f"kurtosis must be at least 1 + skew**2 = {1.0 + skew**2:.4g} (Pearson, normal = 3; "
            f"is this excess kurtosis?), got {kurtosis:g}"
        )
    error = sharpe_error(sharpe, n_obs, skew, kurtosis)
    if not error > 0.0:
        raise ValueError(
            f"skew {skew:g} and kurtosis {kurtosis:g} leave a Sharpe ratio of {sharpe:g} no "
            "standard error: only returns of two values do"
        )
    return error


def _check_finite(**arguments: float) -> None:
    for name, value in arguments.items():
        if not math.isfinite(value):
            raise ValueError(f"{name} must be a finite number, got {value}")
