"""Which rows of a market a run decides on, and what may not be used before its day."""

from __future__ import annotations

from typing import Any

import numpy as np

from orebound.feeds import ConfigError, Market
from orebound.strategies import Rule

from .config import RunConfig


def first_ready(market: Market, ready: Any) -> Any:
    """Return the date of the first row on which any name could be decided on."""
    rows = np.flatnonzero(ready.any(axis=1))
    if not len(rows):
        lengths = {s.symbol: len(s.frame) for _, s in market.parts.traded}
        raise ConfigError(
            "no name ever fills its windows: "
            + ", ".join(f"{name} has {n} rows" for name, n in lengths.items())
        )
    return market.panel.closes[rows[0]].astype("datetime64[D]").item()


def end_row(market: Market, config: RunConfig) -> int:
    """Return the row after the last one of a run."""
    panel = market.panel
    return panel.n_rows if config.data.end is None else panel.row_after(config.data.end)


def refuse_hindsight(config: RunConfig, market: Market, start: Any) -> None:
    """Refuse a universe before its day, and under ``strict`` exposures published later."""
    market.check_start(start)
    late = market.exposure_hindsight(start)
    rule = config.rule
    is_stated = isinstance(rule, Rule) and rule.exposures == "fundamental"
    if config.data.strict and late and is_stated:
        listed = ", ".join(f"{name} ({day})" for name, day in late.items())
        raise ConfigError(
            f"--strict: exposures were published after the start {start}: {listed}; "
            'use exposures = "regression", or start later'
        )
