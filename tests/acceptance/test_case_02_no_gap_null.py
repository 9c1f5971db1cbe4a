"""Case 2: independent walks have no gap to trade; the base rate says how often one shows.

Miner and metal walk independently, 25 % a year relative to each other. The share of days on which
a lag of 20 % or more over a year shows is the reflection of the normal law: a driftless walk ends
a year below ``ln 0.8`` with probability ``N(ln 0.8 / 0.25) = 0.186``; domain.md 0.3 has 18 to 23 %
for 25 to 30 %.
"""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import norm

from orebound.strategies import signals_of
from orebound.sweeps import RunConfig, from_names
from orebound.sweeps.beside import base_rates
from orebound.sweeps.prepared import Workshop, numbers_matrix
from orebound.sweeps.replay.many import replay_many
from orebound.sweeps.replay.totals import METRICS

from .made_markets import market_of, walk

RULE = {
    "gap": "ratio", "lag_in": 0.2, "regime": "none", "market_factor": False, "hedge": "fixed",
    "half_life_window": 252,
}  # fmt: skip
EACH = 0.25 / np.sqrt(2.0)


def run_of(seed: int, sessions: int) -> tuple[Workshop, RunConfig]:
    generator = np.random.default_rng(seed)
    metal = walk(generator, sessions, EACH)
    miners = np.column_stack([walk(generator, sessions, EACH) for _ in range(4)])
    config = from_names(RULE)
    return Workshop(config, market_of(miners, metal)), config


def sharpe_ratios(seeds: range, sessions: int) -> np.ndarray:
    """Return the net Sharpe ratio over its standard error, of each of many worlds."""
    out = []
    for seed in seeds:
        workshop, config = run_of(seed, sessions)
        prepared = workshop.prepared({})
        numbers = numbers_matrix(config, {}, 1, 4)
        found = replay_many(prepared.market, prepared.rule, numbers, prepared.calendar)
        metric = dict(zip(METRICS, found.metrics[0], strict=True))
        out.append(metric["sharpe"] / metric["sharpe_error"])
    return np.array(out)


def test_the_share_of_days_with_a_lag_is_that_of_noise() -> None:
    rates, noise = [], []
    for seed in range(12):
        workshop, config = run_of(seed, 5_000)
        market = workshop.market(config)
        signals = signals_of(market.panel, config.rule, config.regime)
        for one in base_rates(market.panel, signals, config.rule, (0, 5_000)).values():
            rates.append(one["observed"])
            noise.append(one["noise"])
    assert np.mean(rates) == pytest.approx(0.18, abs=0.03)
    assert np.mean(noise) == pytest.approx(norm.cdf(np.log(0.8) / 0.25), abs=0.01)


@pytest.mark.slow
def test_the_net_sharpe_ratio_of_noise_is_not_above_zero_too_often() -> None:
    found = sharpe_ratios(range(200), 2_520)
    share = float((found > 1.645).mean())
    print(f"net Sharpe above 0 at 5 % in {share:.1%} of 200 runs")
    assert share <= 0.05
