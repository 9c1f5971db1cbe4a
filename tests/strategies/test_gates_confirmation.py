"""V-shape and momentum as gates: what they close, what they scale, what stays bit-equal."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from orebound.feeds import Panel
from orebound.strategies import Regime, Rule, Signals, compute
from orebound.strategies.signals import Blocked, rule_arrays
from orebound.strategies.signals.entry_measure import entry_measure
from tests.markets import small_sample

ANY_TIME = Regime(regime="none", overhang="ignore")


@pytest.fixture(scope="module")
def panel() -> Panel:
    return small_sample().panel


@pytest.fixture(scope="module")
def plain(panel: Panel) -> Signals:
    return compute(panel, Rule(), ANY_TIME)


def gated(panel: Panel, **keys: Any) -> Signals:
    return compute(panel, Rule(**keys), ANY_TIME)


def test_a_hard_v_leaves_the_entries_that_it_confirms(panel: Panel, plain: Signals) -> None:
    found = gated(panel, v_shape="hard")
    enters = found.blocked == 0
    assert enters.any()
    assert ((plain.blocked == 0)[enters]).all()
    assert (found.more["v_shape"][enters] == 1.0).all()
    lost = (plain.blocked == 0) & ~enters
    assert (found.blocked[lost] == Blocked.V_SHAPE).all()
    assert (found.more["v_shape"][lost] < 1.0).all()
    np.testing.assert_array_equal(found.size_multiplier, plain.size_multiplier)


def test_a_soft_v_sizes_by_its_score_and_closes_at_none(panel: Panel, plain: Signals) -> None:
    found = gated(panel, v_shape="soft")
    open_ = found.blocked == 0
    score = found.more["v_shape"]
    assert ((score > 0.0) & (score < 1.0) & open_).any()
    np.testing.assert_array_equal(found.size_multiplier[open_], score[open_])
    none = (plain.blocked == 0) & ~open_
    assert (np.nan_to_num(score[none]) == 0.0).all()


def test_a_recent_trough_may_be_bought_at_a_gap_that_is_no_longer_wide(panel: Panel) -> None:
    rule = Rule(v_shape="hard", v_entry="recent", v_window=40)
    found = compute(panel, rule, ANY_TIME)
    enters = found.blocked == 0
    assert (found.z[enters] > -rule.z_in).any()
    assert (found.gap[enters] < 0.0).all()
    measure = rule_arrays(panel, found, rule, ANY_TIME).measure
    for row, name in np.argwhere(enters)[::25]:
        own = panel.priced_rows(int(name))
        window = own[own <= row][-40:]
        assert measure[row, name] == found.z[window, name].min() <= -rule.z_in
    now = entry_measure(panel, vars(found), Rule(v_shape="hard"))
    assert now is found.z
    off = entry_measure(panel, vars(found), Rule(v_entry="recent"))
    assert off is found.z


def test_momentum_is_the_baskets_own_return_over_the_window(panel: Panel, plain: Signals) -> None:
    found = gated(panel, momentum="hard", momentum_window=60, momentum_floor=-0.05)
    for name in range(panel.n_names):
        own = panel.priced_rows(name)
        level = np.exp(plain.ln_basket[own, name])
        for place in (700, 1500, 3000):
            expected = level[place] / level[place - 60] - 1.0
            assert found.more["momentum"][own[place], name] == pytest.approx(expected, abs=1e-9)
    shut = found.blocked & np.uint32(Blocked.MOMENTUM) > 0
    assert (shut == ~(found.more["momentum"] > -0.05)).all()
    assert ((plain.blocked == 0) & shut).any()


def test_a_soft_momentum_fades_over_ten_points_below_the_floor(panel: Panel) -> None:
    found = gated(panel, momentum="soft", momentum_floor=0.0)
    change = found.more["momentum"]
    falls = np.isfinite(change) & (change < -0.02) & (change > -0.08)
    np.testing.assert_allclose(found.size_multiplier[falls], 1.0 + change[falls] / 0.10, atol=1e-9)
    assert (found.blocked[change <= -0.10] & np.uint32(Blocked.MOMENTUM) > 0).all()


def test_what_is_not_known_confirms_nothing(panel: Panel) -> None:
    for keys in ({"v_shape": "soft"}, {"momentum": "soft", "momentum_window": 250}):
        found = gated(panel, **keys)
        (shown,) = (found.more[name] for name in ("v_shape", "momentum") if name in found.more)
        bit = np.uint32(Blocked.V_SHAPE | Blocked.MOMENTUM)
        assert (found.blocked[np.isnan(shown)] & bit > 0).all()


def test_switched_off_no_bit_and_no_column_is_there(panel: Panel, plain: Signals) -> None:
    moved = gated(panel, v_window=100, v_entry="recent", momentum_floor=0.3, tight_stock=0.0)
    for key in ("blocked", "size_multiplier", "z", "gap"):
        np.testing.assert_array_equal(getattr(moved, key), getattr(plain, key))
    assert not {"v_shape", "momentum", "tightness"} & set(moved.more)
