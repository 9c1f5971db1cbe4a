"""Where numbers come from: universe, sources, store, audit, calendars, panel, policy events."""

from .clocks import Clock, clock
from .errors import ConfigError, DataRefused, OreboundError, unknown_name
from .series import Finding, Series, SeriesFacts
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

__all__ = [
    "Clock",
    "ConfigError",
    "DataRefused",
    "Duty",
    "Exposure",
    "Finding",
    "IdentityAnchor",
    "Issuer",
    "Listing",
    "OreboundError",
    "Series",
    "SeriesFacts",
    "SeriesSpec",
    "Universe",
    "Veto",
    "clock",
    "unknown_name",
]
