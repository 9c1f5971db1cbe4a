"""Trades that ended because their data did: at the last price, which nobody traded."""

from __future__ import annotations

import pandas as pd

#: The exit reason of a position that is closed on settlement bars.
DATA_HOLE = "data_hole"


def forced_exits(trades: pd.DataFrame) -> pd.DataFrame:
    """Return the closed trades that ended for want of data, not at a price that was traded."""
    return trades[(trades["exit_reason"] == DATA_HOLE) & (trades["status"] == "closed")]


def forced_notes(trades: pd.DataFrame) -> list[str]:
    """Return one sentence a trade that ended for want of data, as run.json's warnings say it."""
    return [
        f"{trade['symbol']}: position closed at the last price, not traded, after six sessions "
        f"without data, {trade['exit_decision']:%Y-%m-%d}"
        for trade in forced_exits(trades).to_dict("records")
    ]
