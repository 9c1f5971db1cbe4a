"""Acceptance case 12: five-session betas of real history, 2014-07 to 2026-07."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from orebound.strategies.signals import ols_hedge

FIRST, LAST = pd.Timestamp("2014-07-01"), pd.Timestamp("2026-07-31")


def betas(folder: Path, *symbols: str) -> tuple[float, float]:
    """Return metal and market ratio of the whole stretch, on the sessions that all have."""
    closes = {}
    for symbol in symbols:
        frame = pd.read_csv(folder / f"{symbol}.csv", index_col="Date", parse_dates=True)
        closes[symbol] = frame["Close"].dropna()
    joined = pd.DataFrame(closes).dropna().loc[FIRST:LAST]
    levels = np.log(joined.to_numpy())
    levels -= levels[0]
    window = len(levels) - 1
    market = levels[:, 2] if len(symbols) == 3 else None
    b, c = ols_hedge(
        *(levels[:, 0], levels[:, 1], market), window=window, horizon=5, bounds=(-9.0, 9.0)
    )
    return float(b[-1]), float(c[-1])


@pytest.mark.parametrize(
    ("miner", "metal", "expected", "width"),
    [
        ("GDX", "GLD", 2.00, 0.15),
        ("COPX", "LME_CU", 1.54, 0.20),
        ("FCX", "LME_CU", 1.84, 0.25),
    ],
)
def test_miners_move_more_than_their_metal(
    shared_data: Path, miner: str, metal: str, expected: float, width: float
) -> None:
    found, _ = betas(shared_data / "prices", miner, metal)
    assert found == pytest.approx(expected, abs=width)


def test_part_of_a_diversified_miners_metal_beta_is_the_market(shared_data: Path) -> None:
    alone, _ = betas(shared_data / "prices", "PICK", "DBB")
    beside, market = betas(shared_data / "prices", "PICK", "DBB", "IEUR")
    assert alone == pytest.approx(1.08, abs=0.10)
    assert beside == pytest.approx(0.70, abs=0.10)
    assert market > 0.5
