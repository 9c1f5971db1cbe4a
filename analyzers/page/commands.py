"""Commands that the page proposes, as text to copy; the page itself runs nothing."""

from __future__ import annotations

import shlex

import pandas as pd

from ..record import RunRecord
from .facts import words
from .ledger import episodes
from .views import Column, Table, table

COLUMNS = (
    Column("symbol", "Name"),
    Column("entry_date", "Entry", "date"),
    Column("entry", "Why it was entered"),
    Column("exit", "Why it was left", missing="still open"),
)


def explain_commands(record: RunRecord) -> Table:
    """Return the command that explains each end of each episode, in the order of the episodes."""
    rows = [
        {
            "number": row["number"],
            "symbol": row["symbol"],
            "entry_date": row["entry_date"],
            "entry": _explain(record, row["leg_of"] or row["symbol"], row["entry_decision"]),
            "exit": _explain(record, row["leg_of"] or row["symbol"], row["exit_decision"]),
        }
        for row in _episodes(record).to_dict("records")
    ]
    return table(
        pd.DataFrame(rows, columns=["number", *(column.key for column in COLUMNS)], dtype=object),
        COLUMNS,
        "What was known at each decision: commands to copy",
        summary="Commands that explain each episode",
        keys=("explain", "number"),
        empty="No entry was made.",
    )


def run_commands(record: RunRecord) -> list[tuple[str, str]]:
    """Return what can be asked of the run further, each with its command."""
    key = shlex.quote(words(record.info["id"]))
    return [
        ("compare with the latest run", f"orebound diff {key} latest"),
        ("run again with a change", f"orebound whatif {key} --set costs.stamp_duty=0"),
        ("as a workbook", f"orebound export {key} {key}.xlsx"),
    ]


def _episodes(record: RunRecord) -> pd.DataFrame:
    frame = episodes(record)
    return frame if "leg_of" in frame else frame.assign(leg_of="")


def _explain(record: RunRecord, symbol: str, decided: pd.Timestamp) -> str | None:
    if pd.isna(decided):
        return None
    key = shlex.quote(words(record.info["id"]))
    return f"orebound explain {key} {shlex.quote(str(symbol))} {_session(record, symbol, decided)}"


def _session(record: RunRecord, symbol: str, decided: pd.Timestamp) -> str:
    """Return the session a decision was taken on: of its order, else the day of its moment."""
    orders = record.orders
    found = orders[(orders["submitted"] == decided) & (orders["symbol"] == symbol)]
    day = found["session"].iloc[0] if len(found) else decided
    return f"{day:%Y-%m-%d}"
