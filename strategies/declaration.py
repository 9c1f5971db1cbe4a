"""A rule as data: arrays of what it knows, numbers to compare them with, and nothing else.

Real backtrader, the scalar replay and the lanes read a declaration; none of them knows the rule.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, NamedTuple

import numpy as np
from numpy.typing import NDArray

from orebound.feeds import ConfigError, Line, Market, Panel, unknown_name

from .legs import Legs
from .rolling import Array
from .section import Section


class Numbers(NamedTuple):
    """What the arrays of a rule are compared with; NaN switches an exit off.

    Attributes
    ----------
    enter_at : float
        Enter where ``measure <= enter_at``; for a strict rule ``nextafter(level, -inf)``.
    leave_above, leave_below : float
        Leave where the measure lies beyond.
    capture : float
        Leave when this share of the anchored gap has closed.
    stop_multiple : float
        Leave at a loss of this times volatility times sqrt(half-life); 0 for never.
    time_stop_multiple, time_stop_min, time_stop_max : float
        Leave after so many half-lives, within these sessions.
    cool_down : float
        Bars without an entry after the one at whose open an exit was filled; 0 forbids that bar
        alone, -1 none.
    weight : float
        Share of equity of a full position.
    cash, cash_rate : float
        The account at the start, and what it earns a year.
    sizes_on_known : float
        1: sizes on equity at the last prices known at the decision; 0: on the broker's value.
    needs_measure : float
        1: a bar without a measure decides nothing, not even a time stop.
    """

    enter_at: float
    leave_above: float = np.nan
    leave_below: float = np.nan
    capture: float = np.nan
    stop_multiple: float = 0.0
    time_stop_multiple: float = 1.0
    time_stop_min: float = 1.0
    time_stop_max: float = np.inf
    cool_down: float = -1.0
    weight: float = 1.0
    cash: float = 1_000_000.0
    cash_rate: float = 0.0
    sizes_on_known: float = 1.0
    needs_measure: float = 0.0


#: What the sizing decides and no rule may state.
OF_SIZING = ("weight", "cash", "cash_rate")
AT_LEAST_0 = ("stop_multiple", "time_stop_multiple", "time_stop_min", "weight")


#: Types of the arrays that are not of doubles.
KINDS: dict[str, type[Any]] = {
    **{"may_enter": np.bool_, "ready": np.bool_, "spell": np.int64, "leave_reason": np.int8}
}


@dataclass(frozen=True, eq=False)
class RuleArrays:
    """What a rule knows at each row about each name; shape (n_rows, n_names) unless stated.

    Entry `t` depends on rows `<= t` only. `declared_arrays` makes one with defaults and checks.

    Attributes
    ----------
    measure : float
        Compared with the thresholds; NaN meets none.
    may_enter : bool
        Nothing but the threshold stands against an entry.
    multiplier : float
        Of a full position.
    direction : ndarray of shape (n_names,), float
        1 bought at an entry, -1 sold short.
    gap, beta_metal, beta_market : float
        What an entry freezes; the gap is negative there.
    ln_equity, ln_basket, ln_market : float
        Log indices, of which only changes within one `run` mean something.
    run : float
        Number of the unbroken stretch of returns.
    half_life, volatility : float
        Sessions, and a day's standard deviation: of time stop and stop.
    strength : float
        How far out an entry is, in standard deviations: what conviction is read from. The
        measure where a rule does not state it.
    most_value : float
        Of an entry, in base currency; infinite for no cap.
    spell : int
        Number of the regime episode a decision falls in, ascending in time; -1 outside of any.
    ready : bool
        Where the rule could decide: windows filled, whatever thresholds and regime say.
    leave_reason : int8
        `Exit` that an infinite measure stands for, 0 where it is not stated. Engines log
        ``THRESHOLD``; the record alone reads it.
    """

    measure: Array
    may_enter: NDArray[np.bool_]
    multiplier: Array
    direction: Array
    gap: Array
    beta_metal: Array
    beta_market: Array
    ln_equity: Array
    ln_basket: Array
    ln_market: Array
    run: Array
    half_life: Array
    volatility: Array
    strength: Array
    most_value: Array
    spell: NDArray[np.int64]
    ready: NDArray[np.bool_]
    leave_reason: NDArray[np.int8]

    def __post_init__(self) -> None:
        """Refuse arrays of another type or shape: compiled code reads them without looking."""
        shape = np.shape(self.measure)
        for name, array in vars(self).items():
            kind = KINDS.get(name, np.float64)
            wanted = shape[1:] if name == "direction" else shape
            is_right = isinstance(array, np.ndarray) and array.dtype == kind
            if not is_right or array.shape != wanted or len(shape) != 2:
                got = getattr(array, "dtype", type(array).__name__), np.shape(array)
                raise ConfigError(
                    f"{name} of a rule: accepted: {np.dtype(kind)} of shape {wanted}, got "
                    f"{got[0]} of shape {got[1]}; declared_arrays makes it so"
                )


#: What an array is where a rule does not state it: the value that switches its use off.
UNSTATED: dict[str, float] = {
    **dict.fromkeys(("gap", "ln_equity", "ln_basket", "ln_market", "volatility"), np.nan),
    **{"beta_metal": 0.0, "beta_market": 0.0, "run": 0.0, "half_life": np.inf, "multiplier": 1.0},
    "most_value": np.inf,
}
#: Arrays of whole numbers and booleans that a rule may state, and what the measure stands in for.
WHOLE = ("spell", "ready", "leave_reason")
BY_MEASURE = ("strength",)


def declared_arrays(
    panel: Panel, *, measure: Any, may_enter: Any, direction: Any = 1.0, **more: Any
) -> RuleArrays:
    """Return the arrays of a rule, checked; what is not stated is switched off.

    Parameters
    ----------
    measure, may_enter : array-like of shape (n_rows, n_names)
        Or of a shape that spreads to it, as (n_rows, 1).
    direction : float or array-like of shape (n_names,)
    **more : array-like of shape (n_rows, n_names)
        Any other attribute of `RuleArrays`.

    Raises
    ------
    ConfigError
        Naming the array, its shape or value, and what is accepted.
    """
    shape = (panel.n_rows, panel.n_names)
    for name in more:
        if name not in (*UNSTATED, *WHOLE, *BY_MEASURE):
            known = ["measure", "may_enter", "direction", *UNSTATED, *WHOLE, *BY_MEASURE]
            raise ConfigError(unknown_name("array of a rule", name, known))
    arrays = {name: _floats(name, more.get(name, value), shape) for name, value in UNSTATED.items()}
    measured = _floats("measure", measure, shape)
    made = RuleArrays(
        measure=measured,
        may_enter=_whole("may_enter", may_enter, shape, "b") & panel.has_bar,
        direction=_floats("direction", direction, shape[1:]),
        spell=_whole("spell", more.get("spell", -1), shape, "i").astype(np.int64),
        ready=_whole("ready", more.get("ready", np.isfinite(measured)), shape, "b"),
        leave_reason=_whole("leave_reason", more.get("leave_reason", 0), shape, "i").astype("i1"),
        strength=_floats("strength", more.get("strength", measured), shape),
        **arrays,
    )
    if not (made.most_value[made.may_enter] >= 0.0).all():
        raise ConfigError("most_value of a rule: accepted: 0 or more wherever may_enter")
    if not np.isin(made.direction, (-1.0, 1.0)).all():
        raise ConfigError(f"direction of a rule: accepted: 1 or -1, got {direction!r}")
    sizes = made.multiplier[made.may_enter]
    if not (np.isfinite(sizes) & (sizes >= 0.0)).all():
        worst = sizes[~(np.isfinite(sizes) & (sizes >= 0.0))][0]
        raise ConfigError(
            f"multiplier of a rule: accepted: 0 or more wherever may_enter, got {worst}"
        )
    return made


def _floats(name: str, values: Any, shape: tuple[int, ...]) -> Array:
    array = np.asarray(values)
    if array.dtype.kind not in "fiub":
        raise ConfigError(f"{name} of a rule: accepted: numbers, got {array.dtype}")
    return _shaped(name, array.astype(np.float64), shape)


def _whole(name: str, values: Any, shape: tuple[int, ...], kind: str) -> NDArray[Any]:
    array = np.asarray(values)
    if array.dtype.kind not in (kind, "u" if kind == "i" else kind):
        accepted = "booleans" if kind == "b" else "whole numbers"
        raise ConfigError(f"{name} of a rule: accepted: {accepted}, got {array.dtype}")
    return _shaped(name, array, shape)


def _shaped(name: str, array: NDArray[Any], shape: tuple[int, ...]) -> NDArray[Any]:
    try:
        return np.array(np.broadcast_to(array, shape), order="C")
    except ValueError:
        raise ConfigError(
            f"{name} of a rule: accepted: shape {shape}, or one that spreads to it; got "
            f"{array.shape}"
        ) from None


class DeclaredRule(Section, ABC):
    """The base of a rule of one's own: fields are its parameters, two methods say what it does.

    Every field needs a default. `THRESHOLDS` names those that `numbers` reads and `arrays` does
    not: combinations of a sweep that differ in them alone share their arrays. State the most
    decisive first: neighbours run side by side, and the last one varies fastest.
    """

    THRESHOLDS: ClassVar[tuple[str, ...]] = ()
    #: Parameters by flat name that `not_replayed` reads; None for any.
    READ_BY_NOT_REPLAYED: ClassVar[tuple[str, ...] | None] = None
    #: Whether multipliers above 1 keep an equal share under the cap of one name (`max_weight`).
    keeps_to_cap: ClassVar[bool] = False

    @abstractmethod
    def arrays(self, panel: Panel, regime: Any, events: Any = None) -> RuleArrays:
        """Return what the rule knows, from a panel and the parameters of the regime.

        Entry `t` may depend on rows `<= t` only; `orebound check lookahead` cuts and changes the
        future to find out.
        """

    @abstractmethod
    def numbers(self, of: Any) -> Mapping[str, Any]:
        """Return fields of `Numbers` by plain arithmetic on the thresholds, attributes of `of`.

        For one run `of` is the rule itself; in a sweep its thresholds are arrays of many
        combinations, so that no branch on their values is possible (`numpy.where` is).
        """

    def lines(self, market: Market) -> tuple[Line, ...] | None:  # noqa: ARG002
        """Return the columns of the panel that the rule trades; None for the market's names.

        Made from `market.parts`, so that an arranged market gives the same ones.
        """
        return None

    def hedges_needed(self) -> tuple[str, ...]:
        """Return what legs trade: ``metals``, ``market`` or symbols of hedges (`data.hedges`)."""
        return ()

    def legs(self, panel: Panel, arrays: RuleArrays) -> Legs | None:  # noqa: ARG002
        """Return the columns that are opened and closed with another one, if any.

        Where a rule has legs, real backtrader runs it, and `not_replayed` says so.
        """
        return None

    def not_replayed(self, config: Any) -> str:  # noqa: ARG002
        """Say why real backtrader must run a configuration; nothing where the replay covers it.

        By default that the rule has hedge legs, if it states any.
        """
        return "" if type(self).legs is DeclaredRule.legs else "hedge legs"


#: Numbers that may be NaN: an exit that is off.
MAY_BE_NAN = ("leave_above", "leave_below", "capture")
FLAGS = ("sizes_on_known", "needs_measure")


def checked_values(numbers: Mapping[str, Any]) -> None:
    """Refuse numbers that mean nothing, alone or together; each may hold many combinations.

    Raises
    ------
    ConfigError
        Naming the number, its value and what is accepted.
    """
    for name, given in numbers.items():
        values = np.asarray(given, dtype=np.float64)
        if name not in MAY_BE_NAN and np.isnan(values).any():
            raise ConfigError(f"number {name} of a rule: accepted: a number, got nan")
        if name in FLAGS and not np.isin(values, (0.0, 1.0)).all():
            wrong = values[~np.isin(values, (0.0, 1.0))].flat[0]
            raise ConfigError(f"number {name} of a rule: accepted: 0 or 1, got {wrong}")
        if name in AT_LEAST_0 and (values < 0.0).any():
            raise ConfigError(f"number {name} of a rule: accepted: 0 or more, got {values.min()}")
    shortest, longest = (np.asarray(numbers[f"time_stop_{end}"]) for end in ("min", "max"))
    if (shortest > longest).any():
        raise ConfigError(
            "numbers of a rule: time_stop_min must not exceed time_stop_max, got "
            f"{shortest.max()} and {longest.min()}"
        )


def numbers_of(rule: DeclaredRule, sizing: Any, n_declared: int) -> Numbers:
    """Return the numbers of one combination."""
    stated = checked_numbers(rule, rule) | sizing_numbers(sizing, n_declared)
    numbers = Numbers(**{name: float(value) for name, value in stated.items()})
    checked_values(numbers._asdict())
    return numbers


def checked_numbers(rule: DeclaredRule, of: Any) -> dict[str, Any]:
    """Return what a rule says of its thresholds, refused where it names what is not its own.

    Raises
    ------
    ConfigError
    """
    stated = dict(rule.numbers(of))
    known = [name for name in Numbers._fields if name not in OF_SIZING]
    for name in stated:
        if name not in known:
            raise ConfigError(unknown_name(f"number of {type(rule).__name__}", name, known))
    if "enter_at" not in stated:
        raise ConfigError(f"numbers of {type(rule).__name__}: enter_at is missing")
    return stated


def sizing_numbers(sizing: Any, n_declared: int) -> dict[str, Any]:
    """Return weight, cash and its rate; a weight of 1 where the arrays state the whole of it."""
    weight = 1.0 if states_weight(sizing) else equal_weight(sizing, n_declared)
    return {"weight": weight, "cash": sizing.cash, "cash_rate": sizing.cash_rate}


def states_weight(sizing: Any) -> bool:
    """Return whether weights differ by row and name, so that `RuleArrays.multiplier` holds them."""
    return bool(sizing.sizing != "equal" or sizing.conviction)


def equal_weight(sizing: Any, n_declared: int) -> Any:
    """Return an equal share of the names declared, under the cap of one name."""
    return np.minimum(1.0 / n_declared, sizing.max_weight)
