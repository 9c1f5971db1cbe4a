"""One run's configuration: sections, TOML file and ``--set`` overrides, fully resolved.

Later wins: defaults, file, command-line options, overrides.
"""

from __future__ import annotations

import os
import tomllib
from collections.abc import Iterable, Mapping
from copy import deepcopy
from datetime import date
from pathlib import Path
from typing import Annotated, Any, Literal

import tomli_w
from pydantic import (
    BeforeValidator,
    Field,
    GetPydanticSchema,
    TypeAdapter,
    ValidationError,
    field_validator,
    model_validator,
)
from pydantic.fields import FieldInfo
from pydantic_core import core_schema

from orebound.analyzers import checked_name
from orebound.feeds import ConfigError, unknown_name
from orebound.strategies import (
    Costs,
    DeclaredRule,
    Regime,
    Rule,
    Section,
    Sizing,
    as_clause,
    by_section,
    in_sentences,
    needed,
    own_rule,
    rule_name,
)

LARGEST_FILE = 100_000_000
Values = dict[str, dict[str, Any]]


def _iso_date(value: Any) -> Any:
    """Return the date of an ISO text; anything else is left to the field's own check."""
    if not isinstance(value, str):
        return value
    try:
        return date.fromisoformat(value)
    except ValueError:
        raise ValueError("accepted: a date as YYYY-MM-DD") from None


Day = Annotated[date, BeforeValidator(_iso_date)]


class Data(Section):
    """Where prices come from and which part of them a run may use."""

    source: Literal["sample", "csv", "yahoo"] = Field(
        "sample", description="embedded market, a folder of files, or the local store"
    )
    folder: str = Field("", description="price folder for source csv; relative to the TOML file")
    universe: str = Field(
        "nyse-miners", description="which names are traded: a shipped list or a TOML file"
    )
    skip_missing: bool = Field(
        False, description="leave out names without data instead of refusing"
    )
    allow_hindsight: bool = Field(False, description="use a list before the day it was published")
    strict: bool = Field(False, description="refuse exposures that were published later")
    start: Day | None = Field(None, description="first possible decision; warm-up loads before it")
    end: Day | None = Field(None, description="last session")
    base_currency: str = Field("USD", pattern=r"^[A-Z]{3}$", description="currency of the book")
    latency_minutes: int = Field(5, ge=0, le=240, description="from a close to its decision")
    metals: dict[str, str] = Field({}, description="symbol to use for a metal, by metal")
    market: str = Field("", description="symbol of the market factor; empty: the universe's")
    extra: str = Field(
        "",
        description="further symbols, joined by +, SYMBOL.column for a column; filled with needs",
    )
    hedges: str = Field(
        "",
        description="metals, market or symbols of hedges, joined by +; filled with needs",
    )
    series: dict[str, str] = Field(
        {}, description="FILE.csv or FILE.csv:column with dates of release, by name"
    )
    releases: dict[str, str] = Field(
        {}, description="rule of release of a series whose file has no dates, by name"
    )

    @field_validator("universe")
    @classmethod
    def _safe_universe(cls, value: str) -> str:
        """Return a shipped name as it is, and a user's own TOML file as an absolute path."""
        if value.endswith(".toml"):
            return os.path.abspath(os.path.expanduser(value))
        return checked_name("universe", value)

    @field_validator("metals", "market")
    @classmethod
    def _safe_symbols(cls, value: Any) -> Any:
        for symbol in value.values() if isinstance(value, dict) else filter(None, [value]):
            checked_name("symbol", symbol)
        return value

    @field_validator("extra", "hedges")
    @classmethod
    def _safe_extra(cls, value: str) -> str:
        return "+".join(checked_name("symbol", one) for one in value.split("+")) if value else ""

    @field_validator("series")
    @classmethod
    def _local_series(cls, value: dict[str, str]) -> dict[str, str]:
        for name, place in value.items():
            checked_name("series", name)
            if "://" in place or not place:
                raise ValueError(f"accepted: a local file for {name}, got {place!r}")
        return {name: os.path.abspath(os.path.expanduser(place)) for name, place in value.items()}

    @field_validator("folder")
    @classmethod
    def _local_folder(cls, value: str) -> str:
        if "://" in value:
            raise ValueError("accepted: a local folder; only `orebound fetch` uses the network")
        return os.path.abspath(os.path.expanduser(value)) if value else ""

    @model_validator(mode="after")
    def _fits_together(self) -> Data:
        if self.source == "csv" and not self.folder:
            raise ValueError("data.folder is needed for source csv (--data DIR), got ''")
        if self.start and self.end and self.start > self.end:
            raise ValueError(f"start must not lie after end, got {self.start} > {self.end}")
        return self


class Run(Section):
    """How a run is named and judged."""

    name: str = Field("", description="the run's name; empty: the universe's")
    seed: int = Field(0, ge=0, lt=2**32, description="of the null's random entries")
    periods_per_year: int = Field(252, ge=1, le=366, description="to annualise")
    risk_free: float = Field(0.0, ge=-0.05, le=0.25, description="a year, in the Sharpe ratio")
    null_draws: int = Field(1000, ge=0, le=100_000, description="exposure-matched null portfolios")

    @field_validator("name")
    @classmethod
    def _safe_name(cls, value: str) -> str:
        return checked_name("run name", value) if value else value


def _rule_or_table(value: Any, handler: Any) -> Any:
    """Return a rule of one's own as it is; a table is the catch-up rule's."""
    return value if isinstance(value, DeclaredRule) else handler(value)


AnyRule = Annotated[
    DeclaredRule,
    GetPydanticSchema(
        lambda _source, handler: core_schema.no_info_wrap_validator_function(
            _rule_or_table,
            handler(Rule),
            serialization=core_schema.plain_serializer_function_ser_schema(
                lambda rule: rule.model_dump(mode="json")
            ),
        )
    ),
]
#: Keys of [data] that are tables, and how one entry is set.
TABLES = {
    "metals": "data.metals.METAL=SYMBOL",
    "releases": "data.releases.NAME=RULE",
    "series": "data.series.NAME=FILE",
}
#: The key of [rule] that names a rule of one's own; the others are that rule's fields.
DECLARED = "declared"


class RunConfig(Section):
    """Everything that decides a run's orders, and nothing else."""

    data: Data = Data()
    rule: AnyRule = Rule()
    regime: Regime = Regime()
    sizing: Sizing = Sizing()
    costs: Costs = Costs()
    run: Run = Run()

    @model_validator(mode="after")
    def _named(self) -> RunConfig:
        if not self.run.name:
            named = self.run.model_copy(update={"name": Path(self.data.universe).stem})
            # The model is frozen; this and needs of `data` are what other sections decide.
            self.__dict__["run"] = named
        needs = {"extra": needed(self.rule, self.regime), "hedges": self.rule.hedges_needed()}
        for name, wanted in needs.items():
            asked = getattr(self.data, name)
            filled = "+".join(dict.fromkeys((*filter(None, asked.split("+")), *wanted)))
            if filled != asked:
                self.__dict__["data"] = self.data.model_copy(update={name: filled})
        return self

    def as_dict(self) -> Values:
        """Return every value in plain types, dates as ISO text; unset dates are left out."""
        values: Values = self.model_dump(mode="json", exclude_none=True)
        if type(self.rule) is not Rule:
            values["rule"] = {DECLARED: rule_name(type(self.rule))} | values["rule"]
        return values

    @property
    def sections(self) -> dict[str, type[Section]]:
        """The model of each section; that of ``rule`` is the rule's own."""
        return SECTIONS | {"rule": type(self.rule)}

    @property
    def owner(self) -> dict[str, str]:
        """The section of each parameter by its flat name."""
        return owners(self.sections)

    def to_toml(self) -> str:
        """Return the fully resolved TOML text; loading it gives an equal config."""
        return tomli_w.dumps(self.as_dict())


SECTIONS: dict[str, type[Section]] = {
    "data": Data,
    "rule": Rule,
    "regime": Regime,
    "sizing": Sizing,
    "costs": Costs,
    "run": Run,
}


def owners(sections: Mapping[str, type[Section]]) -> dict[str, str]:
    """Return the section of each parameter by its flat name."""
    return {name: section for section, model in sections.items() for name in model.model_fields}


OWNER = owners(SECTIONS)


def load(
    path: Path | None = None,
    *,
    changes: Mapping[str, Mapping[str, Any]] | None = None,
    overrides: Iterable[str] = (),
) -> RunConfig:
    """Return the resolved configuration of a file, changes by section, and ``KEY=VALUE`` texts.

    Raises
    ------
    ConfigError
        Naming the file, key and value, what is accepted, and for unknown names the nearest.
    """
    values = read_toml(path) if path is not None else {}
    for section, chosen in (changes or {}).items():
        values.setdefault(section, {}).update(chosen)
    sections = sections_named(values) if overrides else SECTIONS
    for text in overrides:
        _override(values, text, sections)
    return build(values, where=str(path) if path is not None else "")


def build(values: Mapping[str, Mapping[str, Any]], *, where: str = "") -> RunConfig:
    """Return the validated configuration; texts are not taken for numbers."""
    prefix = f"{where}: " if where else ""
    try:
        return _built(deepcopy(dict(values)))
    except ValidationError as error:
        raise ConfigError(prefix + in_sentences(error)) from None
    except ConfigError as error:
        raise ConfigError(f"{prefix}{error}") from None


def _built(values: dict[str, Any]) -> RunConfig:
    sections = sections_named(values)
    for section, chosen in values.items():
        if section not in sections:
            raise ConfigError(unknown_name("section", section, sections))
        if not isinstance(chosen, Mapping):
            raise ConfigError(f"[{section}] must be a table, got {chosen!r}")
        names = sections[section].model_fields
        for name in chosen:
            if name not in names and (section, name) != ("rule", DECLARED):
                raise ConfigError(
                    unknown_name(f"key in [{section}]", name, names, listed_by="orebound params")
                )
    if sections["rule"] is not Rule:
        own = {key: value for key, value in values["rule"].items() if key != DECLARED}
        try:
            values["rule"] = sections["rule"].model_validate(own, strict=True)
        except ValidationError as error:
            raise ConfigError(in_sentences(error, section="rule")) from None
    elif "rule" in values:
        values["rule"].pop(DECLARED, None)
    return RunConfig.model_validate(values, strict=True)


def sections_named(values: Mapping[str, Any]) -> dict[str, type[Section]]:
    """Return the model of each section of written values; ``rule.declared`` names its own."""
    rule = values.get("rule")
    named = rule.get(DECLARED, "") if isinstance(rule, Mapping) else ""
    if not isinstance(named, str):
        raise ConfigError(f"rule.declared: accepted: a text, got {named!r}")
    return SECTIONS | {"rule": own_rule(named)} if named else SECTIONS


def from_names(values: Mapping[str, Any]) -> RunConfig:
    """Return the configuration of bare parameter names, as in ``backtest(z_in=1.5)``."""
    return build(by_section(values, OWNER))


def changed_config(config: RunConfig, changes: Mapping[str, Any] | Iterable[str]) -> RunConfig:
    """Return a configuration with changes: bare names and values, or ``KEY=VALUE`` texts.

    Raises
    ------
    ConfigError
        Naming key and value, what is accepted, and for unknown names the nearest.
    """
    values = config.as_dict()
    if isinstance(changes, Mapping):
        for section, chosen in by_section(changes, config.owner).items():
            values.setdefault(section, {}).update(chosen)
    else:
        sections = sections_named(values)
        for text in changes:
            _override(values, text, sections)
    return build(values)


def read_toml(path: Path) -> Values:
    """Return a config file's tables; paths in it are taken from its own folder."""
    if not path.is_file():
        raise ConfigError(f"{path}: no such config file")
    if path.stat().st_size > LARGEST_FILE:
        raise ConfigError(f"{path}: accepted: at most {LARGEST_FILE:,} bytes")
    try:
        values = tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path}: not a TOML file: {error}") from None
    data: Any = values.get("data")
    for name, value in list(data.items()) if isinstance(data, dict) else ():
        is_path = name == "folder" or (name == "universe" and str(value).endswith(".toml"))
        if is_path and isinstance(value, str) and value and "://" not in value:
            data[name] = str(path.absolute().parent / Path(value).expanduser())
    series: Any = data.get("series") if isinstance(data, dict) else None
    for name, value in list(series.items()) if isinstance(series, dict) else ():
        if isinstance(value, str) and value and "://" not in value:
            series[name] = str(path.absolute().parent / Path(value).expanduser())
    rule: Any = values.get("rule")
    named = rule.get(DECLARED) if isinstance(rule, dict) else None
    if isinstance(named, str) and ".py:" in named:
        rule[DECLARED] = str(path.absolute().parent / Path(named).expanduser())
    return values


def _override(values: Values, text: str, sections: Mapping[str, type[Section]]) -> None:
    """Put one ``section.name=value``, ``name=value`` or ``data.metals.copper=SYMBOL`` in place."""
    key, equals, written = text.partition("=")
    if not equals:
        raise ConfigError(f"--set {text}: accepted: KEY=VALUE, as costs.stamp_duty=0")
    section, name, item = _place(key.strip(), text, sections)
    chosen = values.setdefault(section, {})
    if item:
        chosen[name] = {**chosen.get(name, {}), item: written.strip()}
    else:
        chosen[name] = _typed(sections[section].model_fields[name], written.strip(), text)


def _place(key: str, text: str, sections: Mapping[str, type[Section]]) -> tuple[str, str, str]:
    parts, owner = key.split("."), owners(sections)
    if len(parts) == 1 and key not in owner:
        raise ConfigError(
            f"--set {text}: " + unknown_name("parameter", key, owner, listed_by="orebound params")
        )
    section, name, *item = parts if len(parts) > 1 else (owner[key], key)
    if section not in sections:
        raise ConfigError(f"--set {text}: " + unknown_name("section", section, sections))
    names = sections[section].model_fields
    if name not in names:
        raise ConfigError(
            f"--set {text}: "
            + unknown_name(f"key in [{section}]", name, names, listed_by="orebound params")
        )
    if bool(item) != (name in TABLES) or len(item) > 1:
        accepted = TABLES.get(name, f"{section}.{name}=VALUE")
        raise ConfigError(f"--set {text}: accepted: {accepted}")
    return section, name, item[0] if item else ""


def _typed(field: FieldInfo, written: str, text: str) -> Any:
    """Return the text as the field's own type; bounds are checked with the whole."""
    try:
        adapter: TypeAdapter[Any] = TypeAdapter(field.annotation or str)
        return adapter.validate_strings(written)
    except ValidationError as error:
        accepted = as_clause(error.errors()[0]["msg"])
        raise ConfigError(f"--set {text}: {accepted}, got {written!r}") from None
