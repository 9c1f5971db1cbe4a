"""The order of the page, first half: what the rule did."""

from __future__ import annotations

import math
from collections.abc import Sequence

import pandas as pd

from ..record import RunRecord
from ..trade_metrics import by_exit_reason
from .baserates import base_rates, entry_condition
from .columns import BASE, CLOSINGS, EPISODES, HEADLINE, MORE, READINGS, REASONS
from .commands import explain_commands
from .facts import has_regime, number, setting, spaced, stated, words
from .ledger import closings, episodes, readings, stops
from .numbers import (
    CURVES,
    curve_frame,
    first_decisions,
    headline,
    hit_rate,
    monthly,
    more_metrics,
    null_figures,
    risk_free,
    yearly,
)
from .panels import NamePictures, drawdown_panel, equity_panel, frame_of, is_log, name_panels
from .sections_relative import out_of_step
from .text import MISSING, Kind, show, typeset
from .views import Beside, Cell, Column, Facts, Figure, Grid, Legend, Section, Table, table

MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
#: Absolute monthly returns at which the heat deepens.
HEAT = (0.01, 0.03, 0.06, 0.10)
#: How the further metrics are read; ratios have two decimals.
MORE_KINDS: dict[str, Kind] = {
    "mean_exposure": "percent",
    **dict.fromkeys(("var_95", "es_95"), "fine"),
    **dict.fromkeys(("average_win", "average_loss", "expectancy_return", "cost_share"), "percent"),
    **dict.fromkeys(("median_return", "largest_share"), "percent"),
    **dict.fromkeys(("expectancy",), "money"),
    **dict.fromkeys(("max_drawdown_sessions", "average_days_held"), "integer"),
}

SHADED = Legend("on", "China regime ON", "band")


def headline_section(record: RunRecord) -> Section:
    """Return the rule beside its baselines, and the hit rate beside what chance would give."""
    year = number(setting(record, "run", "periods_per_year"))
    note = (
        f"Daily returns, {show(year, 'integer')} sessions a year; Sharpe ratio over a risk-free "
        f"rate of {show(risk_free(record), 'percent')}, its standard error with skew and "
        f"kurtosis; cash earns {_cash_rate(record)}. Indices bear no costs. Time in the market is "
        f"recorded for the run itself; an index always is.{out_of_step(record)}"
    )
    rows = table(
        headline(record), HEADLINE, "Rule and baselines", note=note, keys=("head", "curve")
    )
    rates = table(
        base_rates(record),
        BASE,
        f"How often the entry condition held ({entry_condition(record)}), by name",
        note="A condition that noise meets as often is no signal by itself.",
        keys=("base", "symbol"),
        empty="No name is recorded.",
    )
    blocks = [rows, _chance(record), Beside([rates, _more(record)]), _first(record)]
    return Section("headline", "Headline", "", blocks)


def _cash_rate(record: RunRecord) -> str:
    rate = number(setting(record, "sizing", "cash_rate"))
    return MISSING if math.isnan(rate) else f"{show(rate, 'percent')} a year"


def _chance(record: RunRecord) -> Facts:
    share, error, n = hit_rate(record)
    rates, null = base_rates(record), null_figures(record)
    ends = [show(null[key], "percent") for key in ("p05", "p95")]
    spread = MISSING if MISSING in ends else " to ".join(ends)
    hit = f"{show(share, 'percent')} ± {show(100 * error, 'bp')}, n = {n} closed"
    pairs = {
        "hit_rate": ("Hit rate, ± standard error", hit if n else MISSING),
        "observed": (
            "Entry condition held, mean of names",
            show(rates["observed"].mean(), "percent"),
        ),
        "noise": ("Noise would meet it, mean of names", show(rates["noise"].mean(), "percent")),
        "null": ("Mean gross return of a closed trade", show(null["observed"], "percent")),
        "mean": ("The same at random entries", show(null["mean"], "percent")),
        "spread": ("90\u202f% of the random draws", spread),
        "p_value": ("p: as good or better by chance", show(null["p_value"], "p")),
        "draws": ("Draws, trades in each", f"{_whole(null['draws'])}, {_whole(null['trades'])}"),
        "note": ("About the null", words(stated(record.info, "null", "note")) or MISSING),
    }
    return Facts(list(pairs.values()), "chance", [f"chance.{key}" for key in pairs])


def _whole(value: float) -> str:
    return show(value, "integer")


def _more(record: RunRecord) -> Table:
    rows = [
        [
            Cell(found["label"]),
            Cell(
                show(found["value"], MORE_KINDS.get(found["metric"], "number")),
                "missing" if math.isnan(found["value"]) else "",
                f"metric.{found['metric']}.value",
            ),
            Cell(_whole(found["n"]), key=f"metric.{found['metric']}.n"),
            Cell(typeset(found["about"])),
        ]
        for found in more_metrics(record)
    ]
    return Table("More of the rule", MORE, rows)


def _first(record: RunRecord) -> Facts:
    said = [
        f"{day or 'never, windows do not fill'}: {', '.join(symbols)}"
        for day, symbols in first_decisions(record)
    ]
    return Facts([("First possible decisions", "; ".join(said) or MISSING)], "wide")


def equity_section(record: RunRecord) -> Section:
    """Return equity and drawdown over one time axis."""
    curves, frame = curve_frame(record), frame_of(record)
    legend = [Legend(str(name), CURVES[str(name)].label) for name in curves]
    columns = [Column("year", "Year")]
    columns += [Column(name, curve.label, "number") for name, curve in CURVES.items()]
    columns += [Column("drawdown", "Rule's lowest drawdown", "percent")]
    behind = table(
        yearly(record), columns, "Year-end values, start = 1", summary="Figures", keys=("year",) * 2
    )
    shaded = " Shaded: China regime ON, when the rule may enter." if frame.shaded else ""
    figure = Figure(
        f"Above: start = 1, {'log' if is_log(curves) else 'linear'} scale. Below: the fall from "
        f"the highest value so far, same time axis.{shaded}{out_of_step(record)}",
        [equity_panel(record, frame), drawdown_panel(record, frame)],
        [*legend, *([SHADED] if frame.shaded else [])],
        behind,
        style="lines",
    )
    return Section("equity", "Equity and drawdown", "", [figure])


def gaps_section(record: RunRecord) -> Section:
    """Return gap and z of each name with its entries and exits."""
    frame = frame_of(record)
    lead = (
        "Above, the rolling gap of each miner to its metals and market: how far it trails, in "
        "log-percent. Below, the same in standard deviations (z). All names share the scales; "
        f"marks stand at decisions; the dashed line is the entry, {entry_condition(record)}."
    )
    figures = [_name_figure(record, found) for found in name_panels(record, frame)]
    legend = [Legend("entry", "entry", "entry"), Legend("exit", "exit", "exit")]
    legend += [SHADED] if frame.shaded else []
    return Section("gaps", "Gap and z by name", lead, [Grid(figures, legend)])


def _name_figure(record: RunRecord, found: NamePictures) -> Figure:
    behind = table(
        readings(record, found.symbol),
        READINGS,
        f"{found.symbol}: quarter ends and decisions",
        summary="Figures",
    )
    never = "" if found.pictures else ": no gap, its windows never filled"
    return Figure(
        "",
        found.pictures,
        table=behind if found.pictures else None,
        head=f"{found.symbol}, {_count(found.entries, 'entry', 'entries')}"
        f", {_count(found.exits, 'exit', 'exits')}{never}",
    )


def _count(n: int, one: str, many: str) -> str:
    return f"{n} {one if n == 1 else many}"


def monthly_section(record: RunRecord) -> Section:
    """Return the rule's monthly returns as a table whose tint repeats its figures."""
    frame = monthly(record)
    columns = [Column("start", "Year")]
    columns += [Column(str(month), name, "signed") for month, name in enumerate(MONTHS, 1)]
    columns += [Column("year", "Year", "signed")]
    rows = [[Cell(str(year)), *_heat_row(frame.loc[year], int(year))] for year in frame.index]
    shown = Table(
        "Net return by month, %",
        columns,
        rows,
        note="Compounded. The first and the last month may be partial.",
        empty="Fewer than two sessions.",
        style="heat",
    )
    return Section("monthly", "Monthly returns", "", [shown])


def _heat_row(values: pd.Series[float], year: int) -> Sequence[Cell]:
    return [_heat_cell(float(value), f"month.{year}.{key}") for key, value in values.items()]


def _heat_cell(value: float, key: str) -> Cell:
    if math.isnan(value):
        return Cell("", "void", key)
    if value == 0:
        return Cell(show(value, "signed"), "missing", key)
    depth = sum(abs(value) >= edge for edge in HEAT)
    side = "up" if value > 0 else "down"
    return Cell(show(value, "signed"), f"{side}{depth}" if depth else "", key)


def _idle_stops(record: RunRecord) -> str:
    """Say how often the stop could not work; nothing where the rule has none."""
    if number(setting(record, "rule", "stop_multiple")) == 0 or record.trades.empty:
        return ""
    width = stops(record)
    without, wide = int((width == math.inf).sum()), int(((width >= 1) & (width < math.inf)).sum())
    return (
        f" The stop grows with the half-life: {without} of {len(width)} entries had none (no "
        f"reversion found), {wide} one of 100\u202f% or more, which has no effect."
    )


def episodes_section(record: RunRecord) -> Section:
    """Return every episode, what closed its gap, and why it ended."""
    lead = (
        "Entry to flat. Prices are total-return adjusted where the source allows, so sizes are "
        f"adjusted units.{_idle_stops(record)}"
    )
    about = (
        "Gaps too are in log-percent. Closing is measured on the gap anchored at entry, with the "
        "hedge ratios of that day: the miner's own move, less the metals', less the market's. "
        "Roll-off is what "
        "the rolling window did by itself: gap at exit = gap at entry + closing + roll-off. "
        "Shares are of the closing, n/a where it is below 1."
    )
    reasons = by_exit_reason(record.trades)
    reasons["exit_reason"] = reasons["exit_reason"].map(spaced)
    why = table(
        reasons,
        REASONS,
        "Exit reasons",
        empty="No episode has closed.",
        keys=("reason", "exit_reason"),
    )
    every = table(
        episodes(record),
        EPISODES if has_regime(record) else EPISODES[:-2],
        "Episodes",
        empty="No entry was made.",
        style="tall",
        keys=("episode", "number"),
    )
    parts = table(
        closings(record),
        CLOSINGS,
        "What closed the gap",
        note=about,
        empty="No episode has closed.",
        style="tall",
        keys=("closing", "number"),
    )
    blocks = [why, every, explain_commands(record), parts]
    return Section("episodes", "Episodes", lead, blocks)
