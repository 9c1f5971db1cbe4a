"""The rule and its miners against the market and the metals."""

from __future__ import annotations

import math
from typing import Any

import pandas as pd
from markupsafe import Markup

from ..record import RunRecord
from ..study import Alignment, check_alignment, relative_performance
from ..study.relative import LAGS
from .drawing import (
    Picture,
    bands,
    corner_label,
    grid,
    line,
    picture,
    time_labels,
    time_lines,
    value_labels,
    value_scale,
)
from .facts import mapping, number, setting
from .numbers import MINERS, RULE
from .panels import frame_of
from .plots import HEIGHT, zero
from .text import percents, show
from .views import Column, Figure, Legend, Section, Table, table

BENCHMARKS = ("market", "metal_basket")
SUBJECTS = {RULE: "Rule", MINERS: "Miners"}
WINDOW = 252
COLUMNS = (
    Column("label", "Against"),
    Column("alpha", "Alpha", "percent", "a year", is_gain=True),
    Column("alpha_t", "t", "number", "of alpha"),
    Column("beta_market", "Beta", "number", "market"),
    Column("beta_metal", "Beta", "number", "metals"),
    Column("r_squared", "R²", "number"),
    Column("tracking_error", "Tracking", "percent", "error a year"),
    Column("information_ratio", "Information", "number", "ratio a year"),
    Column("up_capture", "Up", "share", "capture"),
    Column("down_capture", "Down", "share", "capture"),
    Column("correlation", "Correlation", "number"),
    Column("ratio", "Ratio", "percent", "less 1", is_gain=True),
    Column("points", "Difference", "signed", "points", is_gain=True),
    Column("n", "n", "integer", "returns"),
)
MOVED = {-2: "\u22122", -1: "\u22121", 0: "0", 1: "+1", 2: "+2"}
ALIGNED = (
    Column("label", "Against"),
    Column("first", "First", "date"),
    Column("last", "Last", "date"),
    Column("n", "n", "integer", "common returns"),
    Column("apart", "Apart", "integer", "sessions of one only"),
    *(Column(f"lag{lag}", MOVED[lag], "number", "sessions") for lag in LAGS),
    Column("best", "Best", "integer", "lag"),
    Column("said", "Alpha, beta"),
)
TAKEN = (
    *("alpha", "alpha_t", "r_squared", "tracking_error", "information_ratio", "up_capture"),
    *("down_capture", "correlation", "ratio", "points", "n"),
)


def relative_section(record: RunRecord) -> Section | None:
    """Return the comparison with each benchmark and with both; None where there is none."""
    curves = record.baselines.set_index("date")
    others = [name for name in BENCHMARKS if name in curves]
    subjects = [name for name in SUBJECTS if name in curves]
    if not others or not subjects:
        return None
    rows, refused, rolling = [], [], {}
    for subject in subjects:
        for factors in _sets(others):
            found = _compared(record, curves, subject, factors)
            if isinstance(found, str):
                refused.append(f"{SUBJECTS[subject].lower()} against {_named(factors)}: {found}")
                continue
            row, frame = found
            rows.append(row)
            if subject == RULE and len(factors) == 1:
                rolling[factors[0]] = frame
    if not rows and not refused:
        return None
    lead = (
        "Daily returns of the curves above. Ratio and difference are two readings of the same "
        "lead: growth over the benchmark's growth less 1, and total return less its total return "
        "in percentage points. Market: "
        f"{_market(record)}; metals: the names' average exposures; miners: the names in equal "
        "weights. Alpha is the intercept a year, "
        "its t after Newey and West."
    )
    note = " ".join(f"Not compared: {words}." for words in refused)
    shown: list[Any] = [
        table(
            pd.DataFrame(rows, columns=["key", *[column.key for column in COLUMNS]]),
            COLUMNS,
            "Relative performance",
            note=note,
            keys=("relative", "key"),
            empty=note or "Nothing to compare.",
        ),
        _alignments(record, subjects, others),
    ]
    if rolling:
        shown.append(_figure(record, rolling))
    return Section("relative", "Relative performance", lead, shown)


def against(record: RunRecord, subject: str, other: str) -> Alignment:
    """Return how one curve of the record stands to another: overlap, lead and lag."""
    curves = record.baselines.set_index("date")
    try:
        return check_alignment(curves[subject], curves[other])
    except ValueError as error:
        return Alignment(0, None, None, 0, 0, None, str(error))


def out_of_step(record: RunRecord) -> str:
    """Return which curves move before or after the rule, in words; empty where none does.

    Said wherever the page sets the rule beside its curves.
    """
    curves = record.baselines
    if RULE not in curves:
        return ""
    found = {name: against(record, RULE, name) for name in BENCHMARKS if name in curves}
    late = [
        f"{_named([name])} by {abs(one.lead.lag)}"
        for name, one in found.items()
        if one.lead is not None and one.lead.is_async
    ]
    if not late:
        return ""
    return (
        f" Out of step with the rule, in sessions: {', '.join(late)}. Their dates do not name the "
        "same time; curves may be looked at, alpha and beta are refused."
    )


def _alignments(record: RunRecord, subjects: list[str], others: list[str]) -> Table:
    rows = []
    for subject in subjects:
        for other in others:
            one = against(record, subject, other)
            row: dict[str, Any] = {"key": f"{subject}-{other}", "first": one.first}
            row |= {"label": f"{SUBJECTS[subject]} / {_named([other])}", "last": one.last}
            row |= {"n": one.n, "apart": one.only_curve + one.only_benchmark}
            at = one.lead.correlations if one.lead is not None else {}
            row |= {f"lag{lag}": at.get(lag, math.nan) for lag in LAGS}
            row["best"] = one.lead.lag if one.lead is not None else math.nan
            row["said"] = "refused" if one.reason else "stand"
            rows.append(row)
    frame = pd.DataFrame(rows)
    note = (
        "Correlation of the returns with the benchmark's, moved by so many sessions: at +1 the "
        "benchmark moves a session before. Alpha and beta are refused where the best lag is not 0 "
        "by more than three standard errors."
    )
    return table(frame, ALIGNED, "Alignment of dates", note=note, keys=("aligned", "key"))


def _sets(others: list[str]) -> list[list[str]]:
    alone = [[name] for name in others]
    return [*alone, others] if len(others) > 1 else alone


def _compared(
    record: RunRecord, curves: pd.DataFrame, subject: str, factors: list[str]
) -> tuple[dict[str, Any], pd.DataFrame] | str:
    """Return the row and the rolling figures of one comparison, or why there is none."""
    known = curves[[subject, *factors]].dropna()
    returns = known.pct_change(fill_method=None).iloc[1:]
    for name in factors:
        if reason := against(record, subject, name).reason:
            return reason
    year = number(setting(record, "run", "periods_per_year"))
    found = relative_performance(
        returns[subject],
        returns[factors],
        252 if math.isnan(year) else int(year),
        window=WINDOW,
    )
    row: dict[str, Any] = {name: getattr(found, name) for name in TAKEN}
    row |= {
        "key": "-".join([subject, *factors]),
        "label": f"{SUBJECTS[subject]} / {_named(factors)}",
        "beta_market": found.betas.get("market", math.nan),
        "beta_metal": found.betas.get("metal_basket", math.nan),
    }
    if len(factors) > 1:
        # Against two at once there is no one to track.
        row |= dict.fromkeys(
            ("tracking_error", "information_ratio", "up_capture", "down_capture"), math.nan
        )
        row |= dict.fromkeys(("correlation", "ratio", "points"), math.nan)
    return row, found.rolling


def _named(factors: list[str]) -> str:
    words = {"market": "market", "metal_basket": "metals"}
    return " and ".join(words.get(name, name) for name in factors)


def _market(record: RunRecord) -> str:
    for symbol, row in mapping(record.info, "data").items():
        if isinstance(row, dict) and row.get("role") == "market":
            return str(symbol)
    return "the universe's factor"


def _figure(record: RunRecord, rolling: dict[str, pd.DataFrame]) -> Figure:
    """Return how far the rule ran ahead of each benchmark over the past year, by session."""
    frame = frame_of(record)
    down = value_scale([found["ratio"].to_numpy(dtype=float) for found in rolling.values()], HEIGHT)
    parts = [bands(frame.shaded, down.height), grid(down), time_lines(frame.across, down.height)]
    parts.append(zero(down))
    for name, found in rolling.items():
        x = frame.across.place(pd.DatetimeIndex(found["date"]))
        parts.append(line(x, down.place(found["ratio"].to_numpy(dtype=float)), name))
    last = {name: float(found["ratio"].iloc[-1]) for name, found in rolling.items()}
    ends = "; ".join(f"against {_named([name])} {show(at, 'percent')}" for name, at in last.items())
    drawn = Picture(
        "relative-rolling",
        f"Rule over each benchmark, past {WINDOW} sessions",
        f"Last: {ends}.",
        down.height,
        Markup("").join(parts),
        value_labels(down, percents(down.ticks()))
        + corner_label("growth over the benchmark's, less 1")
        + time_labels(frame.across, down.height, is_wide=True),
    )
    said = (
        f"Growth of the rule over that of each benchmark in the {WINDOW} sessions before, less 1."
        + (" Shaded: China regime ON." if frame.shaded else "")
    )
    legend = [Legend(name, f"against {_named([name])}") for name in rolling]
    return Figure(said, [picture(drawn)], legend, _year_ends(rolling))


def _year_ends(rolling: dict[str, pd.DataFrame]) -> Table:
    """Return what the curves say at the last session of each year."""
    ratios = pd.DataFrame({name: one.set_index("date")["ratio"] for name, one in rolling.items()})
    ends = ratios.groupby(pd.DatetimeIndex(ratios.index).year).tail(1)
    columns = [Column("date", "Session", "date")]
    columns += [
        Column(name, f"Against {_named([name])}", "percent", is_gain=True) for name in rolling
    ]
    said = f"Growth of the rule over each benchmark's, past {WINDOW} sessions, less 1"
    return table(ends.reset_index(), columns, said, summary="Figures", keys=("ahead", "date"))
