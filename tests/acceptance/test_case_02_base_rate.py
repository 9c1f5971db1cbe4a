"""Acceptance case 2, first half: in noise a fifth behind is no rarity, and the rate is stated."""

import numpy as np
import pytest

from orebound.analyzers import noise_base_rate
from orebound.strategies.signals import ratio_gap


def test_independent_walks_lag_by_a_fifth_on_eighteen_days_in_a_hundred() -> None:
    # Relative volatility 25 % a year, split evenly over miner and metal.
    daily = 0.25 / np.sqrt(252)
    generator = np.random.default_rng(25)
    met = []
    for _ in range(400):
        miner, metal = generator.normal(0.0, daily / np.sqrt(2.0), (2, 2000))
        gap, _ = ratio_gap(miner, metal, 252)
        met.append(np.mean(np.expm1(gap[251:]) <= -0.20))
    observed = float(np.mean(met))
    assert observed == pytest.approx(0.18, abs=0.03)
    stated = noise_base_rate("ratio", trigger="lag", at=0.20, daily_vol=daily, window=252)
    assert stated == pytest.approx(observed, abs=0.015)
