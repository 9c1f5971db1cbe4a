"""The known series of a panel by name, an issuer's own before everybody's."""

from __future__ import annotations

import numpy as np

from orebound.feeds import OF_ISSUER, ConfigError, KnownAsOf, KnownSeries, Panel, known_as_of

#: Of an issuer that a file by issuer does not hold.
NOTHING = KnownSeries(
    "", np.array([], "datetime64[D]"), np.array([], "datetime64[ns]"), np.array([], np.float64)
)


def series_of(panel: Panel, name: str, issuer: str = "") -> KnownAsOf:
    """Return a known series of a panel, an issuer's own before everybody's.

    Raises
    ------
    ConfigError
        If there is none.
    """
    own = f"{name}{OF_ISSUER}{issuer}"
    if own in panel.known:
        return panel.known[own]
    if name in panel.known:
        return panel.known[name]
    if is_by_issuer(panel, name):
        return known_as_of(NOTHING, panel.closes)
    raise ConfigError(
        f"no series {name!r} with dates of release: data.series.{name} = FILE.csv names its file"
        + (f"; known: {', '.join(sorted(panel.known))}" if panel.known else "")
    )


def has_series(panel: Panel, name: str, issuer: str = "") -> bool:
    """Whether a panel holds a series, an issuer's own or everybody's."""
    return f"{name}{OF_ISSUER}{issuer}" in panel.known or name in panel.known


def is_by_issuer(panel: Panel, name: str) -> bool:
    """Whether a panel holds a series by issuer.

    Raises
    ------
    ConfigError
        If it does and none of them is an issuer of the panel's names.
    """
    held = [key.removeprefix(name + OF_ISSUER) for key in panel.known]
    held = [issuer for issuer, key in zip(held, panel.known, strict=True) if issuer != key]
    traded = {listing.issuer for listing in panel.listings}
    if held and not traded & set(held):
        raise ConfigError(
            f"series {name!r} is by issuer, of {', '.join(sorted(held))}, none of which is traded; "
            f"accepted: {', '.join(sorted(traded))}"
        )
    return bool(held)
