"""`import orebound as ob`: one line to a run, and nothing heavy imported before it is used."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from orebound.feeds import Market

    from .run import Run, backtest, load_market, open_run
    from .sweeping import Sweep, open_sweep, sweep

    __version__: str

_HOMES = {
    "Market": ("orebound.feeds", "Market"),
    "Run": ("orebound.run", "Run"),
    "Sweep": ("orebound.sweeping", "Sweep"),
    "backtest": ("orebound.run", "backtest"),
    "load_market": ("orebound.run", "load_market"),
    "open_run": ("orebound.run", "open_run"),
    "open_sweep": ("orebound.sweeping", "open_sweep"),
    "sweep": ("orebound.sweeping", "sweep"),
    "__version__": ("orebound.run", "version"),
}

__all__ = [
    "Market",
    "Run",
    "Sweep",
    "__version__",
    "backtest",
    "load_market",
    "open_run",
    "open_sweep",
    "sweep",
]


def __getattr__(name: str) -> Any:
    """Import a public name when it is first used."""
    if name not in _HOMES:
        raise AttributeError(f"module 'orebound' has no attribute {name!r}; it has {__all__}")
    module, attribute = _HOMES[name]
    value = getattr(import_module(module), attribute)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
