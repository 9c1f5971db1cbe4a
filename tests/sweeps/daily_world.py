"""Two New York miners in local files, one of which trails when China stimulates in 2024."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from orebound.feeds import clock
from orebound.sweeps import RunConfig, load

UNIVERSE = 'name = "two"\nlistings = ["fcx-xnys", "nem-xnys"]\nmarket = ["SPY"]\n'
SYMBOLS = ("FCX", "NEM", "DBB", "GLD", "SLV", "SPY")
FIRST, LAST = "2021-03-01", "2024-10-31"
#: Sessions over which FCX falls behind; the package of 2024-09-24 turns the regime ON.
TRAILS = ("2024-05-01", "2024-09-20")


def bars(symbol: str, last: str = LAST) -> pd.DataFrame:
    """Return daily bars by session: a seeded walk, FCX falling behind in its last summer."""
    days = pd.DatetimeIndex(clock("XNYS").sessions(FIRST, LAST)).as_unit("ns")
    generator = np.random.default_rng(SYMBOLS.index(symbol))
    steps = generator.normal(0.0, 0.008, len(days))
    if symbol == "FCX":
        steps -= 0.006 * ((days >= TRAILS[0]) & (days <= TRAILS[1]))
    close = 50.0 * np.exp(np.cumsum(steps))
    frame = pd.DataFrame(
        {"Open": close, "High": close * 1.01, "Low": close * 0.99, "Close": close}
        | {"Adj Close": close, "Volume": 1e6},
        index=days,
    )
    return frame[frame.index <= last]


def write_world(folder: Path) -> RunConfig:
    """Write the files and return a configuration that reads them."""
    prices = folder / "prices"
    prices.mkdir()
    for symbol in SYMBOLS:
        write_bars(prices, symbol, bars(symbol))
    (folder / "two.toml").write_text(UNIVERSE)
    named = {"source": "csv", "folder": str(prices), "universe": str(folder / "two.toml")}
    return load(changes={"data": named})


def write_bars(prices: Path, symbol: str, frame: pd.DataFrame) -> None:
    """Write one symbol's file."""
    frame.rename_axis("Date").to_csv(prices / f"{symbol}.csv")
