"""Conditions on known series, in one small grammar: ``cpi:change6<0 and yield_sd:level<1``.

A condition is ``name:form`` compared with a number by ``<`` or ``>``; conditions are joined by
``and``, which binds first, and ``or``. The text is parsed, never evaluated.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from orebound.feeds import ConfigError, KnownAsOf, Panel, unknown_name

from ..rolling import Array
from .derived import DERIVED, derived_values
from .panel_series import series_of
from .series_forms import FORMS, WITH_COUNT, by_release

LONGEST_TEXT = 1000
TOKEN = re.compile(
    r"\s*(?P<name>[A-Za-z0-9][A-Za-z0-9._^-]*)\s*:\s*(?P<form>[a-z]+)(?P<count>\d*)\s*"
    r"(?P<op>[<>])\s*(?P<level>[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)\s*"
)
JOIN = re.compile(r"(and|or)(?=\s)")
ACCEPTED = "as in 'cpi:change6<0 and yield_sd:level<1 or pmi:level>50'"
HOLDS, FAILS, UNKNOWN = 1, 0, -1


@dataclass(frozen=True)
class Condition:
    """One comparison.

    Attributes
    ----------
    name : str
        Of the series.
    form : str
    count : int
        Observations the form looks back; 0 where it has none.
    is_above : bool
        Whether it holds above the level, below it otherwise; never at it.
    level : float
    """

    name: str
    form: str
    count: int
    is_above: bool
    level: float

    def __str__(self) -> str:
        count = self.count or ""
        return f"{self.name}:{self.form}{count}{'>' if self.is_above else '<'}{self.level:g}"


#: Groups joined by ``or``, the conditions of each joined by ``and``.
Conditions = tuple[tuple[Condition, ...], ...]


@lru_cache(maxsize=256)
def parse_conditions(text: str) -> Conditions:
    """Return the conditions of a text, none of an empty one.

    Raises
    ------
    ConfigError
        Naming the place, what stands there and what is accepted.
    """
    if len(text) > LONGEST_TEXT:
        raise ConfigError(f"conditions: accepted: at most {LONGEST_TEXT} characters")
    if not text.strip():
        return ()
    groups: list[list[Condition]] = [[]]
    place = 0
    while True:
        found = TOKEN.match(text, place)
        if not found:
            raise ConfigError(f"conditions: cannot read {text[place:]!r}; accepted: {ACCEPTED}")
        groups[-1].append(_condition(found))
        place = found.end()
        if place == len(text):
            return tuple(tuple(group) for group in groups)
        join = JOIN.match(text, place)
        if not join:
            raise ConfigError(
                f"conditions: accepted: 'and' or 'or' between two, got {text[place:]!r}"
            )
        if join[1] == "or":
            groups.append([])
        place = join.end()


def _condition(found: re.Match[str]) -> Condition:
    form, count = found["form"], int(found["count"] or 0)
    known = DERIVED[found["name"]].forms if found["name"] in DERIVED else tuple(FORMS)
    if form not in known:
        raise ConfigError(f"conditions: {unknown_name('form', form, known)}")
    if form in WITH_COUNT and not WITH_COUNT[form] <= count <= 2520:
        raise ConfigError(
            f"conditions: accepted: {form}{WITH_COUNT[form]} to {form}2520, got {form}"
            f"{found['count']}"
        )
    if form not in WITH_COUNT and found["count"]:
        raise ConfigError(f"conditions: {form} takes no number, got {form}{found['count']}")
    return Condition(found["name"], form, count, found["op"] == ">", float(found["level"]))


def names_of(conditions: Conditions) -> tuple[str, ...]:
    """Return the series that conditions read, each once, in order."""
    return tuple(dict.fromkeys(one.name for group in conditions for one in group))


def condition_states(
    condition: Condition, known: KnownAsOf, closes: NDArray[np.datetime64], max_age: float
) -> NDArray[np.int8]:
    """Return where a condition holds (1), fails (0) or is unknown (-1); shape (n_rows,).

    Unknown before the form's past is full, where a period it needs is missing, and where the last
    number is older than `max_age` days.
    """
    times, values = by_release(known.history, condition.form, condition.count)
    place = np.searchsorted(times, closes, side="right") - 1
    value = np.full(len(closes), np.nan)
    value[place >= 0] = values[place[place >= 0]]
    return _compared(condition, value, np.isfinite(value) & (known.age_days <= max_age))


def _compared(condition: Condition, value: Array, is_known: NDArray[np.bool_]) -> NDArray[np.int8]:
    holds = value > condition.level if condition.is_above else value < condition.level
    return np.where(is_known, holds, UNKNOWN).astype(np.int8)


def joined(conditions: Conditions, states: dict[Condition, NDArray[np.int8]]) -> NDArray[np.int8]:
    """Return where conditions hold together: what is unknown decides nothing that others decide.

    Of an ``and`` one that fails, of an ``or`` one that holds decides, whatever is unknown.
    """
    groups = []
    for group in conditions:
        stack = np.stack([states[one] for one in group])
        fails, unknown = (stack == FAILS).any(axis=0), (stack == UNKNOWN).any(axis=0)
        groups.append(np.where(fails, FAILS, np.where(unknown, UNKNOWN, HOLDS)))
    stack = np.stack(groups)
    holds, unknown = (stack == HOLDS).any(axis=0), (stack == UNKNOWN).any(axis=0)
    return np.where(holds, HOLDS, np.where(unknown, UNKNOWN, FAILS)).astype(np.int8)


def share_holding(conditions: Conditions, states: dict[Condition, NDArray[np.int8]]) -> Array:
    """Return the share of conditions known to hold, of the group of which most do."""
    shares = [
        np.mean([states[one] == HOLDS for one in group], axis=0, dtype=float)
        for group in conditions
    ]
    return np.asarray(np.max(np.stack(shares), axis=0))


def panel_conditions(
    conditions: Conditions,
    panel: Panel,
    max_age: float,
    *,
    issuer: str = "",
    column: int | None = None,
) -> dict[Condition, NDArray[np.int8]]:
    """Return the state of each condition at each row of a panel, of an issuer's own series first.

    Parameters
    ----------
    column : int, optional
        Of the name that derived values are read of.

    Raises
    ------
    ConfigError
        If the panel has no such series; the message says how to name one.
    """
    states = {}
    for one in dict.fromkeys(one for group in conditions for one in group):
        if one.name in DERIVED:
            how = (one.name, one.form, one.count)
            value = derived_values(panel, *how, column=column, max_age=max_age)
            states[one] = _compared(one, value, np.isfinite(value))
        else:
            known = series_of(panel, one.name, issuer)
            states[one] = condition_states(one, known, panel.closes, max_age)
    return states
