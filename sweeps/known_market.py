"""A market as a desk knew it after the closes of one day."""

from __future__ import annotations

from datetime import date
from typing import Any

import numpy as np

from orebound.feeds import ConfigError, Market, Panel
from orebound.strategies import Rule, Signals
from orebound.strategies.signals import spread_diagnostics

from .config import RunConfig


def at_close_of(market: Market, day: Any = None) -> tuple[Market, np.datetime64]:
    """Return the market as known when a UTC day ends, and the last session before that.

    The last day of the data by default.

    Raises
    ------
    ConfigError
        If the day lies before the data or more than ten days after them.
    """
    closes = market.panel.closes.astype("datetime64[D]")
    wanted = closes[-1] if day is None else np.datetime64(day, "D")
    if not closes[0] <= wanted <= closes[-1] + 10:
        raise ConfigError(
            f"--date must lie within the data, {closes[0]} to {closes[-1]}, got {wanted}"
        )
    market.check_start(wanted)
    moment = wanted.astype("datetime64[s]") + np.timedelta64(86_399, "s")
    cut = market.known_by(moment)
    return cut, cut.panel.closes[-1].astype("datetime64[D]")


def half_life_ends(panel: Panel, signals: Signals, rule: Rule) -> dict[str, tuple[float, float]]:
    """Return the 95 % interval of each name's half-life at its last bar.

    NaN where that session could not decide.
    """
    spreads = spread_diagnostics(panel, signals, rule, (0, panel.n_rows))
    out = {}
    for column in panel.targets:
        symbol, rows = panel.names[column], panel.priced_rows(column)
        spread = spreads[symbol]
        is_of_it = len(rows) > 0 and spread.get("session") == panel.session[rows[-1], column]
        known = spread if is_of_it else {}
        low, high = (known.get(f"half_life_{end}", np.nan) for end in ("low", "high"))
        out[symbol] = (float(low), float(high))
    return out


def catch_up_rule(config: RunConfig) -> Rule:
    """Return the catch-up rule of a configuration.

    Raises
    ------
    ConfigError
        For a rule of one's own, which has neither gap nor half-life in this sense.
    """
    if isinstance(config.rule, Rule):
        return config.rule
    raise ConfigError(
        "`orebound scenario` and `orebound signal` read the catch-up rule's gap and half-life; a "
        "rule of your own runs in `orebound sweep`"
    )


def day_of(option: str, text: str | None) -> date | None:
    """Return the date of an option's text, None for none.

    Raises
    ------
    ConfigError
        Naming the option, the text and what is accepted.
    """
    try:
        return None if text is None else date.fromisoformat(text)
    except ValueError:
        raise ConfigError(f"{option} accepts a date as YYYY-MM-DD, got {text!r}") from None
