"""When to act on a view: at its date, by the rule from it, with the regime, or at any other time.

All of one market and one length of holding, through the replay. A list of picks is never used
before the day it was published, whatever the configuration allows.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from orebound.feeds import (
    ConfigError,
    Market,
    Universe,
    ViewEvent,
    shipped_issuers,
    shipped_listings,
)
from orebound.strategies import Rule

from .config import RunConfig
from .engine import load_market

Progress = Callable[[str], None]
COLUMNS = ("entry", "first", "last", "entries", "return", "rank", "about")


@dataclass(frozen=True)
class ViewReport:
    """What acting on a view earned beside acting at other times.

    Attributes
    ----------
    config : RunConfig
    view : ViewEvent
    names, peers : tuple of str
        Those held; and those of the same exchanges that were not picked.
    hold : int
        Sessions held, fewer than asked where the data end before.
    first, last : datetime64[D]
        Sessions that random dates are drawn from.
    draws, block : int
        Random dates, and sessions from one jump to the next.
    table : DataFrame
        One row an entry: ``entry, first, last, entries, return, rank, about``. `rank` is the share
        of random dates that did worse, ties half; NaN of peers.
    random : dict of float
        ``mean, p05, p95`` of the random dates' returns.
    by_name : DataFrame
        ``symbol, is_pick, return`` over the same sessions from the view, before costs.
    notes : tuple of str
    """

    config: RunConfig
    view: ViewEvent
    names: tuple[str, ...]
    peers: tuple[str, ...]
    hold: int
    first: np.datetime64
    last: np.datetime64
    draws: int
    block: int
    table: pd.DataFrame = field(repr=False)
    random: dict[str, float]
    by_name: pd.DataFrame = field(repr=False)
    notes: tuple[str, ...] = ()

    def as_dict(self) -> dict[str, Any]:
        """Return everything in plain types."""
        view = vars(self.view) | {"known_at": str(self.view.known_at.astype("M8[m]")) + "Z"}
        plain = ("hold", "draws", "block", "random")
        return {
            "view": view,
            "universe": self.config.data.universe,
            "names": list(self.names),
            "peers": list(self.peers),
            "first": str(self.first),
            "last": str(self.last),
            **{name: getattr(self, name) for name in plain},
            "table": self.table.to_dict("records"),
            "by_name": self.by_name.to_dict("records"),
            "notes": list(self.notes),
        }


def compare_entries(
    config: RunConfig,
    view: ViewEvent,
    *,
    hold: int = 252,
    draws: int = 1000,
    block: int = 60,
    market: Market | None = None,
    peers: Market | None = None,
    progress: Progress | None = None,
) -> ViewReport:
    """Return what acting on a view earned beside the rule, the regime and random dates.

    Parameters
    ----------
    hold : int
        Sessions.
    draws : int
        Random dates; seeded by ``run.seed``.
    block : int
        Sessions that follow each other in a random path; 0: the whole hold.
    market, peers : Market, optional
        Used instead of what ``config.data`` names, and instead of the shipped names of the same
        exchanges that the universe does not hold.
    progress : callable, optional
        Called with a few words before each stage.

    Raises
    ------
    ConfigError
        If the universe was published after the view, the data end before it, or the rule is not
        the catch-up rule.
    """
    if type(config.rule) is not Rule:
        raise ConfigError(f"views: accepted: the catch-up rule, got {type(config.rule).__name__}")
    # The replay loads the compiler, which a single backtest does not need.
    from .view_study import LEAST_HOLD, ViewStudy, covered

    tell = progress or (lambda _stage: None)
    tell("reading the market")
    data = config.data.model_copy(update={"allow_hindsight": False})
    config = config.model_copy(update={"data": data})
    source = load_market(config) if market is None else replace_hindsight(market)
    source.check_start(view.known_at)
    found, left = covered(source, view)
    if found is None:
        raise ConfigError(
            f"views: no name trades {LEAST_HOLD} sessions after the view of "
            f"{view.known_at.astype('M8[D]')}: the data of {', '.join(left)} end before"
        )
    absent, picks, source = source.excluded, source.universe, found
    study = ViewStudy(config, source, view, hold)
    tell("the view and the rule from it")
    rows = [study.held("note", study.note, "bought at the first decision after the view")]
    rows.append(study.ruled())
    rows.append(study.regime_on())
    tell("random dates")
    block = min(block or study.hold, study.hold)
    others_at_random = study.random_returns(draws, block)
    tell("peers")
    notes, by_name = list(study.notes), study.by_name(source, is_pick=True)
    if absent:
        whole = len(source.names) + len(left) + len(absent)
        said = "; ".join(f"{name}: {why}" for name, why in absent.items())
        notes.append(f"{len(source.names)} of {whole} names are held; without data: {said}")
    if left:
        notes.append(f"left out, because their data end before: {', '.join(left)}")
    others, names = _peers_of(config, picks, peers), tuple[str, ...]()
    if others is not None:
        others, short = covered(others, view, study.hold)
        if short:
            notes.append(f"not compared, because their data end before: {', '.join(short)}")
    if others is None:
        notes.append("no name of the same exchanges that was not picked covers these sessions")
    else:
        beside = ViewStudy(config, others, view, study.hold)
        rows.append(beside.held("peers", beside.note, "not picked, held as the picks are"))
        by_name = pd.concat([by_name, beside.by_name(others, is_pick=False)], ignore_index=True)
        names = others.names
        notes.append("peers are names that exist today: a list of survivors")
    table = pd.DataFrame(rows, columns=list(COLUMNS))
    is_ranked = table["entry"] != "peers"
    table["rank"] = [
        _rank(value, others_at_random) if ranked else np.nan
        for value, ranked in zip(table["return"], is_ranked, strict=True)
    ]
    return ViewReport(
        config=config,
        view=view,
        names=source.names,
        peers=names,
        hold=study.hold,
        first=study.first,
        last=study.last,
        draws=draws,
        block=block,
        table=table,
        random={
            "mean": float(others_at_random.mean()),
            "p05": float(np.quantile(others_at_random, 0.05)),
            "p95": float(np.quantile(others_at_random, 0.95)),
        },
        by_name=by_name,
        notes=tuple(notes),
    )


def replace_hindsight(market: Market) -> Market:
    """Return a market that refuses its universe before the day it was published."""
    parts = (market.source, market.universe, market.parts)
    return market._of(*parts, False, market.latency, None) if market.allow_hindsight else market


def _rank(value: float, others: NDArray[np.float64]) -> float:
    return float(np.mean(others < value) + 0.5 * np.mean(others == value))


def _peers_of(config: RunConfig, picks: Universe, peers: Market | None) -> Market | None:
    """Return the market of shipped names on the picks' exchanges that were not picked."""
    if peers is not None:
        return peers
    issuers = {listing.issuer for listing in picks.listings}
    venues = {listing.mic for listing in picks.listings}
    others = tuple(
        listing
        for listing in shipped_listings().values()
        if listing.mic in venues and listing.issuer not in issuers
    )
    if not others:
        return None
    universe = replace(
        picks, name=f"{picks.name}-peers", listings=others, issuers=shipped_issuers(),
        valid_from=None,
    )  # fmt: skip
    data = config.data.model_copy(update={"skip_missing": True})
    found = load_market(config.model_copy(update={"data": data}), universe)
    return found if found.names else None
