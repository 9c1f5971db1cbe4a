"""Where numbers come from: universe, sources, store, audit, calendars, panel, policy events."""

from .auditing import audit
from .check import CheckReport, FileCheck, check_data
from .clocks import Clock, clock
from .errors import ConfigError, DataRefused, OreboundError, naming, unknown_name
from .exposure_history import TARIFF_METALS, ExposureSteps, exposure_steps
from .factors import TOO_OLD, AsOf, ExchangeRates, as_of, in_base
from .feed import PanelFeed, day_numbers
from .fetch_report import FetchReport, Leg
from .fetching import DEFAULT_START, fetch
from .hedges import Hedge, shipped_hedges
from .holes import missed_before
from .known import OF_ISSUER, KnownAsOf, KnownSeries, known_as_of
from .known_files import read_by_issuer, read_known
from .lines import Line, name_lines
from .look_up import signal_series
from .market import Market, no_session
from .market_options import MarketOptions, lists_options
from .market_parts import COMEX_COPPER, LME_COPPER, Loader, Parts
from .panel import Panel, build_panel
from .policy import (
    Announcements,
    PolicyEvents,
    ScheduledEvents,
    ViewEvent,
    as_announcements,
    awaited,
    china_events,
    first_session,
    scheduled_events,
    trade_events,
    view_events,
    view_named,
)
from .refusal import AuditRefused
from .release_rules import released
from .series import Finding, RawSeries, Series, SeriesFacts
from .sources import DownloadRefused, StatedFacts, csv_series, read_csv, read_prices_toml
from .store import Store, store_folder
from .universe import Duty, Exposure, IdentityAnchor, Issuer, Listing, SeriesSpec, Universe, Veto
from .universe_files import commodity_betas, load_universe, universe_names
from .universe_reference import shipped_issuers, shipped_listings

__all__ = [
    "COMEX_COPPER",
    "DEFAULT_START",
    "LME_COPPER",
    "OF_ISSUER",
    "TARIFF_METALS",
    "TOO_OLD",
    "Announcements",
    "AsOf",
    "AuditRefused",
    "CheckReport",
    "Clock",
    "ConfigError",
    "DataRefused",
    "DownloadRefused",
    "Duty",
    "ExchangeRates",
    "Exposure",
    "ExposureSteps",
    "FetchReport",
    "FileCheck",
    "Finding",
    "Hedge",
    "IdentityAnchor",
    "Issuer",
    "KnownAsOf",
    "KnownSeries",
    "Leg",
    "Line",
    "Listing",
    "Loader",
    "Market",
    "MarketOptions",
    "OreboundError",
    "Panel",
    "PanelFeed",
    "Parts",
    "PolicyEvents",
    "RawSeries",
    "ScheduledEvents",
    "Series",
    "SeriesFacts",
    "SeriesSpec",
    "StatedFacts",
    "Store",
    "Universe",
    "Veto",
    "ViewEvent",
    "as_announcements",
    "as_of",
    "audit",
    "awaited",
    "build_panel",
    "check_data",
    "china_events",
    "clock",
    "commodity_betas",
    "csv_series",
    "day_numbers",
    "exposure_steps",
    "fetch",
    "first_session",
    "in_base",
    "known_as_of",
    "lists_options",
    "load_universe",
    "missed_before",
    "name_lines",
    "naming",
    "no_session",
    "read_by_issuer",
    "read_csv",
    "read_known",
    "read_prices_toml",
    "released",
    "scheduled_events",
    "shipped_hedges",
    "shipped_issuers",
    "shipped_listings",
    "signal_series",
    "store_folder",
    "trade_events",
    "universe_names",
    "unknown_name",
    "view_events",
    "view_named",
]
