"""Where numbers come from: universe, sources, store, audit, calendars, panel, policy events."""

from .clocks import Clock, clock
from .errors import ConfigError, DataRefused, OreboundError, unknown_name
from .exposure_steps import ExposureSteps, exposure_steps
from .factors import AsOf, ExchangeRates, as_of, in_base
from .feed import PanelFeed, day_numbers
from .market import Market
from .market_parts import Loader, Parts
from .panel import Panel, build_panel
from .policy import PolicyEvents, china_events, first_session, trade_events
from .series import Finding, RawSeries, Series, SeriesFacts
from .universe import (
    Duty,
    Exposure,
    IdentityAnchor,
    Issuer,
    Listing,
    SeriesSpec,
    Universe,
    Veto,
)
from .universe_files import commodity_betas, load_universe, universe_names

__all__ = [
    "AsOf",
    "Clock",
    "ConfigError",
    "DataRefused",
    "Duty",
    "ExchangeRates",
    "Exposure",
    "ExposureSteps",
    "Finding",
    "IdentityAnchor",
    "Issuer",
    "Listing",
    "Loader",
    "Market",
    "OreboundError",
    "Panel",
    "PanelFeed",
    "Parts",
    "PolicyEvents",
    "RawSeries",
    "Series",
    "SeriesFacts",
    "SeriesSpec",
    "Universe",
    "Veto",
    "as_of",
    "build_panel",
    "china_events",
    "clock",
    "commodity_betas",
    "day_numbers",
    "exposure_steps",
    "first_session",
    "in_base",
    "load_universe",
    "trade_events",
    "universe_names",
    "unknown_name",
]
