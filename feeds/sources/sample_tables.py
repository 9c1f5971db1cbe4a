"""What the sample market is made of, and what is planted in it: every figure is invented.

Commodity weights follow ``miner_exposures.csv`` (2024 to 2025 reports), renormalised over the
metals that the sample has. Nothing else here is measured on a real price.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

FIRST, LAST = "2005-01-03", "2025-12-31"

#: Moments of one day at which a path is known, in London order; a venue opens and closes on them.
POINTS = (
    "china_open",
    "china_close",
    "london_open",
    "lme_official",
    "new_york_open",
    "oslo_close",
    "london_close",
    "new_york_close",
    "day_end",
)
#: Share of a day's variance that arrives in the interval ending at each point; the sum is 1.
VARIANCE_SHARES = (0.04, 0.08, 0.05, 0.21, 0.14, 0.12, 0.12, 0.20, 0.04)
# Metals move earlier in the day than shares. With equal shares the staleness of LME official
# prices at the New York close alone would add 1 % a day to every residual and drown the gaps.
METAL_SHARES = (0.10, 0.24, 0.10, 0.38, 0.06, 0.04, 0.03, 0.03, 0.02)

#: Opening and closing point by clock. Half days are sampled at the usual points.
VENUE_POINTS: dict[str, tuple[str, str]] = {
    "XNYS": ("new_york_open", "new_york_close"),
    "XLON": ("london_open", "london_close"),
    "XOSL": ("london_open", "oslo_close"),
    "XSTO": ("london_open", "london_close"),
    "LME official": ("lme_official", "lme_official"),
    "China day close": ("china_open", "china_close"),
    "FX day end 22:00 UTC": ("china_open", "day_end"),
    "ECB reference 16:00 CET": ("lme_official", "lme_official"),
}


@dataclass(frozen=True)
class Factor:
    """A metal or exchange rate: level, yearly trend and daily volatility of its US dollar path."""

    start: float
    trend: float
    volatility: float
    group: Literal["base", "precious", "bulk", "fx"]
    common: float


#: `common` is the correlation with the group's own factor.
FACTORS: dict[str, Factor] = {
    "LME_CU": Factor(4000.0, 0.030, 0.0148, "base", 0.70),
    "LME_AL": Factor(1800.0, 0.010, 0.0132, "base", 0.65),
    "LME_ZN": Factor(1700.0, 0.015, 0.0155, "base", 0.65),
    "LME_NI": Factor(14000.0, 0.005, 0.0160, "base", 0.55),
    "GLD": Factor(60.0, 0.050, 0.0118, "precious", 0.90),
    "SLV": Factor(11.0, 0.030, 0.0160, "precious", 0.80),
    "IRON_DCE": Factor(75.0, 0.015, 0.0172, "bulk", 0.80),
    "HRC_SHFE": Factor(480.0, 0.005, 0.0115, "bulk", 0.75),
    "GBPUSD": Factor(1.50, -0.005, 0.0055, "fx", 0.65),
    "EURUSD": Factor(1.20, -0.002, 0.0052, "fx", 0.75),
    "USDNOK": Factor(7.5, 0.010, 0.0060, "fx", -0.65),
    "USDSEK": Factor(8.2, 0.008, 0.0060, "fx", -0.65),
    "USDCNY": Factor(6.9, 0.001, 0.0040, "fx", -0.40),
}

#: Weight of each group's factor in the common metal factor, and of that in the equity market.
GROUP_COMMON = {"base": 0.70, "precious": 0.25, "bulk": 0.55, "fx": 0.30}
METALS_WITH_MARKET = 0.35
FACTOR_HALF_LIFE = 780.0  # sessions; keeps 21 years of levels plausible whatever the seed

MARKET_TREND, MARKET_VOLATILITY, MARKET_HALF_LIFE = 0.060, 0.0108, 1300.0
EUROPE_BETA, EUROPE_OWN_VOLATILITY, EUROPE_TREND = 0.85, 0.0065, -0.005


@dataclass(frozen=True)
class Company:
    """A miner: dollar price, ratios to its basket and the market, gap half-life, basket weights."""

    start: float
    beta_metal: float
    beta_market: float
    half_life: float
    basket: dict[str, float]


COPPER, ALUMINIUM, ZINC, NICKEL = "LME_CU", "LME_AL", "LME_ZN", "LME_NI"
GOLD, SILVER, IRON, STEEL = "GLD", "SLV", "IRON_DCE", "HRC_SHFE"

COMPANIES: dict[str, Company] = {
    "RIO": Company(22.0, 1.10, 0.70, 60.0, {IRON: 0.66, ALUMINIUM: 0.15, COPPER: 0.14}),
    "BHP": Company(24.0, 1.10, 0.70, 65.0, {IRON: 0.53, COPPER: 0.45}),
    "FCX": Company(13.0, 1.49, 0.80, 50.0, {COPPER: 0.75, GOLD: 0.17}),
    "SCCO": Company(14.0, 1.26, 0.65, 70.0, {COPPER: 0.77, SILVER: 0.05, ZINC: 0.03}),
    "VALE": Company(7.0, 1.10, 0.80, 55.0, {IRON: 0.90, COPPER: 0.09, NICKEL: 0.01}),
    "NEM": Company(24.0, 1.71, 0.30, 75.0, {GOLD: 0.85, COPPER: 0.07, SILVER: 0.05, ZINC: 0.02}),
    "B": Company(15.0, 1.76, 0.30, 80.0, {GOLD: 0.92, COPPER: 0.08}),
    "AA": Company(20.0, 1.49, 0.80, 45.0, {ALUMINIUM: 0.95}),
    "TECK": Company(12.0, 1.26, 0.80, 55.0, {COPPER: 0.72, ZINC: 0.28}),
    "AU": Company(14.0, 1.87, 0.30, 70.0, {GOLD: 0.98, SILVER: 0.02}),
    "ANTO": Company(7.0, 1.32, 0.70, 60.0, {COPPER: 0.84, GOLD: 0.07, SILVER: 0.01}),
    "GLEN": Company(3.0, 1.21, 0.80, 60.0, {COPPER: 0.33, ZINC: 0.09, GOLD: 0.02, NICKEL: 0.01}),
    "AAL": Company(16.0, 1.21, 0.80, 55.0, {COPPER: 0.45, IRON: 0.31, NICKEL: 0.01}),
    "FRES": Company(6.0, 1.32, 0.40, 65.0, {SILVER: 0.44, GOLD: 0.41, ZINC: 0.10}),
    "HOC": Company(1.6, 1.65, 0.40, 50.0, {GOLD: 0.71, SILVER: 0.29}),
    "NHY": Company(4.0, 1.26, 0.80, 60.0, {ALUMINIUM: 0.80}),
    "SSAB": Company(5.0, 1.21, 0.80, 55.0, {STEEL: 1.40, IRON: -0.25}),
    "BOL": Company(16.0, 1.26, 0.75, 60.0, {ZINC: 0.37, COPPER: 0.30, GOLD: 0.14, SILVER: 0.11}),
}

MINER_TREND = -0.030  # a year: costs grow, which keeps beta times the trends from compounding
GAP_SPREAD, OWN_VOLATILITY = 0.035, 0.0030

#: The ten miners whose equal-weight index is steered through the article's figures.
INDEX_MINERS = ("RIO", "BHP", "FCX", "SCCO", "VALE", "NEM", "B", "AA", "TECK", "AU")
INDEX_METALS = (COPPER, ALUMINIUM, ZINC)

#: Planted: the common log gap of all miners, linear between dates: it opens when stimulus arrives
#: and closes over the following months. From the last date on `RELATIVE_PINS` rule.
GAP_KNOTS: tuple[tuple[str, float], ...] = (
    ("2005-01-03", 0.000),
    ("2008-06-02", 0.013),
    ("2008-11-20", -0.070),
    ("2009-07-31", 0.005),
    ("2011-04-01", 0.015),
    ("2012-06-29", -0.010),
    ("2014-08-29", 0.010),
    ("2015-06-15", -0.035),
    ("2015-10-01", -0.050),
    ("2016-02-15", -0.025),
    ("2016-08-15", 0.010),
    ("2019-12-31", 0.010),
    ("2020-03-27", -0.050),
    ("2020-07-10", -0.030),
    ("2020-12-31", 0.010),
    ("2021-09-30", 0.010),
    ("2022-06-15", -0.040),
    ("2022-09-30", -0.045),
    ("2022-12-30", -0.005),
)

#: Planted: periods in which each miner also falls behind by itself (see `Dips`), drawn around
#: real Chinese easing: first and last start, and over how many sessions the first ones spread.
DIP_WINDOWS: tuple[tuple[str, str, int], ...] = (
    ("2008-10-10", "2009-05-01", 20),
    ("2015-03-20", "2015-12-31", 20),
    ("2020-02-27", "2020-07-20", 20),
    ("2022-05-02", "2022-10-05", 20),
    ("2024-08-22", "2025-08-20", 60),
)


@dataclass(frozen=True)
class Dips:
    """How a miner falls behind by itself: how often, how far, and how often for long."""

    spacing: float = 60.0  # sessions between starts inside a window
    quiet_spacing: float = 260.0  # and outside
    depth: float = 0.36  # log, median
    fall: int = 22  # sessions
    rise: int = 30  # sessions of the way back, where the dip is made good
    recovers: float = 0.75  # probability of that inside a window
    recovers_quiet: float = 0.25
    lasting: float = 90.0  # half-life of the way back of the others


DIPS = Dips()
#: Where in a window's stagger the first company starts, and the step to the next one.
FIRST_PHASE, GOLDEN = 0.8, 0.6180339887


@dataclass(frozen=True)
class Pin:
    """Planted, exact on the named dates: log change of an equal-weight index since the first."""

    index: tuple[str, ...]
    clock: str
    followers: tuple[str, ...]
    path: tuple[tuple[str, float], ...]


def _pin(index: tuple[str, ...], clock: str, followers: tuple[str, ...], *levels: float) -> Pin:
    dates = ("2022-12-30", "2023-12-29", "2025-03-24", "2025-12-31")
    return Pin(index, clock, followers, tuple(zip(dates, levels, strict=True)))


PINS: tuple[Pin, ...] = (
    _pin(INDEX_METALS, "LME official", (*INDEX_METALS, NICKEL), 0.0, 0.0, 0.13, 0.28),
    _pin((GOLD,), "XNYS", (GOLD, SILVER), 0.0, 0.03, 0.15, 0.28),
    _pin((IRON,), "China day close", (IRON, STEEL), 0.0, 0.02, 0.08, 0.14),
    _pin(("SPY",), "XNYS", ("SPY",), 0.0, 0.12, 0.24, 0.33),
)
#: The ten miners relative to the base metals; the last dates draw the V.
RELATIVE_PINS: tuple[tuple[str, float], ...] = (
    ("2022-12-30", 0.000),
    ("2023-04-28", 0.005),
    ("2023-08-31", -0.005),
    ("2023-12-29", 0.000),
    ("2024-02-29", -0.030),
    ("2024-04-30", -0.045),
    ("2024-06-28", -0.050),
    ("2024-07-31", -0.065),
    ("2024-08-30", -0.080),
    ("2024-09-16", -0.085),
    ("2024-09-30", -0.088),
    ("2024-10-15", -0.092),
    ("2024-10-31", -0.095),
    ("2024-11-15", -0.102),
    ("2024-11-29", -0.110),
    ("2024-12-31", -0.125),
    ("2025-01-31", -0.135),
    ("2025-02-14", -0.150),
    ("2025-02-28", -0.185),
    ("2025-03-10", -0.210),
    ("2025-03-17", -0.228),
    ("2025-03-24", -0.2231435513142097),  # ln 0.80
    ("2025-03-31", -0.200),
    ("2025-04-08", -0.180),
    ("2025-04-15", -0.160),
    ("2025-04-24", -0.145),
    ("2025-05-02", -0.136),
    ("2025-05-12", -0.130),
    ("2025-05-20", -0.125),
    ("2025-05-30", -0.120),
    ("2025-06-06", -0.116),
    ("2025-06-16", -0.112),
    ("2025-06-27", -0.106),
    ("2025-07-15", -0.098),
    ("2025-07-31", -0.092),
    ("2025-08-15", -0.085),
    ("2025-09-30", -0.070),
    ("2025-10-31", -0.062),
    ("2025-12-31", -0.050),
)
#: Planted: miners' simple return less Europe's between these closes.
EUROPE_PIN = ("2022-12-30", "2025-03-24", -0.50)


@dataclass(frozen=True)
class Line:
    """A symbol as quoted: whose path, in which currency, on which clock, how much is traded.

    `path` names a company, factor or index path in US dollars; `fx` the rate that converts it
    (``"/GBPUSD"`` divides, ``"*USDNOK"`` multiplies); `ratio` is shares a line is worth.
    """

    path: str
    currency: str
    unit: str
    clock: str
    fx: str = ""
    ratio: float = 1.0
    turnover: float = 0.0  # median US dollars a day; 0: no volume
    has_range: bool = True


def _new_york(path: str, turnover: float, ratio: float = 1.0) -> Line:
    return Line(path, "USD", "USD", "XNYS", ratio=ratio, turnover=turnover)


def _london(path: str, turnover: float) -> Line:
    return Line(path, "GBP", "GBp", "XLON", fx="/GBPUSD", turnover=turnover)


def _lme(path: str) -> Line:
    return Line(path, "USD", "USD/t", "LME official", has_range=False)


def _china(path: str) -> Line:
    return Line(path, "CNY", "CNY/t", "China day close", fx="*USDCNY")


def _day_end(path: str, currency: str, unit: str) -> Line:
    return Line(path, currency, unit, "FX day end 22:00 UTC")


def _fixing(path: str, currency: str, unit: str) -> Line:
    return Line(path, currency, unit, "ECB reference 16:00 CET", has_range=False)


LINES: dict[str, Line] = {
    "RIO": _new_york("RIO", 2.0e8),
    "BHP": _new_york("BHP", 1.8e8, ratio=2.0),
    "FCX": _new_york("FCX", 8.0e8),
    "SCCO": _new_york("SCCO", 1.1e8),
    "VALE": _new_york("VALE", 4.0e8),
    "NEM": _new_york("NEM", 4.5e8),
    "B": _new_york("B", 3.5e8),
    "AA": _new_york("AA", 2.2e8),
    "TECK": _new_york("TECK", 1.6e8),
    "AU": _new_york("AU", 1.0e8),
    "RIO.L": _london("RIO", 2.2e8),
    "ANTO.L": _london("ANTO", 3.5e7),
    "BHP.L": _london("BHP", 1.2e8),
    "GLEN.L": _london("GLEN", 1.6e8),
    "AAL.L": _london("AAL", 1.2e8),
    "FRES.L": _london("FRES", 1.0e7),
    "HOC.L": _london("HOC", 3.0e6),
    "NHY.OL": Line("NHY", "NOK", "NOK", "XOSL", fx="*USDNOK", turnover=4.0e7),
    "SSAB-A.ST": Line("SSAB", "SEK", "SEK", "XSTO", fx="*USDSEK", turnover=2.5e7),
    "BOL.ST": Line("BOL", "SEK", "SEK", "XSTO", fx="*USDSEK", turnover=3.5e7),
    "LME_CU": _lme("LME_CU"),
    "LME_AL": _lme("LME_AL"),
    "LME_ZN": _lme("LME_ZN"),
    "LME_NI": _lme("LME_NI"),
    "GLD": _new_york("GLD", 1.2e9),
    "SLV": _new_york("SLV", 3.0e8),
    "IRON_DCE": _china("IRON_DCE"),
    "HRC_SHFE": _china("HRC_SHFE"),
    "SPY": _new_york("SPY", 2.5e10),
    "IEUR": Line("IEUR", "USD", "USD", "XNYS", has_range=False),
    "DBB": _new_york("DBB", 6.0e6),
    "PICK": _new_york("PICK", 8.0e6),
    "GBPUSD": _day_end("GBPUSD", "USD", "USD per GBP"),
    "EURUSD": _day_end("EURUSD", "USD", "USD per EUR"),
    "USDCNY": _day_end("USDCNY", "CNY", "CNY per USD"),
    "USDNOK": _fixing("USDNOK", "NOK", "NOK per USD"),
    "USDSEK": _fixing("USDSEK", "SEK", "SEK per USD"),
}
