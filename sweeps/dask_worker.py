"""What runs inside the workers of a dask cluster; imports dask's extra and is imported lazily."""

from __future__ import annotations

from collections.abc import Callable
from importlib.metadata import version
from typing import Any

from distributed import get_worker
from distributed.diagnostics.plugin import WorkerPlugin

from .provenance import own_version

#: Packages whose version can change a bit of a result.
NUMERIC = ("numpy", "numba")


class ContextPlugin(WorkerPlugin):
    """The context of one sweep, held by every worker of a cluster.

    The scheduler keeps the plugin and hands it to workers that join later. Scattered data would be
    lost with the last worker that holds it.
    """

    def __init__(self, name: str, context: Any) -> None:
        self.name = name
        self.context = context
        self.versions = versions()


def versions() -> dict[str, str]:
    """Return the versions that must agree between the client and its workers."""
    return {"orebound": own_version()} | {name: version(name) for name in NUMERIC}


def on_worker(plugin: str, work: Callable[[Any, Any], Any], chunk: Any) -> Any:
    """Return what the work makes of a chunk and of the context this worker holds."""
    held = get_worker().plugins[plugin]
    mine = versions()
    if mine != held.versions:
        differing = [
            f"{name} {held.versions[name]} here and {mine[name]} on the worker"
            for name in mine
            if mine[name] != held.versions[name]
        ]
        raise RuntimeError(f"versions differ, so results could: {', '.join(differing)}")
    return work(held.context, chunk)
