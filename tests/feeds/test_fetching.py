"""Filling a store: what is asked for, what a failure leaves alone, what the report says."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from orebound.feeds import (
    DataRefused,
    Exposure,
    IdentityAnchor,
    Issuer,
    Listing,
    RawSeries,
    SeriesSpec,
    Universe,
    load_universe,
)
from orebound.feeds.fetch_report import FetchReport
from orebound.feeds.fetching import exchange_rate_symbol, fetch
from orebound.feeds.restated import restatements
from orebound.feeds.sources.yahoo import download
from orebound.feeds.sources.yahoo_refusals import Cause, DownloadRefused
from orebound.feeds.store import Store

from .yahoo_server import THROTTLED, Chart, YahooServer, close_on, daily_bars, loopback

FIRST, LAST = date(2024, 1, 2), date(2024, 6, 28)
LONDON: dict[str, Any] = {"currency": "GBp", "exchange": "LSE", "opens": "08:00"}
LONDON["timezone"] = "Europe/London"
FX: dict[str, Any] = {**LONDON, "currency": "USD", "exchange": "CCY", "opens": "00:00"}


def exposures(issuer: str, **weights: float) -> tuple[Exposure, ...]:
    return tuple(
        Exposure(issuer, metal, weight, date(2020, 1, 1), None, "test", "H")
        for metal, weight in weights.items()
    )


def listing(symbol: str, mic: str, unit: str, **changes: Any) -> Listing:
    facts = {"id": symbol.lower(), "issuer": symbol, "mic": mic, "unit": unit}
    currency = {"GBp": "GBP"}.get(unit, unit)
    symbols = {"csv": symbol, "yahoo": symbol}
    return Listing(
        **{**facts, "currency": currency, "symbols": symbols, "half_spread_bps": 1.0, **changes}
    )


UNIVERSE = Universe(
    name="two-miners",
    listings=(listing("ANTO.L", "XLON", "GBp"), listing("FCX", "XNYS", "USD")),
    issuers={
        "ANTO.L": Issuer("ANTO.L", "Antofagasta", "GB", exposures("ANTO.L", copper=0.9, gold=0.1)),
        "FCX": Issuer("FCX", "Freeport", "US", exposures("FCX", copper=0.4, iron_ore=0.6)),
    },
    metals={
        "copper": (SeriesSpec("DBB", stand_in="DBB for copper"),),
        "gold": (SeriesSpec("XAU"), SeriesSpec("GLD")),
        "silver": (SeriesSpec("SLV"),),
        "iron_ore": (SeriesSpec("IRON_DCE", source="csv"),),
    },
    market=(SeriesSpec("SPY"),),
)
NEEDED = {"ANTO.L", "FCX", "DBB", "GLD", "SPY", "GBPUSD=X"}


@pytest.fixture
def server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[YahooServer]:
    with loopback(tmp_path, monkeypatch) as running:
        running.answer("ANTO.L", Chart(daily_bars("XLON", "2024-01-02", "2024-06-28"), **LONDON))
        for symbol in ("FCX", "DBB", "GLD", "SPY"):
            bars = daily_bars("XNYS", "2024-01-02", "2024-06-28")
            running.answer(symbol, Chart(bars, symbol=symbol))
        rates = daily_bars("FX day end 22:00 UTC", "2024-01-02", "2024-06-28", close=1.27)
        running.answer("GBPUSD=X", Chart(rates, **FX))
        yield running


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "store")


def closes(store: Store, symbol: str) -> pd.DataFrame:
    return store.load(symbol).frame.set_index("date")[["close", "adj_close"]]


def quick(symbol: str, *, start: date, end: date) -> RawSeries:
    """Download with the real client, waiting hundredths of a second between retries."""
    return download(symbol, start=start, end=end, retries=1, first_wait=0.01, timeout=5.0)


def run(store: Store, universe: Universe = UNIVERSE, **options: Any) -> FetchReport:
    chosen = {"download": quick, "start": FIRST, "end": LAST, **options}
    return fetch(universe, store=store, **chosen)


def test_everything_needed_is_saved_and_nothing_else_is_asked_for(
    server: YahooServer, store: Store
) -> None:
    report = run(store)
    assert set(store.list()) == NEEDED
    asked = {path.rsplit("/", 1)[1] for _, path, query in server.log if "period1" in query}
    # XAU is gold's first candidate and unknown to the server; silver and csv series are not asked.
    assert asked - {"XAU"} == NEEDED
    assert report.exit_code == 0
    report.check()


def test_first_candidate_that_arrives_is_the_leg_and_its_forerunner_optional(
    server: YahooServer,
    store: Store,
) -> None:
    report = run(store)
    assert {leg.role: leg.spec and leg.spec.symbol for leg in report.legs} == {
        "metal copper": "DBB",
        "metal gold": "GLD",
        "metal iron_ore": None,
        "market": "SPY",
    }
    assert set(report.failed) == {"XAU"}
    assert report.optional == {"XAU"}


def test_table_says_legs_stand_ins_coverage_and_why_not(server: YahooServer, store: Store) -> None:
    table = run(store).table.set_index("symbol")
    anto, fcx = table.loc["ANTO.L"], table.loc["FCX"]
    assert anto["metals"] == "copper DBB, gold GLD"
    assert anto["stand_ins"] == "copper: DBB for copper"
    assert (anto["coverage"], anto["tradable"], anto["why"]) == (1.0, True, "")
    assert fcx["coverage"] == pytest.approx(0.4)
    assert not fcx["tradable"]
    assert "without data: iron_ore" in fcx["why"]
    assert (anto["first"], anto["last"]) == (FIRST, LAST)


def test_failing_symbol_leaves_its_stored_history_and_saves_the_rest(
    server: YahooServer, store: Store
) -> None:
    run(store)
    kept = store.path("FCX").read_bytes()
    for symbol in NEEDED - {"FCX"}:
        store.path(symbol).unlink()
    server.scripts.pop("FCX")
    report = run(store)
    assert store.path("FCX").read_bytes() == kept
    assert set(store.list()) == NEEDED
    assert set(report.refused) == {"FCX"}
    assert report.exit_code == 3
    with pytest.raises(DataRefused, match="listing fcx: yahoo, FCX: unknown symbol: HTTP 404"):
        report.check()
    assert report.verdict.startswith("REFUSED: universe two-miners: 5 series saved, 2 failed")


def test_missing_market_factor_and_exchange_rate_are_refused(
    server: YahooServer, store: Store
) -> None:
    server.scripts.pop("SPY")
    server.scripts.pop("GBPUSD=X")
    report = run(store)
    assert set(report.refused) == {"SPY", "GBPUSD=X"}


def test_leg_that_fails_today_still_counts_by_its_stored_history(
    server: YahooServer, store: Store
) -> None:
    run(store)
    server.scripts.pop("DBB")
    report = run(store)
    assert set(report.refused) == {"DBB"}
    anto = report.table.set_index("symbol").loc["ANTO.L"]
    assert (anto["coverage"], anto["stand_ins"]) == (1.0, "copper: DBB for copper")


def test_lasting_throttling_ends_the_asking(server: YahooServer, store: Store) -> None:
    for symbol in server.scripts:
        server.answer(symbol, THROTTLED)
    report = run(store)
    assert "throttled" in report.failed["FCX"]
    assert report.failed["DBB"] == (
        "metal copper: not asked for, Yahoo throttled the symbols before it"
    )
    assert not server.charts("DBB")
    assert report.saved == {}


def test_restated_history_is_listed_and_saved(server: YahooServer, store: Store) -> None:
    run(store)
    bars = daily_bars("XNYS", "2024-01-02", "2024-06-28")
    bars.loc["2024-03-01":"2024-03-05", "Adj Close"] *= 0.97
    server.answer("FCX", Chart(bars))
    (found,) = run(store).restated
    assert (found.symbol, found.column, found.rows) == ("FCX", "adj_close", 3)
    assert (found.first, found.last) == ("2024-03-01", "2024-03-05")
    assert found.largest == pytest.approx(-0.03)
    march = closes(store, "FCX").loc["2024-03-01"]
    assert march["adj_close"] == pytest.approx(0.97 * march["close"])


def test_later_dividend_and_split_are_no_restatement(server: YahooServer, store: Store) -> None:
    run(store, end=date(2024, 4, 30))
    bars = daily_bars("XNYS", "2024-01-02", "2024-06-28")
    # 2:1 on 2024-05-15: Yahoo halves all earlier prices; then 1 USD is paid on 2024-06-03.
    bars.loc[:"2024-05-14", ["Open", "High", "Low", "Close", "Adj Close"]] /= 2
    before = close_on(bars, "2024-05-31")
    bars.loc[:"2024-05-31", "Adj Close"] *= 1 - 1.0 / before
    server.answer("FCX", Chart(bars, dividends={"2024-06-03": 1.0}, splits={"2024-05-15": (2, 1)}))
    report = run(store)
    assert report.restated == ()
    assert closes(store, "FCX")["close"].iloc[0] == pytest.approx(25.0)


def test_stored_history_is_never_shortened(server: YahooServer, store: Store) -> None:
    run(store)
    run(store, start=date(2024, 5, 1), end=date(2024, 5, 31))
    dates = store.load("FCX").frame["date"]
    assert (dates.iloc[0].date(), dates.iloc[-1].date()) == (FIRST, LAST)


def test_pounds_in_place_of_pence_are_refused(server: YahooServer, store: Store) -> None:
    bars = daily_bars("XLON", "2024-01-02", "2024-06-28")
    server.answer("ANTO.L", Chart(bars, **{**LONDON, "currency": "GBP"}))
    report = run(store)
    assert "the unit is 'GBP', listing anto.l is quoted in 'GBp'" in report.refused["ANTO.L"]
    assert "ANTO.L" not in store.list()


def test_series_whose_unit_changed_is_refused(server: YahooServer, store: Store) -> None:
    run(store)
    server.answer("DBB", Chart(daily_bars("XNYS", "2024-01-02", "2024-06-28"), currency="CAD"))
    assert "unit is 'CAD', stored prices are in 'USD'" in run(store).refused["DBB"]
    assert store.load("DBB").facts.unit == "USD"


def test_listing_of_another_exchange_is_refused(server: YahooServer, store: Store) -> None:
    server.answer("FCX", Chart(daily_bars("XTSE", "2024-01-02", "2024-06-28"), exchange="TOR"))
    assert "trades on XTSE, listing fcx on XNYS" in run(store).refused["FCX"]


def test_reused_symbol_is_refused_by_its_anchor_and_both_names(
    server: YahooServer, store: Store
) -> None:
    anchor = IdentityAnchor("fcx", date(2024, 3, 1), 17.4, 0.1, "Barrick", "Barnes")
    named = replace(UNIVERSE.listings[1], anchors=(anchor,))
    universe = replace(UNIVERSE, listings=(UNIVERSE.listings[0], named))
    why = run(store, universe).refused["FCX"]
    assert "2024-03-01, column close" in why
    assert "Barrick closed at 17.4; this may be Barnes" in why


def test_anchor_is_compared_before_later_splits(server: YahooServer, store: Store) -> None:
    bars = daily_bars("XNYS", "2024-01-02", "2024-06-28")
    server.answer("FCX", Chart(bars, splits={"2024-05-15": (2, 1)}))
    # The quoted price of the day was twice what Yahoo shows after the 2:1 split.
    close = 2 * close_on(bars, "2024-03-01")
    anchor = IdentityAnchor("fcx", date(2024, 3, 1), close, 0.01, "Freeport", "another")
    named = replace(UNIVERSE.listings[1], anchors=(anchor,))
    report = run(store, replace(UNIVERSE, listings=(named,)))
    assert report.refused == {}


def test_unreadable_stored_copy_is_replaced_and_said(server: YahooServer, store: Store) -> None:
    run(store)
    path = store.path("FCX")
    payload = bytearray(path.read_bytes())
    payload[100] ^= 1
    path.write_bytes(payload)
    report = run(store)
    assert len(store.load("FCX").frame) == len(closes(store, "SPY"))
    assert any("FCX: the stored copy cannot be read" in note for note in report.notes)


@pytest.mark.parametrize("cause", ["time-out", "empty result", "truncated answer"])
def test_every_cause_is_reported_with_its_role(
    server: YahooServer, store: Store, cause: Cause
) -> None:
    def failing(symbol: str, *, start: date, end: date) -> RawSeries:
        if symbol == "GLD":
            raise DownloadRefused(symbol, cause, "as planted")
        return quick(symbol, start=start, end=end)

    report = run(store, download=failing)
    assert report.refused["GLD"].startswith(f"metal gold: yahoo, GLD: {cause}: as planted")


@pytest.mark.parametrize(
    ("currency", "symbol"),
    [("GBP", "GBPUSD=X"), ("EUR", "EURUSD=X"), ("NOK", "USDNOK=X"), ("ZAR", "USDZAR=X")],
)
def test_exchange_rates_are_asked_for_as_they_are_quoted(currency: str, symbol: str) -> None:
    assert exchange_rate_symbol(currency) == symbol


def test_equal_histories_are_not_restated_by_float_noise(server: YahooServer) -> None:
    raw = quick("FCX", start=FIRST, end=LAST)
    noise = 1 + 1e-6 * np.sin(np.arange(len(raw.frame)))
    again = replace(raw, frame=raw.frame.assign(adj_close=raw.frame["adj_close"] * noise))
    assert restatements(raw, again) == []


def test_whole_history_scaled_without_an_event_is_a_restatement(server: YahooServer) -> None:
    raw = quick("FCX", start=FIRST, end=LAST)
    scaled = raw.frame.assign(adj_close=raw.frame["adj_close"] * 0.99)
    (found,) = restatements(raw, replace(raw, frame=scaled))
    assert (found.rows, found.largest) == (len(raw.frame), pytest.approx(-0.01))


def test_shipped_universe_is_fetched_whole_and_says_what_lacks_iron_ore(
    server: YahooServer, store: Store
) -> None:
    universe = load_universe("nyse-miners", source="yahoo")
    symbols = {listing.symbol("yahoo") for listing in universe.listings}
    bars = daily_bars("XNYS", "2024-01-02", "2024-06-28")
    for symbol in symbols | {"DBB", "GLD", "SLV", "SPY"}:
        server.answer(symbol, Chart(bars, symbol=symbol, name="Barrick Mining Corporation"))
    report = run(store, universe)
    assert report.failed == {}
    assert symbols | {"DBB", "GLD", "SPY"} <= set(store.list())
    table = report.table.set_index("symbol")
    assert table.loc["FCX", "tradable"]
    # Vale lives on iron ore, which Yahoo has no series of.
    assert "iron_ore" in str(table.loc["VALE", "why"])
    assert report.verdict.startswith("OK: universe nyse-miners")
