"""A run again with a change: same configuration, same data, and what came of the change."""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import partial
from pathlib import Path
from typing import Any

from orebound.analyzers import (
    Difference,
    RunRecord,
    SeriesChange,
    difference_of,
    read_run,
    stale_series,
)
from orebound.feeds import ConfigError, DataRefused, Market

from .config import RunConfig, build, changed_config, load
from .config_sections import Data
from .engine import execute, load_market
from .provenance import provenance

CONFIG = "config.toml"
#: More series than this are counted, not named.
SHOWN = 5
Progress = Callable[[str], None]


@dataclass(frozen=True)
class WhatIf:
    """A run with a change beside what it is compared with.

    Attributes
    ----------
    record : RunRecord
        The run with the change.
    base : RunRecord
        The run as recorded, or its unchanged configuration run again today.
    difference : Difference
        From `base` to `record`.
    market : Market
        The data both ran on.
    """

    record: RunRecord
    base: RunRecord
    difference: Difference
    market: Market


def what_if(
    source: RunRecord | Path,
    changes: Mapping[str, Any] | Sequence[str],
    *,
    market: Market | None = None,
    again: bool = False,
    command: str = "",
    progress: Progress | None = None,
) -> WhatIf:
    """Return a run with a change, and its difference from the run it was.

    The run keeps its last session where the data have grown since, so that both see the same days.

    Parameters
    ----------
    source : RunRecord or Path
        A run, or its directory, whose ``config.toml`` is then taken.
    changes : mapping of bare names, or texts ``section.name=value``
        What is changed.
    market : Market, optional
        The data, where they are at hand; else those the configuration names are read.
    again : bool
        Run the unchanged configuration on today's data and code as well and compare with that.
        Where data were restated since the run, nothing else is accepted.

    Raises
    ------
    ConfigError
        If nothing is changed, a name or value is none, or the run's data cannot be named.
    DataRefused
        If data were restated since the run and `again` is not set, or the run directory's files
        contradict each other.
    """
    record = read_run(source) if isinstance(source, Path) else source
    config = _own_config(source, record)
    changed = _changed(config, changes)
    has_own = _reads(changed) == _reads(config)
    _refuse_unnamed(record, market, has_own)
    was = market or load_market(config)
    stale = stale_series(record, was)
    if stale and not again:
        raise DataRefused(_refusal(record, stale))
    run = partial(execute, command=command, progress=progress)
    base = run(_ended(config, record, was), market=was) if again else record
    if changed.data.end == config.data.end:
        changed = _ended(changed, record, was)
    now = was if has_own else load_market(changed)
    made = run(changed, market=now)
    note = {"of": record.info["id"], "changes": _in_words(changes), "again": again}
    made = replace(made, info=made.info | {"whatif": note})
    found = difference_of(base, made)
    banners = _banners(record, config, stale, again=again)
    return WhatIf(made, base, replace(found, banners=(*banners, *found.banners)), now)


def _own_config(source: RunRecord | Path, record: RunRecord) -> RunConfig:
    if isinstance(source, Path):
        path = source / CONFIG
        config = load(path)
        if _written(path) != record.info["config"]:
            raise DataRefused(
                f"{path} is not the configuration that run.json holds: it was changed after the "
                "run; `orebound backtest` runs a changed file"
            )
        return config
    return build(record.info["config"])


def _written(path: Path) -> Any:
    return tomllib.loads(path.read_text(encoding="utf-8"))


def _changed(config: RunConfig, changes: Mapping[str, Any] | Sequence[str]) -> RunConfig:
    if not changes:
        raise ConfigError("nothing to change; accepted: parameters, as costs.stamp_duty=0")
    changed = changed_config(config, changes)
    if changed == config:
        raise ConfigError(f"nothing changes: the run has {_in_words(changes)} already")
    return changed


def _in_words(changes: Mapping[str, Any] | Sequence[str]) -> str:
    if isinstance(changes, Mapping):
        return ", ".join(f"{name}={value!r}" for name, value in changes.items())
    return ", ".join(changes)


def _reads(config: RunConfig) -> RunConfig:
    """Return what of a configuration decides which data are read: not which part of them."""
    plain = Data()
    idle = {name: getattr(plain, name) for name in ("start", "end", "strict")}
    return RunConfig(data=config.data.model_copy(update=idle))


def _refuse_unnamed(record: RunRecord, market: Market | None, has_own: bool) -> None:
    source, named = record.info["source"], record.info["config"].get("data", {}).get("source")
    if source == named or (market is not None and has_own):
        return
    what = "a change of what is read" if market is not None else "running it again"
    raise ConfigError(
        f"the run was made on a market of its own (source {source}), which its configuration "
        f"(source {named}) does not name: {what} needs that market, as in "
        "orebound.backtest(market, z_in=2)"
    )


def _ended(config: RunConfig, record: RunRecord, market: Market) -> RunConfig:
    """Return the configuration that ends where the run ended, though data went on since."""
    if config.data.end is not None or record.equity.empty:
        return config
    last: date = record.equity["date"].max().date()
    if market.panel.closes[-1].astype("datetime64[D]").item() <= last:
        return config
    return config.model_copy(update={"data": config.data.model_copy(update={"end": last})})


def _banners(
    record: RunRecord, config: RunConfig, stale: Sequence[SeriesChange], *, again: bool
) -> Iterator[str]:
    if stale:
        yield (
            "Data were restated since the run was made. A is its unchanged configuration run "
            f"again on today's data, not the run as recorded: {_listed(stale)}."
        )
    if again:
        return
    then, now = record.info.get("code") or {}, provenance()["code"]
    if (then.get("version"), then.get("commit")) != (now["version"], now["commit"]):
        yield (
            "The code changed since the run was made, which may be part of the difference; "
            "--again runs the unchanged configuration with today's code as well."
        )
    held = record.info["config"]
    new = [
        f"{section}.{name}"
        for section, values in config.as_dict().items()
        for name in values
        if name not in held.get(section, {})
    ]
    if new:
        more = f" and {len(new) - SHOWN} more" if len(new) > SHOWN else ""
        yield (
            f"The run's version did not know {', '.join(new[:SHOWN])}{more}: they take today's "
            "defaults, which may be part of the difference."
        )


def _listed(stale: Sequence[SeriesChange]) -> str:
    shown = "; ".join(str(one) for one in stale[:SHOWN])
    return shown + (f"; and {len(stale) - SHOWN} more series" if len(stale) > SHOWN else "")


def _refusal(record: RunRecord, stale: Sequence[SeriesChange]) -> str:
    return (
        f"data were restated since run {record.info['id']} was made, so a change of its "
        f"configuration cannot be told from the change of its data: {_listed(stale)}. --again "
        "(again=True) runs the unchanged configuration on today's data too and compares with that"
    )
