"""Measure Orebound against the field: the same rule and data, one run, one pinned core.

    python -m benchmarks.field --rounds 3 --json field.json

Peers are installed into environments of their own under the user's cache folder, by pip, the
first time. What cannot be installed or fails is a row with its reason.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from benchmarks.machine import facts

from .measure import Plan, Record, measure
from .rows import BACKTRADER, PEER_ROWS, Row
from .sweeps import sweep_rows
from .table import tables

QUICK = Plan(days=700, rounds=1, combinations=2)


def chosen_rows(peers: Sequence[str], *, quick: bool) -> list[Row]:
    """Return the rows of a run in the order of the table."""
    names = {"all": list(PEER_ROWS), "none": []}.get(peers[0] if len(peers) == 1 else "", peers)
    unknown = [name for name in names if name not in PEER_ROWS]
    if unknown:
        known = ", ".join(PEER_ROWS)
        raise SystemExit(f"peers must be all, none or some of {known}, got {', '.join(unknown)}")
    return [
        *BACKTRADER,
        *(row for name in names for row in PEER_ROWS[name]),
        *sweep_rows(quick=quick),
    ]


def written(records: Sequence[Record], plan: Plan) -> dict[str, Any]:
    """Return the whole document: the machine, the plan, every second of every round."""
    return {**facts(), "plan": vars(plan), "rows": list(records)}


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.field", description=(__doc__ or "").split("\n")[0]
    )
    parser.add_argument("--rounds", type=int, help="how often each row is measured")
    parser.add_argument("--days", type=int, help="bars of the invented prices")
    parser.add_argument("--combinations", type=int, choices=(1, 2, 4, 8), help="of a sweep's row")
    parser.add_argument("--timeout", type=float, help="longest wait for one answer, in seconds")
    parser.add_argument("--peers", nargs="*", help="all (default), none, or their names")
    parser.add_argument("--quick", action="store_true", help="few bars, one round, no peers")
    parser.add_argument("--json", type=Path, help="write machine, versions and seconds here")
    chosen = parser.parse_args(arguments)
    plan = _plan(chosen)
    peers = chosen.peers or ["none" if chosen.quick else "all"]
    rows = chosen_rows(peers, quick=chosen.quick)
    records = measure(rows, plan, lambda words: print(words, file=sys.stderr, flush=True))
    print(tables(records))
    if chosen.json is not None:
        chosen.json.write_text(json.dumps(written(records, plan), indent=1), encoding="utf-8")
    return 0 if all(one.get("equals_stock", True) for one in records) else 1


def _plan(chosen: argparse.Namespace) -> Plan:
    values = vars(QUICK if chosen.quick else Plan())
    given = {name: getattr(chosen, name) for name in values}
    return Plan(**values | {name: value for name, value in given.items() if value is not None})


if __name__ == "__main__":
    sys.exit(main())
