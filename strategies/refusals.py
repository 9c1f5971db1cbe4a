"""What a section or a configuration refuses, as sentences that name the key and the value."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError

from orebound.feeds import ConfigError, unknown_name

CHOICE = re.compile(r"'([^']*)'")


def by_section(values: Mapping[str, Any], owner: Mapping[str, str]) -> dict[str, dict[str, Any]]:
    """Return bare parameter names sorted into the sections that own them.

    Raises
    ------
    ConfigError
        If a name belongs to no section; the message lists the close names.
    """
    split: dict[str, dict[str, Any]] = {}
    for name, value in values.items():
        if name not in owner:
            raise ConfigError(unknown_name("parameter", name, owner, listed_by="orebound params"))
        split.setdefault(owner[name], {})[name] = value
    return split


def in_sentences(error: ValidationError, *, section: str = "") -> str:
    """Return ``section.key: what is accepted, got value`` for each fault; `section` where known.

    A fault between keys has no key of its own: its own words say all.
    """
    sentences = []
    for issue in error.errors():
        place = [part for part in (section, *map(str, issue["loc"])) if part]
        accepted = as_clause(issue["msg"])
        if issue["type"] == "literal_error" and isinstance(issue["input"], str):
            accepted = unknown_name("choice", issue["input"], CHOICE.findall(accepted))
        if len(place) < 2:
            sentences.append(accepted)
            continue
        got = "" if ", got " in accepted else f", got {issue['input']!r}"
        sentences.append(f"{'.'.join(place)}: {accepted}{got}")
    return "; ".join(sentences)


def as_clause(message: str) -> str:
    """Return a validator's message as part of a sentence."""
    sentence = message.removeprefix("Value error, ")
    return sentence[:1].lower() + sentence[1:]
