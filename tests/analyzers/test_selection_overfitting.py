"""PBO against plain loops over the same definition, ffn, noise and a planted edge."""

from __future__ import annotations

import math
from itertools import combinations, pairwise
from statistics import mean, stdev

import numpy as np
import pytest
from numpy.typing import NDArray

from orebound.analyzers import (
    OverfittingResult,
    deflated_sharpe_ratio,
    pbo_from_monthly_sums,
    probability_of_backtest_overfitting,
)

Floats = NDArray[np.float64]
# Months of 18 to 23 sessions, as calendars have them.
LENGTHS = [21, 19, 22, 20, 23, 18, 21, 22, 20, 21, 23, 19] * 4


def noise(seed: int, n_periods: int, n_trials: int) -> Floats:
    return np.random.default_rng(seed).normal(0.0, 0.01, (n_periods, n_trials))


def monthly_sums(returns: Floats, lengths: list[int]) -> Floats:
    """Return sums of r and r squared, shape (n_trials, n_months, 2), by plain slices."""
    borders = np.concatenate([[0], np.cumsum(lengths)])
    spans = [returns[a:b] for a, b in pairwise(borders)]
    return np.array([[(r.sum(), (r**2).sum()) for r in span.T] for span in spans]).swapaxes(0, 1)


def plain_sharpe(values: list[float]) -> float:
    return 0.0 if max(values) == min(values) else mean(values) / stdev(values)


def mean_rank(values: list[float], place: int) -> float:
    below = sum(value < values[place] for value in values)
    return below + (1 + sum(value == values[place] for value in values)) / 2


def plain_cscv(blocks: list[Floats]) -> tuple[list[float], list[float], list[float]]:
    """Return logits and both Sharpe ratios by the words of the paper, a loop for each."""
    n_trials, logits, inside, outside = blocks[0].shape[1], [], [], []
    for chosen in combinations(range(len(blocks)), len(blocks) // 2):
        sides = [
            [
                plain_sharpe([float(r) for b in range(len(blocks)) if (b in chosen) is side
                              for r in blocks[b][:, n]])
                for n in range(n_trials)
            ]
            for side in (True, False)
        ]  # fmt: skip
        best = [n for n in range(n_trials) if sides[0][n] == max(sides[0])]
        ranks = [mean_rank(sides[1], n) for n in best]
        share = mean(ranks) / (n_trials + 1)
        logits.append(math.log(share / (1 - share)))
        inside.append(max(sides[0]))
        outside.append(mean(sides[1][n] for n in best))
    return logits, inside, outside


def assert_equals_plain(result: OverfittingResult, blocks: list[Floats]) -> None:
    logits, inside, outside = plain_cscv(blocks)
    assert np.sort(result.logits) == pytest.approx(np.sort(logits), abs=1e-9)
    assert np.sort(result.in_sample) == pytest.approx(np.sort(inside), abs=1e-9)
    assert result.pbo == mean(value <= 0 for value in logits)
    assert result.probability_of_loss == mean(value < 0 for value in outside)
    slope, intercept = np.polyfit(inside, outside, 1)
    assert result.slope == pytest.approx(slope, rel=1e-6)
    assert result.intercept == pytest.approx(intercept, rel=1e-6)


@pytest.mark.parametrize(("n_periods", "n_blocks"), [(48, 6), (64, 8), (51, 6), (40, 2)])
def test_pbo_is_that_of_plain_loops(n_periods: int, n_blocks: int) -> None:
    returns = noise(n_periods, n_periods, 9)
    result = probability_of_backtest_overfitting(returns, n_blocks)
    # Where the blocks cannot be equal, the borders are floor(i n / n_blocks).
    borders = [i * n_periods // n_blocks for i in range(n_blocks + 1)]
    blocks = [returns[a:b] for a, b in pairwise(borders)]
    assert result.n_splits == math.comb(n_blocks, n_blocks // 2)
    assert_equals_plain(result, blocks)


def test_equal_and_idle_trials_share_their_rank() -> None:
    # Sixteenths add up without rounding, so that the plain loop ties where the sums do.
    returns = np.random.default_rng(4).integers(-8, 9, (48, 7)) / 16.0
    returns[:, 3] = returns[:, 1]
    returns[:, 4:6] = 0.0
    returns[:24, 6] = 0.0
    blocks = list(returns.reshape(6, 8, 7))
    assert_equals_plain(probability_of_backtest_overfitting(returns, 6), blocks)


def test_the_order_of_the_trials_does_not_matter() -> None:
    returns = noise(5, 96, 12)
    returns[:, 6:] = 0.0
    returns[:48, :6] = -np.abs(returns[:48, :6])  # the idle ones are best, all equal
    one = probability_of_backtest_overfitting(returns, 8)
    other = probability_of_backtest_overfitting(returns[:, ::-1], 8)
    assert one.logits == pytest.approx(other.logits, abs=1e-12)
    assert one.pbo == other.pbo


@pytest.mark.parametrize(
    ("seed", "shape", "n_blocks", "pbo", "mean_logit"),
    # ffn 1.4.1, calc_prob_backtest_overfitting(full_output=True), on `noise` with 0.1 % a period
    # added to the first trial.
    [
        (5, (320, 40), 8, 0.32857142857142857, 0.36391323708792744),
        (6, (480, 12), 10, 0.19444444444444445, 0.6616058269965978),
        (7, (1600, 40), 16, 0.48267288267288266, 0.06153317301850995),
    ],
)
def test_pbo_agrees_with_ffn(
    seed: int, shape: tuple[int, int], n_blocks: int, pbo: float, mean_logit: float
) -> None:
    returns = noise(seed, *shape)
    returns[:, 0] += 0.001
    result = probability_of_backtest_overfitting(returns, n_blocks)
    assert result.pbo == pbo
    assert result.logits.mean() == pytest.approx(mean_logit, abs=1e-12)
    assert float(result) == pbo


def deflated_best(returns: Floats) -> float:
    sharpes = returns.mean(axis=0) / returns.std(axis=0, ddof=1)
    return deflated_sharpe_ratio(
        float(sharpes.max()), len(returns), returns.shape[1], float(sharpes.var(ddof=1))
    )


def test_the_best_of_noise_is_no_edge() -> None:
    # Domain case 15. One draw's PBO spreads by about 0.07, so the mean of six is asked.
    worlds = [noise(seed, 2520, 500) for seed in range(6)]
    pbos = [probability_of_backtest_overfitting(world).pbo for world in worlds]
    assert mean(pbos) == pytest.approx(0.5, abs=0.1)
    assert max(deflated_best(world) for world in worlds) < 0.95


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_a_planted_edge_survives(seed: int) -> None:
    # 25 of 500 trials earn a Sharpe ratio of 3 a year over ten years.
    returns = noise(seed, 2520, 500)
    returns[:, :25] += 0.01 * 3 / math.sqrt(252)
    result = probability_of_backtest_overfitting(returns)
    assert result.n_splits == 12870
    assert result.pbo < 0.2
    assert result.probability_of_loss < 0.05
    assert deflated_best(returns) > 0.95


@pytest.mark.parametrize("embargo", [0, 2])
def test_monthly_sums_give_the_daily_answer(embargo: int) -> None:
    returns = noise(9, sum(LENGTHS), 8)
    returns[:, 2] += 0.001
    result = pbo_from_monthly_sums(
        monthly_sums(returns, LENGTHS), LENGTHS, n_blocks=6, embargo_months=embargo
    )
    borders = np.concatenate([[0], np.cumsum(LENGTHS)])
    blocks = [
        returns[borders[8 * b] : borders[8 * b + 8 - (embargo if b < 5 else 0)]] for b in range(6)
    ]
    assert_equals_plain(result, blocks)


def test_float32_sums_change_no_verdict() -> None:
    returns = noise(10, sum(LENGTHS), 60)
    exact = monthly_sums(returns, LENGTHS)
    one = pbo_from_monthly_sums(exact, LENGTHS, n_blocks=8)
    other = pbo_from_monthly_sums(exact.astype(np.float32), LENGTHS, n_blocks=8)
    assert other.pbo == pytest.approx(one.pbo, abs=0.03)
    assert other.in_sample == pytest.approx(one.in_sample, abs=1e-5)


def test_a_constant_return_of_float32_sums_is_flat() -> None:
    returns = noise(11, sum(LENGTHS), 3)
    returns[:, 1:] = 0.0001
    sums = monthly_sums(returns, LENGTHS).astype(np.float32)
    result = pbo_from_monthly_sums(sums, LENGTHS, n_blocks=4)
    assert np.abs(result.in_sample).max() < 1.0


def test_trials_that_never_trade_leave_no_degradation_line() -> None:
    result = probability_of_backtest_overfitting(np.zeros((40, 5)), 4)
    assert (result.pbo, result.probability_of_loss) == (1.0, 0.0)
    assert (result.slope, result.intercept) == (None, None)
    assert result.note == "no degradation line: the chosen trials do not differ in sample"


def test_the_input_is_not_changed() -> None:
    returns = noise(12, 64, 5)
    before = returns.copy()
    probability_of_backtest_overfitting(returns, 4)
    assert np.array_equal(returns, before)


@pytest.mark.parametrize(
    ("returns", "n_blocks", "message"),
    [
        (np.zeros((100, 4)), 7, "n_blocks must be even, from 2 to 20, got 7"),
        (np.zeros((100, 4)), 22, "n_blocks must be even, from 2 to 20, got 22"),
        (np.zeros((31, 4)), 16, r"at least 32 periods .* got shape \(31, 4\)"),
        (np.zeros((100, 1)), 8, r"at least 2 trials .* got shape \(100, 1\)"),
        (np.where(np.eye(40) > 0, np.nan, 0.0)[1:], 8, "period 0 of trial 1 is nan; leave failed"),
    ],
)
def test_bad_returns_are_refused_by_name(returns: Floats, n_blocks: int, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        probability_of_backtest_overfitting(returns, n_blocks)


@pytest.mark.parametrize(
    ("shape", "sessions", "options", "message"),
    [
        ((3, 24), [21] * 24, {}, r"monthly must have shape .* got \(3, 24\)"),
        ((1, 24, 2), [21] * 24, {}, "monthly must hold at least 2 trials, got 1"),
        ((3, 24, 2), [21] * 23, {}, r"one entry for each of the 24 months, got shape \(23,\)"),
        ((3, 24, 2), [21] * 23 + [0.5], {}, "whole numbers of at least 0, month 23 is 0.5"),
        ((3, 12, 2), [21] * 12, {}, "n_blocks must be at most the 12 months, got 16"),
        (
            (3, 24, 2),
            [21] * 24,
            {"n_blocks": 6, "embargo_months": 4},
            "embargo_months must be at least 0 and below 4, .* got 4",
        ),
        ((3, 24, 2), [0] * 24, {"n_blocks": 6}, "block 0 of 6 holds 0 sessions, at least 2"),
    ],
)
def test_bad_monthly_sums_are_refused_by_name(
    shape: tuple[int, ...], sessions: list[float], options: dict[str, int], message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        pbo_from_monthly_sums(np.zeros(shape), sessions, **options)


def test_a_failed_trial_among_monthly_sums_is_named() -> None:
    sums = np.zeros((4, 24, 2), dtype=np.float32)
    sums[2, 7, 0] = np.nan
    with pytest.raises(ValueError, match=r"month 7 of trial 2 is .*leave failed trials out"):
        pbo_from_monthly_sums(sums, [21] * 24, n_blocks=4)


def test_copies_count_as_often_as_they_are() -> None:
    returns = np.random.default_rng(13).integers(-8, 9, (48, 6)) / 16.0
    returns = returns[:, [0, 1, 1, 1, 2, 3, 3, 4, 5]]
    blocks = list(returns.reshape(6, 8, 9))
    assert_equals_plain(probability_of_backtest_overfitting(returns, 6), blocks)


def test_any_number_of_equal_bests_shares_the_mean_rank() -> None:
    # Forty trials earn the same in the first half and differ in the second; two more lose there.
    returns = np.random.default_rng(14).integers(-8, 9, (32, 42)) / 16.0
    returns[:16, :40] = 0.5 + returns[:16, :1] / 16.0
    returns[:16, 40:] = -0.5 - returns[:16, 40:] ** 2
    blocks = list(returns.reshape(4, 8, 42))
    assert_equals_plain(probability_of_backtest_overfitting(returns, 4), blocks)


def test_hundreds_of_trials_are_ranked_as_few_are() -> None:
    returns = noise(15, 40, 300)
    blocks = list(returns.reshape(4, 10, 300))
    assert_equals_plain(probability_of_backtest_overfitting(returns, 4), blocks)
