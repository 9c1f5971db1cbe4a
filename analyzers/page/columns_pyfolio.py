"""The columns of pyfolio's tables on the page."""

from __future__ import annotations

from .views import Column

STATISTICS = (
    Column("statistic", "Statistic"),
    Column("all", "All", "number", "sessions"),
    Column("before", "In sample", "number"),
    Column("after", "Out of sample", "number"),
)
CONES = (
    Column("date", "Date", "date"),
    Column("low2", "\u22122", "number", "deviations"),
    Column("low1", "\u22121", "number"),
    Column("growth", "Growth", "number", "from 1"),
    Column("high1", "+1", "number"),
    Column("high2", "+2", "number", "deviations"),
)
DRAWDOWNS = (
    Column("depth", "Depth", "percent"),
    Column("peak", "Peak", "date"),
    Column("valley", "Valley", "date"),
    Column("recovery", "Recovery", "date", missing="not yet"),
    Column("days", "Length", "integer", "business days"),
)
_YEAR = Column("year", "Year")
YEAR_RETURNS = (
    _YEAR,
    Column("return", "Return", "percent", is_gain=True),
    Column("growth", "Growth", "number", "from 1, year end"),
)
YEAR_ROLLING = (
    _YEAR,
    Column("volatility", "Volatility", "percent", "year end"),
    Column("sharpe", "Sharpe", "number", "year end"),
)
YEAR_BOOK = (
    _YEAR,
    Column("long", "Long", "percent", "mean"),
    Column("short", "Short", "percent", "mean"),
    Column("net", "Net", "percent", "mean"),
    Column("names", "Names", "bp", "mean"),
    Column("turnover", "Turnover", "fine", "a session"),
)
QUANTILES = (
    Column("span", "Returns"),
    Column("n", "n", "integer"),
    Column("q01", "1\u202f%", "percent"),
    Column("q05", "5\u202f%", "percent"),
    Column("q25", "25\u202f%", "percent"),
    Column("q50", "Median", "percent"),
    Column("q75", "75\u202f%", "percent"),
    Column("q95", "95\u202f%", "percent"),
    Column("q99", "99\u202f%", "percent"),
    Column("mean", "Mean", "fine"),
)
LARGEST = (
    Column("symbol", "Name"),
    Column("side", "Side"),
    Column("largest", "Largest", "percent", "of equity"),
)
TIMES = (
    Column("name", "Episode"),
    Column("first", "First", "date"),
    Column("last", "Last", "date"),
    Column("n", "n", "integer", "sessions"),
    Column("total", "Return", "percent", "compounded", is_gain=True),
    Column("low", "Worst", "percent", "session"),
    Column("high", "Best", "percent", "session"),
)
TRIPS = (
    Column("statistic", "Statistic"),
    Column("All trades", "All", "number"),
    Column("Long trades", "Long", "number"),
    Column("Short trades", "Short", "number"),
)
NAMES = (
    Column("symbol", "Name"),
    Column("size", "Round trips", "integer"),
    Column("sum", "Profit", "money", "before costs", is_gain=True),
    Column("Avg returns all round_trips", "Mean", "percent", "of account", is_gain=True),
    Column("Median returns all round_trips", "Median", "percent", "of account"),
    Column("Largest winning trade", "Best", "percent", "of account"),
    Column("Largest losing trade", "Worst", "percent", "of account"),
)
