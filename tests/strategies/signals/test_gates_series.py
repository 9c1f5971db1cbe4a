"""The gate on a user's own series: hard, soft, and each issuer's own."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from orebound.feeds import ConfigError, KnownSeries, Panel, known_as_of
from orebound.strategies import Blocked, Regime, Rule, Signals, compute
from tests.markets import small_sample

FREE = Regime(regime="none")


@pytest.fixture(scope="module")
def plain() -> Panel:
    return small_sample("FCX", "RIO").panel


def with_series(panel: Panel, **values: list[float]) -> Panel:
    """Return the panel with monthly series from January 2020, each out 40 days later."""
    known = {}
    for name, numbers in values.items():
        months = np.arange(len(numbers)) + np.datetime64("2020-01", "M")
        periods = months.astype("datetime64[D]")
        key = name.replace("__", "@").replace("_", "-") if "__" in name else name
        series = KnownSeries(
            key, periods, (periods + 40).astype("datetime64[ns]"), np.array(numbers, float)
        )
        known[key] = known_as_of(series, panel.closes)
    return replace(panel, known=known)


def closed(panel: Panel, gate: str, mode: str = "hard") -> Signals:
    return compute(panel, Rule(series_gate=gate, series_mode=mode), FREE)


def rows(panel: Panel, first: str, last: str) -> np.ndarray:
    day = panel.closes.astype("datetime64[D]")
    inside = (day >= np.datetime64(first)) & (day <= np.datetime64(last))
    return np.flatnonzero(inside & panel.has_bar.all(axis=1))


def has_bit(signals: Signals) -> np.ndarray:
    return (signals.blocked & np.uint32(Blocked.SERIES)) != 0


def test_hard_lets_in_only_where_the_conditions_are_known_to_hold(plain: Panel) -> None:
    panel = with_series(plain, cpi=[3.0, 2.0, 1.0, 2.5], yield_sd=[0.5, 0.5, 0.5, 0.5])
    shut = has_bit(closed(panel, "cpi:change1<0 and yield_sd:level<1"))
    # January: no change known; February and March fall; April rises; stale from mid-August.
    assert shut[rows(panel, "2020-02-12", "2020-03-10")].all()
    assert not shut[rows(panel, "2020-03-13", "2020-05-08")].any()
    assert shut[rows(panel, "2020-05-12", "2020-08-01")].all()
    assert not has_bit(closed(panel, "yield_sd:level<1"))[
        rows(panel, "2020-02-12", "2020-08-01")
    ].any()
    assert has_bit(closed(panel, "yield_sd:level<1"))[rows(panel, "2020-08-22", "2020-12-01")].all()


def test_soft_sizes_by_the_share_that_holds(plain: Panel) -> None:
    panel = with_series(plain, cpi=[3.0, 2.0], yield_sd=[0.5, 2.0])
    signals = closed(panel, "cpi:change1<0 and yield_sd:level<1", "soft")
    first, second = rows(panel, "2020-02-12", "2020-03-10"), rows(panel, "2020-03-13", "2020-05-01")
    assert (signals.size_multiplier[first] == 0.5).all()
    assert (signals.size_multiplier[second] == 0.5).all()
    before = rows(panel, "2020-01-02", "2020-02-07")
    assert (signals.size_multiplier[before] == 0.0).all()
    assert has_bit(signals)[before].all(), "an entry of nothing is none"
    assert (signals.more["series_share"][first] == 0.5).all()
    assert np.isnan(signals.more["series_holds"][first]).all(), "no change is known of one month"
    assert (signals.more["series_holds"][second] == 0.0).all()


def test_a_series_by_issuer_binds_to_its_names(plain: Panel) -> None:
    issuer = plain.listings[0].issuer
    series = with_series(plain, ev=[4.0, 4.0, 4.0]).known["ev"]
    panel = replace(plain, known={f"ev@{issuer}": series})
    shut = has_bit(closed(panel, "ev:level<5"))[rows(panel, "2020-02-12", "2020-06-01")]
    assert not shut[:, 0].any()
    assert shut[:, 1].all(), "a name without a series of its own is not known to be cheap"


def test_a_series_of_issuers_that_nobody_trades_is_refused(plain: Panel) -> None:
    series = with_series(plain, ev=[4.0]).known["ev"]
    panel = replace(plain, known={"ev@Rio Tinto": series})
    with pytest.raises(ConfigError, match=r"'ev' is by issuer, of Rio Tinto, none.*accepted: FCX"):
        closed(panel, "ev:level<5")


def test_off_changes_nothing_and_a_mode_needs_conditions(plain: Panel) -> None:
    base, off = compute(plain, Rule(), FREE), closed(plain, "cpi:level<1", "off")
    assert np.array_equal(base.blocked, off.blocked)
    assert off.more.keys() == base.more.keys()
    with pytest.raises(ValueError, match="series_mode = hard needs series_gate, got ''"):
        Rule(series_mode="hard")
    with pytest.raises(ValueError, match="cannot read 'cpi'"):
        Rule(series_gate="cpi")
    with pytest.raises(ConfigError, match="no series 'cpi' with dates of release"):
        closed(plain, "cpi:level<1")
