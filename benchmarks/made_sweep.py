"""A finished sweep of any size, invented by a formula and written as a sweep writes it.

    python -m benchmarks.made_sweep FOLDER --rows 100000

Its Sharpe ratio is known at each row, so that pages over it can be checked and timed without the
minutes a sweep takes.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pyarrow as pa

from orebound.sweeps.parts import part_path, write_part

#: Levels of each parameter; the first is as long as the rows asked for need.
CAPTURE = (0.5, 0.6, 0.7, 0.8, 1.0)
Z_IN = tuple(round(1.0 + 0.05 * k, 2) for k in range(25))
GAP = ("cumulative", "drawdown")
ROUND = len(CAPTURE) * len(Z_IN) * len(GAP)
MONTHS, FAILED_EACH = 48, 1_000
PART = 25_000


def sharpe_of(z_in: float, capture: float, is_drawdown: bool, cool_down: float) -> float:
    """Return the Sharpe ratio of a row: a plateau around z 1.5, and one lonely peak."""
    peak = 1.5 if (z_in, capture, cool_down, is_drawdown) == (2.0, 1.0, 0.0, False) else 0.0
    return 1.2 - (z_in - 1.5) ** 2 - 0.4 * (capture - 0.6) ** 2 - 0.2 * is_drawdown + peak


def made_sweep(folder: Path, rows: int, started: str = "2026-01-02T03:00:00+00:00") -> Path:
    """Return a sweep directory of at least so many rows; every 1,000th failed."""
    n_cool = max(1, -(-rows // ROUND))
    n = n_cool * ROUND
    number = np.arange(n)
    cool, rest = number // ROUND, number % ROUND
    z_place, rest = rest // (len(CAPTURE) * len(GAP)), rest % (len(CAPTURE) * len(GAP))
    capture_place, gap_place = rest // len(GAP), rest % len(GAP)
    z_in, capture = np.array(Z_IN)[z_place], np.array(CAPTURE)[capture_place]
    sharpe = 1.2 - (z_in - 1.5) ** 2 - 0.4 * (capture - 0.6) ** 2 - 0.2 * gap_place
    sharpe += np.where((z_in == 2.0) & (capture == 1.0) & (cool == 0) & (gap_place == 0), 1.5, 0.0)
    is_failed = number % FAILED_EACH == FAILED_EACH - 1
    sharpe = np.where(is_failed, np.nan, sharpe)
    entries = np.where(is_failed, np.nan, 40.0 + z_place - capture_place)
    monthly = np.zeros((n, MONTHS, 2), np.float32)
    monthly[:, :, 0] = (sharpe / 100)[:, None]
    table = pa.table(
        {
            "combination": number,
            "cool_down": cool,
            "z_in": z_in,
            "capture": capture,
            "gap": pa.array([GAP[k] for k in gap_place]),
            "engine": pa.array(["replay"] * n),
            "form": pa.array(["lanes"] * n),
            "status": pa.array(["failed" if one else "ok" for one in is_failed]),
            "error": pa.array([f"no price on row {k}" if is_failed[k] else "" for k in number]),
            "sharpe": sharpe,
            "sharpe_error": np.where(is_failed, np.nan, 0.25),
            "total_return": sharpe / 2,
            "max_drawdown": -0.1 - 0.01 * capture_place - 0.0 * sharpe,
            "entries": entries,
            "hit_rate": np.where(is_failed, np.nan, 0.5 + 0.001 * (number % 97)),
            "stamp_duty_paid": np.where(is_failed, np.nan, 0.0),
            "monthly": pa.FixedSizeListArray.from_arrays(monthly.ravel(), 2 * MONTHS),
        }
    )
    folder.joinpath("parts").mkdir(parents=True)
    parts = []
    for first in range(0, n, PART):
        key = f"{first:032d}{0:024d}"
        write_part(folder / "parts", key, table.slice(first, PART))
        failed = int(is_failed[first : first + PART].sum())
        parts.append({"name": part_path(Path(), key).name, "rows": min(PART, n - first)}
                     | {"failed": failed})  # fmt: skip
    _write_words(folder, n, int(is_failed.sum()), n_cool, started, parts)
    return folder


def _write_words(
    folder: Path, n: int, failed: int, n_cool: int, started: str, parts: list[dict[str, object]]
) -> None:
    counts = {"combinations": n, "done": n, "failed": failed, "duplicates": 0, "impossible": 0}
    words = "deflated Sharpe probability 0.41; PBO 0.63; 4 regime episodes: not evidence of an edge"
    document = {
        "id": "f" * 64,
        "name": "made",
        "status": "finished",
        "started": started,
        "source": "sample",
        "synthetic": True,
        "counts": counts,
        "explore_only": False,
        "parameters": {"cool_down": n_cool, "z_in": len(Z_IN), "capture": len(CAPTURE), "gap": 2},
        "data": [{"role": "RIO", "symbol": "RIO", "sha256": "a" * 64, "first": "2005-01-03",
                  "last": "2025-12-31"}],
        "seconds": 12.5,
        "months": {"first": "2020-01", "n": MONTHS, "stored": True},
        "parts": parts,
        "selection": {
            "trials": n,
            "effective_trials": n / 100,
            "deflated_sharpe": 0.41,
            "pbo": 0.63,
            "expected_best": 0.9,
            "regime_episodes": 4,
            "notes": {},
            "best": {"combination": 0, "sharpe": 2.386, "sharpe_error": 0.25},
            "verdict": f"best of {n:,}; {words}",
        },
    }  # fmt: skip
    (folder / "sweep.json").write_text(json.dumps(document), encoding="utf-8")
    (folder / "sweep.toml").write_text('[data]\nbase_currency = "USD"\n', encoding="utf-8")


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.made_sweep", description=(__doc__ or "").split("\n")[0]
    )
    parser.add_argument("folder", type=Path)
    parser.add_argument("--rows", type=int, default=100_000)
    chosen = parser.parse_args(arguments)
    print(made_sweep(chosen.folder, chosen.rows))
    return 0


if __name__ == "__main__":
    sys.exit(main())
