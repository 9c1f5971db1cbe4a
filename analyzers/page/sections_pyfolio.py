"""What pyfolio says of a run: returns, rolling risk, holdings, turnover and round trips."""

from __future__ import annotations

from typing import Any

import pandas as pd

from .columns_pyfolio import (
    CONES,
    DRAWDOWNS,
    LARGEST,
    NAMES,
    QUANTILES,
    STATISTICS,
    TIMES,
    TRIPS,
    YEAR_BOOK,
    YEAR_RETURNS,
    YEAR_ROLLING,
)
from .pyfolio_pictures import WINDOW
from .pyfolio_svg import framed
from .pyfolio_work import Work
from .text import Kind, show
from .views import Beside, Cell, Facts, Figure, Grid, Legend, Section, Table, table

RULE, MEAN = Legend("rule", f"{WINDOW} sessions"), Legend("mean", "mean")
#: Figures of the statistics that are shares; all others are plain numbers.
SHARES = (
    *("Annual return", "Cumulative returns", "Annual volatility", "Max drawdown"),
    *("Daily value at risk", "Gross leverage", "Daily turnover"),
)
COUNTS = ("Total number of round_trips", "Winning round_trips", "Losing round_trips")


def pyfolio_sections(work: Work, live: pd.Timestamp | None) -> list[Section]:
    """Return three sections; where there is no work, one that says why."""
    if "all" in work.missing:
        said = Facts([("Returns, holdings, round trips", f"n/a: {work.missing['all']}")], "wide")
        return [Section("returns", "Returns and rolling risk", "", [said])]
    return [_returns(work, live), _holdings(work), _round_trips(work)]


def _returns(work: Work, live: pd.Timestamp | None) -> Section:
    after = "" if live is None else f" The sample ends on {live:%Y-%m-%d}."
    lead = (
        "Drawn and computed by pyfolio from the session returns of the whole account, in its own "
        "definitions: 252 sessions a year, kurtosis less 3, value at risk as mean less two "
        f"deviations, drawdown days as business days, the first session as a return of 0.{after}"
    )
    years, low = work.tables["years"], work.tables["drawdowns"]
    growth = float(years["growth"].iloc[-1])
    cone = [Legend("live", "after the sample"), Legend("equal_weight_miners bar pale", CONE)]
    curve = [Legend("rule", "growth from 1")]
    figures = [
        _figure(
            work,
            "cumulative",
            "Growth, with the cone of its sample" if live is not None else "Growth",
            f"Growth from 1 to {show(growth, 'number')}.",
            [Legend("rule", "in the sample"), *cone] if live is not None else curve,
            _years(work, YEAR_RETURNS) if live is None else _cone(work),
        ),
        _figure(
            work,
            "drawdown_periods",
            "Deepest drawdowns",
            _deepest(low),
            [*curve, Legend("equal_weight_miners bar pale", "peak to recovery")],
            table(low, DRAWDOWNS, "Deepest drawdowns", empty=NEVER, summary="Figures"),
        ),
        _figure(
            work,
            "rolling_volatility",
            "Rolling volatility, a year",
            f"Last: {_last(years, 'volatility')} a year; highest year end "
            f"{show(years['volatility'].max(), 'percent')}.",
            [RULE, MEAN],
            _years(work, YEAR_ROLLING),
        ),
        _figure(
            work,
            "rolling_sharpe",
            "Rolling Sharpe ratio, a year",
            f"Last: {_last(years, 'sharpe', 'number')}; n/a where nothing was held.",
            [RULE, MEAN],
            _years(work, YEAR_ROLLING),
        ),
        _figure(
            work,
            "annual_returns",
            "Annual returns",
            _best_and_worst(years),
            [Legend("rule bar", "year"), Legend("live mean", "mean")],
            _years(work, YEAR_RETURNS),
        ),
        _figure(
            work,
            "monthly_distribution",
            "Months by return",
            f"Months: {_middle(work, 'Monthly')}.",
            [Legend("equal_weight_miners bar", "months"), Legend("live mean", "mean")],
            _quantiles(work),
        ),
        _figure(
            work,
            "return_quantiles",
            "Return quantiles",
            "Boxes hold the middle half of returns, whiskers 98 of 100. "
            + "; ".join(f"{one}: {_middle(work, one)}" for one in work.tables["quantiles"]["span"])
            + ".",
            [],
            _quantiles(work),
        ),
    ]
    times = table(
        work.tables["times"],
        TIMES,
        "Interesting times",
        note="pyfolio's own list of market episodes; only those that the run lived through.",
        empty="The run met none of pyfolio's market episodes.",
        keys=("time", "name"),
    )
    return Section(
        "returns",
        "Returns and rolling risk",
        lead,
        [Grid(figures, style="plots"), Beside([_statistics(work, live), times])],
    )


CONE = "1 and 2 deviations, bootstrapped from the sample"
NEVER = "Equity never fell below an earlier value."


def _holdings(work: Work) -> Section:
    years = work.tables["years"]
    figures = [
        _figure(
            work,
            "exposures",
            "Exposure, share of equity",
            f"Mean of the last year: long {_last(years, 'long', 'percent')}.",
            [
                Legend("metal_basket bar half", "long"),
                Legend("live bar half", "short"),
                Legend("net", "net"),
            ],
            _years(work, YEAR_BOOK),
        ),
        _figure(
            work,
            "holdings",
            "Names held",
            f"Mean of the last year: {_last(years, 'names', 'bp')}.",
            [Legend("rule", "by month"), Legend("equal_weight_miners", "by session, and mean")],
            _years(work, YEAR_BOOK),
        ),
        _figure(
            work,
            "turnover",
            "Turnover a session, share of equity",
            "Purchases and sales over equity; mean of the last year "
            f"{_last(years, 'turnover', 'fine')}.",
            [Legend("rule", "by month"), Legend("equal_weight_miners", "by session, and mean")],
            _years(work, YEAR_BOOK),
        ),
    ]
    largest = table(
        work.tables["largest"],
        LARGEST,
        "Largest holdings",
        empty="No position was held at any close.",
        keys=("largest", "symbol"),
    )
    lead = "Positions at each close and fills, as pyfolio draws them. Times of day: daily bars."
    return Section(
        "holdings", "Holdings and turnover", lead, [Grid(figures, style="plots"), largest]
    )


def _round_trips(work: Work) -> Section:
    lead = (
        "Closed episodes as pyfolio's round trips: profit before costs, returns as shares of the "
        "whole account on the day before the exit. Open episodes stand under Episodes."
    )
    if "round_trips" in work.missing:
        said = Facts([("Round trips", f"n/a: {work.missing['round_trips']}")], "wide")
        return Section("round_trips", "Round trips", lead, [said])
    names, trips = work.tables["names"], work.tables["trips"]
    figure = _figure(
        work,
        "round_trips",
        "When each name was held",
        f"{int(names['size'].sum())} round trips in {len(names)} names.",
        [Legend("rule bar", "long"), Legend("live bar", "short")],
        table(names, NAMES, "Round trips by name", keys=("trip", "symbol"), summary="Figures"),
    )
    return Section(
        "round_trips",
        "Round trips",
        lead,
        [Grid([figure], style="plots"), _trips(trips)],
    )


def _figure(
    work: Work, name: str, head: str, says: str, legend: list[Legend], behind: Table
) -> Figure:
    if name in work.missing:
        return Figure("", [], head=head, absent=work.missing[name])
    drawn = framed(f"pf-{name}", head, says, work.pictures[name])
    return Figure("", [drawn], legend, behind, head=head)


def _years(work: Work, columns: Any) -> Table:
    return table(work.tables["years"], columns, "By year", summary="Figures")


def _cone(work: Work) -> Table:
    said = "Growth and its cone, month ends after the sample"
    return table(work.tables["cone"], CONES, said, summary="Figures")


def _quantiles(work: Work) -> Table:
    return table(work.tables["quantiles"], QUANTILES, "Quantiles of returns", summary="Figures")


def _statistics(work: Work, live: pd.Timestamp | None) -> Table:
    """Return pyfolio's statistics, shares in per cent and ratios as they are."""
    frame = work.tables["statistics"]
    columns = [column for column in STATISTICS if column.key in frame]
    rows = []
    for row in frame.to_dict("records"):
        name = str(row["statistic"])
        kind: Kind = "percent" if name in SHARES else "number"
        shown = [Cell(name)]
        for column in columns[1:]:
            text = show(row[column.key], "fine" if name == "Daily turnover" else kind)
            style = "missing" if text == "n/a" else ""
            shown.append(Cell(text, style, f"pyfolio.{name}.{column.key}"))
        rows.append(shown)
    note = "" if live is None else f"Before and from {live:%Y-%m-%d} on."
    return Table("pyfolio's statistics", columns, rows, note=note)


def _trips(frame: pd.DataFrame) -> Table:
    """Return the statistics of round trips, each in the unit of its part."""
    columns = [column for column in TRIPS if column.key in frame]
    rows = [
        [Cell(_named(row)), *(Cell(_trip(row, column.key)) for column in columns[1:])]
        for row in frame.to_dict("records")
    ]
    return Table("Statistics of round trips", columns, rows, style="wrapped")


def _named(row: dict[Any, Any]) -> str:
    name = str(row["statistic"]).replace("round_trips", "round trips").replace("Avg.", "Mean")
    name = name.replace("Avg", "Mean").replace(":", " to ")
    units = {"pnl": "profit", "returns": "share of the account"}
    unit = units.get(row["part"], "") if "trade" in name and "Ratio" not in name else ""
    return f"{name}, {unit}" if unit else name


def _trip(row: dict[Any, Any], key: str) -> str:
    value, name = row[key], str(row["statistic"])
    if row["part"] == "duration":
        days = pd.Timedelta(value) / pd.Timedelta(days=1) if not pd.isna(value) else None
        return show(days, "integer") + (" days" if days is not None else "")
    if row["part"] == "returns" or name == "Percent profitable":
        return show(value, "percent")
    if row["part"] == "summary":
        return show(value, "integer")
    return show(value, "number" if "factor" in name or "Ratio" in name else "money")


def _last(years: pd.DataFrame, column: str, kind: Any = "percent") -> str:
    return show(years[column].iloc[-1] if column in years else None, kind)


def _middle(work: Work, span: str) -> str:
    """Return the middle half of the returns over a span, and their median, in words."""
    known = work.tables["quantiles"].set_index("span").loc[span]
    low, high, median = (show(known[name], "percent") for name in ("q25", "q75", "q50"))
    return f"middle half {low} to {high}, median {median}"


def _deepest(low: pd.DataFrame) -> str:
    if low.empty:
        return NEVER
    first = low.iloc[0]
    return f"Deepest: {show(first['depth'], 'percent')}, valley {first['valley']:%Y-%m-%d}."


def _best_and_worst(years: pd.DataFrame) -> str:
    ordered = years.sort_values("return", kind="stable")
    worst, best = ordered.iloc[0], ordered.iloc[-1]
    return (
        f"Best: {show(best['return'], 'percent')} in {best['year']:.0f}; worst: "
        f"{show(worst['return'], 'percent')} in {worst['year']:.0f}."
    )
