"""The COMEX-LME premium: units, robust z of the past only, and what the market prices in."""

from __future__ import annotations

import numpy as np
import pytest

from orebound.strategies.context.premium import (
    comex_premium,
    implied_probability,
    premium_path,
    premium_z,
)


def test_a_pound_of_comex_copper_is_compared_with_a_tonne_in_london() -> None:
    # 4.5359237 USD/lb are 10,000 USD/t; against 9,000 that is a ninth more.
    assert comex_premium(np.array([4.5359237]), np.array([9000.0]))[0] == pytest.approx(
        1 / 9, abs=1e-7
    )


def test_z_measures_with_the_sessions_before_and_not_with_the_shock() -> None:
    # Before: -4 to 4 in equal numbers; median 0, median absolute deviation 2.
    before = np.tile(np.arange(-4.0, 5.0), 28)
    z = premium_z(np.concatenate([before, [29.652, 0.0]]))
    assert np.isnan(z[:252]).all()
    assert z[252] == pytest.approx(10.0)
    # 253 values, the shock one of them: the deviations' median stays 2.
    assert z[253] == 0.0


def test_a_premium_that_never_varied_has_no_z() -> None:
    assert np.isnan(premium_z(np.zeros(400))).all()


def test_z_of_a_cut_history_is_that_of_the_whole() -> None:
    premium = np.random.default_rng(2).normal(0.0, 0.012, 600)
    np.testing.assert_array_equal(premium_z(premium[:400]), premium_z(premium)[:400])


def test_only_dates_of_both_venues_count_and_are_known_with_the_later_price() -> None:
    ring = np.array(["2025-07-29", "2025-07-30"], "datetime64[D]")
    pit = np.array(["2025-07-30", "2025-07-31"], "datetime64[D]")
    found = premium_path(
        (pit, pit + np.timedelta64(1050, "m"), np.array([5.5, 4.3])),
        (ring, ring + np.timedelta64(745, "m"), np.array([9700.0, 9720.0])),
    )
    assert found.sessions.tolist() == [pit[0].tolist()]
    assert found.known_at[0] == np.datetime64("2025-07-30T17:30")
    assert found.premium[0] == pytest.approx(5.5 * 2204.62262 / 9720.0 - 1.0)
    times = np.array(["2025-07-30T17:29", "2025-07-30T17:30"], "datetime64[ns]")
    assert found.place(times).tolist() == [-1, 0]


def test_half_of_a_duty_priced_in_is_a_probability_of_one_half() -> None:
    # 26.4 % of an announced 50 % on 2025-07-08; a discount prices in nothing.
    assert float(implied_probability(0.264, 0.5)) == pytest.approx(0.528)
    assert implied_probability(np.array([-0.02, 0.7]), 0.5).tolist() == [0.0, 1.0]
    with pytest.raises(ValueError, match=r"announced_rate must be above 0, got 0.0"):
        implied_probability(0.2, 0.0)
