"""Rows measured turn by turn in one run: what the machine does meanwhile touches all alike."""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks import reference_rule as reference
from benchmarks.peers.common import save

from .environments import interpreter
from .process import Failed, Process
from .rows import Row, grid

Say = Callable[[str], None]
Record = dict[str, Any]


@dataclass
class Measured:
    """What a row has given so far; `reason` is why it gives no more."""

    row: Row
    process: Process | None = None
    reason: str = ""
    replies: dict[str, list[Record]] = field(default_factory=dict)
    facts: Record = field(default_factory=dict)

    def ask(self, what: str, rules: Sequence[Mapping[str, Any]], *, keep: bool = True) -> None:
        """Ask the process and keep its reply, or the reason why there is none."""
        if self.process is None:
            return
        try:
            reply = self.process.ask(what, rules)
        except Failed as error:
            self.fail(error)
            return
        if keep:
            self.replies.setdefault(what, []).append(reply)

    def fail(self, error: Failed) -> None:
        """Give up this row."""
        self.reason = str(error)
        self.close()

    def close(self) -> None:
        """End the process, if there is one."""
        if self.process is not None:
            self.process.end()
            self.process = None


@dataclass(frozen=True)
class Plan:
    """How much is measured; `timeout` is the longest wait for one answer, in seconds."""

    days: int = 5_000
    rounds: int = 3
    combinations: int = 8
    timeout: float = 900.0

    def rules(self) -> list[dict[str, Any]]:
        """Return a sweep's combinations, the default first; 1, 2, 4 or 8 are whole grids."""
        found = grid()
        return [
            found[place * len(found) // self.combinations] for place in range(self.combinations)
        ]


def measure(rows: Sequence[Row], plan: Plan, say: Say) -> list[Record]:
    """Return one record a row."""
    with _prices(plan.days) as prices:
        found = []
        try:
            found = [_started(row, prices, plan, say) for row in rows]
            _warm_up(found, plan, say)
            for number in range(plan.rounds):
                say(f"round {number + 1} of {plan.rounds}")
                _one_round(found, plan)
            for one in found:
                one.ask("memory", ())
        finally:
            for one in found:
                one.close()
    return list(_records(found))


@contextmanager
def _prices(n_days: int) -> Iterator[Path]:
    with tempfile.TemporaryDirectory() as name:
        path = Path(name, "prices.npz")
        save(path, reference.invent(n_days))
        yield path


def cores() -> list[int]:
    """Return the cores that this process may use, the one for single-core rows first."""
    return sorted(os.sched_getaffinity(0), reverse=True)


def _started(row: Row, prices: Path, plan: Plan, say: Say) -> Measured:
    out, mine = Measured(row), cores()[: row.cores]
    if len(mine) < row.cores:
        out.reason = f"needs {row.cores} cores, this process may use {len(mine)}"
        return out
    say(f"starting {row.name}")
    try:
        python = interpreter(row.peer) if row.peer else Path(sys.executable)
        out.process = Process(python, row.contestant, prices, cores=mine, timeout=plan.timeout)
        out.facts = out.process.facts
    except Failed as error:
        out.reason = str(error)
    return out


def _warm_up(found: Sequence[Measured], plan: Plan, say: Say) -> None:
    say("warming up")
    for one in found:
        if one.facts.get("compiles"):
            for what in one.row.measures:
                one.ask(what, plan.rules(), keep=False)


def _one_round(found: Sequence[Measured], plan: Plan) -> None:
    for one in found:
        for what in one.row.measures:
            one.ask(what, plan.rules())


def _records(found: Sequence[Measured]) -> Iterator[Record]:
    baselines: dict[str, Record] = {}
    records = [_record(one) for one in found]
    for record in records:
        base = baselines.setdefault(record["group"], record)
        yield record | _against(record, base) | _lanes_against(record, records)


def _record(one: Measured) -> Record:
    row, clock = one.row, "cpu" if one.row.cores == 1 else "wall"
    out: Record = {"name": row.name, "group": row.group, "cores": row.cores, "clock": clock}
    out |= {"peer": row.peer, "side": row.side, "reason": one.reason} | one.facts
    runs, sweeps = one.replies.get("run", []), one.replies.get("sweep", [])
    out["seconds"] = {
        what: {kind: [reply[kind] for reply in replies] for kind in ("cpu", "wall")}
        for what, replies in (("run", runs), ("sweep", sweeps))
        if replies
    }
    if runs:
        out["run_s"] = median(reply[clock] for reply in runs)
        out |= {f"of_default_{key}": value for key, value in runs[-1]["found"].items()}
        if runs[-1]["found"]["sharpe"] is not None:
            out["combinations_a_second"] = 1.0 / out["run_s"]
    if sweeps:
        out["combinations"] = sweeps[-1]["found"]["n"]
        seconds = median(reply[clock] for reply in sweeps)
        out["combinations_a_second"] = out["combinations"] / seconds
        first = sweeps[-1]["found"]["first"] or {}
        out |= {f"of_default_{key}": value for key, value in first.items() if value is not None}
    if "memory" in one.replies:
        out["peak_mb"] = one.replies["memory"][-1]["peak_mb"]
    return out


def _against(record: Record, base: Record) -> Record:
    """Return the ratios to the group's baseline, and how far the default's outcome lies off."""
    out: Record = {}
    if "run_s" in record and "run_s" in base:
        out["times_stock"] = base["run_s"] / record["run_s"]
    if "combinations_a_second" in record and "combinations_a_second" in base:
        out["combinations_times_stock"] = (
            record["combinations_a_second"] / base["combinations_a_second"]
        )
    value, expected = record.get("of_default_final_value"), base.get("of_default_final_value")
    if value is not None and expected is not None:
        out["final_value_off_stock"] = value / expected - 1.0
        out["fills_off_stock"] = record["of_default_fills"] - base["of_default_fills"]
    mine, theirs = record.get("of_default_digest"), base.get("of_default_digest")
    if mine and theirs:
        out["equals_stock"] = mine == theirs
    return out


def _lanes_against(record: Record, records: Sequence[Record]) -> Record:
    """Return how many times our lanes on as many cores are as fast as another's row."""
    if record["side"] != "theirs" or "combinations_a_second" not in record:
        return {}
    of_row = (record["group"], record["cores"])
    for one in records:
        is_match = one["side"] == "lanes" and (one["group"], one["cores"]) == of_row
        if is_match and "combinations_a_second" in one:
            ratio = one["combinations_a_second"] / record["combinations_a_second"]
            return {"lanes_times_this": ratio}
    return {}
