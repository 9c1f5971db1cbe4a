"""A loopback server that answers as Yahoo's hosts do: chart JSON, cookies, consent, crumb.

All of Yahoo's hosts are one server here. OREBOUND_YAHOO_SERVER makes it the client's HTTP proxy, so
each request line carries the full URL, and the log shows which host the client believed to ask.
"""

from __future__ import annotations

import json
import threading
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

import numpy as np
import pandas as pd
import pytest
import yfinance as yf
from yfinance.cache import (
    _CookieCacheManager,
    _CookieDBManager,
    _ISINCacheManager,
    _ISINDBManager,
    _TzCacheManager,
    _TzDBManager,
)
from yfinance.data import SingletonMeta

from orebound.feeds import clock
from orebound.feeds.sources import yahoo_client

CACHES = {
    "_tz_cache": _TzCacheManager,
    "_Cookie_cache": _CookieCacheManager,
    "_isin_cache": _ISINCacheManager,
}

QUOTE = ("Open", "High", "Low", "Close", "Volume")
CRUMB = "loopback-crumb"
COOKIE = "A3=loopback; Domain=.yahoo.com; Path=/; Max-Age=31536000; SameSite=None"
CONSENT = (
    '<html><form action="/v2/collectConsent"><input name="csrfToken" value="t"/>'
    '<input name="sessionId" value="s"/></form></html>'
)


@dataclass(frozen=True)
class Reply:
    """What goes over the wire; `stated_length` above the body's breaks the connection off."""

    status: int = 200
    body: bytes = b""
    delay: float = 0.0
    stated_length: int | None = None


@dataclass
class Chart:
    """One symbol as Yahoo knows it; `bars` is indexed by the exchange's session date."""

    bars: pd.DataFrame
    symbol: str = "RIO"
    currency: str = "USD"
    exchange: str = "NYQ"
    timezone: str = "America/New_York"
    opens: str = "09:30"
    kind: str = "EQUITY"
    name: str = "A mine"
    dividends: dict[str, float] = field(default_factory=dict)
    splits: dict[str, tuple[int, int]] = field(default_factory=dict)
    first_trade: str | None = None
    last_trade: str | None = None

    def reply(self, query: dict[str, list[str]]) -> Reply:
        """Return the chart between period1 and period2, or the last bar for a range."""
        stamps = pd.Series([self._stamp(day) for day in self.bars.index], self.bars.index)
        if "period1" in query:
            lo, hi = int(query["period1"][0]), int(query["period2"][0])
            bars = self.bars[((stamps >= lo) & (stamps < hi)).to_numpy()]
        else:
            bars = self.bars.tail(1)
        chart = {"result": [self._result(bars)], "error": None}
        return Reply(body=json.dumps({"chart": chart}).encode())

    def _result(self, bars: pd.DataFrame) -> dict[str, Any]:
        result: dict[str, Any] = {"meta": self._meta()}
        if bars.empty:
            return result | {"indicators": {"quote": [{}], "adjclose": [{}]}}
        quote = {
            name.lower(): _numbers(bars[name])
            for name in ("Open", "High", "Low", "Close", "Volume")
        }
        adjclose = _numbers(bars["Adj Close"])
        result["timestamp"] = [self._stamp(day) for day in bars.index]
        result["indicators"] = {"quote": [quote], "adjclose": [{"adjclose": adjclose}]}
        result["events"] = self._events(bars)
        return result

    def _events(self, bars: pd.DataFrame) -> dict[str, Any]:
        inside = {f"{day:%Y-%m-%d}" for day in bars.index}
        dividends = {
            str(self._stamp(day)): {"amount": amount, "date": self._stamp(day)}
            for day, amount in self.dividends.items()
            if day in inside
        }
        splits = {
            str(self._stamp(day)): {"date": self._stamp(day), "numerator": up, "denominator": down}
            for day, (up, down) in self.splits.items()
            if day in inside
        }
        return {"dividends": dividends, "splits": splits}

    def _meta(self) -> dict[str, Any]:
        first = self.first_trade or self.bars.index[0]
        last = self.last_trade or self.bars.index[-1]
        return {
            "symbol": self.symbol,
            "currency": self.currency,
            "exchangeName": self.exchange,
            "exchangeTimezoneName": self.timezone,
            "instrumentType": self.kind,
            "longName": self.name,
            "firstTradeDate": self._stamp(first),
            "regularMarketTime": self._stamp(last),
            "priceHint": 2,
            "validRanges": ["1d", "5d", "max"],
        }

    def _stamp(self, day: Any) -> int:
        """Return the session's opening as Yahoo stamps daily bars: Unix seconds, UTC."""
        local = pd.Timestamp(f"{pd.Timestamp(day):%Y-%m-%d} {self.opens}", tz=self.timezone)
        return int(local.timestamp())


def _numbers(column: pd.Series) -> list[float | None]:
    return [None if pd.isna(value) else float(value) for value in column]


NOT_FOUND = Reply(
    404,
    json.dumps(
        {
            "chart": {
                "result": None,
                "error": {
                    "code": "Not Found",
                    "description": "No data found, symbol may be delisted",
                },
            }
        }
    ).encode(),
)
THROTTLED = Reply(429, b"Too Many Requests\r\n")


@dataclass
class YahooServer:
    """The scripted answers by symbol and the log of (host, path, query) of every request.

    A symbol's answers are given in turn and the last one for ever; its first answer to the
    time-zone probe (``range=1d``) comes from the same script.
    """

    address: str
    scripts: dict[str, list[Chart | Reply]] = field(default_factory=lambda: defaultdict(list))
    log: list[tuple[str, str, dict[str, list[str]]]] = field(default_factory=list)
    cookies: list[str] = field(default_factory=list)

    def answer(self, symbol: str, *script: Chart | Reply) -> None:
        self.scripts[symbol] = list(script)

    def charts(self, symbol: str) -> list[dict[str, list[str]]]:
        """Return the queries of the requests for a symbol's history."""
        path = f"/v8/finance/chart/{symbol}"
        return [query for _, seen, query in self.log if seen == path and "period1" in query]

    def reply(self, path: str, query: dict[str, list[str]]) -> Reply:
        if not path.startswith("/v8/finance/chart/"):
            return _side_reply(path)
        script = self.scripts.get(path.rsplit("/", 1)[1])
        if not script:
            return NOT_FOUND
        step = script.pop(0) if len(script) > 1 else script[0]
        return step.reply(query) if isinstance(step, Chart) else step


def _side_reply(path: str) -> Reply:
    if path == "/v1/test/getcrumb":
        return Reply(body=CRUMB.encode())
    if path == "/consent":
        return Reply(body=CONSENT.encode())
    if path in ("/v2/collectConsent", "/copyConsent"):
        return Reply()
    # fc.yahoo.com answers 404 and hands out its cookie all the same.
    return Reply(404, b"{}")


def daily_bars(clock_name: str, first: str, last: str, *, close: float = 50.0) -> pd.DataFrame:
    """Return a rising series of daily bars on a venue's sessions, Adj Close equal to Close."""
    days = pd.DatetimeIndex(clock(clock_name).sessions(first, last)).as_unit("ns")
    level = close * (1 + 0.001 * np.arange(len(days)))
    columns = {"Open": level, "High": level * 1.01, "Low": level * 0.99, "Close": level}
    return pd.DataFrame({**columns, "Adj Close": level, "Volume": 1e6}, index=days)


def close_on(bars: pd.DataFrame, day: str) -> float:
    """Return the close of one session."""
    return float(bars["Close"].loc[day:day].iloc[0])


@contextmanager
def loopback(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[YahooServer]:
    """Run a server, lead the real client to it, and keep its caches in a folder of the test."""
    with serve() as server:
        monkeypatch.setenv(yahoo_client.SERVER_VARIABLE, server.address)
        yf.set_tz_cache_location(str(folder))
        # yfinance keeps one cookie, crumb and cache handle for the whole process.
        monkeypatch.setattr(SingletonMeta, "_instances", {})
        for name, manager in CACHES.items():
            monkeypatch.setattr(manager, name, None)
        yahoo_client._line.cache_clear()
        yield server
    yahoo_client._line.cache_clear()
    for database in (_TzDBManager, _CookieDBManager, _ISINDBManager):
        database.close_db()


@contextmanager
def serve() -> Iterator[YahooServer]:
    """Run a server on a free port of 127.0.0.1 for the length of a test."""
    state = YahooServer("")

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            url = urlsplit(self.path)
            path, query = unquote(url.path), parse_qs(url.query)
            state.log.append((url.hostname or "", path, query))
            state.cookies.append(self.headers.get("Cookie", ""))
            self._send(state.reply(path, query))

        def do_POST(self) -> None:
            self.rfile.read(int(self.headers.get("Content-Length", 0)))
            self.do_GET()

        def log_message(self, *args: Any) -> None:
            """Keep the test's output quiet."""

        def _send(self, reply: Reply) -> None:
            stopped.wait(reply.delay)
            try:
                self.send_response(reply.status)
                self.send_header("Set-Cookie", COOKIE)
                length = len(reply.body) if reply.stated_length is None else reply.stated_length
                self.send_header("Content-Length", str(length))
                self.end_headers()
                self.wfile.write(reply.body)
            except OSError:
                # The client gave up waiting, which is what a test of time-outs wants.
                self.close_connection = True

    stopped = threading.Event()
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    state.address = f"127.0.0.1:{server.server_address[1]}"
    try:
        yield state
    finally:
        stopped.set()
        server.shutdown()
        server.server_close()
        thread.join()
