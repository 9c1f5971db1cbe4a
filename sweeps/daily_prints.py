"""What tells a restated history from the same one with new rows: a few sums by series."""

from __future__ import annotations

from typing import Any

import numpy as np

from orebound.feeds import Market, Series

from .identity import digest

DAY_END = np.timedelta64(86_399, "s")


def moment_of(day: Any) -> np.datetime64:
    """Return the moment at which what is known of a day is cut: its end, UTC."""
    end: np.datetime64 = np.datetime64(day, "D").astype("datetime64[ns]") + DAY_END
    return end


def fingerprints(market: Market, moment: np.datetime64) -> dict[str, dict[str, Any]]:
    """Return by role what tells a restated history from the same one with new rows.

    Adjusted closes are all scaled by each later dividend and rounded by each download, so a digest
    of them always differs. Returns stay: their absolute and squared sums are kept.
    """
    out: dict[str, dict[str, Any]] = {}
    for role, series in market.parts.all_series().items():
        out[role] = {"symbol": series.symbol, "sha256": series.facts.sha256} | _moves(
            series, moment
        )
    for name, known in market.parts.known.items():
        part = known.until(moment)
        values = digest([part.ref_period, part.release_utc, part.value])
        out[f"known {name}"] = {"symbol": name, "rows": len(part), "values": values}
    return out


def _moves(series: Series, moment: np.datetime64) -> dict[str, Any]:
    is_known = series.clock.known_at(series.sessions) <= moment
    close = series.frame["close"].to_numpy()[is_known]
    days = series.sessions[is_known]
    logs = np.diff(np.log(close[np.isfinite(close)]))
    ends = {"first": str(days[0]), "last": str(days[-1])} if len(days) else {}
    sums = {"moved": float(np.abs(logs).sum()), "squares": float((logs**2).sum())}
    return {"rows": len(days)} | ends | sums
