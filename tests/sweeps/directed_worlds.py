"""Tiny hand-made markets in which one certain thing happens, for proofs of parity.

All names are flat, but for a ripple of a few basis points, until day 0, when every window is full;
what happens then is written down: a level that the close moves to from a day on, opens, absent
bars, volumes. Days are counted in sessions of the one exchange.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import Any

import numpy as np
import pandas as pd

from orebound.feeds import (
    Duty,
    Exposure,
    Issuer,
    Listing,
    Market,
    Parts,
    Series,
    SeriesFacts,
    Universe,
    clock,
)
from orebound.strategies import numbers_of
from orebound.sweeps import from_names
from orebound.sweeps.parity import compare
from orebound.sweeps.parity_report import Compared
from orebound.sweeps.prepared import Workshop
from orebound.sweeps.replay.many import replay_many

BEFORE = 320  # sessions before day 0: the half-life wants 252, the gap 126
#: Enter 5 % behind the metals at any time, leave where 80 % of it came back or after 30 sessions.
RULE: dict[str, Any] = {
    "gap": "ratio", "gap_window": 126, "hedge": "fixed", "lag_in": 0.05, "market_factor": False,
    "half_life_window": 252, "regime": "none", "stop_multiple": 0.0, "capture": 0.8,
    "time_stop_min": 30, "time_stop_max": 30, "cool_down": 0, "max_weight": 0.4,
}  # fmt: skip
#: Nothing costs anything.
FREE: dict[str, Any] = {
    "commission_bps": 0.0, "spread_scale": 0.0, "impact_bps": 0.0, "stamp_duty": 0.0,
    "ptm_levy": 0.0, "fx_bps": 0.0, "borrow_bps": 0.0,
}  # fmt: skip


@dataclass(frozen=True)
class Name:
    """One line; days are offsets from day 0.

    Attributes
    ----------
    levels : dict
        From a day on, the close as a multiple of what it was before day 0.
    opens, ranges : dict
        By day, the open as a multiple of the close before, and how far high and low lie beyond
        open and close, as a share.
    first, last : int, optional
        Days of the first and the last bar.
    """

    levels: dict[int, float]
    opens: dict[int, float] = field(default_factory=dict)
    ranges: dict[int, float] = field(default_factory=dict)
    volumes: dict[int, float] = field(default_factory=dict)
    absent: tuple[int, ...] = ()
    first: int | None = None
    last: int | None = None
    duties: tuple[Duty, ...] = ()
    levy: str = ""


def sessions(mic: str, days: int) -> pd.DatetimeIndex:
    """Return the sessions from the first bar to a day."""
    every = clock(mic).sessions("2014-01-02", "2019-12-31")
    return pd.DatetimeIndex(every[: BEFORE + days + 1].astype("M8[ns]"))


def day(offset: int, mic: str = "XNYS") -> pd.Timestamp:
    """Return the date of a day."""
    return sessions(mic, offset)[-1]


def world(
    *names: Name, mic: str = "XNYS", days: int = 40, metal_absent: tuple[int, ...] = ()
) -> Market:
    """Return the market of some names on one exchange up to a day."""
    dates = sessions(mic, days)
    currency = {"XNYS": "USD", "XLON": "GBP"}[mic]
    gone = dates[[BEFORE + k for k in metal_absent]]
    metal_days = pd.DatetimeIndex(clock("LME official").sessions(dates[0], dates[-1]))
    metal = _flat("CU", "LME official", "USD", metal_days.difference(gone).astype("M8[ns]"))
    index = _flat("MKT", mic, currency, dates)
    # At par, so that an amount in pounds is the same number in dollars.
    fx_days = pd.DatetimeIndex(clock("FX day end 22:00 UTC").sessions(dates[0], dates[-1]))
    par = _flat("GBPUSD", "FX day end 22:00 UTC", "USD", fx_days.astype("M8[ns]"), at=1.0)
    lines = [
        (_listing(f"N{k}", mic, currency, one), _series(f"N{k}", mic, currency, one, dates))
        for k, one in enumerate(names)
    ]
    issuers = {
        line.id: Issuer(
            line.id,
            line.id,
            "",
            (Exposure(line.id, "copper", 1.0, date(2000, 1, 1), None, "made", "H"),),
        )
        for line, _ in lines
    }
    universe = Universe("directed", tuple(line for line, _ in lines), issuers, {}, ())
    pairs = {"GBPUSD": par} if currency == "GBP" else {}
    parts = Parts(tuple(lines), {"copper": metal}, index, pairs, "USD", {}, {}, ())
    return Market._of("frames", universe, parts, True, np.timedelta64(300, "s"), None)


def proven(market: Market, **parameters: Any) -> Compared:
    """Return what stock backtrader does, which replay and lanes must do bit by bit."""
    workshop = Workshop(from_names(RULE | FREE | parameters), market)
    found = compare(workshop, {})
    assert found.difference is None
    assert_lanes_agree(workshop)
    return found


def assert_lanes_agree(workshop: Workshop) -> None:
    """Assert that the lanes give every metric of the scalar replay."""
    prepared = workshop.prepared({})
    rule, sizing = workshop.base.rule, workshop.base.sizing
    own = numbers_of(rule, sizing, prepared.source.panel.n_declared)
    # Neighbours that act otherwise share the register: none may touch another's lane.
    others = [
        own._replace(enter_at=own.enter_at * 1.5),
        own._replace(cool_down=own.cool_down + 1.0),
        own._replace(weight=own.weight / 2.0),
        own._replace(weight=min(own.weight * 2.0, 1.0)),
        own._replace(time_stop_min=1.0, time_stop_max=2.0),
        own._replace(enter_at=-np.inf),
        own._replace(cash=own.cash / 3.0),
    ]
    numbers = np.array([own._replace(cash_rate=0.0), *(o._replace(cash_rate=0.0) for o in others)])
    given = (prepared.market, prepared.rule, numbers, prepared.calendar)
    lanes, scalar = (replay_many(*given, engine=engine) for engine in ("lanes", "scalar"))
    np.testing.assert_array_equal(lanes.metrics, scalar.metrics)


def _listing(name: str, mic: str, currency: str, one: Name) -> Listing:
    return Listing(
        id=name, issuer=name, mic=mic, currency=currency, unit=currency, symbols={"csv": name},
        half_spread_bps=5.0, duties=one.duties, levy=one.levy,
    )  # fmt: skip


def _flat(
    symbol: str, venue: str, currency: str, dates: pd.DatetimeIndex, at: float | None = None
) -> Series:
    close = 100.0 * _ripple(len(dates), 0.0) if at is None else np.full(len(dates), at)
    nothing = dict.fromkeys(("open", "high", "low"), np.nan)
    frame = pd.DataFrame({**nothing, "close": close, "volume": 1e5}, index=dates)
    return Series(SeriesFacts(symbol, "frames", currency, currency, venue, "total_return"), frame)


def _ripple(count: int, phase: float) -> np.ndarray:
    return 1.0 + 0.0005 * np.sin(1.7 * np.arange(count) + phase)


def _series(symbol: str, mic: str, currency: str, one: Name, dates: pd.DatetimeIndex) -> Series:
    count = len(dates)
    level = np.ones(count)
    for start, value in sorted(one.levels.items()):
        level[BEFORE + start :] = value
    close = (100.0 * level * _ripple(count, 1.0)).round(4)
    before = np.concatenate([close[:1], close[:-1]])
    factor, spread, volume = np.ones(count), np.full(count, 0.002), np.full(count, 1e5)
    for column, given in ((factor, one.opens), (spread, one.ranges), (volume, one.volumes)):
        for offset, value in given.items():
            column[BEFORE + offset] = value
    opened = (before * factor).round(4)
    frame = pd.DataFrame(
        {
            "open": opened,
            "high": np.maximum(opened, close) * (1.0 + spread),
            "low": np.minimum(opened, close) * (1.0 - spread),
            "close": close,
            "volume": volume,
        },
        index=dates,
    )
    first = 0 if one.first is None else BEFORE + one.first
    last = count if one.last is None else BEFORE + one.last + 1
    gone = dates[[BEFORE + k for k in one.absent]]
    frame = frame.iloc[first:last].drop(gone)
    return Series(SeriesFacts(symbol, "frames", currency, currency, mic, "total_return"), frame)
