"""Which further series the parts that are switched on need."""

from __future__ import annotations

from collections.abc import Callable

from .context.filters import needs_of_filters
from .declaration import DeclaredRule
from .parameters import Regime, Rule

#: Symbols that one part needs under a rule and a regime; none while it is off.
Need = Callable[[DeclaredRule, Regime], tuple[str, ...]]


def _filters(_rule: DeclaredRule, regime: Regime) -> tuple[str, ...]:
    return needs_of_filters(regime.filter_names)


def _of_premium(_rule: DeclaredRule, regime: Regime) -> tuple[str, ...]:
    return ("HG", "LME_CU") if regime.overhang_from != "events" else ()


def _of_tightness(rule: DeclaredRule, _regime: Regime) -> tuple[str, ...]:
    """Copper's own series; those of other metals count where ``data.extra`` names them."""
    is_asked = isinstance(rule, Rule) and rule.tightness != "off"
    return ("LME_CU", "LME_CU.cash", "LME_CU.stock") if is_asked else ()


#: One entry a part.
NEEDS: tuple[Need, ...] = (_filters, _of_premium, _of_tightness)


def needed(rule: DeclaredRule, regime: Regime) -> tuple[str, ...]:
    """Return the symbols for ``data.extra`` that a rule and a regime need, each once, in order."""
    return tuple(dict.fromkeys(symbol for need in NEEDS for symbol in need(rule, regime)))
