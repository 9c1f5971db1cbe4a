"""Gates on the breadth of the recovery and on neglect.

What is not known confirms nothing: a gate that is on, soft or hard, keeps a name out until its
windows are filled.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from orebound.feeds import ConfigError, Panel

from ..context import (
    neglect_percentile,
    neglect_score,
    recovering,
    relative_percentile,
    rolling_percentile,
    share_recovering,
    volume_shares,
)
from ..parameters import Rule
from ..rolling import Array
from .blocked import Bits, Blocked
from .entry_measure import runs_of
from .gates import Gate, GateForm, Known
from .gates_confirmation import scored
from .measures import measured, of_measures

#: What a name must have passed to count among the sector's.
HARD = Bits(Blocked.WARM_UP | Blocked.COVERAGE | Blocked.NO_BAR)


def breadth_gate(known: Known) -> Gate | None:
    """Ask for a recovery that most names share (A26); one figure for all names of a row."""
    rule, panel = known.rule, known.panel
    if rule.breadth == "off":
        return None
    by_row = _breadth(panel, of_measures(rule), rule.breadth_window)
    share: Array = np.where(panel.has_bar, by_row[:, None], np.nan)
    scaled = np.clip(share / rule.breadth_share, 0.0, 1.0)
    score = np.asarray(np.round(scaled, 10), np.float64)
    is_open = share > rule.breadth_share
    return scored(Blocked.BREADTH, rule.breadth, is_open, score, {"breadth": share})


@lru_cache(maxsize=16)
def _breadth(panel: Panel, rule: Rule, window: int) -> Array:
    """Return the share of ready names that recover; of a name's own gap, in whatever mode."""
    arrays = measured(panel, rule)
    recovers = np.full((panel.n_rows, panel.n_names), np.nan)
    for name in panel.targets:
        for rows in runs_of(panel, arrays["run"], name):
            cell = (rows, name)
            relative = arrays["ln_equity"][cell] - arrays["ln_basket"][cell]
            recovers[cell] = recovering(arrays["gap"][cell], relative, mean_window=window)
    names = list(panel.targets)
    is_ready = (arrays["blocked"][:, names] & HARD) == 0
    return share_recovering(recovers[:, names], is_ready, panel.has_bar[:, names])


def neglect_gate(known: Known) -> Gate | None:
    """Ask for a name that has long trailed the market and is little traded (A24)."""
    rule = known.rule
    if rule.neglect == "off":
        return None
    windows = (rule.neglect_window, rule.neglect_past, rule.neglect_volume)
    rank = _neglect(known.panel, *windows)
    score = neglect_score(rank, rule.neglect_percentile)
    is_open = rank < rule.neglect_percentile
    return scored(Blocked.NEGLECT, rule.neglect, is_open, score, {"neglect": rank})


@lru_cache(maxsize=16)
def _neglect(panel: Panel, window: int, past: int, volume: int) -> Array:
    """Return the mean rank of each name; its copies have the name's own."""
    if panel.market is None:
        raise ConfigError(
            "rule.neglect: it ranks returns beyond the market factor, and this universe has none; "
            "accepted: 'off'"
        )
    names = list(panel.targets)
    traded = np.where(panel.is_settlement, np.nan, panel.value_traded)
    shares = volume_shares(traded[:, names], panel.has_bar[:, names])
    out = np.full((panel.n_rows, panel.n_names), np.nan)
    for place, name in enumerate(names):
        rows = panel.priced_rows(name)
        of_return = relative_percentile(_ln_relative(panel, name, rows), window, past)
        of_volume = rolling_percentile(shares[rows, place], volume)
        out[rows, name] = neglect_percentile(of_return, of_volume)
    for column, name in panel.copies:
        out[:, column] = out[:, name]
    out.flags.writeable = False
    return out


def _ln_relative(panel: Panel, name: int, rows: NDArray[np.int64]) -> Array:
    """Return the log of a name over the market on its own rows, NaN where a hole begins anew."""
    market = panel.market
    assert market is not None
    ratio = np.log(panel.known_close[rows, name]) - np.log(market.value[rows])
    own, other = panel.segment[rows, name], market.segment[rows]
    is_new = np.zeros(len(rows), bool)
    is_new[1:] = (own[1:] != own[:-1]) | (other[1:] != other[:-1])
    return np.where(is_new | (own < 0) | (other < 0) | market.is_old[rows], np.nan, ratio)


#: In the order in which their multipliers apply.
GATES: tuple[GateForm, ...] = (breadth_gate, neglect_gate)
