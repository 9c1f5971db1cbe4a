"""Sharpe tests: published examples, integrals of the definitions, and refusals."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import integrate, stats

from orebound.analyzers import (
    deflated_sharpe_ratio,
    expected_max_sharpe,
    min_track_record_length,
    probabilistic_sharpe_ratio,
    sharpe_error,
)


def test_deflated_sharpe_of_the_paper() -> None:
    # Bailey and Lopez de Prado (2014), "A numerical example": 2.5 a year on 1,250 days of 250 a
    # year, V = 1/2 a year; 0.9004 after 100 trials, 0.9505 had there been 46, and with normal
    # returns 0.9505 after 88.
    sharpe, variance = 2.5 / math.sqrt(250), 0.5 / 250
    assert deflated_sharpe_ratio(sharpe, 1250, 100, variance, -3, 10) == pytest.approx(
        0.9004, abs=5e-5
    )
    assert deflated_sharpe_ratio(sharpe, 1250, 46, variance, -3, 10) == pytest.approx(
        0.9505, abs=5e-5
    )
    assert deflated_sharpe_ratio(sharpe, 1250, 88, variance) == pytest.approx(0.9505, abs=5e-5)


def test_probabilistic_sharpe_of_the_paper() -> None:
    # Bailey and Lopez de Prado (2012), 24 months of a fund at 0.458 a month: 0.982 were the
    # returns normal, 0.913 with their skew and kurtosis.
    assert probabilistic_sharpe_ratio(0.458, 24) == pytest.approx(0.982, abs=5e-4)
    assert probabilistic_sharpe_ratio(0.458, 24, -2.448, 10.164) == pytest.approx(0.913, abs=5e-4)


@pytest.mark.parametrize(
    ("periods", "skew", "kurtosis", "years"),
    [(252, 0.0, 3.0, 2.73), (52, 0.0, 3.0, 2.83), (12, 0.0, 3.0, 3.24), (12, -0.72, 5.78, 4.99)],
)
def test_track_record_lengths_of_the_paper(
    periods: int, skew: float, kurtosis: float, years: float
) -> None:
    # Bailey and Lopez de Prado (2012): years that show a Sharpe ratio of 2 a year to exceed 1.
    root = math.sqrt(periods)
    length = min_track_record_length(2 / root, 1 / root, skew, kurtosis)
    assert length / periods == pytest.approx(years, abs=5e-3)


def test_deflated_sharpe_agrees_with_ffn() -> None:
    # ffn 1.4.1, calc_deflated_sharpe_ratio(annualized_trials=False): 1,500 Student-t returns
    # (numpy default_rng(8)) against 80 trials; the moments below are pandas's of that sample.
    moments = {"skew": -0.13117157045770175, "kurtosis": 7.413430674456073}
    shown = deflated_sharpe_ratio(0.0943933688151946, 1500, 80, 0.0008169104141463604, **moments)
    assert shown == pytest.approx(0.8238049752947143, abs=1e-12)


@pytest.mark.parametrize(("n_trials", "room"), [(2, 0.08), (3, 0.03), (46, 0.03), (1000, 0.005)])
def test_expected_best_is_the_mean_of_the_largest_normal_draw(n_trials: int, room: float) -> None:
    def integrand(x: float) -> float:
        return float(x * n_trials * stats.norm.pdf(x) * stats.norm.cdf(x) ** (n_trials - 1))

    exact = integrate.quad(integrand, -12, 12, points=[0, 3, 5], limit=200)[0]
    assert expected_max_sharpe(n_trials) == pytest.approx(exact, rel=room)
    assert expected_max_sharpe(n_trials, 0.04) == pytest.approx(0.2 * exact, rel=room)


def test_one_trial_expects_nothing_and_a_trillion_stays_finite() -> None:
    assert expected_max_sharpe(1, 0.3) == 0.0
    assert expected_max_sharpe(1.01) == 0.0
    # Extreme value theory: sqrt(2 ln N) bounds the mean of the largest of N normal draws.
    assert 6.9 < expected_max_sharpe(1e12) < math.sqrt(2 * math.log(1e12))


def test_deflated_sharpe_of_one_trial_is_the_probabilistic_one() -> None:
    assert deflated_sharpe_ratio(0.08, 900, 1, 0.01, -0.4, 6.0) == probabilistic_sharpe_ratio(
        0.08, 900, -0.4, 6.0
    )


def test_probabilistic_sharpe_is_a_tail_integral_of_its_error() -> None:
    error = math.sqrt((1 - -0.7 * 0.09 + (7.0 - 1) / 4 * 0.09**2) / 499)
    density = stats.norm(0.09, error).pdf
    tail = integrate.quad(density, 0.03, 0.09)[0] + 0.5
    assert probabilistic_sharpe_ratio(0.09, 500, -0.7, 7.0, 0.03) == pytest.approx(tail, abs=1e-9)


def test_probabilistic_sharpe_is_right_as_often_as_it_says() -> None:
    # 4,000 samples of a true Sharpe ratio 0.1: chances to exceed it must be uniform.
    samples = np.random.default_rng(2).normal(0.1, 1.0, (4000, 250))
    sharpes = samples.mean(axis=1) / samples.std(axis=1, ddof=1)
    chances = [probabilistic_sharpe_ratio(float(s), 250, benchmark=0.1) for s in sharpes]
    assert stats.kstest(chances, "uniform").pvalue > 0.01


@settings(max_examples=60, deadline=None)
@given(
    sharpe=st.floats(0.01, 0.5),
    benchmark=st.floats(-0.3, 0.0),
    skew=st.floats(-2.0, 0.5),
    excess=st.floats(0.5, 10.0),
    confidence=st.floats(0.6, 0.999),
)
def test_at_its_minimum_length_a_record_has_just_the_confidence(
    sharpe: float, benchmark: float, skew: float, excess: float, confidence: float
) -> None:
    kurtosis = 1 + skew**2 + excess
    length = min_track_record_length(sharpe, benchmark, skew, kurtosis, confidence)
    error = sharpe_error(sharpe, 1001, skew, kurtosis) * math.sqrt(1000 / (length - 1))
    assert stats.norm.cdf((sharpe - benchmark) / error) == pytest.approx(confidence, abs=1e-9)


@given(st.integers(2, 10**9), st.floats(0.0, 1.0))
def test_more_trials_never_raise_the_deflated_sharpe(n_trials: int, variance: float) -> None:
    fewer = deflated_sharpe_ratio(0.1, 500, n_trials - 1, variance)
    assert deflated_sharpe_ratio(0.1, 500, n_trials, variance) <= fewer


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: probabilistic_sharpe_ratio(float("nan"), 100), "sharpe must be a finite number"),
        (lambda: probabilistic_sharpe_ratio(0.1, 2), "n_obs must be at least 3, got 2"),
        (
            lambda: probabilistic_sharpe_ratio(0.1, 100, 0.0, 0.2),
            r"kurtosis must be at least 1 \+ skew\*\*2 = 1 .*excess kurtosis\?\), got 0.2",
        ),
        (
            lambda: probabilistic_sharpe_ratio(1.0, 100, 2.0, 5.0),
            "skew 2 and kurtosis 5 leave a Sharpe ratio of 1 no standard error",
        ),
        (lambda: expected_max_sharpe(0), "n_trials must be at least 1, got 0"),
        (lambda: expected_max_sharpe(float("inf")), "n_trials must be a finite number, got inf"),
        (lambda: expected_max_sharpe(5, -0.1), "sharpe_variance must not be negative, got -0.1"),
        (
            lambda: min_track_record_length(0.05, 0.05),
            "sharpe must exceed benchmark 0.05, got 0.05: no track record is long enough",
        ),
        (
            lambda: min_track_record_length(0.05, confidence=1.0),
            "confidence must lie between 0.5 and 1, got 1",
        ),
    ],
)
def test_what_has_no_answer_is_refused_by_name(call: Callable[[], float], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        call()
