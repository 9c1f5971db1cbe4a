"""The shares of closings, by hand."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from orebound.analyzers.study import (
    capture_efficiency,
    capture_ratio,
    closing_parts,
    metal_fell_share,
)


def trade(closing: float, equity: float, metal: float, market: float, **more: Any) -> Any:
    """A closed episode whose parts are given in logs."""
    row = {
        "symbol": "RIO",
        "entry_decision": pd.Timestamp("2020-01-02 21:05"),
        "status": "closed",
        "size": 100,
        "entry_price": 50.0,
        "entry_gap": -0.30,
        "closing": closing,
        "equity_share": equity / closing,
        "metal_share": metal / closing,
        "market_share": market / closing,
        "roll_off": 0.02,
        "costs": 10.0,
        "net": 750.0,
    }
    return row | more


@pytest.fixture
def trades() -> pd.DataFrame:
    """Closed by the miner; closed by the metal; widened; still open."""
    return pd.DataFrame(
        [
            trade(0.20, 0.20, 0.0, 0.0, fx_share=0.25),
            trade(0.10, -0.02, 0.12, 0.0, fx_share=0.0, net=-150.0),
            trade(-0.30, -0.30, 0.0, 0.0, fx_share=0.0, net=-1500.0),
            trade(0.25, 0.25, 0.0, 0.0, fx_share=0.0, status="open"),
        ]
    )


def test_the_capture_ratio_is_the_miners_part_of_gaps_that_closed(trades: pd.DataFrame) -> None:
    found = capture_ratio(trades)
    # Shares 1 and -0.2; pooled (0.20 - 0.02) / (0.20 + 0.10).
    assert found.mean == pytest.approx(0.4)
    assert found.pooled == pytest.approx(0.6)
    # Two figures 1.2 apart: sd 1.2 / sqrt 2, error that over sqrt 2.
    assert found.error == pytest.approx(0.6)
    assert (found.n, found.n_closed) == (2, 3)


def test_metal_that_fell_is_counted_apart(trades: pd.DataFrame) -> None:
    found = metal_fell_share(trades)
    assert found.pooled == pytest.approx(0.12 / 0.30)
    assert found.share == pytest.approx(0.5)
    assert found.n == 2


def test_parts_add_up_and_currency_is_a_part_of_the_miners(trades: pd.DataFrame) -> None:
    parts = closing_parts(trades)
    assert len(parts) == 3
    assert (parts["equity"] + parts["metal"] + parts["market"]).to_numpy() == pytest.approx(
        parts["closing"].to_numpy()
    )
    assert parts["fx"].iloc[0] == pytest.approx(0.05)
    assert parts["equity_local"].iloc[0] == pytest.approx(0.15)
    assert (parts["equity_local"] + parts["fx"]).to_numpy() == pytest.approx(
        parts["equity"].to_numpy()
    )
    assert parts["costs"].to_numpy() == pytest.approx(10.0 / 5000.0)


def test_an_older_run_without_currency_keeps_the_miners_part(trades: pd.DataFrame) -> None:
    parts = closing_parts(trades.drop(columns="fx_share"))
    assert parts["fx"].isna().all()
    assert parts["equity"].iloc[0] == pytest.approx(0.20)
    assert capture_ratio(trades.drop(columns="fx_share")).mean == pytest.approx(0.4)


def test_efficiency_is_money_over_what_the_gap_promised(trades: pd.DataFrame) -> None:
    # 0.30 x 100 x 50 = 1500 promised by each.
    assert capture_efficiency(trades).to_numpy() == pytest.approx([0.5, -0.1, -1.0])
    none = trades.assign(entry_gap=0.0)
    assert capture_efficiency(none).isna().all()


def test_nothing_closed_is_not_a_number_and_not_an_error(trades: pd.DataFrame) -> None:
    found = capture_ratio(trades.iloc[2:])
    assert np.isnan([found.mean, found.error, found.pooled]).all()
    assert (found.n, found.n_closed) == (0, 1)
    assert np.isnan(metal_fell_share(trades.iloc[3:]).pooled)
