"""Costs by listing, side and date: the worked example to the penny."""

import numpy as np
import pytest

from orebound.feeds import Listing
from orebound.feeds.universe_reference import shipped_listings
from orebound.strategies import CostRow, Costs, cost_lines, cost_row, cost_total
from orebound.strategies.costs import average_daily_value, value_before

COSTS = Costs()
DAY = np.datetime64("2024-06-03")


def line(symbol: str) -> Listing:
    found = (one for one in shipped_listings().values() if one.symbol("csv") == symbol)
    return next(found)


def total(symbol: str, *, is_buy: bool, on: str = "2024-06-03", costs: Costs = COSTS) -> float:
    row = cost_row(line(symbol), np.datetime64(on), costs)
    return cost_total(row, is_buy=is_buy, shares=1000.0, price=100.0)


def test_a_cash_buy_of_rio_in_london_costs_546_50() -> None:
    lines = cost_lines(cost_row(line("RIO.L"), DAY, COSTS), is_buy=True, value=100_000.0)
    assert lines["stamp_duty"] == pytest.approx(500.00)
    assert lines["commission"] == pytest.approx(30.00)
    assert lines["spread"] == pytest.approx(15.00)
    assert lines["ptm_levy"] == 1.50
    assert sum(lines.values()) == pytest.approx(546.50)


def test_selling_it_costs_46_50() -> None:
    assert total("RIO.L", is_buy=False) == pytest.approx(46.50)


def test_a_cfd_owes_no_stamp_duty() -> None:
    cfd = Costs(instrument="cfd")
    assert total("RIO.L", is_buy=True, costs=cfd) == pytest.approx(46.50)


@pytest.mark.parametrize("symbol", ["GLEN.L", "NHY.OL", "RIO", "FCX"])
def test_no_duty_is_charged_where_none_is_due(symbol: str) -> None:
    row = cost_row(line(symbol), DAY, COSTS)
    assert cost_lines(row, is_buy=True, value=100_000.0)["stamp_duty"] == 0.0


def test_bhp_owed_duty_until_it_left_the_united_kingdom() -> None:
    for on, duty in (("2021-06-01", 500.0), ("2022-01-30", 500.0), ("2022-01-31", 0.0)):
        row = cost_row(line("BHP.L"), np.datetime64(on), COSTS)
        assert cost_lines(row, is_buy=True, value=100_000.0)["stamp_duty"] == pytest.approx(duty), (
            on
        )


def test_small_trades_pay_no_levy() -> None:
    row = cost_row(line("RIO.L"), DAY, COSTS)
    assert cost_lines(row, is_buy=False, value=10_000.0)["ptm_levy"] == 0.0
    assert cost_lines(row, is_buy=False, value=10_000.01)["ptm_levy"] == 1.50


def test_levies_are_converted_to_the_account_and_conversion_is_charged() -> None:
    row = cost_row(line("RIO.L"), DAY, COSTS, base_currency="USD", rate=1.25)
    lines = cost_lines(row, is_buy=True, value=125_000.0)
    assert lines["ptm_levy"] == 1.875
    assert lines["fx"] == pytest.approx(18.75)


def test_impact_is_ten_basis_points_at_one_percent_of_daily_value() -> None:
    row = cost_row(line("FCX"), DAY, COSTS, average_daily_value=1e8)
    assert cost_lines(row, is_buy=True, value=1e6)["impact"] == pytest.approx(1e6 * 10e-4)
    assert cost_lines(row, is_buy=True, value=4e6)["impact"] == pytest.approx(4e6 * 20e-4)


def test_total_is_the_sum_of_the_lines() -> None:
    row = CostRow(3e-4, 2e-4, 5e-3, 1.5, 1e4, 1.5e-4, 1e-8)
    for is_buy in (True, False):
        for value in (0.0, 9e3, 123_456.78):
            lines = cost_lines(row, is_buy=is_buy, value=value)
            total = cost_total(row, is_buy=is_buy, shares=value, price=1.0)
            assert total == pytest.approx(sum(lines.values()))


def test_a_fill_is_measured_by_the_twenty_sessions_before_it() -> None:
    value = np.arange(1.0, 31.0)
    before = value_before(average_daily_value(value))
    assert np.isnan(before[:10]).all(), "fewer than ten known sessions give no average"
    assert before[10] == pytest.approx(np.mean(value[:10]))
    assert before[29] == pytest.approx(np.mean(value[9:29]))


def test_an_unknown_volume_is_left_out_and_a_dry_market_keeps_its_last_price_of_impact() -> None:
    value = np.full(60, 100.0)
    value[12] = np.nan
    value[20:] = 0.0
    average = average_daily_value(value)
    assert average[19] == 100.0
    assert average[45] == 0.0
    before = value_before(average)
    assert before[59] == before[40] == average[39 - 1] > 0.0
