"""The real yfinance client against a loopback server: what it brings and how it fails."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from orebound.feeds import ConfigError, RawSeries
from orebound.feeds.sources import yahoo
from orebound.feeds.sources.yahoo import download, flatten
from orebound.feeds.sources.yahoo_refusals import DownloadRefused

from .yahoo_server import (
    COOKIE,
    CRUMB,
    NOT_FOUND,
    THROTTLED,
    Chart,
    Reply,
    YahooServer,
    close_on,
    daily_bars,
    loopback,
)

SPAN = {"start": "2024-01-02", "end": "2024-06-28"}
BRIEF: dict[str, Any] = {"retries": 2, "first_wait": 0.02, "timeout": 5.0}


@pytest.fixture
def server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[YahooServer]:
    with loopback(tmp_path, monkeypatch) as running:
        yield running


def new_york(**changes: Any) -> Chart:
    return Chart(**{"bars": daily_bars("XNYS", *SPAN.values()), **changes})


def refusal(symbol: str, **options: Any) -> DownloadRefused:
    with pytest.raises(DownloadRefused) as caught:
        download(symbol, **{**SPAN, **BRIEF, **options})
    return caught.value


def closes(raw: RawSeries) -> dict[str, float]:
    return {
        f"{day:%Y-%m-%d}": value
        for day, value in zip(raw.frame["date"], raw.frame["close"], strict=True)
    }


def test_good_answer_arrives_row_by_row_with_its_facts(server: YahooServer) -> None:
    chart = new_york()
    server.answer("RIO", chart)
    raw = download("RIO", **SPAN)
    assert raw.frame["date"].tolist() == chart.bars.index.tolist()
    np.testing.assert_allclose(raw.frame["close"], chart.bars["Close"], rtol=1e-12)
    assert raw.frame["row"].tolist() == list(range(2, len(chart.bars) + 2))
    assert (raw.facts.currency, raw.facts.unit, raw.facts.clock_name) == ("USD", "USD", "XNYS")
    assert raw.is_adjusted is None
    assert raw.findings == ()


def test_end_is_included(server: YahooServer) -> None:
    server.answer("RIO", new_york())
    raw = download("RIO", start="2024-02-01", end="2024-03-28")
    assert [f"{day:%Y-%m-%d}" for day in raw.frame["date"].iloc[[0, -1]]] == [
        "2024-02-01",
        "2024-03-28",
    ]


def test_cookie_and_crumb_come_from_the_loopback_server_too(server: YahooServer) -> None:
    server.answer("RIO", new_york())
    download("RIO", **SPAN)
    asked = [(host, path) for host, path, _ in server.log]
    assert asked[:2] == [("fc.yahoo.com", "/"), ("query1.finance.yahoo.com", "/v1/test/getcrumb")]
    (history,) = server.charts("RIO")
    assert history["crumb"] == [CRUMB]
    assert COOKIE.split(";")[0] in server.cookies[-1]


def test_time_zone_cache_lies_in_the_folder_of_the_test(
    server: YahooServer, tmp_path: Path
) -> None:
    server.answer("RIO", new_york())
    download("RIO", **SPAN)
    assert (tmp_path / "tkr-tz.db").is_file()


def test_unknown_symbol_is_refused_by_name_and_not_asked_again(server: YahooServer) -> None:
    server.answer("NOSUCH", NOT_FOUND)
    refused = refusal("NOSUCH")
    assert refused.cause == "unknown symbol"
    assert "yahoo, NOSUCH: unknown symbol: HTTP 404" in str(refused)
    assert "asked" not in str(refused)
    assert refused.exit_code == 3


def test_throttled_answer_is_asked_again_until_it_is_good(server: YahooServer) -> None:
    # yfinance itself asks twice an attempt (once with other cookies), so three are two attempts.
    server.answer("RIO", THROTTLED, THROTTLED, THROTTLED, new_york())
    raw = download("RIO", **SPAN, **BRIEF)
    assert len(raw.frame) == len(daily_bars("XNYS", *SPAN.values()))


def test_persistent_throttling_is_refused_after_the_retries(server: YahooServer) -> None:
    server.answer("RIO", THROTTLED)
    refused = refusal("RIO")
    assert refused.cause == "throttled"
    assert "asked 3 times" in str(refused)


def test_retries_end_with_the_budget(server: YahooServer) -> None:
    server.answer("RIO", THROTTLED)
    refused = refusal("RIO", retries=1000, budget=0.4, first_wait=0.05)
    times = int(str(refused).partition("asked ")[2].partition(" times")[0])
    # Waits of at least 0.05, 0.1, 0.2 s: a fourth would end after the budget.
    assert 2 <= times <= 4


def test_time_out_is_asked_again_and_then_refused(server: YahooServer) -> None:
    server.answer("RIO", Reply(delay=30.0))
    refused = refusal("RIO", timeout=0.2, retries=1)
    assert refused.cause == "time-out"
    assert "no answer in 0.2 s, asked 2 times" in str(refused)


def test_slow_first_answer_does_not_lose_the_symbol(server: YahooServer) -> None:
    server.answer("RIO", Reply(delay=30.0), new_york())
    assert len(download("RIO", **SPAN, **{**BRIEF, "timeout": 0.5}).frame) > 100


EMPTY: dict[str, Any] = {"meta": {}, "indicators": {"quote": [{}], "adjclose": [{}]}}


@pytest.mark.parametrize(
    "body",
    [
        {"chart": {"result": [EMPTY], "error": None}},
        {"chart": {"result": [], "error": None}},
        {"chart": {"result": None, "error": {"code": "Bad Request", "description": "no data"}}},
    ],
)
def test_empty_result_is_refused_as_such(server: YahooServer, body: dict[str, Any]) -> None:
    server.answer("RIO", new_york(), Reply(body=json.dumps(body).encode()))
    assert refusal("RIO").cause == "empty result"


def test_chart_without_any_row_is_an_empty_result(server: YahooServer) -> None:
    server.answer("RIO", new_york(bars=daily_bars("XNYS", "2020-01-02", "2020-06-30")))
    assert refusal("RIO").cause == "empty result"


@pytest.mark.parametrize(
    "broken",
    [
        Reply(body=b'{"chart": {"result": [{"meta": {"curr'),
        Reply(body=b'{"chart": {"result"', stated_length=5000),
        Reply(body=b"<html><body>Will be right back</body></html>"),
    ],
)
def test_truncated_answer_is_refused_as_such(server: YahooServer, broken: Reply) -> None:
    server.answer("RIO", new_york(), broken)
    assert refusal("RIO").cause == "truncated answer"


def test_broken_answer_is_not_kept_for_the_next_download(server: YahooServer) -> None:
    # yfinance caches answers of past ranges in memory, also those that it cannot read.
    server.answer("RIO", new_york(), Reply(body=b'{"chart"'), new_york())
    assert refusal("RIO").cause == "truncated answer"
    assert len(download("RIO", **SPAN).frame) > 100


def test_server_error_is_refused_with_its_status(server: YahooServer) -> None:
    server.answer("RIO", Reply(503, b"down"))
    assert "server error: HTTP 503" in str(refusal("RIO"))


def test_no_server_at_all_is_refused_as_no_connection(
    server: YahooServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Port 1 of the loopback address: nothing listens there.
    monkeypatch.setenv("OREBOUND_YAHOO_SERVER", "127.0.0.1:1")
    assert refusal("RIO").cause == "no connection"
    assert server.log == []


def test_server_variable_accepts_only_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OREBOUND_YAHOO_SERVER", "example.org:80")
    with pytest.raises(ConfigError, match=r"must be 127\.0\.0\.1:PORT .* got 'example\.org:80'"):
        download("RIO", **SPAN)


@pytest.mark.parametrize(
    ("kept", "reason"),
    [
        (slice(20, None), "20 sessions from 2024-01-02"),
        (slice(None, -20), "20 sessions from 2024-05-31 to 2024-06-28 are missing"),
        (slice(None, None, 2), "accepted: at least 80%"),
    ],
)
def test_answer_with_missing_sessions_is_refused(
    server: YahooServer, kept: slice, reason: str
) -> None:
    bars = daily_bars("XNYS", *SPAN.values())
    ends: dict[str, Any] = {"first_trade": "2024-01-02", "last_trade": "2024-06-28"}
    server.answer("RIO", new_york(bars=bars.iloc[kept], **ends))
    refused = refusal("RIO")
    assert refused.cause == "truncated answer"
    assert reason in str(refused)


def test_young_listing_is_accepted_from_its_first_trade(server: YahooServer) -> None:
    server.answer("RIO", new_york(bars=daily_bars("XNYS", "2024-04-01", "2024-06-28")))
    assert f"{download('RIO', **SPAN).frame['date'].iloc[0]:%Y-%m-%d}" == "2024-04-01"


def test_listing_that_stopped_trading_is_accepted_and_said(server: YahooServer) -> None:
    server.answer("RIO", new_york(bars=daily_bars("XNYS", "2024-01-02", "2024-04-30")))
    (finding,) = download("RIO", **SPAN).findings
    assert finding.rule == "stopped trading"
    assert "no trade in the 41 sessions from 2024-05-01 to 2024-06-28" in finding.detail


def test_dividends_and_splits_arrive_on_their_dates(server: YahooServer) -> None:
    bars = daily_bars("XNYS", *SPAN.values())
    # A dividend of 1 on 2024-03-07: Adj Close before it is lower by its yield on the day before.
    before = bars.index < "2024-03-07"
    bars.loc[before, "Adj Close"] *= 1 - 1.0 / close_on(bars, "2024-03-06")
    chart = new_york(bars=bars, dividends={"2024-03-07": 1.0}, splits={"2024-05-01": (2, 1)})
    server.answer("RIO", chart)
    raw = download("RIO", **SPAN)
    by_date = raw.frame.set_index("date")
    assert by_date["dividends"][by_date["dividends"] > 0].to_dict() == {
        pd.Timestamp("2024-03-07"): 1.0
    }
    assert by_date["splits"][by_date["splits"] > 0].to_dict() == {pd.Timestamp("2024-05-01"): 2.0}
    assert by_date.loc["2024-03-06", "adj_close"] == pytest.approx(
        close_on(bars, "2024-03-06") - 1.0
    )
    assert raw.findings == ()


def test_dividend_missing_from_adjusted_close_is_put_in_and_said(server: YahooServer) -> None:
    bars = daily_bars("XNYS", *SPAN.values())
    server.answer("RIO", new_york(bars=bars, dividends={"2024-03-07": 1.0}))
    raw = download("RIO", **SPAN)
    adjusted = raw.frame.set_index("date")["adj_close"]
    assert adjusted["2024-03-06"] == pytest.approx(close_on(bars, "2024-03-06") - 1.0)
    assert adjusted["2024-03-07"] == pytest.approx(close_on(bars, "2024-03-07"))
    (finding,) = raw.findings
    assert (finding.rule, finding.outcome, finding.date) == ("dividend", "repaired", "2024-03-07")
    assert "dividend 1 was not in Adj Close" in finding.detail


def test_pence_stay_pence(server: YahooServer) -> None:
    bars = daily_bars("XLON", *SPAN.values(), close=5000.0)
    london: dict[str, Any] = {
        "currency": "GBp",
        "exchange": "LSE",
        "timezone": "Europe/London",
        "opens": "08:00",
    }
    server.answer("RIO.L", Chart(bars, **london))
    raw = download("RIO.L", **SPAN)
    assert (raw.facts.unit, raw.facts.currency, raw.facts.factor) == ("GBp", "GBP", 1.0)
    assert raw.facts.clock_name == "XLON"
    assert raw.frame["close"].iloc[0] == 5000.0


@pytest.mark.parametrize(
    ("exchange", "timezone", "opens", "clock_name"),
    [
        # Both open on the day before, seen from UTC.
        ("ASX", "Australia/Sydney", "10:00", "XASX"),
        ("HKG", "Asia/Hong_Kong", "00:00", "XHKG"),
    ],
)
def test_bars_bear_the_exchanges_own_date(
    server: YahooServer, exchange: str, timezone: str, opens: str, clock_name: str
) -> None:
    bars = daily_bars(clock_name, *SPAN.values())
    server.answer("BHP.AX", Chart(bars, exchange=exchange, timezone=timezone, opens=opens))
    raw = download("BHP.AX", **SPAN)
    assert raw.frame["date"].tolist() == bars.index.tolist()


@pytest.mark.parametrize(
    ("symbol", "currency", "unit"),
    [("GBPUSD=X", "USD", "USD per GBP"), ("NOK=X", "NOK", "NOK per USD")],
)
def test_exchange_rate_says_what_it_is_per(
    server: YahooServer, symbol: str, currency: str, unit: str
) -> None:
    bars = daily_bars("FX day end 22:00 UTC", *SPAN.values(), close=1.3)
    place: dict[str, Any] = {
        "exchange": "CCY",
        "timezone": "Europe/London",
        "opens": "00:00",
        "kind": "CURRENCY",
    }
    server.answer(symbol, Chart(bars, currency=currency, **place))
    raw = download(symbol, **SPAN)
    assert (raw.facts.currency, raw.facts.unit) == (currency, unit)
    assert raw.facts.clock_name == "FX day end 22:00 UTC"
    assert len(raw.frame) == len(bars)


@pytest.mark.parametrize(
    ("now", "last"),
    [
        # New York closes at 20:00 UTC in June; Yahoo's quotes are up to 20 minutes late.
        ("2024-06-28T20:10", "2024-06-27"),
        ("2024-06-28T20:30", "2024-06-28"),
    ],
)
def test_bar_of_an_unfinished_session_is_left_out_and_said(
    server: YahooServer, monkeypatch: pytest.MonkeyPatch, now: str, last: str
) -> None:
    monkeypatch.setattr(yahoo, "utc_now", lambda: np.datetime64(now, "ns"))
    server.answer("RIO", new_york())
    raw = download("RIO", **SPAN)
    assert list(closes(raw))[-1] == last
    said = [(finding.rule, finding.date) for finding in raw.findings]
    assert said == ([] if last == SPAN["end"] else [("unfinished bar", "2024-06-28")])


def test_trailing_row_without_a_close_is_left_out_and_said(server: YahooServer) -> None:
    bars = daily_bars("XNYS", *SPAN.values())
    bars.iloc[-1] = np.nan
    server.answer("RIO", new_york(bars=bars))
    raw = download("RIO", **SPAN)
    assert list(closes(raw))[-1] == "2024-06-27"
    assert "close nan" in raw.findings[0].detail


def test_row_without_prices_in_the_middle_reaches_the_audit(server: YahooServer) -> None:
    bars = daily_bars("XNYS", *SPAN.values())
    bars.loc["2024-03-07"] = np.nan
    server.answer("RIO", new_york(bars=bars))
    assert np.isnan(closes(download("RIO", **SPAN))["2024-03-07"])


def test_missing_currency_and_unknown_exchange_are_refused(server: YahooServer) -> None:
    server.answer("RIO", new_york(currency=""))
    assert "states no currency" in str(refusal("RIO"))
    server.answer("RIO", new_york(exchange="XYZ"))
    assert "no clock is known for exchange 'XYZ'" in str(refusal("RIO"))


def test_b_is_barrick_and_not_barnes(server: YahooServer) -> None:
    server.answer("B", new_york(name="Barrick Mining Corporation"))
    assert download("B", **SPAN).findings == ()
    server.answer("B", new_york(name="Barnes Group Inc."))
    assert "must be Barrick and not Barnes Group" in str(refusal("B"))
    server.answer("B", new_york(name=""))
    assert download("B", **SPAN).findings[0].rule == "company"


def test_gold_is_refused_because_barrick_left_it(server: YahooServer) -> None:
    assert "Barrick was GOLD until 2025-05-08" in str(refusal("GOLD"))
    assert server.log == []


@pytest.mark.parametrize("symbol", ["../x", "=HYPERLINK()", "", "A" * 33, "A B"])
def test_unsafe_symbol_is_refused_before_any_request(server: YahooServer, symbol: str) -> None:
    with pytest.raises(ConfigError, match="symbol"):
        download(symbol, **SPAN)
    assert server.log == []


def test_start_after_end_and_useless_patience_are_refused() -> None:
    with pytest.raises(ConfigError, match="start must not lie after end, got 2024-07-01"):
        download("RIO", start="2024-07-01", end="2024-06-28")
    with pytest.raises(ConfigError, match="retries must be at least 0, got -1"):
        download("RIO", **SPAN, retries=-1)
    with pytest.raises(ConfigError, match="timeout must be above 0 seconds, got 0"):
        download("RIO", **SPAN, timeout=0)


@pytest.mark.parametrize("order", [("Price", "Ticker"), ("Ticker", "Price")])
def test_paired_columns_become_plain_whichever_comes_first(order: tuple[str, str]) -> None:
    pairs = [("Close", "RIO"), ("Volume", "RIO")]
    pairs = pairs if order[0] == "Price" else [(ticker, price) for price, ticker in pairs]
    frame = pd.DataFrame([[1.0, 2.0]], columns=pd.MultiIndex.from_tuples(pairs, names=order))
    assert list(flatten(frame).columns) == ["Close", "Volume"]
