"""Sets of parameters for proofs of parity: drawn at random so that much happens, or of a sweep."""

from __future__ import annotations

from typing import Any, Literal, get_args, get_origin

import numpy as np
from pydantic import ValidationError

from orebound.strategies import SECTIONS, DeclaredRule, Rule

from .config import RunConfig
from .design import make_design
from .draws import (
    base,
    breadth,
    carry,
    confirmation,
    filters,
    gap,
    hedge,
    leaving,
    mode,
    overhang,
    reversion,
    series,
    weights,
)
from .draws.drawing import Draw, Random, one_of
from .sweep_config import SweepConfig


def random_sets(base: RunConfig, count: int, seed: int) -> list[dict[str, Any]]:
    """Return a configuration's own set, empty, and sets drawn around it, by flat name."""
    generator = np.random.default_rng(seed)
    return [{}, *(random_set(generator, base) for _ in range(count - 1))]


def sweep_sets(config: SweepConfig, count: int, seed: int) -> list[dict[str, Any]]:
    """Return rows of a sweep's own design at random, in its order; all where it has no more."""
    design = make_design(config)
    generator = np.random.default_rng(seed)
    places = generator.choice(len(design), size=min(count, len(design)), replace=False)
    return [design.row(int(place)) for place in np.sort(places)]


def random_set(generator: Random, base: RunConfig) -> dict[str, Any]:
    """Return a value of every parameter that the replay takes, by flat name.

    Thresholds are low and windows short, so that names are bought often and left for every
    reason; weights, costs and a small account bring rejections for cash. The parameters of a rule
    of one's own are drawn around their values.
    """
    is_own = not isinstance(base.rule, Rule)
    drawn = {
        name: _around(base.rule, name, generator)
        if is_own and section == "rule"
        else _drawn(getattr(getattr(base, section), name), name, field, generator)
        for section in SECTIONS
        for name, field in type(getattr(base, section)).model_fields.items()
    }
    return drawn | {"cash": drawn["cash"] * base.sizing.cash}


def _around(rule: DeclaredRule, name: str, generator: Random) -> Any:
    """Return a value between half and one and a half of a rule's own, where that is accepted."""
    value, field = getattr(rule, name), type(rule).model_fields[name]
    if choices := _choices(field):
        return one_of(*choices)(generator)
    if not isinstance(value, int | float):
        return value
    moved = type(value)(value * generator.uniform(0.5, 1.5))
    try:
        type(rule).model_validate(dict(rule) | {name: moved}, strict=True)
    except ValidationError:
        return value
    return moved


def _drawn(value: Any, name: str, field: Any, generator: Random) -> Any:
    if name in DRAWS:
        return DRAWS[name](generator)
    choices = _choices(field)
    return one_of(*choices)(generator) if choices else value


def _choices(field: Any) -> tuple[Any, ...]:
    """Return the values of a parameter that has few, none of one that has a range."""
    if field.annotation is bool:
        return (True, False)
    return get_args(field.annotation) if get_origin(field.annotation) is Literal else ()


#: By parameter. Those of a few named values are drawn from all of them, a new value included; any
#: other without a draw keeps its value.
DRAWS: dict[str, Draw] = {
    name: draw
    for part in (
        base,
        gap,
        hedge,
        reversion,
        series,
        breadth,
        confirmation,
        leaving,
        mode,
        filters,
        overhang,
        weights,
        carry,
    )
    for name, draw in part.DRAWS.items()
}
