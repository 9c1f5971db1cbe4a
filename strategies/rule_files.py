"""Finding a rule of one's own by name: a class in a module, or in a file."""

from __future__ import annotations

import inspect
import sys
from contextlib import suppress
from hashlib import sha256
from importlib import import_module, reload
from pathlib import Path
from py_compile import PycInvalidationMode, PyCompileError
from py_compile import compile as compile_file
from types import ModuleType

from orebound.feeds import ConfigError, unknown_name

from .declaration import OF_SIZING, DeclaredRule
from .parameters import SECTIONS

#: Files of modules that were named by their file, by module.
_FILES: dict[str, Path] = {}
#: sha256 of the files of users' modules as they were run, by module.
_RAN: dict[str, str] = {}
FOREIGN = ("orebound", "pydantic", "builtins", "abc", "typing")
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


def is_own(rule: DeclaredRule) -> bool:
    """Return whether a rule is a user's: not one of this package, which its tests prove."""
    return not type(rule).__module__.startswith("orebound.")


def rule_sources(rule: type[DeclaredRule]) -> dict[str, str]:
    """Return the sha256 of each file that a rule of one's own is made of, by module.

    These are the files of its class and its bases, and what they import from their own folders,
    each as it was when it was run: a file changed since counts once it is run again.
    """
    own = [one.__module__ for one in rule.__mro__ if not one.__module__.startswith(FOREIGN)]
    found, ahead = dict[str, str](), list(dict.fromkeys(own))
    while ahead:
        name = ahead.pop()
        module = sys.modules.get(name)
        if name in found or module is None or not _is_users(module):
            continue
        found[name] = _ran(module)
        ahead += _neighbours(module)
    return dict(sorted(found.items()))


def _is_users(module: ModuleType) -> bool:
    file = getattr(module, "__file__", None)
    return file is not None and not module.__name__.startswith(FOREIGN)


def _neighbours(module: ModuleType) -> list[str]:
    """Return the modules of the same folder that a module has names of."""
    folder = Path(str(module.__file__)).parent
    out = []
    for value in vars(module).values():
        name = value.__name__ if inspect.ismodule(value) else getattr(value, "__module__", None)
        other = sys.modules.get(name) if isinstance(name, str) else None
        file = getattr(other, "__file__", None)
        if file is not None and folder in Path(file).parents:
            out.append(str(name))
    return out


def _ran(module: ModuleType) -> str:
    """Return the digest of a module's file when it was first seen run."""
    return _RAN.setdefault(module.__name__, _digest(module))


def _digest(module: ModuleType) -> str:
    return sha256(Path(str(module.__file__)).read_bytes()).hexdigest()


def _module(place: str, name: str) -> ModuleType:
    if not place.endswith(".py"):
        return _imported(place, name)
    path = Path(place).expanduser().absolute()
    if not path.is_file():
        raise ConfigError(f"rule.declared: {path}: no such file; {ACCEPTED}")
    # By its folder and stem, so that worker processes, which get this path, find the same module.
    if str(path.parent) not in sys.path:
        sys.path.insert(0, str(path.parent))
    if path.stem not in sys.modules:
        _compile_by_content(path)
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
        found = import_module(module)
        if _RAN.setdefault(found.__name__, _digest(found)) != _digest(found):
            _compile_by_content(Path(str(found.__file__)))
            found = reload(found)  # edited since: what runs and what is named are one
            _RAN[found.__name__] = _digest(found)
        return found
    except (ImportError, SyntaxError, ValueError) as error:
        raise ConfigError(f"rule.declared: cannot import {name!r}: {error}; {ACCEPTED}") from None


def _compile_by_content(path: Path) -> None:
    """Leave bytecode that is held against the source's content.

    By time and size, as Python does by itself, an edit within a second that keeps the length would
    run as it was before, under the digest of what it is now.
    """
    if not sys.dont_write_bytecode:
        # A folder that cannot be written holds no bytecode; what does not compile, the import says.
        with suppress(OSError, PyCompileError):
            compile_file(
                str(path), doraise=True, invalidation_mode=PycInvalidationMode.CHECKED_HASH
            )


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
