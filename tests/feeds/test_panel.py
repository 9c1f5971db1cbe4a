"""The panel: one row a closing time, everything as it was known, nothing re-aligned."""

import numpy as np
import pytest

from orebound.feeds import DataRefused, day_numbers
from tests.feeds.worlds import listing, panel, series

FX = "FX day end 22:00 UTC"


def at(moment: str) -> np.datetime64:
    return np.datetime64(moment, "ns")


def test_london_and_new_york_get_one_row_a_closing_time() -> None:
    # 2024-03-11..15: New York is on summer time, London is not: closes 16:35 and 20:00 UTC.
    days = ("2024-03-11", "2024-03-15")
    found = panel(
        [
            (listing("NY"), series("NY", "XNYS", *days)),
            (listing("LO", "XLON"), series("LO", "XLON", *days, currency="GBP")),
        ],
        pairs={"GBPUSD": series("GBPUSD", FX, "2024-03-01", days[1], price=1.25)},
    )
    assert found.n_rows == 10
    assert found.closes[0] == at("2024-03-11T16:35")
    assert found.closes[1] == at("2024-03-11T20:00")
    np.testing.assert_array_equal(found.has_bar[:2], [[False, True], [True, False]])
    assert np.isnan(found.close[0, 0])
    assert found.close[0, 1] == 125.0


def test_a_common_closing_time_is_one_row() -> None:
    days = ("2024-06-03", "2024-06-07")
    traded = [(listing(s), series(s, "XNYS", *days)) for s in ("AA", "BB")]
    assert panel(traded).n_rows == 5


def test_london_sees_the_metal_ring_of_today_and_new_york_etfs_of_yesterday() -> None:
    days = ("2024-06-03", "2024-06-07")
    found = panel(
        [(listing("LO", "XLON"), series("LO", "XLON", *days, currency="GBP"))],
        metals={
            "copper": series("LME_CU", "LME official", *days, price=lambda n: 1.0 + n),
            "gold": series("GLD", "XNYS", *days, price=lambda n: 1.0 + n),
        },
        pairs={"GBPUSD": series("GBPUSD", FX, "2024-05-20", days[1])},
    )
    copper, gold = found.metal
    np.testing.assert_array_equal(copper.value, [1, 2, 3, 4, 5])
    np.testing.assert_array_equal(gold.value, [np.nan, 1, 2, 3, 4])
    assert gold.known_at[1] == at("2024-06-03T20:00")


def test_opens_use_the_last_rate_known_then_and_closes_that_sessions_rate() -> None:
    # A GBPUSD row is known at 22:00 UTC, after the London close of its own date.
    days = ("2024-06-03", "2024-06-05")
    found = panel(
        [(listing("LO", "XLON"), series("LO", "XLON", *days, currency="GBP"))],
        pairs={"GBPUSD": series("GBPUSD", FX, "2024-05-31", days[1], price=lambda n: 1.0 + n)},
    )
    np.testing.assert_array_equal(found.open[:, 0], [100, 200, 300])
    np.testing.assert_array_equal(found.close[:, 0], [200, 300, 400])
    np.testing.assert_array_equal(found.known_close[:, 0], [100, 200, 300])
    assert (found.low <= np.minimum(found.open, found.close)).all()
    assert (found.high >= np.maximum(found.open, found.close)).all()


def test_an_inverted_pair_converts_the_other_way() -> None:
    days = ("2024-06-03", "2024-06-04")
    found = panel(
        [(listing("OS", "XOSL"), series("OS", "XOSL", *days, currency="NOK"))],
        pairs={"USDNOK": series("USDNOK", "ECB reference 16:00 CET", *days, price=10.0)},
    )
    # ECB fixes at 16:00, before Oslo's close at 16:25: known the same day.
    np.testing.assert_array_equal(found.known_close[:, 0], [10.0, 10.0])


def test_a_missing_rate_is_refused_by_name() -> None:
    days = ("2024-06-03", "2024-06-04")
    with pytest.raises(DataRefused, match=r"GBP to USD.*GBPUSD or USDGBP is needed"):
        panel([(listing("LO", "XLON"), series("LO", "XLON", *days, currency="GBP"))])


def test_nothing_to_trade_is_refused() -> None:
    with pytest.raises(DataRefused, match="no listing with data"):
        panel([])


def test_a_closed_market_misses_no_session_and_an_open_one_does() -> None:
    # UK bank holiday 2024-05-27: no ring, nothing missed. LME rows after 2024-06-05 withheld.
    metal = series("LME_CU", "LME official", "2024-05-20", "2024-06-05")
    found = panel(
        [(listing("NY"), series("NY", "XNYS", "2024-05-20", "2024-06-14"))],
        metals={"copper": metal},
    )
    days = found.session[:, 0].astype(str)
    missed = dict(zip(days, found.metal[0].missed, strict=True))
    assert missed["2024-05-28"] == 0
    assert missed["2024-06-06"] == 1
    assert missed["2024-06-11"] == 4


def test_even_a_closed_market_is_old_after_ten_calendar_days() -> None:
    # Shanghai was shut from 2020-01-24 to 2020-02-02; last close known 2020-01-23 07:00 UTC.
    ore = series("IRON", "China day close", "2020-01-02", "2020-02-03")
    found = panel(
        [(listing("NY"), series("NY", "XNYS", "2020-01-02", "2020-02-03"))],
        metals={"iron_ore": ore},
    )
    days = found.session[:, 0].astype(str)
    old = dict(zip(days, found.metal[0].is_old, strict=True))
    assert not old["2020-01-31"]
    assert found.metal[0].missed.max() == 0


HOLE = [f"2024-06-{day:02d}" for day in (10, 11, 12, 13, 14, 17, 18)]


def test_five_missing_sessions_are_bridged_and_six_split_the_series() -> None:
    # 2024-06-19 is a US holiday; the sessions named are consecutive.
    for count, expected in ((5, 0), (6, 1), (7, 1)):
        other = series("ZZ", "XNYS", "2024-06-03", "2024-06-28")
        thin = series("NY", "XNYS", "2024-06-03", "2024-06-28", without=HOLE[:count])
        found = panel([(listing("NY"), thin), (listing("ZZ"), other)])
        assert found.segment[:, 0].max() == expected, count


def test_a_hole_gets_two_settlement_bars_at_the_last_price() -> None:
    thin = series("NY", "XNYS", "2024-06-03", "2024-06-28", price=lambda n: 1.0 + n, without=HOLE)
    found = panel(
        [(listing("NY"), thin), (listing("ZZ"), series("ZZ", "XNYS", "2024-06-03", "2024-06-28"))]
    )
    rows = np.flatnonzero(found.is_settlement[:, 0])
    assert found.session[rows, 0].astype(str).tolist() == HOLE[5:7]
    np.testing.assert_array_equal(found.open[rows, 0], [5.0, 5.0])  # Friday 2024-06-07
    np.testing.assert_array_equal(found.volume[rows, 0], [0.0, 0.0])


def test_settlement_bars_do_not_depend_on_whether_the_data_resume() -> None:
    whole = series("NY", "XNYS", "2024-06-03", "2024-06-28", without=HOLE)
    ended = series("NY", "XNYS", "2024-06-03", "2024-06-07")
    other = series("ZZ", "XNYS", "2024-06-03", "2024-06-28")
    resumed = panel([(listing("NY"), whole), (listing("ZZ"), other)])
    delisted = panel([(listing("NY"), ended), (listing("ZZ"), other)])
    before = resumed.closes < at("2024-06-19")
    for name in ("close", "open", "has_bar", "is_settlement", "segment"):
        np.testing.assert_array_equal(
            getattr(resumed, name)[before], getattr(delisted, name)[before], err_msg=name
        )


def test_day_numbers_are_backtraders_own() -> None:
    import backtrader as bt

    times = np.array(["2024-06-03T20:00", "2012-02-29T16:35"], "datetime64[ns]")
    expected = [bt.date2num(moment) for moment in times.astype("datetime64[us]").tolist()]
    np.testing.assert_array_equal(day_numbers(times), expected)
