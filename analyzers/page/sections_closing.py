"""Who closed the gaps, and when."""

from __future__ import annotations

import math
from typing import Any

import pandas as pd

from ..record import RunRecord
from ..study import (
    capture_efficiency,
    capture_ratio,
    closing_parts,
    kaplan_meier,
    median_time,
    metal_fell_share,
    sessions_to_close,
    survival_at,
)
from ..trade_legs import joined_trades, own_lines
from .drawing import ValueScale
from .facts import number, setting
from .plots import HEIGHT, Drawing, NumberScale, between, curve, framed, steps
from .text import MISSING, percents, show
from .views import Column, Facts, Figure, Legend, Section, Table, table

#: Sessions that entries are followed whatever the rule did, and at which the curves are read.
FOLLOWED = 252
READ_AT = (63, 126, 252)
MONTH = 21
LEVELS = (0.5, 0.8, 1.0)
STYLES = {0.5: "rule", 0.8: "equal_weight_miners", 1.0: "market"}
NEEDED = ("ln_equity", "ln_basket", "ln_market", "run")
PARTS = {
    "equity_local": "Miner, local currency",
    "fx": "Exchange rate",
    "equity": "Miner, base currency",
    "metal": "Metals",
    "market": "Market",
    "closing": "= Closing of the anchored gap",
    "roll_off": "Roll-off of the window",
    "costs": "Costs, of entry value",
}
PART_COLUMNS = (
    Column("label", "Part"),
    Column("closed", "Mean", "signed", "log-%, gaps that closed"),
    Column("pooled", "Share", "share", "pooled"),
    Column("every", "Mean", "signed", "log-%, all closed"),
    Column("n", "n", "integer", "episodes"),
)
TIME_COLUMNS = (
    Column("label", "Closed"),
    Column("watched", "Watched"),
    Column("n", "n", "integer", "entries"),
    Column("reached", "Closed", "integer"),
    Column("censored", "Censored", "integer"),
    Column("median", "Median", "integer", "sessions", missing="not reached"),
    *(Column(f"at_{day}", f"By {day}", "share", "sessions") for day in READ_AT),
)


def closing_section(record: RunRecord) -> Section | None:
    """Return whose moves closed the gaps and how long it took; None without a closed episode."""
    trades = _own(record.trades)
    if not (trades["status"] == "closed").any():
        return None
    lead = (
        "The capture ratio is the miner's own part of a closing: 1 where it caught up by itself, 0 "
        "where metals and market fell to it. It counts gaps that closed by more than 0.01; a gap "
        "that widened was captured by nobody. All parts are measured on the gap anchored at entry."
    )
    blocks: list[Any] = [_captured(trades), _parts(trades)]
    times = _times(record, trades)
    return Section("closing", "Closing", lead, [*blocks, *times])


def _own(trades: pd.DataFrame) -> pd.DataFrame:
    """Return the lines of the names themselves, with the money of their hedge legs."""
    return own_lines(joined_trades(trades))


def _captured(trades: pd.DataFrame) -> Facts:
    ratio, metal = capture_ratio(trades), metal_fell_share(trades)
    earned = capture_efficiency(trades).dropna()
    mean = f"{show(ratio.mean, 'number')} ± {show(ratio.error, 'number')}" if ratio.n else MISSING
    pairs = {
        "mean": (f"Capture ratio, mean ± standard error, n\u00a0=\u00a0{ratio.n}", mean),
        "pooled": ("Capture ratio, pooled", show(ratio.pooled, "number")),
        "metal": ("Closed by metals that fell, pooled", show(metal.pooled, "share")),
        "fell": ("Closings to which falling metals helped", show(metal.share, "share")),
        "efficiency": (
            f"Capture efficiency: net over what gaps promised, n\u00a0=\u00a0{len(earned)}",
            show(float(earned.mean()) if len(earned) else math.nan, "number"),
        ),
        "n": ("Gaps that closed, of closed episodes", f"{ratio.n} of {ratio.n_closed}"),
    }
    return Facts(list(pairs.values()), "", [f"capture.{key}" for key in pairs])


def _parts(trades: pd.DataFrame) -> Table:
    parts = closing_parts(trades)
    shut = parts[parts["closing"] > 0.01]
    whole, n_known = float(shut["closing"].sum()), int(parts["closing"].notna().sum())
    rows = []
    for key, label in PARTS.items():
        of_shut, every = shut[key].dropna(), parts[key].dropna()
        is_part = key not in ("roll_off", "costs") and len(of_shut) and whole > 0.0
        rows.append(
            {
                "part": key,
                "label": label,
                "closed": float(of_shut.mean()) if len(of_shut) else math.nan,
                "pooled": float(of_shut.sum()) / whole if is_part else math.nan,
                "every": float(every.mean()) if len(every) else math.nan,
                "n": len(every),
            }
        )
    note = (
        "Miner, metals and market sum to the closing, local currency and exchange rate to the "
        "miner. Roll-off is what the rolling window did by itself and closed nothing. The closing "
        "of an episode during which an input lapsed is not known."
    )
    return table(
        pd.DataFrame(rows),
        PART_COLUMNS,
        f"What moved the anchored gap: {len(shut)} gaps that closed, {n_known} known",
        note=note,
        keys=("part", "part"),
    )


def _times(record: RunRecord, trades: pd.DataFrame) -> list[Any]:
    if any(name not in record.signals for name in NEEDED):
        return []
    ended = sessions_to_close(trades, record.signals, levels=LEVELS)
    on = sessions_to_close(trades, record.signals, levels=LEVELS, follow=FOLLOWED)
    if not len(ended):
        return []
    rows = [
        _time_row(found[found["level"] == level], level, watched)
        for watched, found in (("to the exit", ended), (f"{FOLLOWED} sessions", on))
        for level in LEVELS
    ]
    leaves = number(setting(record, "rule", "capture"))
    note = (
        "Share of entries whose anchored gap had closed by then, after Kaplan and Meier. Watched "
        f"to the exit, the rule itself ends the watching (at {show(leaves, 'share')} of the gap, "
        "at a stop): those about to close and those far from it leave the count, so that these "
        f"rows are no forecast. Watched for {FOLLOWED} sessions, nothing does but the end of the "
        "data or a lapse of an input. Where few are still watched the curves may cross."
    )
    behind = table(
        pd.DataFrame(rows),
        TIME_COLUMNS,
        "Time to closure",
        note=note,
        keys=("closure", "key"),
    )
    return [behind, _figure(on)]


def _time_row(found: pd.DataFrame, level: float, watched: str) -> dict[str, Any]:
    fitted = kaplan_meier(found["sessions"], found["is_closed"])
    reached = int(found["is_closed"].sum())
    row: dict[str, Any] = {
        "key": f"{level:g}-{'exit' if watched == 'to the exit' else 'followed'}",
        "label": show(level, "share"),
        "watched": watched,
        "n": len(found),
        "reached": reached,
        "censored": len(found) - reached,
        "median": median_time(fitted),
    }
    longest = float(found["sessions"].max())
    # Beyond the longest watched entry the curve says nothing, unless all had closed by then.
    last = math.inf if reached == len(found) else longest
    return row | {
        f"at_{day}": 1.0 - survival_at(fitted, day) if day <= last else math.nan for day in READ_AT
    }


def _figure(found: pd.DataFrame) -> Figure:
    end = float(max(found["sessions"].max(), 1))
    across, down = NumberScale(0.0, end), ValueScale(-0.03, 1.03, HEIGHT)
    parts, legend = [], []
    fits = {}
    for level in LEVELS:
        mine = found[found["level"] == level]
        fitted = fits[level] = kaplan_meier(mine["sessions"], mine["is_closed"])
        time = fitted["time"].to_numpy(dtype=float)
        share = 1.0 - fitted["survival"].to_numpy()
        points = steps(time, share, 0.0, end)
        if level == LEVELS[0] and len(time):
            low, high = (1.0 - fitted[name].to_numpy() for name in ("high", "low"))
            x, bottom = steps(time, low, 0.0, end)
            _, top = steps(time, high, 0.0, end)
            parts.append(between(across.place(x), down.place(bottom), down.place(top), "fall"))
        parts.append(curve(across, down, points, STYLES[level]))
        legend.append(Legend(STYLES[level], f"{show(level, 'share')} of the gap closed"))
    drawn = Drawing(
        "closure",
        "Share of entries whose gap had closed, by sessions since the decision",
        f"By session {end:.0f}: {_closed_by(fits, end)}. Each entry is followed for {FOLLOWED} "
        "sessions.",
        parts,
        percents(down.ticks()),
        along="sessions after the entry decision",
    )
    said = (
        f"Share of entries whose anchored gap had closed by so many sessions after the entry "
        f"decision, each followed for {FOLLOWED} sessions. Shaded: 95\u202f% band of the first."
    )
    return Figure(said, [framed(drawn, across, down)], legend, _readings(fits, end))


def _closed_by(fits: dict[float, pd.DataFrame], day: float) -> str:
    """Return in words which shares of entries had closed how much of their gap by a session."""
    return ", ".join(
        f"{show(level, 'share')} closed in {show(1.0 - survival_at(fitted, day), 'share')}"
        for level, fitted in fits.items()
    )


def _readings(fits: dict[float, pd.DataFrame], end: float) -> Table:
    """Return the curves once a month, the first with its band."""
    days = [*range(MONTH, int(end), MONTH), int(end)]
    rows = []
    for day in days:
        row: dict[str, Any] = {"day": day}
        row |= {f"at_{level:g}": 1.0 - survival_at(fits[level], day) for level in LEVELS}
        seen = fits[LEVELS[0]].query("time <= @day")
        row |= {
            side: 1.0 - float(seen[other].iloc[-1]) if len(seen) else math.nan
            for side, other in (("low", "high"), ("high", "low"))
        }
        rows.append(row)
    columns = [
        Column("day", "After", "integer", "sessions"),
        *(Column(f"at_{level:g}", f"{show(level, 'share')} closed", "share") for level in LEVELS),
        Column("low", "Band", "share", f"of {show(LEVELS[0], 'share')}, low"),
        Column("high", "Band", "share", f"of {show(LEVELS[0], 'share')}, high"),
    ]
    said = "Share of entries whose gap had closed, by session"
    return table(pd.DataFrame(rows), columns, said, summary="Figures")
