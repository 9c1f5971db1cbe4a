"""Finding a rule of one's own by name: a class in a module, or in a file."""

from __future__ import annotations

import inspect
import sys
from importlib import import_module
from pathlib import Path
from types import ModuleType

from orebound.feeds import ConfigError, unknown_name

from .declaration import OF_SIZING, DeclaredRule
from .parameters import SECTIONS

#: Files of modules that were named by their file, by module.
_FILES: dict[str, Path] = {}
ACCEPTED = 'accepted: "my_rules.py:Reversion" or "package.module:Reversion"'


def own_rule(name: str) -> type[DeclaredRule]:
    """Return the rule that ``file.py:Class`` or ``module:Class`` names.

    The file is run, as any module that is imported: name only what you trust.

    Raises
    ------
    ConfigError
        Naming what was not found and what is accepted.
    """
    place, colon, wanted = name.rpartition(":")
    if not colon or not place or not wanted.isidentifier():
        raise ConfigError(f"rule.declared: {ACCEPTED}, got {name!r}")
    module = _module(place, name)
    found = {
        key: value
        for key, value in vars(module).items()
        if inspect.isclass(value) and issubclass(value, DeclaredRule) and value is not DeclaredRule
    }
    if wanted not in found:
        raise ConfigError(f"rule.declared: {unknown_name(f'rule in {place}', wanted, found)}")
    _check(found[wanted])
    return found[wanted]


def rule_name(rule: type[DeclaredRule]) -> str:
    """Return ``file.py:Class`` or ``module:Class`` of a rule, as it was named.

    Raises
    ------
    ConfigError
        If another process could not find it by that name.
    """
    module, wanted = rule.__module__, rule.__qualname__
    if module == "__main__" or not wanted.isidentifier():
        raise ConfigError(
            f"the rule {wanted} is a class of the script that is run, or of a function, which no "
            "other process can import; accepted: a class at the top of a module of its own"
        )
    return f"{_FILES.get(module, module)}:{wanted}"


def source_of(rule: type[DeclaredRule]) -> Path:
    """Return the file that holds a rule."""
    return Path(inspect.getfile(rule))


def _module(place: str, name: str) -> ModuleType:
    if not place.endswith(".py"):
        return _imported(place, name)
    path = Path(place).expanduser().absolute()
    if not path.is_file():
        raise ConfigError(f"rule.declared: {path}: no such file; {ACCEPTED}")
    # By its folder and stem, so that worker processes, which get this path, find the same module.
    if str(path.parent) not in sys.path:
        sys.path.insert(0, str(path.parent))
    module = _imported(path.stem, name)
    if Path(str(module.__file__)).absolute() != path:
        raise ConfigError(
            f"rule.declared: the name {path.stem} belongs to {module.__file__} already; "
            f"rename {path.name}"
        )
    _FILES[module.__name__] = path
    return module


def _imported(module: str, name: str) -> ModuleType:
    try:
        return import_module(module)
    except (ImportError, SyntaxError, ValueError) as error:
        raise ConfigError(f"rule.declared: cannot import {name!r}: {error}; {ACCEPTED}") from None


def _check(rule: type[DeclaredRule]) -> None:
    if inspect.isabstract(rule):
        lacking = ", ".join(sorted(rule.__abstractmethods__))
        raise ConfigError(f"rule.declared: {rule.__name__} lacks {lacking}")
    taken = {key for section, model in SECTIONS.items() if section != "rule"
             for key in model.model_fields} | {"declared", *OF_SIZING}  # fmt: skip
    for key, field in rule.model_fields.items():
        if key in taken:
            raise ConfigError(
                f"rule.declared: {rule.__name__}.{key}: the name is another section's"
            )
        if field.is_required():
            raise ConfigError(f"rule.declared: {rule.__name__}.{key}: needs a default")
    for key in rule.THRESHOLDS:
        if key not in rule.model_fields:
            said = unknown_name("field in THRESHOLDS", key, rule.model_fields)
            raise ConfigError(f"rule.declared: {rule.__name__}: {said}")
