"""One fingerprint of all orders of a run."""

from __future__ import annotations

from hashlib import sha256
from typing import Any

import pandas as pd

COVERED = ("submitted", "filled", "symbol", "side", "size", "status")


def order_hash(orders: pd.DataFrame) -> str:
    """Return the sha256 of what was sent and filled: times, symbol, side, size and status.

    Prices, values and reasons are not covered, and rows of one moment may stand in any order, so
    that neither float formatting nor the order of the feeds changes the hash. A frame read back
    from ``orders.csv`` has the hash of the one written.

    Raises
    ------
    ValueError
        If a covered column is missing.
    """
    missing = [name for name in COVERED if name not in orders.columns]
    if missing:
        raise ValueError(
            f"orders lack the columns {', '.join(missing)}; order_hash reads {', '.join(COVERED)}"
        )
    texts = [
        _moments(orders["submitted"]),
        _moments(orders["filled"]),
        [str(symbol) for symbol in orders["symbol"]],
        [str(side) for side in orders["side"]],
        [_size(size) for size in orders["size"]],
        [str(status) for status in orders["status"]],
    ]
    lines = sorted("|".join(row) for row in zip(*texts, strict=True))
    return sha256("\n".join(lines).encode()).hexdigest()


def _moments(times: pd.Series[Any]) -> list[str]:
    """Return times as microseconds since 1970 UTC, empty where there is none."""
    utc = pd.to_datetime(times, utc=True, format="ISO8601" if times.dtype == "str" else None)
    numbers = utc.astype("datetime64[us, UTC]").astype("int64")
    return [
        "" if absent else str(number) for number, absent in zip(numbers, utc.isna(), strict=True)
    ]


def _size(size: float) -> str:
    return str(int(size)) if float(size).is_integer() else repr(float(size))
