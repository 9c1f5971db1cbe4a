"""No look at the future: clean runs stay the same, planted leaks are found."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date
from importlib import import_module
from typing import Any

import numpy as np
import pandas as pd
import pytest

from orebound.feeds import Exposure, Market
from orebound.feeds.factors import AsOf
from orebound.strategies import Regime, Rule, compute, signal_lines
from orebound.strategies.signals import Blocked, Signals
from orebound.sweeps import Parameters
from orebound.sweeps.lookahead import check_lookahead
from tests.markets import real, real_late_listings, sample, small_sample

# Twenty months before the 2015 easing and all of it: entries, exits and quiet time.
WINDOW = {"start": "2014-09-01", "end": "2016-06-30"}
#: A future of nine months after the window is as good to change as one of ten years, and cheaper.
KNOWN = np.datetime64("2017-03-31")


@pytest.mark.parametrize(
    "moments", [2, pytest.param(20, marks=[pytest.mark.slow, pytest.mark.timeout(600)])]
)
def test_sample_market_shows_no_leak(moments: int) -> None:
    report = check_lookahead(sample().known_by(KNOWN), **WINDOW, moments=moments)
    assert report.is_clean, report.verdict
    assert report.decisions > 5
    assert report.moments >= 0.75 * moments


@pytest.mark.usefixtures("shared_data")
@pytest.mark.parametrize(
    "moments", [2, pytest.param(20, marks=[pytest.mark.slow, pytest.mark.timeout(600)])]
)
def test_real_history_shows_no_leak(moments: int) -> None:
    report = check_lookahead(real().known_by(KNOWN), **WINDOW, moments=moments)
    assert report.is_clean, report.verdict
    assert report.decisions > 5


@pytest.mark.parametrize("moments", [2, pytest.param(20, marks=pytest.mark.slow)])
def test_mixed_exchanges_show_no_leak(moments: int) -> None:
    market = small_sample("FCX", "ANTO.L", "NHY.OL").known_by(KNOWN)
    report = check_lookahead(market, **WINDOW, moments=moments)
    assert report.is_clean, report.verdict


# -- planted leaks ------------------------------------------------------------------------------

Leak = Callable[[Signals], Signals]


@pytest.fixture
def plant(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[Leak], None]]:
    """Put a leak behind the signals of every run."""
    honest = signal_lines.compute

    def planted(leak: Leak) -> None:
        def leaking(panel: Any, *rest: Any) -> Signals:
            return leak(honest(panel, *rest))

        signal_lines._signals_of.cache_clear()
        monkeypatch.setattr(signal_lines, "compute", leaking)

    yield planted
    signal_lines._signals_of.cache_clear()


def with_z(signals: Signals, z: np.ndarray) -> Signals:
    """Return the signals with another z, the entry condition following it."""
    wide = np.uint32(Blocked.GAP_TOO_SMALL)
    blocked = np.where(z <= -1.5, signals.blocked & ~wide, signals.blocked | wide)
    return replace(signals, z=z, blocked=blocked.astype(np.uint32))


def by_name(change: Callable[[pd.Series], pd.Series]) -> Leak:
    """Return a leak that changes each name's z on its own sessions."""

    def leak(signals: Signals) -> Signals:
        z = signals.z.copy()
        for name in range(z.shape[1]):
            has = np.isfinite(z[:, name])
            z[has, name] = change(pd.Series(z[has, name])).to_numpy()
        return with_z(signals, z)

    return leak


PLANTED: dict[str, Leak] = {
    "shift(-1)": by_name(lambda z: z.shift(-1)),
    "full-sample standardisation": by_name(lambda z: (z - z.mean()) / z.std()),
    "centred rolling mean": by_name(lambda z: z.rolling(11, center=True, min_periods=1).mean()),
    "backward fill": by_name(lambda z: z.where(np.arange(len(z)) % 5 == 4).bfill()),
    "threshold fitted on all data": by_name(lambda z: z - z.quantile(0.07) - 1.5),
    "skip what will lose": by_name(lambda z: z.where(z.shift(-40) > z, 0.0)),
}


@pytest.mark.parametrize("name", PLANTED)
def test_planted_leaks_in_the_signals_are_found(name: str, plant: Callable[[Leak], None]) -> None:
    plant(PLANTED[name])
    report = check_lookahead(small_sample().known_by(KNOWN), **WINDOW, moments=2)
    assert report.leaks, f"{name} went unseen"


def test_metals_joined_by_date_instead_of_clock_are_found(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from orebound.feeds import factors

    honest = factors.as_of

    def by_date(series: Any, times: Any) -> AsOf:
        return honest(series, (times.astype("datetime64[D]") + 1).astype("datetime64[ns]"))

    monkeypatch.setattr(factors, "as_of", by_date)
    market = small_sample.__wrapped__("ANTO.L", "FCX", "B")
    signal_lines._signals_of.cache_clear()
    report = check_lookahead(market.known_by(KNOWN), **WINDOW, moments=2)
    assert report.leaks


def test_events_used_before_their_announcement_are_found(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    stage = import_module("orebound.strategies.context.states")
    honest = stage.stimulus_path

    def early(clock: Any, last: Any, regime: Any, events: Any) -> Any:
        sooner = replace(events, known_at=events.known_at - np.timedelta64(30, "D"))
        return honest(clock, last, regime, sooner)

    monkeypatch.setattr(stage, "stimulus_path", early)
    signal_lines._signals_of.cache_clear()
    report = check_lookahead(small_sample().known_by(KNOWN), **WINDOW, moments=4)
    signal_lines._signals_of.cache_clear()
    assert report.leaks


def test_fills_at_the_deciding_close_are_found(monkeypatch: pytest.MonkeyPatch) -> None:
    # A leak inside one bar: no cut can see it, the fills can.
    honest = Market.add_to

    def cheating(market: Market, cerebro: Any, **options: Any) -> Any:
        cerebro.broker.set_coc(True)
        return honest(market, cerebro, **options)

    monkeypatch.setattr(Market, "add_to", cheating)
    report = check_lookahead(small_sample(), Parameters(), **WINDOW, moments=1)
    assert report.bad_fills
    assert "LOOK-AHEAD" in report.verdict


@pytest.mark.usefixtures("shared_data")
@pytest.mark.parametrize("moments", [2, pytest.param(6, marks=pytest.mark.slow)])
def test_names_that_list_later_do_not_change_what_was_bought_before(moments: int) -> None:
    # ANTO.L begins 2015-07, HOC.L 2021-04: equal weights must not know that in April 2015.
    days = {"start": "2015-04-01", "end": "2015-12-31"}
    report = check_lookahead(real_late_listings(), **days, moments=moments)
    assert report.is_clean, report.verdict
    assert report.decisions > 3


def test_exposures_published_later_change_nothing_before() -> None:
    market = small_sample()
    later = Exposure("FCX", "nickel", 0.5, date(2016, 3, 1), None, "test", "L")
    issuers = dict(market.universe.issuers)
    issuer = issuers["FCX"]
    issuers["FCX"] = replace(issuer, exposures=(*issuer.exposures, later))
    first = min(row.valid_from for row in issuer.exposures)
    early = tuple(replace(row, valid_from=date(2010, 1, 1)) for row in issuer.exposures)
    plain = replace(issuer, exposures=early)
    changed = replace(plain, exposures=(*early, later))
    assert first.year >= 2024, "the shipped rows are carried back"
    for exposures in ("fundamental", "regression"):
        rule = Rule(exposures=exposures)
        found = []
        for version in (plain, changed):
            universe = replace(market.universe, issuers=issuers | {"FCX": version})
            panel = Market.sample(universe).panel
            found.append((panel, compute(panel, rule, Regime())))
        (panel, before), (_, after) = found
        past = panel.closes < np.datetime64("2016-03-01")
        name = panel.names.index("FCX")
        for key in ("z", "half_life", "blocked", "coverage"):
            np.testing.assert_array_equal(
                getattr(before, key)[past, name], getattr(after, key)[past, name], err_msg=key
            )
