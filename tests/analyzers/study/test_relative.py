"""Alpha, betas and the rest: by hand on six returns, and against another implementation."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest

from orebound.analyzers.study import lead_or_lag, relative_performance


def frames(y, **x) -> tuple[pd.Series, pd.DataFrame]:
    dates = pd.bdate_range("2020-01-01", periods=len(y))
    return pd.Series(y, index=dates, dtype=float), pd.DataFrame(x, index=dates, dtype=float)


#: Two up, two down, two flat: mean 0, sum of squares 4e-4; the rule's mean is 1e-3.
BENCH = [0.01, -0.01, 0.0, 0.01, -0.01, 0.0]
RULE = [0.02, -0.01, 0.001, 0.01, -0.012, -0.003]


def test_the_regression_of_six_returns_by_hand() -> None:
    y, x = frames(RULE, bench=BENCH)
    found = relative_performance(y, x, periods=100)
    # sum xy = 1e-2 (0.02 + 0.01 + 0.01 + 0.012) = 5.2e-4, over 4e-4; mean y = 0.006 / 6.
    assert found.betas["bench"] == pytest.approx(1.3)
    assert found.alpha == pytest.approx(100 * 0.001)
    residual = np.array(RULE) - 0.001 - 1.3 * np.array(BENCH)
    # floor(4 (6 / 100)^(2/9)) = floor(2.14)
    assert found.lags == 2
    # x is orthogonal to the constant, so the variance of alpha is the weighted double sum of
    # residuals over n squared: weight 1 - |i - j| / 3 within two places.
    total = sum(
        max(0.0, 1.0 - abs(i - j) / 3.0) * residual[i] * residual[j]
        for i in range(6)
        for j in range(6)
    )
    assert found.alpha_t == pytest.approx(0.001 / (math.sqrt(total) / 6))
    slope = sum(
        max(0.0, 1.0 - abs(i - j) / 3.0) * residual[i] * residual[j] * BENCH[i] * BENCH[j]
        for i in range(6)
        for j in range(6)
    )
    assert found.beta_ts["bench"] == pytest.approx(1.3 / (math.sqrt(slope) / 4e-4))


def test_captures_ratio_and_points_by_hand() -> None:
    y, x = frames(RULE, bench=BENCH)
    found = relative_performance(y, x, periods=100)
    up = math.sqrt(1.02 * 1.01) - 1.0
    down = math.sqrt(0.99 * 0.988) - 1.0
    assert found.up_capture == pytest.approx(up / 0.01)
    assert found.down_capture == pytest.approx(down / -0.01)
    growth = 1.02 * 0.99 * 1.001 * 1.01 * 0.988 * 0.997
    other = 1.01**2 * 0.99**2
    assert found.ratio == pytest.approx(growth / other - 1.0)
    assert found.points == pytest.approx(growth - other)
    active = np.array(RULE) - np.array(BENCH)
    assert found.tracking_error == pytest.approx(active.std(ddof=1) * 10.0)
    assert found.information_ratio == pytest.approx(0.1 / (active.std(ddof=1) * 10.0))
    assert found.correlation == pytest.approx(np.corrcoef(RULE, BENCH)[0, 1])


def test_alpha_betas_and_their_t_are_those_of_statsmodels() -> None:
    api = pytest.importorskip("statsmodels.api")
    generator = np.random.default_rng(2)
    metal, market = generator.normal(0.0, 0.01, (2, 600))
    noise = np.convolve(generator.normal(0.0, 0.01, 603), [0.4, 0.3, 0.2, 0.1], "valid")
    y, x = frames(0.0003 + 0.6 * metal + 0.8 * market + noise, metal=metal, market=market)
    found = relative_performance(y, x)
    fitted = api.OLS(y, api.add_constant(x)).fit(cov_type="HAC", cov_kwds={"maxlags": found.lags})
    assert found.lags == 5
    assert found.alpha / 252 == pytest.approx(fitted.params["const"], rel=1e-8)
    assert found.alpha_t == pytest.approx(fitted.tvalues["const"], rel=1e-8)
    for name in x:
        assert found.betas[name] == pytest.approx(fitted.params[name], rel=1e-8)
        assert found.beta_ts[name] == pytest.approx(fitted.tvalues[name], rel=1e-8)
    assert found.r_squared == pytest.approx(fitted.rsquared, rel=1e-8)


def test_the_rolling_figures_are_those_of_their_window() -> None:
    generator = np.random.default_rng(3)
    a, b = generator.normal(0.0, 0.01, (2, 80))
    y, x = frames(0.5 * a + b, bench=a)
    rolling = relative_performance(y, x, window=30).rolling
    assert rolling["beta"].isna().sum() == 29
    part_y, part_x = y.to_numpy()[-30:], a[-30:]
    slope = np.polyfit(part_x, part_y, 1)[0]
    assert rolling["beta"].iloc[-1] == pytest.approx(slope)
    assert rolling["correlation"].iloc[-1] == pytest.approx(np.corrcoef(part_x, part_y)[0, 1])
    assert rolling["ratio"].iloc[-1] == pytest.approx(np.prod(1 + part_y) / np.prod(1 + part_x) - 1)


def test_a_benchmark_of_another_clock_is_refused_with_the_reason() -> None:
    generator = np.random.default_rng(4)
    metal, noise = generator.normal(0.0, 0.01, (2, 500))
    late = np.concatenate([[0.0], metal[:-1]]) + 0.5 * noise
    y, x = frames(late, metal=metal)
    lead = lead_or_lag(y, x["metal"])
    assert (lead.lag, lead.is_async) == (1, True)
    # 1 / sqrt(1.25), within three standard errors (1 - rho^2) / sqrt n.
    assert lead.correlations[1] == pytest.approx(0.894, abs=0.03)
    with pytest.raises(ValueError, match="metal: the benchmark moves 1 session before the returns"):
        relative_performance(y, x)
    early = lead_or_lag(x["metal"], y)
    assert (early.lag, early.is_async) == (-1, True)
    assert "after the returns" in early.reason


def test_noise_at_another_lag_is_no_reason_to_refuse() -> None:
    refused = 0
    for seed in range(200):
        a, b = np.random.default_rng(seed).normal(0.0, 0.01, (2, 300))
        y, x = frames(0.2 * a + b, bench=a)
        refused += lead_or_lag(y, x["bench"]).is_async
    assert refused == 0


def test_returns_that_cannot_be_compared_are_refused_by_name() -> None:
    y, x = frames(RULE, bench=BENCH)
    with pytest.raises(ValueError, match="at least 6 returns are needed, got 5"):
        relative_performance(y.iloc[:5], x.iloc[:5])
    with pytest.raises(ValueError, match="same dates"):
        relative_performance(y, x.iloc[::-1])
    with pytest.raises(ValueError, match="return of 2020-01-01 is not finite"):
        relative_performance(y.where(y != 0.02), x)
    with pytest.raises(ValueError, match="must vary, each by itself"):
        relative_performance(y, x.assign(twin=x["bench"]))
