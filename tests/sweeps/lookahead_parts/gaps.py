"""Forms of the gap, hedge ratios, robust deviations and gates on mean reversion."""

from __future__ import annotations

from typing import Any

from tests.sweeps.lookahead_parts.rows import Row

SOFT = {
    **{"half_life_gate": "soft", "half_life_high": 900.0},
    **{"cointegration_gate": "soft", "cointegration_p": 0.45},
}
TOGETHER: dict[str, dict[str, Any]] = {
    "sums, ewls, dimson, robust, half-life and cointegration soft": {
        **{"hedge": "ewls", "hedge_returns": "dimson", "z_scale": "mad", "winsorise": 5.0},
        **SOFT,
    },
    # The sample's daily residuals trend, by its metals' clock: this gate lets next to nothing pass.
    "levels, any, variance ratio soft": {
        **{"gap": "cointegration", "gap_needs": "any", "variance_ratio_gate": "soft"},
    },
    "since a date, both": {"gap": "anchored", "anchor_date": "2012-12-31", "gap_needs": "both"},
    "from the high, shrunk, weekly": {
        **{"gap": "drawdown", "hedge": "shrunk", "shrink": 0.3, "hedge_returns": "weekly"},
    },
}
ALONE: dict[str, dict[str, Any]] = {
    "anchored": {"gap": "anchored", "anchor_date": "2014-12-31"},
    "cointegration": {"gap": "cointegration"},
    "cointegration, mad": {"gap": "cointegration", "z_scale": "mad"},
    "drawdown": {"gap": "drawdown"},
    "ratio": {"gap": "ratio"},
    "market": {"gap_needs": "market"},
    "any": {"gap_needs": "any"},
    "both": {"gap_needs": "both"},
    "mad": {"z_scale": "mad"},
    "winsorised": {"winsorise": 3.0},
    "ewls": {"hedge": "ewls", "ewls_half_life": 60.0},
    "shrunk": {"hedge": "shrunk", "shrink": 0.8},
    "weekly": {"hedge_returns": "weekly"},
    "dimson": {"hedge_returns": "dimson"},
    "half-life hard": {"half_life_gate": "hard", "half_life_high": 400.0},
    "half-life hard, upper": {"half_life_gate": "hard", "half_life_end": "upper"},
    "half-life soft": {"half_life_gate": "soft"},
    "variance ratio hard": {"variance_ratio_gate": "hard"},
    "variance ratio soft": {"variance_ratio_gate": "soft", "variance_ratio_horizon": 60},
    "cointegration hard": {"cointegration_gate": "hard", "cointegration_p": 0.3},
    "cointegration soft": {"cointegration_gate": "soft", "cointegration_lags": 3},
}


def _row(keys: dict[str, Any], in_ci: bool) -> Row:
    """Return a row whose regime never stands in the way of an entry."""
    often = {"when_off": "ignore", "z_in": 0.8, "lag_in": 0.05}
    return Row(often | keys, in_ci=in_ci)


ROWS: dict[str, Row] = {
    **{name: _row(keys, in_ci=True) for name, keys in TOGETHER.items()},
    **{name: _row(keys, in_ci=False) for name, keys in ALONE.items()},
}
