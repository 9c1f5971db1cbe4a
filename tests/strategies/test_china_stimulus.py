"""Three lines give an existing script the regime, bar by bar or all at once alike."""

from datetime import timedelta
from typing import Any

import backtrader as bt
import numpy as np
import pandas as pd
import pytest

from orebound.feeds import ConfigError, clock
from orebound.strategies.china_stimulus import ChinaStimulus, known_time
from orebound.strategies.parameters import Regime
from orebound.strategies.regime import ON, stimulus_path

FIRST, LAST = "2024-06-03", "2025-10-31"
LONDON = clock("XLON")
SESSIONS = LONDON.sessions(FIRST, LAST)


class Probe(bt.Strategy):
    """Keep what the indicator said on each bar."""

    params = (("settings", {}),)

    def __init__(self) -> None:
        self.china = ChinaStimulus(self.data, **self.p.settings)
        self.seen: list[tuple[Any, float, float, float]] = []

    def next(self) -> None:
        lines = (self.china.score[0], self.china.state[0], self.china.is_on[0])
        self.seen.append((self.data.datetime.datetime(0), *lines))


class ThreeLines(bt.Strategy):
    """The example of the docs: buy once while China stimulates."""

    def __init__(self) -> None:
        self.china = ChinaStimulus(self.data)
        self.bought: Any = None

    def next(self) -> None:
        if self.china.is_on[0] and self.bought is None:
            self.bought = self.data.datetime.datetime(0)
            self.buy()


def prices(index: Any) -> pd.DataFrame:
    close = 100.0 + np.arange(len(index), dtype=float)
    columns = dict.fromkeys(("open", "high", "low", "close"), close)
    return pd.DataFrame({**columns, "volume": 1000.0}, index=pd.DatetimeIndex(index))


def run(strategy: type, index: Any, cerebro_options: dict[str, Any], **settings: Any) -> Any:
    cerebro = bt.Cerebro(stdstats=False, **cerebro_options)
    cerebro.adddata(bt.feeds.PandasData(dataname=prices(index)))
    if strategy is Probe:
        cerebro.addstrategy(Probe, settings=settings)
    else:
        cerebro.addstrategy(strategy)
    return cerebro.run()[0]


def midnights() -> pd.DatetimeIndex:
    return pd.DatetimeIndex(SESSIONS.astype("datetime64[ns]"))


def closes() -> pd.DatetimeIndex:
    return pd.DatetimeIndex(LONDON.known_at(SESSIONS))


MODES: list[dict[str, Any]] = [
    {"runonce": True},
    {"runonce": False},
    {"runonce": False, "preload": False},
    {"exactbars": 1},
]


@pytest.mark.parametrize("mode", MODES)
def test_three_lines_buy_on_the_first_bar_that_knows(mode: dict[str, Any]) -> None:
    # A bar stamped midnight is taken at its word: the package of the 24th, 01:00 UTC, is known to
    # the bar of the 25th.
    assert str(run(ThreeLines, midnights(), mode).bought) == "2024-09-25 00:00:00"
    assert str(run(ThreeLines, closes(), mode).bought) == "2024-09-24 15:35:00"


@pytest.mark.parametrize("index", ["midnights", "closes"])
@pytest.mark.parametrize("settings", [{}, {"regime": "impulse"}, {"mic": "XLON"}])
def test_bar_by_bar_equals_all_at_once(index: str, settings: dict[str, Any]) -> None:
    stamps = midnights() if index == "midnights" else closes()
    once, *others = [run(Probe, stamps, mode, **settings).seen for mode in MODES]
    assert len(once) == len(SESSIONS)
    assert all(other == once for other in others)


@pytest.mark.parametrize("settings", [{}, {"regime": "impulse"}, {"judgement": False}])
@pytest.mark.parametrize("index", ["midnights", "closes"])
def test_with_an_exchange_the_lines_are_its_path(settings: dict[str, Any], index: str) -> None:
    stamps = midnights() if index == "midnights" else closes()
    seen = run(Probe, stamps, {}, mic="XLON", **settings).seen
    path = stimulus_path(LONDON, LAST, Regime(**settings))
    tail = slice(len(path.sessions) - len(seen), None)
    assert [row[1] for row in seen] == path.score[tail].tolist()
    assert [row[2] for row in seen] == path.state[tail].tolist()
    assert [row[3] for row in seen] == (path.state[tail] == ON).astype(float).tolist()


def test_a_date_stamped_at_either_end_of_its_day_is_known_at_the_close() -> None:
    day = pd.Timestamp("2024-09-24").to_pydatetime()
    close = np.datetime64("2024-09-24T15:35", "ns")
    late = day + timedelta(hours=23, minutes=59, seconds=59, microseconds=999989)
    assert known_time(day, "XLON") == close
    assert known_time(late, "XLON") == close
    assert known_time(day, None) == np.datetime64(day, "ns")
    assert known_time(day + timedelta(hours=14), "XLON") == np.datetime64("2024-09-24T14:00", "ns")


def test_a_day_that_is_no_session_is_known_at_the_usual_hour() -> None:
    saturday = pd.Timestamp("2024-09-28").to_pydatetime()
    assert known_time(saturday, "XLON") == np.datetime64("2024-09-28T15:35", "ns")


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"memory_days": -1.0}, r"regime\.memory_days: .*greater than 0, got -1"),
        ({"off_score": 5.0}, "off_score must lie below on_score"),
        ({"regime": "levle"}, "did you mean 'level'"),
        ({"mic": "XLOM"}, "unknown exchange or clock 'XLOM'; did you mean 'XLON'"),
    ],
)
def test_wrong_parameters_are_refused_at_the_door(settings: dict[str, Any], message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        run(Probe, midnights(), {}, **settings)


def test_two_feeds_have_each_their_own_clock() -> None:
    cerebro = bt.Cerebro(stdstats=False)
    for index in (closes(), pd.DatetimeIndex(clock("XNYS").known_at(SESSIONS))):
        cerebro.adddata(bt.feeds.PandasData(dataname=prices(index)))

    class Both(bt.Strategy):
        def __init__(self) -> None:
            self.china = [ChinaStimulus(data) for data in self.datas]
            self.first: dict[int, Any] = {}

        def next(self) -> None:
            for place, (data, china) in enumerate(zip(self.datas, self.china, strict=True)):
                if china.is_on[0]:
                    self.first.setdefault(place, data.datetime.datetime(0))

    cerebro.addstrategy(Both)
    first = cerebro.run()[0].first
    assert {str(time) for time in first.values()} == {"2024-09-24 15:35:00", "2024-09-24 20:00:00"}
