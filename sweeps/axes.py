"""One swept parameter: the values it may take, each checked by the parameter's own bounds."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from typing import Annotated, Any, get_args

import numpy as np
from numpy.typing import NDArray
from pydantic import ConfigDict, TypeAdapter, ValidationError
from pydantic.fields import FieldInfo

from orebound.feeds import ConfigError, unknown_name
from orebound.strategies import Section, as_clause, in_sentences

from .config import RunConfig

#: Combinations of one sweep; its columns then hold about a hundred megabytes.
LARGEST = 10_000_000
#: Sections whose parameters decide orders. `run` names and judges only; the others are files.
SWEPT_SECTIONS = ("data", "rule", "regime", "sizing", "costs")
NOT_SWEPT = ("extra", "metals", "releases", "series")
RANGE_KEYS = {"from", "to", "step", "points", "log"}
ACCEPTED = "a list of values, {from, to, step}, {from, to, points} or {from, to, log = true}"
#: Part of a step by which the last value may miss `to`: what floats computed elsewhere are off by.
MISS = Decimal("1e-6")
STRICT = ConfigDict(strict=True, allow_inf_nan=False)


@dataclass(frozen=True)
class Axis:
    """The values of one parameter.

    Attributes
    ----------
    levels : tuple
        Distinct values, ascending; empty for a continuous range.
    low, high : float
        Ends of a continuous range.
    log : bool
        Whether equal ratios, not equal differences, are equally likely.
    n_given : int
        Values as written, duplicates included.
    """

    name: str
    section: str
    levels: tuple[Any, ...] = ()
    low: float = 0.0
    high: float = 0.0
    log: bool = False
    n_given: int = 0

    @property
    def is_continuous(self) -> bool:
        """Whether values are drawn from a range instead of a list."""
        return not self.levels

    def written(self) -> Any:
        """Return the axis as a sweep file states it."""
        if self.is_continuous:
            return {"from": self.low, "to": self.high, "log": self.log}
        return [plain_value(value) for value in self.levels]

    def drawn(self, unit: NDArray[np.float64]) -> tuple[tuple[Any, ...], NDArray[np.intp]]:
        """Return levels, and the place in them of each number of [0, 1)."""
        if not self.is_continuous:
            return self.levels, (unit * len(self.levels)).astype(np.intp)
        if self.log:
            values = self.low * (self.high / self.low) ** unit
        else:
            values = self.low + unit * (self.high - self.low)
        levels, codes = np.unique(np.clip(values, self.low, self.high), return_inverse=True)
        return tuple(levels.tolist()), codes


def axis_of(key: str, written: Any, base: RunConfig, *, is_grid: bool) -> Axis:
    """Return the axis that a sweep file, or a keyword in Python, states.

    Raises
    ------
    ConfigError
        Naming the parameter, what was written and what is accepted, or the nearest valid name.
    """
    section, name = place_of(key, base)
    if isinstance(written, Mapping):
        field = base.sections[section].model_fields[name]
        values, is_range = _range_values(name, field, written, is_grid)
        if is_range:
            low, high = (float(checked_level(section, name, v, base)) for v in values)
            return Axis(name, section, low=low, high=high, log=bool(written.get("log")))
    else:
        values = _list_values(name, written)
    return listed_axis(section, name, values, base)


def listed_axis(section: str, name: str, values: Iterable[Any], base: RunConfig) -> Axis:
    """Return the axis of a list of values, each checked."""
    checked = [checked_level(section, name, value, base) for value in values]
    if not checked or None in checked:
        raise ConfigError(f"sweep.parameters.{name}: a value is missing; accepted: {ACCEPTED}")
    levels = tuple(sorted(set(checked)))
    return Axis(name, section, levels=levels, n_given=len(checked))


def place_of(key: str, base: RunConfig) -> tuple[str, str]:
    """Return section and name of a flat or dotted parameter name that may be swept."""
    section, dot, name = key.rpartition(".")
    owner, sections = base.owner, base.sections
    if not dot:
        if key not in owner:
            known = may_be_swept(base)
            raise ConfigError(
                "sweep.parameters: "
                + unknown_name("parameter", key, known, listed_by="orebound params")
            )
        section, name = owner[key], key
    if section not in sections:
        raise ConfigError("sweep.parameters: " + unknown_name("section", section, SWEPT_SECTIONS))
    names = sections[section].model_fields
    if name not in names:
        raise ConfigError(
            "sweep.parameters: "
            + unknown_name(f"parameter of [{section}]", name, names, listed_by="orebound params")
        )
    if section not in SWEPT_SECTIONS or name in NOT_SWEPT:
        raise ConfigError(f"sweep.parameters.{key}: decides no order by itself and is not swept")
    return section, name


def may_be_swept(base: RunConfig) -> list[str]:
    """Return the flat names of all parameters that decide orders."""
    return [
        name
        for name, section in base.owner.items()
        if section in SWEPT_SECTIONS and name not in NOT_SWEPT
    ]


def checked_level(section: str, name: str, value: Any, base: RunConfig) -> Any:
    """Return a value in its parameter's own type.

    Faults between parameters are not looked at here: they belong to whole combinations.
    """
    model = base.sections[section]
    alone = _adapter(model, name)
    if name not in _with_own_checks(model):
        # The whole section costs a tenth of a millisecond; a grid may have 100,000 values.
        with suppress(ValidationError):  # said below, in the section's words
            return alone.validate_python(value)
    whole = dict(getattr(base, section)) | {name: value}
    try:
        return getattr(model.model_validate(whole, strict=True), name)
    except ValidationError as error:
        if any(issue["loc"][:1] == (name,) for issue in error.errors()):
            raise ConfigError(f"sweep.parameters: {in_sentences(error, section=section)}") from None
        return alone.validate_python(value)


@lru_cache
def _with_own_checks(model: type[Section]) -> frozenset[str]:
    """Return the fields that a validator of the section looks at beside their type and bounds."""
    found = model.__pydantic_decorators__.field_validators.values()
    return frozenset(name for one in found for name in one.info.fields)


def typed_text(section: str, name: str, text: str, base: RunConfig) -> Any:
    """Return the text of a table's cell in its parameter's own type."""
    try:
        return _adapter(base.sections[section], name).validate_strings(text)
    except ValidationError as error:
        said = as_clause(error.errors()[0]["msg"])
        raise ConfigError(f"{section}.{name}: {said}, got {text!r}") from None


def plain_value(value: Any) -> Any:
    """Return a value as TOML and JSON hold it; an unset date is an empty text."""
    if value is None:
        return ""
    return value if isinstance(value, bool | int | float | str) else str(value)


@lru_cache(maxsize=256)
def _adapter(model: type[Section], name: str) -> TypeAdapter[Any]:
    field = model.model_fields[name]
    bounded: Any = field.annotation
    if field.metadata:
        bounded = Annotated[bounded, *field.metadata]
    return TypeAdapter(bounded, config=STRICT)


def _list_values(name: str, written: Any) -> list[Any]:
    if isinstance(written, str | bytes) or not isinstance(written, Iterable):
        raise ConfigError(f"sweep.parameters.{name}: accepted: {ACCEPTED}; got {written!r}")
    # Numbers of numpy and of ranges are as welcome as Python's own.
    return [value.item() if isinstance(value, np.generic) else value for value in written]


def _range_values(
    name: str, field: FieldInfo, written: Mapping[str, Any], is_grid: bool
) -> tuple[list[Any], bool]:
    """Return the values of a range, or its two ends and True where it is continuous."""
    said = f"sweep.parameters.{name}"
    for key in written:
        if key not in RANGE_KEYS:
            raise ConfigError(f"{said}: {unknown_name('key', key, RANGE_KEYS)}")
    if not _is_number(field) or not {"from", "to"} <= written.keys():
        raise ConfigError(f"{said}: accepted: {ACCEPTED}, ranges for numbers; got {dict(written)}")
    low, high, log = written["from"], written["to"], bool(written.get("log", False))
    numbers = [low, high, *(written[key] for key in ("step", "points") if key in written)]
    if any(isinstance(n, bool) or not isinstance(n, int | float) for n in numbers):
        raise ConfigError(f"{said}: from, to, step and points are numbers, got {dict(written)}")
    if low >= high or (log and low <= 0):
        above = " and above 0 for log" if log else ""
        raise ConfigError(f"{said}: from must lie below to{above}, got {low} to {high}")
    whole = field.annotation is int
    if "points" in written:
        return _spaced(low, high, written["points"], log, whole, said), False
    if "step" in written or (whole and not log):
        return _stepped(low, high, written.get("step", 1), log, whole, said), False
    if is_grid or whole:
        raise ConfigError(f"{said}: a grid needs step or points, as {{from, to, points = 10}}")
    return [float(low), float(high)], True


def _is_number(field: FieldInfo) -> bool:
    annotation = field.annotation
    return annotation in (int, float) or float in get_args(annotation)


def _stepped(low: Any, high: Any, step: Any, log: bool, whole: bool, said: str) -> list[Any]:
    if log or not step > 0:
        raise ConfigError(f"{said}: step must be above 0 and without log, got {step}")
    # Decimals: 0.1 taken three times is 0.3 and not 0.30000000000000004.
    first, last, by = (Decimal(str(number)) for number in (low, high, step))
    steps = (last - first) / by
    count = round(steps) + 1
    if count > LARGEST:
        raise ConfigError(f"{said}: {count:,} values; accepted: at most {LARGEST:,}")
    if abs(steps - round(steps)) > MISS:
        reached = first + int(steps) * by
        raise ConfigError(
            f"{said}: from {low} by {step} the last value is {reached}, and to is {high}; "
            f"accepted: a to that is reached, as {reached} or {reached + by}, or points, not step"
        )
    values = [min(first + k * by, last) for k in range(count)]
    if whole and any(value != int(value) for value in values):
        raise ConfigError(f"{said}: takes whole numbers only, got from {low} by {step}")
    return [int(value) if whole else float(value) for value in values]


def _spaced(low: Any, high: Any, points: Any, log: bool, whole: bool, said: str) -> list[Any]:
    if not isinstance(points, int) or not 2 <= points <= LARGEST:
        raise ConfigError(f"{said}: points must be a whole number from 2, got {points}")
    spaced = np.geomspace(low, high, points) if log else np.linspace(low, high, points)
    spaced[0], spaced[-1] = low, high
    return [round(value) if whole else float(f"{value:.12g}") for value in spaced.tolist()]
