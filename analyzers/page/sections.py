"""The order of the page, first half: what the rule did."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from ..trade_metrics import by_exit_reason
from .baserates import base_rates
from .contract import RecordLike
from .facts import number, periods_per_year, setting, words
from .ledger import episodes, readings
from .numbers import (
    CURVES,
    curve_frame,
    headline,
    hit_rate,
    monthly,
    null_figures,
    risk_free,
    yearly,
)
from .panels import drawdown_panel, equity_panel, is_log, name_panels
from .text import MISSING, show
from .views import Cell, Column, Facts, Figure, Grid, Legend, Section, Table, table

MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
#: Absolute monthly returns at which the heat deepens.
HEAT = (0.01, 0.03, 0.06, 0.10)

HEADLINE = (
    Column("label", "Curve"),
    Column("total_return", "Total return", "percent", is_gain=True),
    Column("cagr", "CAGR", "percent", "a year", is_gain=True),
    Column("volatility", "Volatility", "percent", "a year"),
    Column("sharpe", "Sharpe", "number"),
    Column("sharpe_error", "± s.e.", "number"),
    Column("max_drawdown", "Max drawdown", "percent"),
    Column("time_in_market", "In market", "share", "of sessions"),
    Column("n", "n", "integer", "daily returns"),
    Column("nature", "What it is"),
)
BASE = (
    Column("symbol", "Name"),
    Column("sessions", "Sessions", "integer"),
    Column("observed", "Base rate", "percent", "observed"),
    Column("noise", "Base rate", "percent", "in noise"),
    Column("entries", "Entries", "integer"),
    Column("closed", "Closed", "integer"),
    Column("hit_rate", "Hit rate", "share", "of closed"),
)
EPISODES = (
    Column("symbol", "Name"),
    Column("entry_date", "Entry", "date"),
    Column("exit_date", "Exit", "date"),
    Column("days_held", "Days", "integer", "sessions"),
    Column("entry_z", "z in", "number"),
    Column("exit_z", "z out", "number"),
    Column("entry_gap", "Gap in", "signed", "ln %"),
    Column("closing", "Closing", "signed", "ln %"),
    Column("equity_share", "Equity", "share", "of closing"),
    Column("metal_share", "Metal", "share", "of closing"),
    Column("market_share", "Market", "share", "of closing"),
    Column("roll_off", "Roll-off", "signed", "ln %"),
    Column("gross", "Gross", "money", is_gain=True),
    Column("costs", "Costs", "money"),
    Column("net", "Net", "money", is_gain=True),
    Column("net_return", "Net", "percent", "of entry", is_gain=True),
    Column("exit_reason", "Exit reason"),
    Column("entry_regime", "Regime in"),
)
REASONS = (
    Column("exit_reason", "Exit reason"),
    Column("trades", "Episodes", "integer"),
    Column("hit_rate", "Hit rate", "share"),
    Column("mean_days_held", "Mean days", "integer", "sessions"),
    Column("mean_net_return", "Mean net", "percent", "of entry", is_gain=True),
    Column("net", "Net", "money", is_gain=True),
)
READINGS = (
    Column("date", "Date", "date"),
    Column("event", "Event"),
    Column("gap", "Gap", "signed", "ln %"),
    Column("z", "z", "number"),
)
SHADED = Legend("on", "regime ON", "band")


def headline_section(record: RecordLike) -> Section:
    """Return the rule beside its baselines, and the hit rate beside what chance would give."""
    note = (
        f"Daily returns, {periods_per_year(record.info):g} sessions a year, Sharpe over a "
        f"risk-free rate of {show(risk_free(record), 'percent')}, its standard error with skew "
        f"and kurtosis; cash earns {_cash_rate(record)}. Indices bear no costs and are not traded."
    )
    rows = table(headline(record), HEADLINE, "Rule and baselines", note=note, key="curve")
    rates = table(
        base_rates(record),
        BASE,
        "How often the entry condition held, by name",
        note=_about_chance(record),
        key="symbol",
    )
    return Section("headline", "Headline", "", [rows, Facts(_chance(record), "chance"), rates])


def _about_chance(record: RecordLike) -> str:
    said = words(null_figures(record).get("note"))
    about_null = f" About the null: {said}." if said else ""
    return f"A condition that noise meets as often is no signal by itself.{about_null}"


def _cash_rate(record: RecordLike) -> str:
    rate = number(setting(record.info, "sizing", "cash_rate"))
    return MISSING if math.isnan(rate) else f"{show(rate, 'percent')} a year"


def _chance(record: RecordLike) -> list[tuple[str, str]]:
    share, error, n = hit_rate(record)
    rates, null = base_rates(record), null_figures(record)
    hit = f"{show(share, 'percent')} ± {show(100 * error, 'bp')} (n = {n} closed)" if n else MISSING
    return [
        ("Hit rate", hit),
        ("Observed base rate, mean of names", show(rates["observed"].mean(), "percent")),
        ("Noise base rate, mean of names", show(rates["noise"].mean(), "percent")),
        ("Exposure-matched null, p", show(number(null.get("p_value")), "p")),
        ("Mean gross return of a trade", show(number(null.get("observed")), "percent")),
        ("The same at random entries", _spread(null)),
    ]


def _spread(null: Mapping[str, Any]) -> str:
    mean, low, high = (show(number(null.get(key)), "percent") for key in ("mean", "p05", "p95"))
    if mean == MISSING:
        return MISSING
    return f"{mean}, 90\u2009% within {low} to {high} ({show(null.get('draws'), 'integer')} draws)"


def equity_section(record: RecordLike) -> Section:
    """Return equity and drawdown over one time axis."""
    curves = curve_frame(record)
    legend = [Legend(name, label) for name, (label, _) in CURVES.items() if name in curves]
    columns = [Column("year", "Year")]
    columns += [Column(n, label, "number") for n, (label, _) in CURVES.items()]
    columns += [Column("drawdown", "Rule's lowest drawdown", "percent")]
    behind = table(yearly(record), columns, "Year-end values, start = 1", summary="Figures")
    scale = "log" if is_log(curves) else "linear"
    figure = Figure(
        f"Start = 1, {scale} scale; below, the fall from the highest value so far.",
        [equity_panel(record), drawdown_panel(record)],
        [*legend, SHADED],
        behind,
    )
    return Section("equity", "Equity and drawdown", "", [figure])


def gaps_section(record: RecordLike) -> Section:
    """Return gap and z of each name with its entries and exits."""
    lead = (
        "The rolling gap of each miner to its metals and market (above, ln %) and the same in "
        "standard deviations (below), on scales that all names share. Marks stand at decisions; "
        "the dashed line is the entry threshold."
    )
    figures = [
        Figure(
            found.symbol,
            [found.gap, found.z],
            table=table(
                readings(record, found.symbol),
                READINGS,
                f"{found.symbol}: quarter ends and decisions",
                summary="Figures",
            ),
            head=found.symbol,
        )
        for found in name_panels(record)
    ]
    legend = [
        Legend("entry", "entry", "entry"),
        Legend("exit", "exit", "exit"),
        SHADED,
    ]
    return Section("gaps", "Gap and z by name", lead, [Grid(figures, legend)])


def monthly_section(record: RecordLike) -> Section:
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
    return [_heat_cell(float(value), f"{year}.{key}") for key, value in values.items()]


def _heat_cell(value: float, key: str) -> Cell:
    if math.isnan(value):
        return Cell("", "void", key)
    if value == 0:
        return Cell(show(value, "signed"), "missing", key)
    depth = sum(abs(value) >= edge for edge in HEAT)
    side = "up" if value > 0 else "down"
    return Cell(show(value, "signed"), f"{side}{depth}" if depth else "", key)


def episodes_section(record: RecordLike) -> Section:
    """Return every episode, what closed its gap, and why it ended."""
    lead = (
        "Entry to flat. Closing is measured on the gap anchored at entry: its equity, metal and "
        "market shares sum to 100 % (n/a where it moved by less than 1 %), and the roll-off is "
        "what the rolling window did by itself. Prices are adjusted for total return, "
        "so sizes are adjusted units."
    )
    every = table(episodes(record), EPISODES, "Episodes", empty="No entry was made.", style="tall")
    why = table(
        by_exit_reason(record.trades), REASONS, "Exit reasons", empty="No episode has closed."
    )
    return Section("episodes", "Episodes", lead, [why, every])
