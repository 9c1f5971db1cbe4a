"""Past rows of the daily record worked out again on the data and code of today."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from orebound.analyzers import plain
from orebound.feeds import Market, OreboundError

from .config import RunConfig, build
from .daily_prints import fingerprints, moment_of
from .daily_rows import DailyRow, read_rows
from .desk import desk_table
from .engine import load_market
from .identity import code_digest, digest

#: Figures compared: a new download rounds otherwise in the seventh digit.
FIGURES = (
    *("lag_ratio", "lag_points", "gap", "z", "half_life", "beta_metal", "beta_market"),
    *("coverage", "score", "weight", "overhang"),
)
TOLERANCE = 1e-3
#: Absolute returns of a whole history; rounding adds up to less.
MOVED = 1e-3


class Again(NamedTuple):
    """One past row beside itself on today's data and code.

    Attributes
    ----------
    differs : tuple of str
        What comes out otherwise; empty where nothing does.
    causes : tuple of str
        What is known to have changed since: the code, the universe, the data of each series.
    problem : str
        Why the row could not be worked out again; empty where it could.
    """

    session: str
    path: Path
    differs: tuple[str, ...] = ()
    causes: tuple[str, ...] = ()
    problem: str = ""

    @property
    def is_same(self) -> bool:
        return not (self.differs or self.problem)

    def __str__(self) -> str:
        if self.problem:
            return f"{self.session}: cannot be worked out again: {self.problem}"
        because = "; ".join(self.causes) or "nothing that the row records has changed"
        return f"{self.session}: {'; '.join(self.differs)}. Changed since: {because}"


def reconcile(
    folder: Path,
    name: str,
    *,
    load: Callable[[RunConfig], Market] | None = None,
    progress: Callable[[str], None] | None = None,
) -> list[Again]:
    """Return every row of a name, oldest first, beside what its own configuration gives today.

    Each is worked out on the data at hand, cut at the end of its session; nothing is downloaded
    and no row is touched.

    Parameters
    ----------
    load : callable, optional
        Gives the market of a configuration in place of `load_market`.
    """
    read = load or load_market
    tell = progress or (lambda _stage: None)
    rows = read_rows(folder, name)
    found = [Again(bad.session, bad.path, problem=bad.why) for bad in rows.unreadable]
    markets: dict[str, Market] = {}
    for row in rows.whole:
        tell(row.session)
        try:
            config = build(row.content["config"])
            key = json.dumps(row.content["config"]["data"], sort_keys=True)
            if key not in markets:
                markets[key] = read(config)
            found.append(_again(row, config, markets[key]))
        except OreboundError as error:
            found.append(Again(row.session, row.path, problem=str(error)))
    return sorted(found, key=lambda one: one.session)


def _again(row: DailyRow, config: RunConfig, market: Market) -> Again:
    anchor = row.content.get("anchor")
    since = {"anchor": anchor} if anchor else {}
    desk = desk_table(market, config, row.session, book="book" in row.content, **since)
    fresh = plain(desk.as_dict())
    differs = [*_session(row, fresh), *_names(row, {n["symbol"]: n for n in fresh["names"]})]
    differs += _orders(row, fresh)
    causes = list(_causes(row.content, market)) if differs else []
    return Again(row.session, row.path, tuple(differs), tuple(causes))


def _session(row: DailyRow, fresh: Mapping[str, Any]) -> Iterator[str]:
    if fresh["date"] != row.session:
        yield f"the data's last session then is {fresh['date']}"


def _names(row: DailyRow, fresh: Mapping[str, Mapping[str, Any]]) -> Iterator[str]:
    for symbol, was in row.names.items():
        now = fresh.get(symbol)
        if now is None:
            yield f"{symbol} is gone"
            continue
        if bool(now["is_in"]) != bool(was["is_in"]):
            sides = ("in", "out") if was["is_in"] else ("out", "in")
            yield f"{symbol} was {sides[0]}, now {sides[1]}: {now['why']}"
        if now["state"] != was["state"]:
            yield f"{symbol} regime {was['state']}, now {now['state']}"
        apart = [
            f"{key} {_shown(was[key])}, now {_shown(now[key])}"
            for key in FIGURES
            if key in was and key in now and not _is_close(was[key], now[key])
        ]
        if apart:
            yield f"{symbol} {', '.join(apart)}"
    yield from (f"{symbol} is new" for symbol in fresh.keys() - row.names.keys())


def _orders(row: DailyRow, fresh: Mapping[str, Any]) -> list[str]:
    """Name the orders that only one of the two has; sizes follow prices and may be restated."""
    sides = [
        {(order["side"], order["symbol"]) for order in content.get("book", {}).get("orders", [])}
        for content in (row.content, fresh)
    ]
    was, now = (sorted(sides[0] - sides[1]), sorted(sides[1] - sides[0]))
    return [
        *(f"order to {side} {symbol}, none now" for side, symbol in was),
        *(f"no order to {side} {symbol}, one now" for side, symbol in now),
    ]


def _causes(content: Mapping[str, Any], market: Market) -> Iterator[str]:
    if (content.get("code") or {}).get("digest") != code_digest():
        yield f"the code ({(content.get('code') or {}).get('version', 'unknown')} then)"
    if content.get("universe") != digest(market.universe):
        yield "the universe's names, exposures or series"
    then = content.get("data") or {}
    now = plain(fingerprints(market, moment_of(content["session"])))
    for role in sorted(then.keys() | now.keys()):
        if words := _restated(then.get(role), now.get(role)):
            yield f"the data of {role}: {words}"


def _restated(then: Mapping[str, Any] | None, now: Mapping[str, Any] | None) -> str:
    if then is None or now is None:
        return "not read then" if then is None else "gone"
    if then["symbol"] != now["symbol"]:
        return f"{then['symbol']} then, {now['symbol']} now"
    for key in ("rows", "first", "last"):
        if then.get(key) != now.get(key):
            return f"{key} {then.get(key)} then, {now.get(key)} now"
    if then.get("values") != now.get("values"):
        return "released numbers restated"
    apart = [abs(then.get(key, 0.0) - now.get(key, 0.0)) for key in ("moved", "squares")]
    return f"returns restated, by {max(apart):.4f} in all" if max(apart) > MOVED else ""


def _is_close(was: Any, now: Any) -> bool:
    if isinstance(was, int | float) and isinstance(now, int | float):
        return bool(np.isclose(was, now, rtol=TOLERANCE, atol=TOLERANCE))
    return bool(was == now)


def _shown(value: Any) -> str:
    return f"{value:.4g}" if isinstance(value, float) else str(value)
