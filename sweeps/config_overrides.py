"""One ``KEY=VALUE`` text put in its place: sections, tables and types of the models say where."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import TypeAdapter, ValidationError
from pydantic.fields import FieldInfo

from orebound.feeds import ConfigError, unknown_name
from orebound.strategies import Section, as_clause

Values = dict[str, dict[str, Any]]

#: Keys of [data] that are tables, and how one entry is set.
TABLES = {
    "metals": "data.metals.METAL=SYMBOL",
    "releases": "data.releases.NAME=RULE",
    "series": "data.series.NAME=FILE",
}


def owners(sections: Mapping[str, type[Section]]) -> dict[str, str]:
    """Return the section of each parameter by its flat name."""
    return {name: section for section, model in sections.items() for name in model.model_fields}


def override(values: Values, text: str, sections: Mapping[str, type[Section]]) -> None:
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
