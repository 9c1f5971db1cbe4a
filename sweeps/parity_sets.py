"""Sets of parameters for proofs of parity: drawn at random so that much happens, or of a sweep."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal, get_args, get_origin

import numpy as np
from pydantic import ValidationError

from orebound.strategies import SECTIONS, DeclaredRule, Rule

from .config import RunConfig
from .design import make_design
from .sweep_config import SweepConfig

Random = np.random.Generator
Draw = Callable[[Random], Any]


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
        else _drawn(name, field, generator)
        for section in SECTIONS
        for name, field in type(getattr(base, section)).model_fields.items()
    }
    return drawn | {"cash": drawn["cash"] * base.sizing.cash}


def _around(rule: DeclaredRule, name: str, generator: Random) -> Any:
    """Return a value between half and one and a half of a rule's own, where that is accepted."""
    value, field = getattr(rule, name), type(rule).model_fields[name]
    if choices := _choices(field):
        return _one_of(*choices)(generator)
    if not isinstance(value, int | float):
        return value
    moved = type(value)(value * generator.uniform(0.5, 1.5))
    try:
        type(rule).model_validate(dict(rule) | {name: moved}, strict=True)
    except ValidationError:
        return value
    return moved


def _drawn(name: str, field: Any, generator: Random) -> Any:
    if name not in DRAWS and (choices := _choices(field)):
        return _one_of(*choices)(generator)
    return DRAWS[name](generator)


def _choices(field: Any) -> tuple[Any, ...]:
    """Return the values of a parameter that has few, none of one that has a range."""
    if field.annotation is bool:
        return (True, False)
    return get_args(field.annotation) if get_origin(field.annotation) is Literal else ()


def _one_of(*values: Any) -> Draw:
    return lambda generator: values[int(generator.integers(len(values)))]


def _between(low: float, high: float, digits: int = 3) -> Draw:
    return lambda generator: round(float(generator.uniform(low, high)), digits)


def _whole(low: int, high: int) -> Draw:
    return lambda generator: int(generator.integers(low, high + 1))


#: By parameter; those of a few named values are drawn from all of them, a new value included.
DRAWS: dict[str, Draw] = {
    "gap_window": _one_of(20, 40, 63, 126),
    # A regression of exposures is slow and changes arrays alone: now and then is enough.
    "exposures": _one_of(*["fundamental"] * 7, "regression"),
    "hedge_window": _one_of(60, 90, 126),
    "hedge_horizon": _one_of(1, 3, 5, 10),
    "beta_min": _between(0.0, 0.5),
    "beta_max": _between(1.5, 4.0),
    "z_in": _between(0.2, 1.5, 2),
    "lag_in": _between(0.01, 0.08),
    "capture": _between(0.2, 1.2, 2),
    "stop_multiple": _one_of(0.0, 0.3, 0.8, 2.5),
    "time_stop_multiple": _one_of(0.5, 1.0, 2.0),
    "time_stop_min": _whole(1, 20),
    "time_stop_max": _whole(20, 90),
    "cool_down": _whole(0, 12),
    "half_life_window": _one_of(252, 400),
    "volatility_window": _one_of(20, 63, 100),
    "max_missed": _one_of(1, 3, 3, 8),
    "min_coverage": _one_of(0.3, 0.5, 0.8),
    "memory_days": _one_of(30.0, 60.0, 120.0),
    "on_score": _one_of(2.0, 3.0, 4.0),
    "off_score": _between(0.3, 1.7, 2),
    "impulse_window": _one_of(5, 20, 40),
    "impulse_on": _one_of(1.5, 3.0),
    "impulse_hold": _one_of(20, 120),
    "day_cap": _one_of(2.0, 4.0),
    # Where entries wait for the regime little happens.
    "when_off": _one_of(*["ignore"] * 5, *["reduced"] * 3, *["no_entries"] * 2),
    "off_size": _one_of(0.0, 0.25, 0.6),
    "cash": _one_of(0.02, 1.0),  # of the account configured
    "max_weight": _one_of(0.2, 0.5, 1.0),
    "cash_rate": _one_of(0.0, 0.03, -0.01),
    "commission_bps": _one_of(0.0, 3.0, 40.0),
    "spread_scale": _one_of(0.0, 1.0, 3.0),
    "stamp_duty": _one_of(0.0, 0.005, 0.01),
    "ptm_levy": _one_of(0.0, 1.5, 25.0),
    "ptm_threshold": _one_of(0.0, 2_500.0, 10_000.0),
    "fx_bps": _one_of(0.0, 1.5, 20.0),
    "impact_bps": _one_of(0.0, 10.0, 60.0),
    "slippage_bps": _one_of(0.0, 5.0, 60.0),
}
