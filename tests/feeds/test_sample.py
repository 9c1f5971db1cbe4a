"""The sample market is reproducible, says that it is synthetic, and holds what it plants."""

from __future__ import annotations

import os
import subprocess
import sys
import time

import numpy as np
import pandas as pd
import pytest

from orebound.feeds import ConfigError, Series, clock
from orebound.feeds.sources import sample_tables as tables
from orebound.feeds.sources.sample import SAMPLE_SYMBOLS, sample_series
from orebound.feeds.sources.sample_world import world

MINERS = ["RIO", "BHP", "FCX", "SCCO", "VALE", "NEM", "B", "AA", "TECK", "AU"]
BASE_METALS = ["LME_CU", "LME_AL", "LME_ZN"]
CLOSE_ONLY = {"LME_CU", "LME_AL", "LME_ZN", "LME_NI", "IEUR", "USDNOK", "USDSEK"}
# The dates of the article: lag against Europe since January 2023, against metals since early
# 2024, both up to the note of 2025-03-24.
EUROPE_ANCHOR, METAL_ANCHOR, NOTE = "2022-12-30", "2023-12-29", "2025-03-24"


@pytest.fixture(scope="module")
def market() -> dict[str, Series]:
    return sample_series()


def close(series: Series) -> pd.Series:
    return series.frame["close"]


def rebalanced(market: dict[str, Series], names: list[str]) -> pd.Series:
    closes = pd.DataFrame({name: close(market[name]) for name in names})
    return (1.0 + closes.pct_change().mean(axis=1).fillna(0.0)).cumprod()


def held(market: dict[str, Series], names: list[str], first: str, last: str) -> float:
    return float(np.mean([close(market[n])[last] / close(market[n])[first] for n in names]))


def relative_line(market: dict[str, Series]) -> pd.Series:
    miners = rebalanced(market, MINERS)
    metals = rebalanced(market, BASE_METALS)
    return miners / metals.reindex(miners.index, method="ffill")


def test_every_series_says_synthetic(market: dict[str, Series]) -> None:
    assert list(market) == list(SAMPLE_SYMBOLS)
    for symbol, series in market.items():
        facts = series.facts
        assert (facts.symbol, facts.source, facts.synthetic) == (symbol, "sample", True)
        assert "synthetic" in facts.file
        assert facts.adjustment == "total_return"
        assert len(facts.sha256) == 64


def test_same_seed_is_bit_equal_in_another_process() -> None:
    symbols = ["RIO.L", "LME_CU", "IEUR", "USDCNY"]
    code = (
        "from orebound.feeds.sources.sample import sample_series\n"
        f"print(*(s.facts.sha256 for s in sample_series({symbols!r}).values()))"
    )
    ours = [series.facts.sha256 for series in sample_series(symbols).values()]
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, "PYTHONHASHSEED": "1"},  # another order of sets than here
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.split() == ours


def test_another_seed_is_another_market(market: dict[str, Series]) -> None:
    other = sample_series(["FCX"], seed=1)["FCX"]
    assert other.facts.sha256 != market["FCX"].facts.sha256
    assert not np.allclose(close(other), close(market["FCX"]))


def test_asking_for_fewer_symbols_changes_nothing(market: dict[str, Series]) -> None:
    world.cache_clear()
    few = sample_series(["HOC.L", "DBB"])
    assert list(few) == ["HOC.L", "DBB"]
    for symbol, series in few.items():
        pd.testing.assert_frame_equal(series.frame, market[symbol].frame, check_exact=True)


def test_cutting_the_dates_changes_nothing(market: dict[str, Series]) -> None:
    cut = sample_series(["FCX"], first="2012-03-01", last="2015-06-30")["FCX"]
    whole = market["FCX"].frame.loc["2012-03-01":"2015-06-30"]
    pd.testing.assert_frame_equal(cut.frame, whole, check_exact=True)


def test_each_series_keeps_the_sessions_of_its_own_clock(market: dict[str, Series]) -> None:
    for series in market.values():
        expected = clock(series.facts.clock_name).sessions("2005-01-03", "2025-12-31")
        np.testing.assert_array_equal(series.sessions, expected)
    # 2024-05-17 is Norway's national day, 2024-07-04 America's; 2024-10-01 opens Golden Week.
    assert pd.Timestamp("2024-05-17") not in market["NHY.OL"].frame.index
    assert pd.Timestamp("2024-07-04") not in market["FCX"].frame.index
    assert pd.Timestamp("2024-10-01") not in market["IRON_DCE"].frame.index
    assert pd.Timestamp("2024-10-01") in market["LME_CU"].frame.index


def test_bars_are_consistent_and_raw_close_is_close(market: dict[str, Series]) -> None:
    for symbol, series in market.items():
        frame = series.frame
        assert (frame["close"] > 0.0).all()
        assert frame["raw_close"].equals(frame["close"].rename("raw_close"))
        assert series.is_close_only == (symbol in CLOSE_ONLY)
        if series.is_close_only:
            assert frame[["open", "high", "low", "volume"]].isna().all(axis=None)
            continue
        body = frame[["open", "close"]]
        assert (frame["low"] <= body.min(axis=1)).all()
        assert (frame["high"] >= body.max(axis=1)).all()
        assert (frame["high"] > frame["low"]).all()


def test_london_lines_are_delivered_in_pounds_of_a_pence_quote(market: dict[str, Series]) -> None:
    for symbol in ("RIO.L", "ANTO.L", "BHP.L", "GLEN.L", "AAL.L", "FRES.L", "HOC.L"):
        facts = market[symbol].facts
        assert (facts.currency, facts.unit, facts.factor) == ("GBP", "GBp", 0.01)
        assert facts.clock_name == "XLON"
        assert close(market[symbol]).max() < 200.0


@pytest.mark.parametrize(
    ("new_york", "london", "ratio"), [("RIO", "RIO.L", 1), ("BHP", "BHP.L", 2)]
)
def test_two_lines_of_one_company_have_one_value(
    market: dict[str, Series], new_york: str, london: str, ratio: int
) -> None:
    pounds = close(market[london]) * close(market["GBPUSD"]) * ratio
    away = (pounds / close(market[new_york])).dropna().map(np.log)
    # What is left is the news between 16:35 and 21:00 London: below one day's volatility.
    assert len(away) > 5000
    assert abs(away.mean()) < 0.0005
    assert 0.001 < away.std() < 0.015


def test_shares_gap_over_night(market: dict[str, Series]) -> None:
    for symbol in ("FCX", "RIO.L", "NHY.OL", "SPY"):
        frame = market[symbol].frame
        overnight = np.log(frame["open"] / frame["close"].shift()).std()
        by_day = np.log(frame["close"] / frame["open"]).std()
        assert 0.4 < overnight / by_day < 2.5


@pytest.mark.parametrize(
    ("symbols", "least", "most"),
    [
        (MINERS, 0.018, 0.026),
        ([*BASE_METALS, "LME_NI", "GLD", "SLV"], 0.010, 0.0165),
        (["SPY", "IEUR"], 0.008, 0.012),
        (["GBPUSD", "EURUSD", "USDNOK", "USDSEK", "USDCNY"], 0.0035, 0.0065),
    ],
)
def test_daily_volatility_is_of_the_real_size(
    market: dict[str, Series], symbols: list[str], least: float, most: float
) -> None:
    for symbol in symbols:
        moves = np.log(close(market[symbol])).diff()
        assert least < moves.std() < most, symbol
        assert moves.kurt() > 1.0, symbol  # fat tails: a normal has 0 here
        assert moves.abs().max() < 0.25, symbol  # and nothing that an audit takes for a bad print


def test_traded_value_is_of_the_real_size(market: dict[str, Series]) -> None:
    daily = {
        symbol: (series.frame["volume"] * series.frame["close"]).median()
        for symbol, series in market.items()
    }
    assert 5e8 < daily["FCX"] < 1.5e9
    assert daily["HOC.L"] < 5e6
    assert (market["HOC.L"].frame["volume"] > 0).all()


@pytest.mark.parametrize("seed", [20250324, 3, 11])
def test_miners_trail_metals_by_20_percent_and_europe_by_50_points(seed: int) -> None:
    market = sample_series([*MINERS, *BASE_METALS, "IEUR"], seed=seed)
    line, miners = relative_line(market), rebalanced(market, MINERS)
    assert line[NOTE] / line[METAL_ANCHOR] - 1.0 == pytest.approx(-0.20, abs=0.001)
    europe = close(market["IEUR"])[NOTE] / close(market["IEUR"])[EUROPE_ANCHOR]
    points = miners[NOTE] / miners[EUROPE_ANCHOR] - europe
    assert points == pytest.approx(-0.50, abs=0.001)


def test_figures_of_the_article_hold_without_rebalancing_too(market: dict[str, Series]) -> None:
    miners = held(market, MINERS, METAL_ANCHOR, NOTE)
    ratio = miners / held(market, BASE_METALS, METAL_ANCHOR, NOTE) - 1.0
    assert -0.23 < ratio < -0.17
    since = held(market, MINERS, EUROPE_ANCHOR, NOTE)
    assert -0.55 < since - held(market, ["IEUR"], EUROPE_ANCHOR, NOTE) < -0.45


@pytest.mark.parametrize("seed", [20250324, 3, 6, 21])
def test_relative_line_draws_a_v_around_the_note(seed: int) -> None:
    line = relative_line(sample_series([*MINERS, *BASE_METALS], seed=seed))
    line = line.loc[METAL_ANCHOR:"2025-12-31"]
    trough = line.index[int(line.to_numpy().argmin())]
    assert pd.Timestamp("2025-02-15") <= trough <= pd.Timestamp("2025-04-15")
    regained = (line.iloc[-1] - line[NOTE]) / (line.iloc[0] - line[NOTE])
    assert regained > 0.5


def test_laggards_of_easing_windows_catch_up_but_not_all(market: dict[str, Series]) -> None:
    """Uses the declared ratios: 30-session falls against own basket and market, what follows."""
    spy = np.log(close(market["SPY"]))
    windows = [(pd.Timestamp(a), pd.Timestamp(b)) for a, b, _ in tables.DIP_WINDOWS]
    followed: dict[bool, list[float]] = {True: [], False: []}
    for name in MINERS:
        firm = tables.COMPANIES[name]
        total = sum(firm.basket.values())
        basket = sum(
            np.log(close(market[m])).reindex(spy.index, method="ffill") * (w / total)
            for m, w in firm.basket.items()
        )
        gap = np.log(close(market[name])) - firm.beta_metal * basket - firm.beta_market * spy
        lag, later = gap - gap.shift(30), gap.shift(-40) - gap
        for day in lag.index[(lag < -0.25) & later.notna()]:
            followed[any(a <= day <= b for a, b in windows)].append(later[day])
    inside = sum(int(((spy.index >= a) & (spy.index <= b)).sum()) for a, b in windows)
    often = len(followed[True]) / inside
    assert often > 3.0 * len(followed[False]) / (len(spy) - inside)
    assert np.mean(followed[True]) > 0.10
    assert np.mean(np.array(followed[True]) < 0.0) > 0.10


def test_whole_market_takes_well_under_a_second(market: dict[str, Series]) -> None:
    taken = []
    for _ in range(3):
        world.cache_clear()
        start = time.process_time()
        assert len(sample_series()) == len(market)
        taken.append(time.process_time() - start)
    assert min(taken) < 0.6


def test_unknown_symbol_names_the_close_ones() -> None:
    with pytest.raises(ConfigError, match=r"symbol of the sample market 'LME_CO'.*'LME_CU'"):
        sample_series(["FCX", "LME_CO"])


@pytest.mark.parametrize(
    ("first", "last"),
    [("2004-12-31", "2010-01-01"), ("2010-01-01", "2026-01-02"), ("2012-01-02", "2011-01-03")],
)
def test_dates_outside_the_sample_are_refused(first: str, last: str) -> None:
    with pytest.raises(ConfigError, match=f"within 2005-01-03 and 2025-12-31.*{first}.*{last}"):
        sample_series(["FCX"], first=first, last=last)


def test_seed_must_be_a_whole_number() -> None:
    for seed in (-1, 1.5, True):
        with pytest.raises(ConfigError, match="seed must be a whole number of 0 or more, got"):
            sample_series(["FCX"], seed=seed)
