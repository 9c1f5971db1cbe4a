"""Re-rating: a share's return is earnings and multiple, exactly, and the multiple gates."""

from __future__ import annotations

import numpy as np
import pytest

from orebound.feeds import Panel
from orebound.strategies import Regime, Rule, compute
from orebound.strategies.context import panel_valuation, rerating_parts
from orebound.strategies.signals import Blocked
from tests.reports_world import reports_world

ANY_TIME = Regime(regime="none", overhang="ignore", series_max_age=230)


@pytest.fixture(scope="module")
def panel() -> Panel:
    return reports_world("FCX", "RIO", "ANTO.L").panel


def test_two_sessions_by_hand() -> None:
    # Earnings 5 % better with a fifth of debt move the share by 6 %; the rest was paid on top.
    found = rerating_parts(
        np.array([0.0, 0.10, 0.30]), np.array([0.0, 0.05, 0.05]), np.array([1.2, 1.3, 1.1])
    )
    np.testing.assert_allclose(found.ebitda, [np.nan, 0.06, 0.0], atol=1e-15)
    np.testing.assert_allclose(found.multiple, [np.nan, 0.04, 0.20], atol=1e-15)


def test_parts_sum_to_the_return_exactly() -> None:
    generator = np.random.default_rng(15)
    ln, earned = generator.normal(0.0, 0.02, (2, 500)).cumsum(axis=1)
    found = rerating_parts(ln, earned, generator.uniform(1.0, 2.0, 500))
    np.testing.assert_allclose((found.ebitda + found.multiple)[1:], np.diff(ln), atol=1e-15)


def test_at_a_constant_multiple_nothing_is_rerated() -> None:
    # EV = 6 EBITDA and debt 150: in small steps the multiple's part is of second order.
    ebitda = 100.0 * np.exp(np.linspace(0.0, 0.2, 2001))
    equity = 6.0 * ebitda - 150.0
    found = rerating_parts(np.log(equity), np.log(ebitda), 6.0 * ebitda / equity)
    assert abs(np.nansum(found.multiple)) < 1e-5
    assert np.nansum(found.ebitda) == pytest.approx(np.log(equity[-1] / equity[0]), abs=1e-5)


def test_other_lengths_and_ratios_are_refused() -> None:
    with pytest.raises(ValueError, match=r"must be of one length, got 2, 3 and 2"):
        rerating_parts(np.zeros(2), np.zeros(3), np.ones(2))
    with pytest.raises(ValueError, match=r"ev_to_equity must be above 0"):
        rerating_parts(np.zeros(2), np.zeros(2), np.zeros(2))


def test_the_gate_adds_up_what_the_multiple_did(panel: Panel) -> None:
    rule = Rule(series_gate="rerating:change63>0", series_mode="hard")
    found = compute(panel, rule, ANY_TIME)
    shut = found.blocked & np.uint32(Blocked.SERIES) > 0
    own = panel.priced_rows(1)
    value = panel_valuation(panel, 1, 230.0)
    ln = np.log(panel.known_close[own, 1])
    for place in (700, 1800, 2600, 3900):
        whole = ln[place] - ln[place - 63]
        step = np.diff(value.ln_ebitda[own[place - 63 : place + 1]])
        earned = (value.ev_to_equity[own[place - 63 : place]] * step).sum()
        assert shut[own[place], 1] == (not whole - earned > 0.0)
    assert shut[panel.priced_rows(2), 2].all(), "no reports, no verdict"
