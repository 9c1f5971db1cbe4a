"""One run's configuration: sections, TOML file and ``--set`` overrides, fully resolved.

Later wins: defaults, file, command-line options, overrides.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from copy import deepcopy
from pathlib import Path
from typing import Any

import tomli_w
from pydantic import ValidationError, model_validator

from orebound.feeds import ConfigError, unknown_name
from orebound.strategies import (
    Costs,
    Regime,
    Rule,
    Section,
    Sizing,
    by_section,
    in_sentences,
    needed,
    own_rule,
    rule_name,
)

from .config_overrides import Values, override, owners
from .config_sections import AnyRule, Data, Run

LARGEST_FILE = 100_000_000
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
        override(values, text, sections)
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
            override(values, text, sections)
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
