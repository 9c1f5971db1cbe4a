"""Elasticities, betas and gap decay against closed forms and published figures."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest

from orebound.feeds import load_universe
from orebound.strategies import (
    ASSUMED_ELASTICITY,
    ebitda_change,
    elasticities_known,
    elasticity_at,
    expected_log_return,
    fundamental_beta,
    gap_variance,
    log_ebitda,
    mtm_upgrade,
    stationary_sd,
)

# Freeport guided EBITDA of 11.5 bn dollars at copper of 4 and 15.5 bn at 5 (domain.md 6.1).
FCX = (15.5 / 11.5 - 1.0) / (5.0 / 4.0 - 1.0)


def test_freeport_guidance_gives_its_elasticity_and_how_it_falls() -> None:
    assert pytest.approx(1.391, abs=5e-4) == FCX
    assert elasticity_at(FCX, 1.25) == pytest.approx(1.290, abs=5e-4)
    assert 11.5 * (1.0 + ebitda_change(FCX, 1.25)) == pytest.approx(15.5)


def test_elasticity_is_the_slope_of_log_ebitda_in_log_price() -> None:
    ratio, step = 1.3, 1e-6
    logs = [
        float(log_ebitda(np.array([1.8]), np.array([np.log(ratio) + h]))) for h in (-step, step)
    ]
    assert (logs[1] - logs[0]) / (2 * step) == pytest.approx(elasticity_at(1.8, ratio), abs=1e-6)


def test_log_ebitda_adds_metals_and_stops_at_a_tenth() -> None:
    elasticities = np.array([1.0, 0.5])
    changes = np.log(np.array([[1.2, 0.8], [0.1, 0.1]]))
    # 1 + 1.0 x 0.2 - 0.5 x 0.2 = 1.1; the second would be negative.
    np.testing.assert_allclose(log_ebitda(elasticities, changes), np.log([1.1, 0.1]))


def test_an_upgrade_is_elasticity_times_log_of_spot_on_deck() -> None:
    up = mtm_upgrade(
        np.array([2.0, -0.5]),
        np.array([110.0, 50.0]),
        np.array([100.0, 40.0]),
        fx_elasticity=1.6,
        fx=10.5,
        fx_deck=10.0,
    )
    assert up == pytest.approx(2.0 * np.log(1.1) - 0.5 * np.log(1.25) + 1.6 * np.log(1.05))
    with pytest.raises(ValueError, match="prices must be above 0"):
        mtm_upgrade(np.array([1.0]), np.array([0.0]), np.array([1.0]))


def test_fundamental_beta_is_leverage_times_what_lasts_of_ebitda() -> None:
    assert fundamental_beta(2.0, 1.2) == pytest.approx(1.2 * 0.3 * 2.0)
    assert fundamental_beta(2.0, 1.5, permanence=1.0, compression=0.0) == pytest.approx(3.0)


@pytest.mark.parametrize(("half_life", "expected"), [(60, 0.3767), (120, 0.3502), (250, 0.2993)])
def test_the_closed_form_of_the_domain_is_met(half_life: float, expected: float) -> None:
    found = expected_log_return(
        1.3, np.log(1.15), 0.0, 0.0, gap=-0.20, half_life=half_life, sessions=320
    )
    assert found == pytest.approx(expected, abs=5e-5)


def test_a_gap_that_does_not_revert_adds_nothing_and_spreads_without_end() -> None:
    assert expected_log_return(1.0, 0.1, 0.5, 0.2, gap=-0.3, half_life=np.inf, sessions=250) == (
        pytest.approx(0.2)
    )
    assert gap_variance(0.02, np.inf, 250) == pytest.approx(0.02**2 * 250)


def test_gap_variance_tends_to_the_stationary_one() -> None:
    # 6.3: sigma_s^2 (1 - e^(-2kT)), k = ln 2 / HL.
    stationary = float(stationary_sd(0.02, 60.0))
    for sessions in (1.0, 60.0, 320.0):
        grown = stationary**2 * (1.0 - np.exp(-2.0 * np.log(2.0) / 60.0 * sessions))
        assert gap_variance(0.02, 60.0, sessions) == pytest.approx(grown)
    assert gap_variance(0.02, 0.0, 50.0) == pytest.approx(0.02**2)


def test_elasticities_are_those_published_before_the_day() -> None:
    issuer = load_universe("nyse-miners").issuers["BHP"]
    before = elasticities_known(issuer, date(2025, 8, 19))  # the day of the results itself
    after = elasticities_known(issuer, date(2025, 8, 20))
    assert before.published == date(2024, 8, 27)
    assert before.is_assumed
    assert before.values["copper"] == pytest.approx(ASSUMED_ELASTICITY * 0.29)
    assert (after.values["copper"], after.is_assumed) == (0.81, False)
