"""Who closed the gap: the miner by rising, the metal by falling, or the window by rolling."""

from __future__ import annotations

from typing import Any

import numpy as np

EMPTY = dict.fromkeys(
    (
        *("anchored_gap", "closing", "equity_share", "metal_share", "market_share", "roll_off"),
        "fx_share",
    ),
    np.nan,
)


def closing_of(entry: dict[str, Any], leave: dict[str, Any]) -> dict[str, float]:
    """Return the closing of an anchored gap and its shares, which sum to 1.

    Parameters
    ----------
    entry, leave : dict
        Contexts of the entry and the exit decision: ``gap, beta_metal, beta_market, ln_equity,
        ln_basket, ln_market`` and, for the currency's part, ``ln_rate``. The hedge ratios are those
        of the entry, frozen.

    Returns
    -------
    dict
        ``anchored_gap, closing, equity_share, metal_share, market_share, roll_off, fx_share``; all
        NaN where a context lacks a figure, the shares also where nothing closed. `fx_share` is a
        part of `equity_share`: what the exchange rate did to the miner's value in base currency.
    """
    equity = _change(entry, leave, "ln_equity")
    metal = -_times(entry.get("beta_metal"), _change(entry, leave, "ln_basket"))
    market = -_times(entry.get("beta_market"), _change(entry, leave, "ln_market"))
    closing = equity + metal + market
    # Log indices of two unbroken stretches have nothing to do with each other.
    if np.isnan(closing) or entry.get("run") != leave.get("run"):
        return dict(EMPTY)
    parts = np.array([equity, metal, market, _change(entry, leave, "ln_rate")])
    shares = parts / closing if closing else np.full(4, np.nan)
    rolling = _change(entry, leave, "gap")
    return {
        "anchored_gap": _number(entry, "gap") + closing,
        "closing": closing,
        "equity_share": float(shares[0]),
        "metal_share": float(shares[1]),
        "market_share": float(shares[2]),
        "roll_off": rolling - closing,
        "fx_share": float(shares[3]),
    }


def _number(context: dict[str, Any], name: str) -> float:
    value = context.get(name)
    return np.nan if value is None else float(value)


def _change(entry: dict[str, Any], leave: dict[str, Any], name: str) -> float:
    return _number(leave, name) - _number(entry, name)


def _times(ratio: Any, change: float) -> float:
    """Return ratio x change; a factor with ratio 0 is out of the hedge and needs no price."""
    if ratio is None:
        return np.nan
    return 0.0 if ratio == 0 else float(ratio) * change
