"""Names that a condition may use beside series: what is worked out of several of them.

``cycle:late>0``, ``ev_ebitda_spot:percentile1260<.3``, ``fcf_yield_spot:level>.08``,
``rerating:change60>0``.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from orebound.feeds import ConfigError, Panel

from ..rolling import Array, rolling_std, rolling_sum
from .cycle import PHASES, cycle_path
from .rerating import rerating_parts
from .tightness import rolling_percentile
from .valuation import panel_valuation

DECIMALS = 10


class Derived(NamedTuple):
    """One name.

    Attributes
    ----------
    forms : tuple of str
    by_name : bool
        Whether each name has its own, by its own sessions.
    values : callable
        Of panel, column and largest age in days to shape (n_rows,); NaN where unknown.
    words : str
    """

    forms: tuple[str, ...]
    by_name: bool
    values: Callable[[Panel, int, float], Array]
    words: str


def _ev_ebitda(panel: Panel, name: int, max_age: float) -> Array:
    return panel_valuation(panel, name, max_age).ev_ebitda


def _fcf_yield(panel: Panel, name: int, max_age: float) -> Array:
    return panel_valuation(panel, name, max_age).fcf_yield


def _rerating(panel: Panel, name: int, max_age: float) -> Array:
    """Return each session's log return by a change of the multiple."""
    rows, value = panel.priced_rows(name), panel_valuation(panel, name, max_age)
    ln, segment = np.log(panel.known_close[rows, name]), panel.segment[rows, name]
    found = rerating_parts(ln, value.ln_ebitda[rows], value.ev_to_equity[rows]).multiple
    found[1:][segment[1:] != segment[:-1]] = np.nan
    out = np.full(panel.n_rows, np.nan)
    out[rows] = np.round(found, DECIMALS)
    return out


def _cycle(panel: Panel, _name: int, max_age: float) -> Array:
    return cycle_path(panel, max_age)


LEVELS = ("level", "change", "percentile", "z")
DERIVED: dict[str, Derived] = {
    "cycle": Derived(
        *(PHASES, False, _cycle), "phase of the cycle, of series unemployment and curve"
    ),
    "ev_ebitda_spot": Derived(
        *(LEVELS, True, _ev_ebitda), "enterprise value over EBITDA at today's metal prices"
    ),
    "fcf_yield_spot": Derived(
        *(LEVELS, True, _fcf_yield), "free cash flow at today's metal prices over market value"
    ),
    "rerating": Derived(
        *(("change",), True, _rerating), "log return by a change of the multiple over N sessions"
    ),
}


def derived_values(
    panel: Panel, name: str, form: str, count: int, *, column: int | None, max_age: float
) -> Array:
    """Return a form of a derived name at each row, shape (n_rows,); NaN where it is unknown.

    Forms look back over the name's own sessions, all of which must be known. A phase is 1 where
    it is the one, 0 where it is another.

    Raises
    ------
    ConfigError
        If its series are absent, one of them bears its name, or it is by name and asked of none.
    """
    one = DERIVED[name]
    if name in panel.known:
        raise ConfigError(
            f"data.series.{name}: conditions read {name} as {one.words}; accepted: another name"
        )
    if not one.by_name:
        code = one.values(panel, 0, max_age)
        return np.where(np.isnan(code), np.nan, code == PHASES.index(form))
    if column is None:
        raise ConfigError(f"conditions: {name} is of each name, and this is asked of the market")
    rows, values = panel.priced_rows(column), one.values(panel, column, max_age)
    own = values[rows]
    out = np.full(panel.n_rows, np.nan)
    if name == "rerating":
        out[rows] = np.round(rolling_sum(own, count), DECIMALS)
    else:
        out[rows] = FORMS[form](own, count)
    return out


def _change(values: Array, count: int) -> Array:
    out = np.full(len(values), np.nan)
    out[count:] = values[count:] - values[:-count]
    return np.round(out, DECIMALS)


def _z(values: Array, count: int) -> Array:
    deviation = rolling_std(values, count)
    mean = rolling_sum(values, count) / count
    out = np.full(len(values), np.nan)
    np.divide(values - mean, deviation, out=out, where=deviation > 0.0)
    return np.round(out, DECIMALS)


FORMS: dict[str, Callable[[Array, int], Any]] = {
    "level": lambda values, _count: values,
    "change": _change,
    "percentile": lambda values, count: rolling_percentile(values, count, count),
    "z": _z,
}
