"""Mean reversion and hedges by name: is there a spread to bet on?"""

from __future__ import annotations

import math
from typing import Any

import pandas as pd

from orebound.strategies import Rule

from ..record import RunRecord
from .facts import mapping, number, setting, spaced
from .text import show
from .views import Column, Facts, Section, table

#: What intervals on three years are worth (docs/thesis.md 3.3: 500 simulated paths each).
POWER = (
    (
        "About the interval",
        "Grid bootstrap, valid up to the unit root; \u221e: no reversion at all is not ruled out.",
    ),
    (
        "On 756 sessions of white noise",
        "the estimate lies within 5 to 150 sessions on a quarter of paths, the upper end of the "
        "interval at or below 150 on about 1\u202f%.",
    ),
    (
        "On 756 sessions that revert with a half-life of 60",
        "the upper end is at or below 150 on about 8\u202f%: certainty is dear.",
    ),
)
GATES = ("half_life_gate", "variance_ratio_gate", "cointegration_gate")
COLUMNS = (
    Column("symbol", "Name"),
    Column("session", "Session", "date"),
    Column("beta_metal", "b", "number", "metal"),
    Column("beta_market", "c", "number", "market"),
    Column("half_life", "Half-life", unit="sessions"),
    Column("interval", "95\u202f% interval", unit="sessions"),
    Column("variance_ratio", "VR", "number"),
    Column("variance_ratio_z", "z", "number", "of VR"),
    Column("cointegration_p", "p", "p", "no cointegration"),
    Column("half_life_gate", "Half-life", "share", "gate open"),
    Column("variance_ratio_gate", "VR", "share", "gate open"),
    Column("cointegration_gate", "p", "share", "gate open"),
    Column("observed", "Base rate", "percent", "observed"),
    Column("noise", "Base rate", "percent", "in noise"),
)


def diagnostics_section(record: RunRecord) -> Section | None:
    """Return ratios, half-lives with intervals and tests by name; None where none is recorded."""
    found = mapping(record.info, "diagnostics")
    lines = [_line(record, name, row) for name, row in found.items() if row]
    if not lines:
        return None
    frame = pd.DataFrame(lines)
    used = [gate for gate in GATES if setting(record, "rule", gate) not in (None, "off")]
    frame = frame.drop(columns=[gate for gate in GATES if gate not in used])
    lead = (
        "Whether what a name trails by is a spread that closes, on the last session that could "
        f"decide. Gap: {_said(record, 'gap')}, behind {_said(record, 'gap_needs')}; ratios: "
        f"{_ratios(record)}. Gates: {', '.join(_gate(record, gate) for gate in used) or 'all off'}."
    )
    horizon = show(number(setting(record, "rule", "variance_ratio_horizon")), "integer")
    sessions = show(number(setting(record, "rule", "half_life_window")), "integer")
    tests = (
        f"Over up to {sessions} sessions. VR: variance of {horizon}-session moves over that of "
        "one, 1 for a random walk (Lo and MacKinlay). p: Engle and Granger, with MacKinnon's "
        "values for the number of series joined."
    )
    rows = table(frame, COLUMNS, "By name", note=tests, keys=("diagnostics", "symbol"))
    return Section("diagnostics", "Mean reversion", lead, [rows, Facts(POWER, "wide")])


def _line(record: RunRecord, name: str, row: dict[str, Any]) -> dict[str, Any]:
    ends = [_sessions(row.get(f"half_life_{end}")) for end in ("low", "high")]
    base = mapping(record.info, "base_rates", name)
    tests = ("beta_metal", "beta_market", "variance_ratio", "variance_ratio_z", "cointegration_p")
    return {
        "symbol": name,
        "session": row.get("session"),
        "half_life": _sessions(row.get("half_life")),
        "interval": " to ".join(ends) if all(ends) else "",
        **{key: number(row.get(key)) for key in tests},
        **{gate: number(mapping(row, "open").get(gate)) for gate in GATES},
        **{key: number(base.get(key)) for key in ("observed", "noise")},
    }


def _sessions(value: Any) -> str:
    """Return a half-life in whole sessions, the sign of infinity where nothing reverts."""
    if value == "inf" or value == math.inf:
        return "\u221e"
    known = number(value)
    return "" if math.isnan(known) else show(known, "integer")


def _said(record: RunRecord, name: str) -> str:
    value = setting(record, "rule", name)
    if name == "gap" and value == "anchored":
        return f"since {setting(record, 'rule', 'anchor_date')}"
    return spaced(value) or "n/a"


def _ratios(record: RunRecord) -> str:
    gap = setting(record, "rule", "gap")
    if gap in Rule.UNHEDGED:
        return "one for one, no market"
    if gap == "cointegration":
        return "of the level regression"
    return f"{_said(record, 'hedge')} on {_said(record, 'hedge_returns')} returns"


def _gate(record: RunRecord, gate: str) -> str:
    return f"{spaced(gate.removesuffix('_gate'))} {setting(record, 'rule', gate)}"
