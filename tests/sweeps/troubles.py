"""A market some of whose backtests go wrong, in the process that runs them and nowhere else."""

from __future__ import annotations

import os
import signal
import time
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

from orebound.feeds import Market


@dataclass(frozen=True, eq=False)
class TroubledMarket(Market):
    """A market that does what is planted for a threshold when a run asks for its feeds.

    Parameters
    ----------
    troubles : dict of float to str
        By ``z_in``, one of `TROUBLES`.
    marks : str
        A folder in which each run leaves a file named by threshold and process.
    """

    troubles: dict[float, str] = field(default_factory=dict)
    marks: str = ""
    home: int = field(default_factory=os.getpid)

    def add_to(self, cerebro: Any, **named: Any) -> Any:
        if os.getpid() != self.home:  # the tests themselves are never harmed
            z_in = named["rule"].z_in
            if self.marks:
                Path(self.marks, f"{z_in:g}.{os.getpid()}.{time.monotonic_ns()}").touch()
            if z_in in self.troubles:
                TROUBLES[self.troubles[z_in]](self, z_in)
        return super().add_to(cerebro, **named)


class UnreadableMarket(Market):
    """A market that arrives nowhere."""

    def __setstate__(self, _state: Any) -> None:
        raise ValueError("this market cannot be read")


def unreadable(market: Market) -> Market:
    """Return a market that no other process can read."""
    return UnreadableMarket(
        **{one.name: getattr(market, one.name) for one in fields(market) if one.init}
    )


def troubled(market: Market, troubles: dict[float, str], marks: Path | None = None) -> Market:
    """Return a market with troubles planted, and otherwise the same."""
    own = {one.name: getattr(market, one.name) for one in fields(market) if one.init}
    return TroubledMarket(**own, troubles=troubles, marks=str(marks or ""))


def _raise(_market: TroubledMarket, z_in: float) -> None:
    raise LookupError(f"no price at {z_in}")


def _odd(_market: TroubledMarket, _z_in: float) -> None:
    raise StopAsyncIteration("of a kind that nobody expects")


def _hang(_market: TroubledMarket, _z_in: float) -> None:
    time.sleep(600)


def _wait(_market: TroubledMarket, _z_in: float) -> None:
    time.sleep(2)


def _kill(_market: TroubledMarket, _z_in: float) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def _kill_once(market: TroubledMarket, z_in: float) -> None:
    if len(list(Path(market.marks).glob(f"{z_in:g}.*"))) == 1:
        os.kill(os.getpid(), signal.SIGKILL)


def _swell(_market: TroubledMarket, _z_in: float) -> None:
    held = []
    while True:
        held.append(b"x" * 20_000_000)
        time.sleep(0.01)


TROUBLES = {
    "raise": _raise,
    "odd": _odd,
    "hang": _hang,
    "wait": _wait,
    "kill": _kill,
    "kill once": _kill_once,
    "swell": _swell,
}
