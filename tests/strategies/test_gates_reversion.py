"""Gates on mean reversion: scores, what closes them, and planted spreads that pass or fail."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from orebound.feeds import Panel
from orebound.strategies import (
    Regime,
    Rule,
    Signals,
    compute,
    engle_granger,
    half_life_interval,
    in_words,
    variance_ratio,
)
from orebound.strategies.reversion import rolling_phi
from orebound.strategies.signals import Blocked, rule_arrays, spread_diagnostics
from orebound.strategies.signals.gates_reversion import gap_kinds, half_life_score
from tests.markets import small_sample

ALWAYS = Regime(when_off="ignore")
BITS = {
    "half_life_gate": Blocked.HALF_LIFE,
    "variance_ratio_gate": Blocked.VARIANCE_RATIO,
    "cointegration_gate": Blocked.COINTEGRATION,
}
SHOWN = {
    "half_life_gate": "half_life_high",
    "variance_ratio_gate": "variance_ratio",
    "cointegration_gate": "cointegration_p",
}


@pytest.fixture(scope="module")
def panel() -> Panel:
    return small_sample("FCX", "ANTO.L").panel


def signals(panel: Panel, **keys: Any) -> Signals:
    return compute(panel, Rule(**keys), ALWAYS)


def test_score_of_a_half_life_falls_to_nothing_at_half_and_at_twice() -> None:
    nan = float("nan")
    half_lives = np.array(
        [0.0, 2.5, 5 / 2**0.5, 5.0, 60.0, 150.0, 150 * 2**0.5, 300.0, np.inf, nan]
    )
    expected = [0.0, 0.0, 0.5, 1.0, 1.0, 1.0, 0.5, 0.0, 0.0, nan]
    np.testing.assert_allclose(half_life_score(half_lives, 5.0, 150.0), expected, atol=1e-12)
    assert half_life_score(np.array([0.0]), 0.0, 150.0)[0] == 1.0


@pytest.mark.parametrize("gate", BITS)
def test_a_gate_only_removes_entries_and_lowers_sizes(panel: Panel, gate: str) -> None:
    plain = signals(panel)
    soft, hard = (signals(panel, **{gate: how}) for how in ("soft", "hard"))
    assert set(soft.more) - set(plain.more) == {SHOWN[gate]}
    bit = int(BITS[gate])
    for found in (soft, hard):
        others = found.blocked & ~np.uint32(bit)
        np.testing.assert_array_equal(others, plain.blocked)
        assert in_words(bit) != "none"
    with np.errstate(invalid="ignore"):
        assert (soft.size_multiplier <= plain.size_multiplier)[plain.ready].all()
    np.testing.assert_array_equal(hard.size_multiplier, plain.size_multiplier)
    entries = {
        name: rule_arrays(panel, found, Rule(), ALWAYS).may_enter
        for name, found in (("plain", plain), ("soft", soft), ("hard", hard))
    }
    assert (entries["soft"] <= entries["plain"]).all()
    assert (entries["hard"] <= entries["soft"]).all(), "what passes hard passes soft"
    # Where hard lets an entry pass, soft leaves it whole, but for the variance ratio's own score.
    if gate != "variance_ratio_gate":
        passed = ((hard.blocked & bit) == 0) & plain.ready
        np.testing.assert_array_equal(soft.size_multiplier[passed], plain.size_multiplier[passed])


def last_window(panel: Panel, found: Signals, rule: Rule, name: int) -> tuple[int, np.ndarray]:
    rows = np.flatnonzero(found.run[:, name] == found.run[:, name].max())
    return int(rows[-1]), rows[-rule.half_life_window :]


def test_what_a_gate_shows_is_the_test_of_the_last_window(panel: Panel) -> None:
    rule = Rule(half_life_gate="soft", variance_ratio_gate="soft", cointegration_gate="soft")
    found = compute(panel, rule, ALWAYS)
    told = spread_diagnostics(panel, found, rule, (0, panel.n_rows))
    for name, symbol in enumerate(panel.names):
        row, rows = last_window(panel, found, rule, name)
        levels = [getattr(found, f"ln_{k}")[rows, name] for k in ("equity", "basket", "market")]
        hedge = [1.0, -found.beta_metal[row, name], -found.beta_market[row, name]]
        spread = np.column_stack(levels) @ hedge
        phi, pairs = rolling_phi(spread[:, None], np.ones((len(rows), 1)), 756)
        low, high = half_life_interval(phi[-1], pairs[-1])
        p = engle_granger(levels[0], np.column_stack(levels[1:]), 1).p
        # Residuals hedged with the ratios known the session before, as the gap sums them.
        steps = [np.diff(level) for level in levels]
        b, c = (getattr(found, f"beta_{k}")[rows[:-1], name] for k in ("metal", "market"))
        residual = steps[0] - b * steps[1] - c * steps[2]
        ratio = variance_ratio(residual, 20).ratio
        assert found.more["half_life_high"][row, name] == pytest.approx(float(high), rel=1e-5)
        assert found.more["cointegration_p"][row, name] == pytest.approx(p, abs=1e-7)
        # One increment of the window lies before its first level.
        assert found.more["variance_ratio"][row, name] == pytest.approx(ratio, rel=0.02)
        line = told[symbol]
        assert line["half_life_low"] == pytest.approx(float(low), rel=1e-5)
        assert line["half_life_high"] == pytest.approx(float(high), rel=1e-5)
        assert line["variance_ratio"] == pytest.approx(found.more["variance_ratio"][row, name])
        assert line["cointegration_p"] == pytest.approx(p, abs=1e-7)
        assert line["session"] == panel.session[row, name]
        assert line["open"].keys() == BITS.keys()
        ready = found.ready[:, name]
        closed = (found.blocked[ready, name] & int(Blocked.HALF_LIFE)) != 0
        assert line["open"]["half_life_gate"] == pytest.approx(1.0 - closed.mean())


def test_the_upper_end_is_the_stricter_gate(panel: Panel) -> None:
    point, upper = (
        signals(panel, half_life_gate="hard", half_life_end=end) for end in ("point", "upper")
    )
    bit = int(Blocked.HALF_LIFE)
    ready = point.ready
    assert ((upper.blocked & bit) != 0)[ready].mean() > ((point.blocked & bit) != 0)[ready].mean()
    high = point.more["half_life_high"]
    has = np.isfinite(point.half_life) & np.isfinite(high)
    assert (high[has] > point.half_life[has]).all()
    np.testing.assert_array_equal(high, upper.more["half_life_high"])
    # A corrected estimate of no reversion never has a finite upper end.
    assert np.isinf(high[np.isinf(point.half_life)]).all()


def test_levels_tested_are_those_the_gap_is_made_of(panel: Panel) -> None:
    assert gap_kinds(panel, Rule()) == ("equity", "basket", "market")
    assert gap_kinds(panel, Rule(market_factor=False)) == ("equity", "basket")
    assert gap_kinds(panel, Rule(gap="ratio")) == ("equity", "basket")
    assert gap_kinds(panel, Rule(gap="anchored", gap_needs="market")) == ("equity", "market")
    assert gap_kinds(panel, Rule(gap_needs="both")) == ("equity", "basket", "market")


def test_thresholds_of_gates_leave_the_measures_and_tests_as_they_are(panel: Panel) -> None:
    one, other = (
        signals(panel, cointegration_gate="hard", cointegration_p=p, z_in=z)
        for p, z in ((0.05, 1.0), (0.30, 2.0))
    )
    assert one.more["cointegration_p"] is other.more["cointegration_p"], "made once, shared"
    shut = [(found.blocked & int(Blocked.COINTEGRATION)) != 0 for found in (one, other)]
    assert shut[0].sum() > shut[1].sum()
