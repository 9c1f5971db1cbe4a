"""What could be lost, how long it took to come back, and what the book stood on."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pandas as pd
from markupsafe import Markup

from ..metrics import summary
from ..record import RunRecord
from ..risk import (
    LEAST_RETURNS,
    drawdown_periods,
    expected_shortfall,
    exposure_by_metal,
    herfindahl,
    value_at_risk,
)
from .drawing import (
    Picture,
    ValueScale,
    bands,
    grid,
    line,
    picture,
    time_labels,
    time_lines,
    value_labels,
    value_scale,
)
from .facts import metric, spaced
from .holdings import by_currency, holdings, weights
from .panels import frame_of
from .plots import HEIGHT
from .text import percents, show
from .views import Column, Facts, Figure, Grid, Legend, Section, Table, table

#: The picture that has the page's whole width.
WIDE = "exposure-metal"
#: Most lines of a picture; what is smaller is summed.
LINES = 6
TAILS = (
    Column("level", "Level"),
    Column("var", "Value at risk", "fine", "a session"),
    Column("es", "Expected shortfall", "fine", "a session"),
    Column("tail", "In the tail", "integer", "sessions"),
    Column("n", "n", "integer", "returns"),
    Column("about", "Basis"),
)
DRAWDOWNS = (
    Column("depth", "Depth", "percent"),
    Column("peak", "Peak", "date"),
    Column("valley", "Valley", "date"),
    Column("recovery", "Recovery", "date", missing="not yet"),
    Column("fall", "Fall", "integer", "sessions"),
    Column("regain", "Regain", "integer", "sessions"),
    Column("length", "Length", "integer", "sessions"),
)
SHARES = (
    Column("label", "Exposure"),
    Column("mean", "Mean", "percent", "of equity"),
    Column("held", "Mean", "percent", "of the book while held"),
    Column("largest", "Largest", "percent", "of equity"),
    Column("day", "On", "date"),
    Column("last", "Last", "percent", "of equity"),
)
FLAT = "No position was held at any close."


def risk_section(record: RunRecord) -> Section:
    """Return tails, drawdowns, exposure by metal and by currency, and concentration."""
    lead = (
        "Losses are signed: a value at risk of \u22121\u202f% is undercut by one session in twenty "
        "at 95\u202f%. History only; no distribution is assumed."
    )
    held = holdings(record)
    blocks: list[Any] = [_tails(record), _shape(record), _drawdowns(record)]
    if (held != 0.0).any(axis=None) and _is_positive(record):
        blocks += _book(record, held)
    else:
        said = FLAT if _is_positive(record) else "Equity is not positive throughout."
        blocks.append(Facts([("Exposure and concentration", f"n/a: {said}")], "wide"))
    return Section("risk", "Risk", lead, blocks)


def tails(record: RunRecord) -> pd.DataFrame:
    """Return value at risk and expected shortfall at 95 and 99 %, NaN with the reason."""
    returns = _returns(record)
    rows = []
    for level, least in LEAST_RETURNS.items():
        row: dict[str, Any] = {"level": f"{100 * level:.0f}\u202f%", "n": len(returns)}
        row |= dict.fromkeys(("var", "es", "tail"), math.nan)
        if not _is_positive(record):
            row["about"] = "equity is not positive throughout"
        elif len(returns) < least:
            row["about"] = f"fewer than {least} returns hold none of such a tail"
        else:
            edge = value_at_risk(returns, level)
            row |= {"var": edge, "es": expected_shortfall(returns, level)}
            row |= {"tail": float(np.sum(returns <= edge)), "about": _shared(returns, edge)}
        rows.append(row)
    return pd.DataFrame(rows)


def _shared(returns: np.ndarray[Any, Any], edge: float) -> str:
    """Return the basis; a book that is mostly idle has its quantile among returns of 0."""
    alike = int(np.sum(returns == edge))
    return "historical quantile" + (f", the return of {alike:,} sessions" if alike > 1 else "")


def _returns(record: RunRecord) -> np.ndarray[Any, Any]:
    value = record.equity["value"].to_numpy(dtype=float)
    return value[1:] / value[:-1] - 1.0 if _is_positive(record) else np.empty(0)


def _is_positive(record: RunRecord) -> bool:
    value = record.equity["value"].to_numpy(dtype=float)
    return bool(np.isfinite(value).all() and (value > 0.0).all())


def _tails(record: RunRecord) -> Table:
    return table(tails(record), TAILS, "Tail losses", keys=("tail", "level"))


def _shape(record: RunRecord) -> Facts:
    """Return skewness and kurtosis as run.json has them, else worked out from the curve."""
    found = summary(record.equity[["value"]]) if len(record.equity) else {}
    said = {}
    for name, label in (("skew", "Skewness"), ("kurtosis", "Kurtosis, normal is 3")):
        known = metric(record, name)
        own = found[name].value if name in found else None
        said[name] = (label, show(own if math.isnan(known) else known, "number"))
    return Facts(list(said.values()), "", [f"risk.{name}" for name in said])


def _drawdowns(record: RunRecord) -> Table:
    values = record.equity.set_index("date")["value"]
    frame = drawdown_periods(values) if _is_positive(record) else pd.DataFrame()
    said = "Equity never fell below an earlier value."
    return table(
        frame.assign(place=range(1, len(frame) + 1)),
        DRAWDOWNS,
        "Deepest drawdowns",
        note="Fall: peak to valley. Regain: valley to recovery. Length: peak to recovery or end.",
        empty=said if _is_positive(record) else "n/a: equity is not positive throughout.",
        keys=("drawdown", "place"),
    )


def _book(record: RunRecord, held: pd.DataFrame) -> list[Any]:
    equity = record.equity.set_index("date")["value"]
    parts = {
        "metal": ("Exposure by metal", exposure_by_metal(held, weights(record, held))),
        "currency": ("Exposure by currency of listing", by_currency(record, held)),
    }
    figures = {}
    for name, (title, money) in parts.items():
        shares = money.div(equity, axis=0)
        note = METALS if name == "metal" else CURRENCIES
        figures[name] = _exposures(record, name, title, shares, money, note)
    return [figures["metal"], Grid([figures["currency"], _concentration(record, held)])]


METALS = (
    "A name's value at the close, shared out by what its issuer earns from, as published by then; "
    "before the first publication by the first one. Shares are scaled to sum to the name's value. "
    "A hedge leg counts under what its instrument stands for, in equal parts."
)
CURRENCIES = (
    "The currency a listing is quoted in, not the currencies that its issuer earns or spends."
)


def _exposures(
    record: RunRecord,
    name: str,
    title: str,
    shares: pd.DataFrame,
    money: pd.DataFrame,
    note: str,
) -> Figure:
    ordered = shares.abs().mean().sort_values(ascending=False, kind="stable").index
    shares, money = shares[ordered], money[ordered]
    drawn = shares
    if len(ordered) > LINES:
        rest = shares.iloc[:, LINES - 1 :].sum(axis=1)
        drawn = shares.iloc[:, : LINES - 1].assign(**{"the rest": rest})
    behind = table(
        _readings(shares, money),
        SHARES,
        title,
        keys=(f"exposure.{name}", "label"),
        summary="Figures",
    )
    last = "; ".join(f"{_label(key)} {show(drawn[key].iloc[-1], 'percent')}" for key in drawn)
    legend = [Legend(f"c{k}", _label(key)) for k, key in enumerate(drawn)]
    shown = _picture(record, f"exposure-{name}", title, f"Shares of equity. Last: {last}.", drawn)
    return Figure(note, [shown], legend, behind, head=f"{title}, share of equity", style="said")


def _label(key: Any) -> str:
    """Return a key as it is read; what an issuer earns from no metal of ours is said to be that."""
    return {"other": "other earnings", "the rest": "the rest together"}.get(key, spaced(key))


def _readings(shares: pd.DataFrame, money: pd.DataFrame) -> pd.DataFrame:
    gross = money.abs().sum(axis=1)
    inside = money.div(gross.where(gross > 0.0), axis=0).mean().to_dict()
    rows = []
    for key in shares:
        day = shares[key].abs().idxmax()
        rows.append(
            {"label": _label(key), "mean": shares[key].mean(), "held": inside[key]}
            | {"largest": shares.at[day, key], "day": day, "last": shares[key].iloc[-1]}
        )
    return pd.DataFrame(rows)


def _concentration(record: RunRecord, held: pd.DataFrame) -> Figure:
    """Return the Herfindahl index of the book by session, and what it says at its ends."""
    index = herfindahl(held)
    known = index.dropna()
    rows = [
        {"reading": said, "value": value, "names": 1.0 / value, "day": day}
        for said, value, day in (
            ("mean while held", float(known.mean()), None),
            ("most spread", float(known.min()), known.idxmin()),
            ("most concentrated", float(known.max()), known.idxmax()),
            ("last held", float(known.iloc[-1]), known.index[-1]),
        )
    ]
    columns = (
        Column("reading", "Concentration"),
        Column("value", "Herfindahl", "number"),
        Column("names", "Names", "bp", "effective"),
        Column("day", "On", "date"),
    )
    behind = table(
        pd.DataFrame(rows),
        columns,
        "Concentration of the book",
        keys=("herfindahl", "reading"),
        summary="Figures",
    )
    said = (
        "Herfindahl index of the book: the sum of squared shares of the gross holdings, 1 with one "
        "name, 1 / n with n equal ones. A gap in the line: nothing was held."
    )
    drawn = _picture(
        record,
        "concentration",
        "Concentration of the book",
        f"Mean while held {show(known.mean(), 'number')}.",
        index.to_frame("Herfindahl"),
        ValueScale(0.0, 1.04, HEIGHT),
        is_share=False,
    )
    legend = [Legend("c0", "Herfindahl index")]
    return Figure(said, [drawn], legend, behind, head="Concentration of the book", style="said")


def _picture(
    record: RunRecord,
    name: str,
    title: str,
    says: str,
    lines: pd.DataFrame,
    down: ValueScale | None = None,
    *,
    is_share: bool = True,
) -> Markup:
    """Return lines by session over the page's one time axis."""
    frame = frame_of(record)
    down = down or value_scale([lines.to_numpy(dtype=float)], HEIGHT)
    x = frame.across.place(pd.DatetimeIndex(lines.index))
    parts = [bands(frame.shaded, down.height), grid(down), time_lines(frame.across, down.height)]
    for place, key in reversed(list(enumerate(lines))):
        parts.append(line(x, down.place(lines[key].to_numpy(dtype=float)), f"c{place}"))
    marks = down.ticks()
    ticks = percents(marks) if is_share else [show(mark, "number") for mark in marks]
    return picture(
        Picture(
            name,
            title,
            says,
            down.height,
            Markup("").join(parts),
            value_labels(down, ticks)
            + time_labels(frame.across, down.height, is_wide=name == WIDE),
        )
    )
