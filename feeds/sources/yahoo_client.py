"""Ask Yahoo through yfinance, wait where waiting helps, and learn why an answer is missing.

yfinance reports most failures to its logger or as "possibly delisted". The session below remembers
the HTTP answers, so that the cause comes from the status and the body, never from a message.
"""

from __future__ import annotations

import json
import os
import time
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import lru_cache
from typing import Any

import pandas as pd
import tenacity
import yfinance as yf
from curl_cffi import CurlOpt, requests
from yfinance.data import YfData
from yfinance.exceptions import YFException, YFRateLimitError

from ..errors import ConfigError
from .yahoo_refusals import Cause, DownloadRefused

#: ``127.0.0.1:PORT`` of a server on this machine that stands in for all of Yahoo's hosts.
SERVER_VARIABLE = "OREBOUND_YAHOO_SERVER"
LOOPBACK = ("127.0.0.1", "localhost")

CHART_PATH = "/v8/finance/chart/"
LONGEST_WAIT = 30.0
WORTH_ASKING_AGAIN: tuple[Cause, ...] = ("throttled", "time-out")

# What yfinance 1.7 raises over an answer: its own errors, the HTTP client's (all OSError), JSON's
# (ValueError), and plain lookups into an answer of another shape ('timestamp' of an empty chart).
ANSWER_ERRORS = (YFException, OSError, ValueError, LookupError, TypeError, AttributeError)

FACTS = (
    "currency", "exchangeName", "exchangeTimezoneName", "firstTradeDate", "instrumentType",
    "longName", "regularMarketTime", "shortName",
)  # fmt: skip


@dataclass(frozen=True)
class Patience:
    """How often and how long one symbol may be asked for; times in seconds."""

    retries: int = 4
    timeout: float = 20.0
    budget: float = 120.0
    first_wait: float = 2.0

    def __post_init__(self) -> None:
        if self.retries < 0:
            raise ConfigError(f"retries must be at least 0, got {self.retries}")
        for name in ("timeout", "budget", "first_wait"):
            if not getattr(self, name) > 0:
                raise ConfigError(f"{name} must be above 0 seconds, got {getattr(self, name)}")


@dataclass(frozen=True)
class Answer:
    """What yfinance made of Yahoo's chart: its frame and the facts that came with it."""

    frame: pd.DataFrame
    facts: Mapping[str, Any]


@dataclass
class ChartAnswer:
    """One HTTP answer to a chart request, as it came over the wire."""

    status: int
    body: bytes = field(repr=False)

    @property
    def cause(self) -> Cause:
        """Return what an answer without usable prices stands for."""
        if self.status == 429 or self.body.startswith((b"Too Many", b"Edge: Too Many")):
            return "throttled"
        if self.status == 404:
            return "unknown symbol"
        if self.status >= 500 or self.status in (401, 403):
            return "server error"
        return "empty result" if self._is_json() else "truncated answer"

    def _is_json(self) -> bool:
        try:
            json.loads(self.body)
        except ValueError:
            return False
        return True


class Line(requests.Session[requests.Response]):
    """A session that remembers chart answers and lets no request outlive the budget."""

    def __init__(self, server: str) -> None:
        # As a proxy the server gets every request, whatever its host, and no other is reached; an
        # empty NOPROXY keeps the environment's exceptions out.
        self.is_loopback = bool(server)
        if server:
            super().__init__(
                impersonate="chrome", proxy=f"http://{server}", curl_options={CurlOpt.NOPROXY: ""}
            )
        else:
            super().__init__(impersonate="chrome")
        self.timeout_seconds = Patience.timeout
        self.deadline = float("inf")
        self.charts: list[ChartAnswer] = []

    def request(self, method: Any, url: str, *args: Any, **options: Any) -> requests.Response:
        """Send one request within the time left; yfinance asks for cookies with 30 s of its own."""
        left = min(self.timeout_seconds, self.deadline - time.monotonic())
        if left <= 0:
            raise requests.exceptions.Timeout("the time allowed for this symbol is used up")
        if self.is_loopback:
            url = url.replace("https://", "http://", 1)
        options["timeout"] = left
        response = super().request(method, url, *args, **options)
        if CHART_PATH in url:
            self.charts.append(ChartAnswer(response.status_code, response.content))
        return response


@lru_cache(maxsize=1)
def _line(server: str) -> Line:
    # One line for all symbols: yfinance keeps cookie and crumb apart from the session that got
    # them, so a new session each time would send a crumb that belongs to another cookie.
    return Line(server)


def line() -> Line:
    """Return the session to Yahoo, or to the loopback server that stands in for it."""
    server = os.environ.get(SERVER_VARIABLE, "")
    if server and server.rpartition(":")[0] not in LOOPBACK:
        raise ConfigError(
            f"{SERVER_VARIABLE} must be 127.0.0.1:PORT or localhost:PORT, got {server!r}: "
            "prices travel unencrypted to it, so it may only be on this machine"
        )
    return _line(server)


def ask(symbol: str, *, start: date, end: date, patience: Patience) -> Answer:
    """Return Yahoo's daily rows from `start` to `end`, both included.

    Throttling and time-outs are asked again with exponential back-off and jitter while retries
    and the budget last; every other failure is final at once.

    Raises
    ------
    DownloadRefused
        With the cause and, after retries, how often and how long Yahoo was asked.
    """
    session = line()
    began = time.monotonic()
    session.timeout_seconds, session.deadline = patience.timeout, began + patience.budget
    retrying = tenacity.Retrying(
        retry=tenacity.retry_if_exception(_is_worth_asking_again),
        wait=tenacity.wait_exponential(multiplier=patience.first_wait, max=LONGEST_WAIT)
        + tenacity.wait_random(0, patience.first_wait),
        stop=tenacity.stop_after_attempt(patience.retries + 1)
        | tenacity.stop_before_delay(patience.budget),
        reraise=True,
    )
    try:
        return retrying(_attempt, session, symbol, start, end)
    except DownloadRefused as refusal:
        attempts = int(retrying.statistics["attempt_number"])
        if attempts == 1:
            raise
        spent = f"asked {attempts} times in {time.monotonic() - began:.0f} s"
        raise DownloadRefused(symbol, refusal.cause, f"{refusal.detail}, {spent}") from refusal


def _is_worth_asking_again(error: BaseException) -> bool:
    return isinstance(error, DownloadRefused) and error.cause in WORTH_ASKING_AGAIN


def _attempt(session: Line, symbol: str, start: date, end: date) -> Answer:
    # yfinance keeps answers of past ranges in memory, the broken ones too: a retry would read the
    # same broken answer again, and a second fetch would not see a restated history.
    YfData.cache_get.cache_clear()
    session.charts.clear()
    try:
        with _raised_errors():
            answer = _history(session, symbol, start, end)
    except ANSWER_ERRORS as error:
        raise _refusal(symbol, session, error) from error
    if answer.frame.empty:
        last = session.charts[-1] if session.charts else None
        status = f" (HTTP {last.status})" if last else ""
        raise DownloadRefused(symbol, "empty result", f"no row from {start} to {end}{status}")
    return answer


def _history(session: Line, symbol: str, start: date, end: date) -> Answer:
    ticker = yf.Ticker(symbol, session=session)
    frame = ticker.history(
        start=start,
        end=end + timedelta(days=1),  # Yahoo's end is exclusive
        interval="1d",
        auto_adjust=False,
        back_adjust=False,
        actions=True,
        repair=False,
        keepna=True,  # a row that yfinance drops is a row that the audit never judges
    )
    # Only by key: iterating over it would make yfinance fetch intraday trading periods.
    facts = ticker.get_history_metadata()
    return Answer(frame, {name: facts.get(name) for name in FACTS})


def _refusal(symbol: str, session: Line, error: BaseException) -> DownloadRefused:
    last = session.charts[-1] if session.charts else None
    words = (str(error) or type(error).__name__).splitlines()[0].removeprefix(f"${symbol}: ")
    words = words.split(". See https:")[0]
    if isinstance(error, requests.exceptions.Timeout):
        return DownloadRefused(symbol, "time-out", f"no answer in {session.timeout_seconds:g} s")
    if isinstance(error, requests.exceptions.IncompleteRead):
        return DownloadRefused(symbol, "truncated answer", f"the connection broke off: {words}")
    if isinstance(error, YFRateLimitError):
        return DownloadRefused(symbol, "throttled", "too many requests (HTTP 429)")
    if last is None:
        return DownloadRefused(symbol, "no connection", words)
    size = f"HTTP {last.status}, {len(last.body)} bytes"
    return DownloadRefused(symbol, last.cause, f"{size}; yfinance says: {words}")


@contextmanager
def _raised_errors() -> Iterator[None]:
    """Let yfinance raise what it would otherwise only log."""
    before = yf.config.debug.hide_exceptions
    yf.config.debug.hide_exceptions = False
    try:
        with warnings.catch_warnings():
            # yfinance 1.7 still passes `inplace=` to pandas.
            warnings.simplefilter("ignore", pd.errors.Pandas4Warning)
            yield
    finally:
        yf.config.debug.hide_exceptions = before
