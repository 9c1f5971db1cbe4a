"""One sweep's configuration: a base run, the parameters that vary, and how they are combined."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import tomli_w
from pydantic import Field, ValidationError, field_validator

from orebound.analyzers import checked_name
from orebound.feeds import ConfigError, unknown_name
from orebound.strategies import Section, in_sentences, is_own

from .axes import Axis, axis_of, checked_level, may_be_swept, place_of, plain_value
from .config import RunConfig, build, read_toml
from .sweep_table import Codes, csv_columns, listed_axes, row_columns

OWN_TABLES = ("parameters", "conditions", "rows")
Conditions = dict[str, dict[str, tuple[Any, ...]]]


class SweepSettings(Section):
    """How combinations are made, run, checked and kept."""

    name: str = Field("sweep", description="the sweep's name")
    idea: str = Field(
        "catch-up",
        description="its trials are counted together; of a rule of one's own its class name",
    )
    design: Literal["grid", "random", "sobol", "list", "search"] = Field(
        "grid", description="all combinations, draws, the rows of a table, or a search by results"
    )
    n: int = Field(0, ge=0, description="draws of a random or Sobol design, trials of a search")
    maximise: str = Field("sharpe", description="the metric that a search makes large")
    batch: int = Field(16, ge=1, le=10_000, description="trials that a search asks for at once")
    seed: int = Field(0, ge=0, lt=2**32, description="of draws and of what is verified")
    table: str = Field("", description="CSV of a list design; relative to the TOML file")
    impossible: Literal["refuse", "drop"] = Field(
        "refuse", description="combinations whose parameters contradict each other"
    )
    through: Literal["replay", "backtrader"] = Field(
        "replay", description="what runs them; what the replay lacks runs through backtrader"
    )
    timeout_seconds: float = Field(
        300.0, gt=0, le=86_400, description="longest run of a combination through backtrader, s"
    )
    memory_gb: float = Field(
        2.0, gt=0, le=1_000, description="most memory of a process that runs them, GB"
    )
    verify: int = Field(5, ge=0, le=1000, description="at random, and as many of the best")
    chunk: int = Field(2_000, ge=1, le=1_000_000, description="combinations of one part")
    keep_monthly: int = Field(
        200_000, ge=0, description="largest sweep that stores the monthly sums of all rows"
    )

    @field_validator("name", "idea")
    @classmethod
    def _safe_name(cls, value: str) -> str:
        return checked_name("sweep name", value)


@dataclass(frozen=True)
class SweepConfig:
    """A base run and what varies.

    Attributes
    ----------
    base : RunConfig
        Every parameter that is not swept.
    settings : SweepSettings
    axes : tuple of Axis
    conditions : dict
        ``name -> {other: values}``: the parameter varies only where each other has one of the
        values; elsewhere it keeps its base value.
    rows : tuple of ndarray
        Of a list design: by axis, the place of each row's value in the axis' levels.
    """

    base: RunConfig
    settings: SweepSettings
    axes: tuple[Axis, ...]
    conditions: Conditions = field(default_factory=dict)
    rows: tuple[Codes, ...] = ()

    def as_dict(self) -> dict[str, Any]:
        """Return every value in plain types, as a sweep file states it."""
        own: dict[str, Any] = self.settings.model_dump(mode="json")
        if self.rows:
            own["rows"] = self._listed() if not self.settings.table else []
        else:
            own["parameters"] = {axis.name: axis.written() for axis in self.axes}
        own["conditions"] = {
            name: {other: [plain_value(v) for v in values] for other, values in needed.items()}
            for name, needed in self.conditions.items()
        }
        return self.base.as_dict() | {"sweep": {key: own[key] for key in own if own[key] != []}}

    def to_toml(self, *, table: str = "") -> str:
        """Return the fully resolved TOML text; loading it gives the same combinations.

        Parameters
        ----------
        table : str
            Where a list design's table stands beside the text, instead of where it was found.
        """
        values = self.as_dict()
        if table and self.settings.table:
            values["sweep"]["table"] = table
        return tomli_w.dumps(values)

    def _listed(self) -> list[dict[str, Any]]:
        columns = [
            [plain_value(axis.levels[k]) for k in codes.tolist()]
            for axis, codes in zip(self.axes, self.rows, strict=True)
        ]
        names = [axis.name for axis in self.axes]
        return [dict(zip(names, row, strict=True)) for row in zip(*columns, strict=True)]


def is_sweep(path: Path) -> bool:
    """Return whether a configuration file is a sweep's: it has a table ``[sweep]``."""
    return "sweep" in read_toml(path)


def load_sweep(
    path: Path,
    *,
    changes: Mapping[str, Any] | None = None,
    data: Mapping[str, Any] | None = None,
) -> SweepConfig:
    """Return the configuration of a sweep file; `changes` to ``[sweep]``, `data` to ``[data]`` win.

    Raises
    ------
    ConfigError
        Naming the file, key and value, what is accepted, and for unknown names the nearest.
    """
    values: dict[str, Any] = read_toml(path)
    own = values.pop("sweep", None)
    if not isinstance(own, dict):
        raise ConfigError(f"{path}: a sweep file has a table [sweep] with [sweep.parameters]")
    own |= {key: value for key, value in (changes or {}).items() if value is not None}
    if own.get("table"):
        own["table"] = str(path.absolute().parent / Path(str(own["table"])).expanduser())
    own.setdefault("name", path.stem)
    if data and isinstance(values.setdefault("data", {}), dict):
        values["data"] |= data
    try:
        return make_sweep_config(build(values), own)
    except ConfigError as error:
        raise ConfigError(f"{path}: {error}") from None


def make_sweep_config(base: RunConfig, own: Mapping[str, Any]) -> SweepConfig:
    """Return the validated configuration of a base run and the content of ``[sweep]``."""
    plain = {key: value for key, value in own.items() if key not in OWN_TABLES}
    if is_own(base.rule):  # not the catch-up idea's trials, nor the other way round
        plain.setdefault("idea", type(base.rule).__name__)
    for key in plain:
        if key not in SweepSettings.model_fields:
            known = [*SweepSettings.model_fields, *OWN_TABLES]
            raise ConfigError(
                unknown_name("key in [sweep]", key, known, listed_by="orebound params")
            )
    try:
        settings = SweepSettings.model_validate(plain, strict=True)
    except ValidationError as error:
        raise ConfigError(in_sentences(error, section="sweep")) from None
    parameters = _flat(own.get("parameters", {}), base)
    if settings.design == "list":
        columns, rows = _table(base, settings, parameters, own.get("rows", ()))
        _refuse_twice(columns)
        return SweepConfig(base, settings, columns, {}, rows)
    _refuse_wrong_use(settings, parameters, own)
    is_grid = settings.design == "grid"
    axes = [axis_of(key, written, base, is_grid=is_grid) for key, written in parameters.items()]
    _refuse_twice(axes)
    # One order, whatever the file's: TOML does not keep that of lists and tables among each other.
    place = list(base.owner)
    made = tuple(sorted(axes, key=lambda axis: place.index(axis.name)))
    return SweepConfig(base, settings, made, _conditions(own.get("conditions", {}), made, base))


def _refuse_wrong_use(
    settings: SweepSettings, parameters: Mapping[str, Any], own: Mapping[str, Any]
) -> None:
    if not parameters:
        raise ConfigError(
            "sweep.parameters: nothing varies; accepted: names with their values, as "
            "z_in = [1.0, 1.5, 2.0]"
        )
    if settings.table or own.get("rows"):
        raise ConfigError(f'sweep: a table needs design = "list", got {settings.design!r}')
    if (settings.design == "grid") != (settings.n == 0):
        said = "a grid has no n" if settings.n else f"a {settings.design} design needs n"
        raise ConfigError(f"sweep.n: {said}, got {settings.n}")


def _refuse_twice(axes: Sequence[Axis]) -> None:
    seen: set[str] = set()
    for axis in axes:
        if axis.name in seen:
            raise ConfigError(f"sweep.parameters: {axis.name} stands twice")
        seen.add(axis.name)


def _table(
    base: RunConfig, settings: SweepSettings, parameters: Mapping[str, Any], rows: Any
) -> tuple[tuple[Axis, ...], tuple[Codes, ...]]:
    """Return axes and rows of a list design: a CSV table, or ``[[sweep.rows]]``."""
    if parameters or bool(settings.table) == bool(rows):
        raise ConfigError(
            "sweep: a list design takes table = FILE.csv or [[sweep.rows]], one of them, and no "
            "[sweep.parameters]"
        )
    if settings.table:
        return listed_axes(csv_columns(Path(settings.table)), base, settings.table, is_text=True)
    return listed_axes(row_columns(rows), base, "sweep.rows", is_text=False)


def _flat(parameters: Any, base: RunConfig) -> dict[str, Any]:
    """Return parameters by flat or dotted name; tables of sections are taken apart."""
    if not isinstance(parameters, Mapping):
        raise ConfigError(f"sweep.parameters must be a table, got {parameters!r}")
    flat: dict[str, Any] = {}
    for key, value in parameters.items():
        # `regime` is a section and a parameter: as a parameter its values are a list.
        if key in base.sections and isinstance(value, Mapping):
            flat |= {f"{key}.{name}": written for name, written in value.items()}
        else:
            flat[key] = value
    return flat


def _conditions(written: Any, axes: Sequence[Axis], base: RunConfig) -> Conditions:
    by_name = {axis.name: axis for axis in axes}
    if not isinstance(written, Mapping):
        raise ConfigError(f"sweep.conditions must be a table, got {written!r}")
    out: Conditions = {}
    for key, needed in _flat(written, base).items():
        _, name = place_of(key, base)
        if name not in by_name:
            raise ConfigError(f"sweep.conditions: {unknown_name('swept parameter', name, by_name)}")
        if not isinstance(needed, Mapping) or not needed:
            raise ConfigError(
                f"sweep.conditions.{name}: accepted: the values of other swept parameters, as "
                f'{{ trigger = ["lag"] }}; got {needed!r}'
            )
        out[name] = {}
        for other, values in needed.items():
            if other not in by_name or other == name:
                raise ConfigError(
                    f"sweep.conditions.{name}: {_no_leader(name, other, by_name, base)}"
                )
            many = values if isinstance(values, list | tuple) else [values]
            home = by_name[other].section
            out[name][other] = tuple(checked_level(home, other, v, base) for v in many)
    _refuse_circles(out)
    return out


def _no_leader(name: str, other: str, swept: Iterable[str], base: RunConfig) -> str:
    """Return why a parameter cannot depend on another name."""
    if other == name:
        return "depends on itself"
    leaders = [one for one in swept if one != name]
    if other not in base.owner:
        return unknown_name(
            "swept parameter", other, leaders or may_be_swept(base), listed_by="orebound params"
        )
    return (
        f"{other} has one value in this sweep; accepted: a parameter that is swept beside {name}: "
        f"{', '.join(leaders) or 'there is none'}"
    )


def _refuse_circles(conditions: Conditions) -> None:
    for name in conditions:
        ahead, seen = set(conditions[name]), set[str]()
        while ahead:
            other = ahead.pop()
            if other == name:
                raise ConfigError(f"sweep.conditions.{name}: depends on itself")
            ahead |= set(conditions.get(other, ())) - seen
            seen.add(other)
