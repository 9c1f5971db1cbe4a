"""Breadth: who recovers, which share of the sector does, and the gate that reads it."""

from __future__ import annotations

import numpy as np
import pytest

from orebound.feeds import Panel
from orebound.strategies import Regime, Rule, Signals, compute
from orebound.strategies.context import recovering, share_recovering
from orebound.strategies.signals import Blocked
from tests.markets import small_sample

ANY_TIME = Regime(regime="none", overhang="ignore")
BIT = np.uint32(Blocked.BREADTH)
NAMES = ("FCX", "RIO", "B", "ANTO.L")


@pytest.fixture(scope="module")
def panel() -> Panel:
    return small_sample(*NAMES).panel


@pytest.fixture(scope="module")
def hard(panel: Panel) -> Signals:
    return compute(panel, Rule(breadth="hard", breadth_share=0.5), ANY_TIME)


def test_a_name_recovers_where_its_gap_rises_and_it_stands_above_its_mean() -> None:
    # The mean of weight 2/11 goes -.30, -.30, -.2818, -.2760, -.3168.
    gap = np.array([-0.30, -0.30, -0.20, -0.25, -0.50])
    # Means of three: none, none, .0333, .0400, .1400.
    relative = np.array([0.00, 0.00, 0.10, 0.02, 0.30])
    found = recovering(gap, relative, mean_window=3)
    np.testing.assert_array_equal(found, [np.nan, np.nan, 1.0, 0.0, 0.0])


def test_a_level_price_does_not_recover_and_an_unknown_gap_says_nothing() -> None:
    level = np.full(80, np.log(3.7))
    assert (recovering(np.full(80, -0.1), level)[50:] == 0.0).all()
    assert np.isnan(recovering(np.full(80, np.nan), level)).all()


def test_the_share_counts_each_ready_name_at_its_last_own_bar() -> None:
    recovers = np.array([[1, 1, 0, 1], [np.nan, 0, np.nan, np.nan], [0, 0, 1, 0]], float)
    has_bar = np.array([[1, 1, 1, 1], [0, 1, 0, 0], [1, 1, 1, 1]], bool)
    ready = np.array([[1, 1, 1, 1], [0, 1, 0, 0], [1, 1, 1, 0]], bool)
    found = share_recovering(recovers, ready, has_bar)
    # 3 of 4; then the second name alone has a bar, and fails: 2 of 4; then 1 of the 3 ready.
    np.testing.assert_allclose(found, [0.75, 0.5, 1.0 / 3.0], atol=1e-10)


def test_fewer_than_three_names_are_no_breadth() -> None:
    every = np.ones((1, 2), bool)
    assert np.isnan(share_recovering(np.ones((1, 2)), every, every)[0])


def test_the_gate_shows_what_a_slow_count_finds(panel: Panel, hard: Signals) -> None:
    rows = np.linspace(2000, panel.n_rows - 1, 12).astype(int)
    for row in rows:
        votes = []
        for name in range(panel.n_names):
            own = panel.priced_rows(name)
            own = own[own <= row]
            if not hard.ready[own[-1], name]:
                continue
            relative = (hard.ln_equity - hard.ln_basket)[own, name][-50:]
            mean, before = hard.gap[own, name][-1500:], np.nan
            level = mean[np.isfinite(mean)][0]
            for value in mean[np.isfinite(mean)]:
                before, level = level, level + 2.0 / 11.0 * (value - level)
            votes.append(level > before and relative[-1] > relative.mean())
        shown = hard.more["breadth"][row]
        expected = np.mean(votes) if len(votes) >= 3 else np.nan
        np.testing.assert_allclose(
            shown[np.isfinite(shown)], expected, atol=1e-9, err_msg=str(panel.closes[row])
        )


def test_hard_asks_for_more_than_the_share_and_soft_scales_up_to_it(
    panel: Panel, hard: Signals
) -> None:
    share = hard.more["breadth"]
    np.testing.assert_array_equal(hard.blocked & BIT > 0, ~(share > 0.5))
    soft = compute(panel, Rule(breadth="soft", breadth_share=0.5), ANY_TIME)
    known = np.isfinite(share)
    np.testing.assert_allclose(
        soft.size_multiplier[known], np.clip(share[known] / 0.5, 0.0, 1.0), atol=1e-9
    )
    assert (soft.blocked[~known] & BIT > 0).all()


def test_switched_off_nothing_of_it_is_there(panel: Panel) -> None:
    off = compute(panel, Rule(breadth_share=0.9, neglect_window=63), ANY_TIME)
    plain = compute(panel, Rule(), ANY_TIME)
    np.testing.assert_array_equal(off.blocked, plain.blocked)
    np.testing.assert_array_equal(off.size_multiplier, plain.size_multiplier)
    assert not {"breadth", "neglect"} & set(off.more)


def test_a_cross_section_asks_how_many_names_recover_by_themselves(hard: Signals) -> None:
    from orebound.strategies import arrays_of
    from orebound.strategies.parameters import Sizing

    market = small_sample(*NAMES)
    rule = Rule(mode="cross_sectional", cross_top=1, breadth="hard", breadth_share=0.5)
    arranged = market.arranged(rule.lines(market)).panel
    found = compute(arranged, rule, ANY_TIME)
    np.testing.assert_array_equal(found.more["breadth"][:, :4], hard.more["breadth"])
    np.testing.assert_array_equal(found.more["breadth"][:, 4:], hard.more["breadth"])
    assert arrays_of(rule, arranged, ANY_TIME, Sizing()).may_enter.any()
