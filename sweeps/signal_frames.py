"""Signals and inputs as long frames, for the record of a run."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from orebound.feeds import AsOf, ExchangeRates, Market, Panel, Series
from orebound.strategies import STATE_NAMES, Rule
from orebound.strategies.signals import Blocked, Signals, in_words

FLOATS = (
    *("gap", "z", "lag", "beta_metal", "beta_market", "half_life", "volatility"),
    *("coverage", "score", "size_multiplier"),
    *("ln_equity", "ln_basket", "ln_market"),
)
DAY = np.timedelta64(1, "D")
GAP_WORDS = in_words(int(Blocked.GAP_TOO_SMALL))


def signal_frame(
    panel: Panel, signals: Signals, rule: Rule, window: tuple[int, int]
) -> pd.DataFrame:
    """Return one row a bar and name of a window, with the reasons in words; none of legs."""
    first, end = window
    is_own = np.array([line.kind != "leg" for line in panel.lines])
    row, name = np.nonzero(panel.has_bar[first:end] & is_own)
    row += first
    cell = (row, name)
    blocked = signals.blocked[cell]
    stale = _stale_words(panel, signals, rule, (row, name))
    limit = f"z <= {-rule.z_in:g}" if rule.entry_trigger == "z" else f"lag <= {-rule.lag_in:.0%}"
    words = {
        bits: in_words(int(bits)).replace(GAP_WORDS, f"{GAP_WORDS}, an entry needs {limit}")
        for bits in np.unique(blocked)
    }
    reason = [
        f"{words[bits]} ({stale[k]})" if bits & Blocked.STALE and stale[k] else words[bits]
        for k, bits in enumerate(blocked)
    ]
    states = np.array([STATE_NAMES[s] for s in (-1, 0, 1)])
    return pd.DataFrame(
        {
            "date": panel.session[cell].astype("datetime64[ns]"),
            "symbol": np.array(panel.names)[name],
            "time": panel.closes[row],
            "known_close": panel.known_close[cell],
            **{key: getattr(signals, key)[cell] for key in FLOATS},
            "state": states[signals.state[cell] + 1],
            "blocked": blocked.astype(np.int64),
            "reason": reason,
            "run": signals.run[cell],
            "time_stop": signals.time_stop[cell],
            "stop": signals.stop[cell],
            "lag_points": signals.lag_points[cell],
            **{key: values[cell] for key, values in signals.more.items()},
        }
    )


def _stale_words(panel: Panel, signals: Signals, rule: Rule, cell: Any) -> dict[int, str]:
    """Name the inputs behind each stale flag, by position in the frame."""
    out: dict[int, str] = {}
    row, name = cell
    sources = [*zip(panel.metals, panel.metal, strict=True)]
    sources += [("market", panel.market)] if panel.market is not None else []
    step = panel.exposure.at(panel.closes[row])
    most = rule.max_missed
    for k in np.flatnonzero(signals.blocked[row, name] & Blocked.STALE):
        at = row[k]
        found = [
            f"{label}: {_age(series, at)}"
            for metal, (label, series) in enumerate(sources)
            if (label == "market" or panel.exposure.weights[step[k], name[k], metal] != 0.0)
            and not np.isnat(series.known_at[at])
            and (series.missed[at] > most or series.is_old[at])
        ]
        if panel.rate_stale[at, name[k]] > most:
            found.append(f"exchange rate: {panel.rate_stale[at, name[k]]} sessions missed")
        out[int(k)] = ", ".join(found)
    return out


def _age(series: AsOf, at: int) -> str:
    return (
        f"{series.missed[at]} sessions missed since {series.known_at[at].astype('datetime64[D]')}"
    )


def input_frame(market: Market, first: int, end: int) -> pd.DataFrame:
    """Return what was known of each metal, the market and each exchange rate, by panel row."""
    panel, parts = market.panel, market.parts
    closes = panel.closes[first:end]
    rates = ExchangeRates(parts.pairs, parts.base_currency)
    frames = [
        _as_of_frame(metal, "metal", _rows(series, first, end), closes, parts.metals[metal])
        for metal, series in zip(panel.metals, panel.metal, strict=True)
    ]
    if panel.market is not None and parts.market is not None:
        own = _rows(panel.market, first, end)
        frames.append(_as_of_frame(parts.market.symbol, "market", own, closes, parts.market))
    for pair, series in parts.pairs.items():
        currency = pair.replace(parts.base_currency, "")
        label = f"{currency}{parts.base_currency}"  # the value is base currency per unit
        frames.append(_as_of_frame(label, "fx", rates.known(currency, closes), closes, series))
    return pd.concat(frames, ignore_index=True)


def _rows(series: AsOf, first: int, end: int) -> AsOf:
    return AsOf(
        value=series.value[first:end],
        known_at=series.known_at[first:end],
        missed=series.missed[first:end],
        is_old=series.is_old[first:end],
        segment=series.segment[first:end],
    )


def _as_of_frame(label: str, kind: str, series: AsOf, closes: Any, source: Series) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "time": closes,
            "series": label,
            "kind": kind,
            "value": series.value,
            "known_at": series.known_at,
            "missed": series.missed,
            "age_days": (closes - series.known_at) / DAY,
            # No session that day: nothing is missed, and the last value stands for ten days.
            "market_closed": ~source.clock.is_session(closes),
        }
    )
