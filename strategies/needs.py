"""Which further series the parts that are switched on need."""

from __future__ import annotations

from collections.abc import Callable

from .context.filters import needs_of_filters
from .declaration import DeclaredRule
from .parameters import Regime

#: Symbols that one part needs under a rule and a regime; none while it is off.
Need = Callable[[DeclaredRule, Regime], tuple[str, ...]]


def _filters(_rule: DeclaredRule, regime: Regime) -> tuple[str, ...]:
    return needs_of_filters(regime.filter_names)


#: One entry a part.
NEEDS: tuple[Need, ...] = (_filters,)


def needed(rule: DeclaredRule, regime: Regime) -> tuple[str, ...]:
    """Return the symbols for ``data.extra`` that a rule and a regime need, each once, in order."""
    return tuple(dict.fromkeys(symbol for need in NEEDS for symbol in need(rule, regime)))
