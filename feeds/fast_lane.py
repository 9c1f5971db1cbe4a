"""The fast lane: which runs of backtrader take it, and how they enter and leave.

A run takes it on its feeds' own hooks: `BulkFeed.start` opens it before the first bar and
`BulkFeed.stop` closes it after the last. Between the two the broker object of that one Cerebro is
a `FastBroker`, its ``_runonce`` is `run_rows`, and each feed moves on one cursor. backtrader's
modules and classes are never changed.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import cache, partial
from typing import Any

import backtrader as bt
from backtrader.linebuffer import LineActions

from .fast_broker import FastBroker, is_plain_share
from .fast_loop import run_rows

#: The backtrader whose internals the lane mirrors.
PROVEN = "1.9.78.123"


def is_open(cerebro: Any) -> bool:
    """Return whether this Cerebro's run is in the lane."""
    return type(cerebro.broker) is FastBroker


def enter(cerebro: Any) -> None:
    """Open the lane for a run that is about to start, or warn why it stays closed."""
    leave(cerebro)  # a run that an error ended did not
    if not all(getattr(data.p, "fast", True) for data in cerebro.datas) or not cerebro.p.preload:
        return  # asked for
    reason = next(uncovered(cerebro), None)
    if reason is None and not cerebro.datas[0].is_trial:
        reason = fault()
        # The trial ran a Cerebro of its own, which set what all share.
        LineActions.usecache(cerebro.p.objcache)
        bt.Indicator.usecache(cerebro.p.objcache)
    if reason is not None:
        say_closed(reason)
        return
    cerebro.broker.__class__ = FastBroker
    if _has_stock_loop(cerebro):
        cerebro._runonce = partial(run_rows, cerebro)


def leave(cerebro: Any) -> None:
    """Give the Cerebro back as it was."""
    if is_open(cerebro):
        cerebro.broker.become_stock()
    if getattr(cerebro.__dict__.get("_runonce"), "func", None) is run_rows:
        del cerebro._runonce


def uncovered(cerebro: Any) -> Iterator[str]:
    """Yield what this Cerebro asks for that the lane does not do."""
    for data in cerebro.datas:
        name = data._name or data._id
        if not hasattr(data, "has_plain_bars"):
            yield f"feed {name!r} is a {type(data).__name__} and not a Market's"
        elif not data.has_plain_bars():
            yield f"feed {name!r} is filtered, resampled or replayed, or has an unpriced close"
    if cerebro._dolive:
        yield "a feed is live"
    for name in ("exactbars", "live", "lookahead", "oldsync", "cheat_on_open"):
        if getattr(cerebro.p, name):
            yield f"Cerebro runs with {name}={getattr(cerebro.p, name)}"
    if cerebro.p.writer or cerebro.writers:
        yield "Cerebro has a writer"
    if cerebro._pretimers:
        yield "Cerebro has a timer"
    if cerebro.stores:
        yield "Cerebro has a store"
    yield from _uncovered_broker(cerebro.broker)


def _uncovered_broker(broker: Any) -> Iterator[str]:
    if type(broker) is not bt.brokers.BackBroker:
        yield f"its broker is a {type(broker).__name__} and not backtrader's BackBroker"
        return
    for name, info in broker.comminfo.items():
        if not is_plain_share(info):
            charged = "every other asset" if name is None else repr(name)
            yield f"the costs of {charged} are not those of a share without interest"


def _has_stock_loop(cerebro: Any) -> bool:
    return all(
        getattr(type(cerebro), name) is getattr(bt.Cerebro, name)
        for name in ("_runonce", "_brokernotify", "_check_timers", "_next_writers")
    )


@cache
def fault() -> str | None:
    """Return why the lane may not be used in this process, None where it proved itself."""
    if bt.__version__ != PROVEN:
        return f"backtrader is {bt.__version__} and the lane is proven on {PROVEN}"
    from .fast_proof import difference  # its feeds are made of this module's

    # On a stack of its own: backtrader takes for a new object's owner whatever fits among the
    # callers, and a feed that starts would pass for the owner of the trial's strategy.
    with ThreadPoolExecutor(1) as alone:
        return alone.submit(difference).result()


def say_closed(reason: str) -> None:
    """Warn that a run is slower than it could be."""
    warnings.warn(
        f"this run takes backtrader's own broker and loop instead of the fast lane: {reason}. "
        "Its results are the same; market.add_to(cerebro, fast=False) asks for it without a word",
        RuntimeWarning,
        stacklevel=7,  # the line that calls cerebro.run()
    )
