"""A sweep in a notebook: lists of values in, a frame of results out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from orebound.feeds import Market
from orebound.sweeps import Sweep, SweepSettings, find_sweep, from_names, make_sweep_config
from orebound.sweeps import open_sweep as open_folder
from orebound.sweeps import sweep as run_sweep

__all__ = ["Sweep", "open_sweep", "sweep"]

RESULTS = Path("results")
#: What a sweep file says beside `[sweep.parameters]`.
OWN = (*SweepSettings.model_fields, "conditions", "rows")


def sweep(
    market: Market | None = None,
    *,
    design: str = "grid",
    n: int = 0,
    seed: int = 0,
    verify: int = 5,
    name: str = "sweep",
    out: str | Path | None = None,
    jobs: int | None = None,
    **parameters: Any,
) -> Sweep:
    """Return the results of every combination of some parameters.

    Runs are kept below ``results/sweeps``: the same call finds them again at once, an interrupted
    one goes on where it stood.

    Parameters
    ----------
    market : Market, optional
        The embedded sample market by default.
    design : str
        ``grid``; ``random`` and ``sobol`` with `n` draws; ``list`` of the rows of a table; or
        ``search`` of `n` trials, each batch chosen by the results before it.
    verify : int
        Combinations at random, and as many of the best, run again through real backtrader.
    **parameters
        Any parameter by its bare name: a list or ``{"from": 1, "to": 2, "step": 0.1}`` varies,
        one value holds for all: ``z_in=[1, 1.5, 2], memory_days=[30, 60], regime="level"``.

        Likewise any other key of ``[sweep]``: ``conditions={"lag_in": {"trigger": ["lag"]}}``;
        ``table="rows.csv"`` or ``rows=[{"z_in": 1.0}, ...]`` of a list; ``maximise`` and ``batch``
        of a search; ``impossible="drop"``; ``through="backtrader"``; ``orebound params`` lists all.

    Raises
    ------
    ConfigError
        Naming the parameter, its value and what is accepted, or the nearest valid name.
    """
    own = {key: parameters.pop(key) for key in OWN if key in parameters}
    if own.get("table"):
        own["table"] = str(Path(own["table"]).expanduser().absolute())
    own |= {"design": design, "n": n, "seed": seed, "verify": verify, "name": name}
    varied = {key: value for key, value in parameters.items() if _varies(value)}
    fixed = {key: value for key, value in parameters.items() if key not in varied}
    config = make_sweep_config(from_names(fixed), own | {"parameters": varied})
    return run_sweep(config, market=market, out=None if out is None else Path(out), jobs=jobs)


def open_sweep(
    key: str | Path = "latest", market: Market | None = None, *, results: str | Path = RESULTS
) -> Sweep:
    """Return a sweep by ``latest``, ``previous``, a unique prefix or its directory.

    Parameters
    ----------
    market : Market, optional
        For sweeps that were given their market: needed for curves and trades only.
    """
    return open_folder(find_sweep(str(key), Path(results)), market)


def _varies(value: Any) -> bool:
    is_range = isinstance(value, Mapping) and "from" in value
    is_many = isinstance(value, Iterable) and not isinstance(value, str | bytes | Mapping)
    return is_range or is_many
