"""What miners did around announcements, beside the same dates moved at random."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from markupsafe import Markup

from orebound.feeds import (
    Clock,
    ConfigError,
    PolicyEvents,
    china_events,
    clock,
    first_session,
    trade_events,
)

from ..record import RunRecord
from ..study import calendar_time, placebo_band
from .drawing import value_scale
from .facts import listing, spaced, stated, words
from .numbers import MINERS
from .plots import HEIGHT, Drawing, NumberScale, between, curve, framed, zero
from .sections_relative import against
from .text import percents, show
from .views import Column, Figure, Grid, Legend, Section, Table, table

WINDOW = (-5, 60)
READ_AT = (0, 5, 20, 60)
#: Fewer dates than this in a kind, and their mean is an anecdote: they count in the group alone.
LEAST = 3
KINDS = {
    "rrr": "reserve ratio",
    "rrr_t": "reserve ratio, targeted",
    "rate": "benchmark rate",
    "lpr": "loan prime rate",
    "mlf": "lending facility",
}
COLUMNS = (
    Column("label", "Announcements"),
    Column("n", "n", "integer", "sessions"),
    *(
        column
        for day in READ_AT
        for column in (
            Column(f"car_{day}", f"to +{day}", "signed", "log-%"),
            Column(f"p_{day}", "p", "p"),
        )
    ),
    Column("daily", "Held 60", "bp", "bp a session"),
    Column("t", "t", "number"),
    Column("days", "Held", "integer", "sessions"),
)

PATH = (
    Column("offset", "Session", "integer", "after"),
    Column("car", "Mean", "signed", "log-%"),
    Column("low", "5\u202f%", "signed", "log-%"),
    Column("high", "95\u202f%", "signed", "log-%"),
)


@dataclass(frozen=True)
class Group:
    """Announcements that are looked at together."""

    key: str
    label: str
    dates: Any
    is_whole: bool = False


def events_section(record: RunRecord) -> Section | None:
    """Return the event study; None where no curve or no announcement falls into the run."""
    returns, benchmark = _returns(record)
    if len(returns) < WINDOW[1] - WINDOW[0]:
        return None
    groups = list(_groups(record, returns))
    if not groups:
        return None
    beyond = "beyond the market" if benchmark is not None else "absolute, without a market"
    if benchmark is not None and (reason := against(record, MINERS, "market").reason):
        benchmark, beyond = None, f"absolute, not beyond the market: {reason}"
    lead = (
        f"Equal-weight miners around the session at whose close an announcement first counts, "
        f"{beyond}, in logs from the close before it. p: how often the same dates, moved as a "
        "set through the run, lie as far from their own mean; the overlap of windows is kept. "
        "Held 60: mean of all sessions within 60 of any of the dates, each counted once, with its "
        "Newey-West t. Intensities were assigned in 2026."
    )
    rows = [_row(group, returns, benchmark) for group in groups]
    figures = [_figure(group, returns, benchmark) for group in groups if group.is_whole]
    n = len(rows) * len(READ_AT)
    note = (
        f"{n} p-values stand here: about {show(0.05 * n, 'integer')} of them lie below 0.05 by "
        f"chance alone. A kind with fewer than {LEAST} sessions counts in its group only."
    )
    shown = table(
        pd.DataFrame(rows),
        COLUMNS,
        "Around announcements, by kind",
        note=note,
        keys=("event", "key"),
    )
    legend = [Legend("rule", "mean"), Legend("", "90\u202f% of moved dates", "band")]
    return Section("events", "Event study", lead, [shown, Grid(figures, legend)])


def _returns(record: RunRecord) -> tuple[pd.Series[Any], pd.Series[Any] | None]:
    """Return log returns of the miners and of the market on the sessions that both have."""
    curves = record.baselines.set_index("date")
    if MINERS not in curves:
        return pd.Series(dtype=float), None
    names = [MINERS, *(["market"] if "market" in curves else [])]
    logs = curves[names].dropna().apply(np.log).diff().iloc[1:]
    return logs[MINERS], logs.get("market")


def _groups(record: RunRecord, returns: pd.Series[Any]) -> Iterator[Group]:
    """Yield the groups that have a date inside the run: all of a sign, then each kind of it."""
    exchange = _exchange(record)
    if exchange is None:
        return
    found = listing(record.info, "regime", "events")
    recorded = {words(event.get("id")) for event in found if isinstance(event, dict)}
    china = china_events()
    china = china.where(np.array([name in recorded for name in china.ids], dtype=bool))
    trade = trade_events()
    easing = china.where(china.intensity > 0.0)
    tightening = china.where(china.intensity < 0.0)
    raised = trade.where(trade.intensity > 0.0)
    lifted = trade.where(trade.intensity < 0.0)
    sides = (
        ("china-easing", "China eases", easing),
        ("china-tightening", "China tightens", tightening),
        ("trade-raised", "Trade policy adds overhang", raised),
        ("trade-lifted", "Trade policy lifts overhang", lifted),
    )
    for key, label, events in sides:
        dates = _inside(exchange, events, returns)
        if not len(dates):
            continue
        yield Group(key, label, dates, is_whole=True)
        for kind in sorted(set(events.kind)):
            mine = events.where(np.array([one == kind for one in events.kind], dtype=bool))
            some = _inside(exchange, mine, returns)
            if LEAST <= len(some) < len(dates):
                yield Group(f"{key}-{kind}", f"\u2003{_kind(kind)}", some)


def _kind(kind: str) -> str:
    """Return a kind of the tables in words; two kinds at once are joined by ``+`` there."""
    return " and ".join(KINDS.get(part, spaced(part)) for part in kind.split("+"))


def _exchange(record: RunRecord) -> Clock | None:
    """Return the clock of the run's regime, None where the record names no exchange we know."""
    mic = words(stated(record.info, "regime", "calendar"))
    try:
        return clock(mic)
    except ConfigError:
        return None


def _inside(exchange: Clock, events: PolicyEvents, returns: pd.Series[Any]) -> Any:
    """Return the distinct sessions of the run at whose close the events first count."""
    if not len(events):
        return np.empty(0, "M8[D]")
    days = np.unique(first_session(events, exchange))
    first, last = returns.index[[0, -1]].to_numpy().astype("M8[D]")
    return days[(days >= first) & (days <= last)]


def _row(group: Group, returns: Any, benchmark: Any) -> dict[str, Any]:
    found = placebo_band(returns, benchmark, group.dates, (0, WINDOW[1]), at=READ_AT)
    band = found.frame.set_index("offset")
    held = calendar_time(returns, benchmark, group.dates, WINDOW[1])
    row: dict[str, Any] = {"key": group.key, "label": group.label, "n": int(band["n"].iloc[0])}
    for day in READ_AT:
        row |= {f"car_{day}": float(band["car"][day]), f"p_{day}": float(band["p"][day])}
    return row | {"daily": 1e4 * held.mean, "t": held.t, "days": held.days}


def _figure(group: Group, returns: Any, benchmark: Any) -> Figure:
    found = placebo_band(returns, benchmark, group.dates, WINDOW).frame
    x = found["offset"].to_numpy(dtype=float)
    car, low, high = (found[name].to_numpy(dtype=float) for name in ("car", "low", "high"))
    across = NumberScale(float(WINDOW[0]), float(WINDOW[1]))
    down = value_scale([car, low, high], HEIGHT)
    last = found.iloc[-1]
    surface = between(across.place(x), down.place(low), down.place(high), "on")
    event = float(across.place(np.array([0.0]))[0])
    parts = [
        surface,
        zero(down),
        Markup('<path class="grid" d="M{} 0V{}"/>').format(f"{event:.1f}", f"{HEIGHT:.0f}"),
        curve(across, down, (x, car), "rule"),
    ]
    drawn = Drawing(
        group.key,
        f"{group.label}: mean cumulative return of miners, sessions \u22125 to 60",
        f"Ends at {show(_finite(last['car']), 'percent')}; 90\u202f% of moved dates lie between "
        f"{show(_finite(last['low']), 'percent')} and {show(_finite(last['high']), 'percent')}.",
        parts,
        percents(down.ticks()),
        corner="log return since session \u22126",
        along="sessions after the announcement",
    )
    return Figure(
        "",
        [framed(drawn, across, down)],
        table=_readings(group, found),
        head=f"{group.label}, {len(group.dates)} sessions",
    )


def _readings(group: Group, found: pd.DataFrame) -> Table:
    """Return the mean and the band of moved dates at every fifth session."""
    shown = found[found["offset"] % 5 == 0]
    said = f"{group.label}: mean cumulative return and 90\u202f% of moved dates"
    return table(shown, PATH, said, summary="Figures", keys=(f"path.{group.key}", "offset"))


def _finite(value: Any) -> float:
    return float(value) if math.isfinite(value) else math.nan
