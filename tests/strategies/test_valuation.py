"""Valuation at today's metal prices: by hand, from the release on, and as a sizer."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from orebound.feeds import ConfigError, Market, Panel
from orebound.strategies import Regime, Rule, compute
from orebound.strategies.context import (
    ebitda_at_spot,
    free_cash_flow_at_spot,
    panel_valuation,
)
from tests.markets import small_sample
from tests.reports_world import reports_world

ANY_TIME = Regime(regime="none", overhang="ignore", series_max_age=230)


@pytest.fixture(scope="module")
def market() -> Market:
    return reports_world("FCX", "RIO", "ANTO.L")


@pytest.fixture(scope="module")
def panel(market: Market) -> Panel:
    return market.panel


def test_ebitda_moves_with_the_basket_times_its_elasticity() -> None:
    weights, reported = np.array([[0.5, 0.5]]), np.array([[100.0, 40.0]])
    # One metal a fifth dearer: 0.1 of the basket, twice of EBITDA.
    up = ebitda_at_spot(50.0, 2.0, weights, np.array([[120.0, 40.0]]), reported)
    assert up[0] == pytest.approx(60.0)
    assert ebitda_at_spot(50.0, 2.0, weights, reported * 0.2, reported)[0] == pytest.approx(5.0)
    unknown = np.array([[120.0, np.nan]])
    assert ebitda_at_spot(50.0, 2.0, weights, unknown, reported)[0] == pytest.approx(60.0)


def test_free_cash_flow_keeps_what_taxes_leave_of_the_change() -> None:
    assert free_cash_flow_at_spot(20.0, 50.0, 60.0) == pytest.approx(27.0)


def test_a_cell_by_hand(market: Market, panel: Panel) -> None:
    name = 0
    day = np.datetime64("2016-05-16")
    own = panel.priced_rows(name)
    at = int(np.flatnonzero(panel.session[own, name] == day)[0])
    row = own[at]
    # The report of December 2015 came out on 2016-02-19.
    period = np.datetime64("2015-12-31")
    said = {
        key: float(series.value[series.ref_period == period][0])
        for key in ("ebitda", "net_debt", "market_cap", "free_cash_flow")
        for series in [market.parts.known[f"{key}@FCX"]]
    }
    session = panel.session[own, name]
    base = own[session <= period][-1]
    year = own[(session <= period) & (session > np.datetime64("2014-12-31"))]
    weights = panel.exposure.weights[panel.exposure.at(panel.closes[[row]])[0], name]
    change = sum(
        1.9 * weight * (metal.value[row] / metal.value[year].mean() - 1.0)
        for weight, metal in zip(weights, panel.metal, strict=True)
        if weight
    )
    ebitda = said["ebitda"] * (1.0 + change)
    cap = said["market_cap"] * panel.known_close[row, name] / panel.known_close[base, name]
    found = panel_valuation(panel, name, 230.0)
    worth = cap + said["net_debt"]
    assert found.ev_ebitda[row] == pytest.approx(worth / ebitda, rel=1e-9)
    assert found.ev_to_equity[row] == pytest.approx(worth / cap, rel=1e-9)
    flow = said["free_cash_flow"] + 0.7 * (ebitda - said["ebitda"])
    assert found.fcf_yield[row] == pytest.approx(flow / cap, rel=1e-8)


def test_a_report_counts_from_its_release(panel: Panel) -> None:
    ebitda = panel.known["ebitda@FCX"]
    found = panel_valuation(panel, 0, 230.0)
    own = panel.priced_rows(0)
    period = ebitda.ref_period[own]
    change = np.flatnonzero((period[1:] != period[:-1]) & ~np.isnat(period[:-1]))[5]
    assert panel.closes[own[change]] < np.datetime64("2009-12-31")
    out = ebitda.released[own[change + 1]]
    assert panel.closes[own[change]] < out <= panel.closes[own[change + 1]]
    jump = abs(np.diff(found.ln_ebitda[own])[change])
    assert jump > 3.0 * np.nanmedian(np.abs(np.diff(found.ln_ebitda[own])))


def test_reports_of_two_periods_and_old_ones_say_nothing(panel: Panel) -> None:
    own = panel.priced_rows(0)
    debt = panel.known["net_debt@FCX"]
    late = replace(debt, ref_period=debt.ref_period - np.timedelta64(184, "D"))
    mixed = replace(panel, known=dict(panel.known) | {"net_debt@FCX": late})
    assert np.isnan(panel_valuation(mixed, 0, 230.0).ev_ebitda).all()
    # A half-year's report is 100 days old before the next one is out.
    share = np.isfinite(panel_valuation(panel, 0, 100.0).ev_ebitda[own]).mean()
    assert 0.3 < share < 0.7


def test_cheap_is_sized_by_the_share_of_conditions_and_unknown_is_kept_out(panel: Panel) -> None:
    gate = "ev_ebitda_spot:percentile504<.3 and fcf_yield_spot:level>.05"
    found = compute(panel, Rule(series_gate=gate, series_mode="soft"), ANY_TIME)
    own = panel.priced_rows(0)
    value = panel_valuation(panel, 0, 230.0)
    for place in (1500, 2000, 3000, len(own) - 1):
        past = value.ev_ebitda[own[place - 503 : place + 1]]
        holds = [np.mean(past[:-1] < past[-1]) < 0.3, value.fcf_yield[own[place]] > 0.05]
        assert found.more["series_share"][own[place], 0] == np.mean(holds)
    # Antofagasta has no reports in the file.
    london = panel.has_bar[:, 2]
    assert (found.more["series_share"][london, 2] == 0.0).all()
    assert np.isnan(found.more["ev_ebitda_spot"][:, 2]).all()


def test_without_reports_it_is_refused_by_name() -> None:
    rule = Rule(series_gate="ev_ebitda_spot:level<5", series_mode="hard")
    with pytest.raises(ConfigError, match=r"data.series.ebitda = FILE.csv"):
        compute(small_sample("FCX").panel, rule, ANY_TIME)


def test_a_series_may_not_bear_a_derived_name(panel: Panel) -> None:
    taken = dict(panel.known) | {"cycle": panel.known["curve"]}
    rule = Rule(series_gate="cycle:late>0", series_mode="hard")
    with pytest.raises(ConfigError, match=r"data.series.cycle: .* accepted: another name"):
        compute(replace(panel, known=taken), rule, ANY_TIME)
