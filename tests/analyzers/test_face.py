"""The face of the room."""

from __future__ import annotations

import inspect
from typing import Any

import orebound.analyzers

# Any: the stub of the room does not show its __all__.
analyzers: Any = orebound.analyzers


def test_all_lists_every_public_import() -> None:
    public = {
        name
        for name, thing in vars(analyzers).items()
        if not name.startswith("_") and not inspect.ismodule(thing)
    }
    # A submodule of a function's own name is shadowed by the function: that is the function.
    assert public == set(analyzers.__all__)
    assert list(analyzers.__all__) == sorted(analyzers.__all__)
