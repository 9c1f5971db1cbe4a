"""The columns of the page's tables: what each holds, how it is headed and in which digits."""

from __future__ import annotations

from .views import Column

HEADLINE = (
    Column("label", "Curve"),
    Column("total_return", "Total return", "percent", is_gain=True),
    Column("cagr", "CAGR", "percent", "a year", is_gain=True),
    Column("volatility", "Volatility", "percent", "a year"),
    Column("sharpe", "Sharpe", "number"),
    Column("sharpe_error", "± s.e.", "number"),
    Column("max_drawdown", "Max drawdown", "percent"),
    Column("time_in_market", "In market", "share", "of sessions"),
    Column("n", "n", "integer", "returns"),
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
MORE = (
    Column("label", "Metric"),
    Column("value", "Value", "number"),
    Column("n", "n", "integer"),
    Column("about", "Unit, basis"),
)
EPISODES = (
    Column("symbol", "Name"),
    Column("entry_date", "Entry", "date"),
    Column("exit_date", "Exit", "date", missing="open"),
    Column("days_held", "Held", "integer", "sessions"),
    Column("entry_price", "Price in", "number"),
    Column("exit_price", "Price out", "number"),
    Column("size", "Size", "integer", "adj. units"),
    Column("gross", "Gross", "money", is_gain=True),
    Column("costs", "Costs", "money"),
    Column("net", "Net", "money", is_gain=True),
    Column("net_return", "Net", "percent", "of entry", is_gain=True),
    Column("exit_reason", "Exit reason"),
    Column("entry_regime", "Regime", unit="at entry"),
    Column("exit_regime", "Regime", unit="at exit"),
)
CLOSINGS = (
    Column("symbol", "Name"),
    Column("entry_date", "Entry", "date"),
    Column("entry_z", "z", "number", "at entry"),
    Column("exit_z", "z", "number", "at exit"),
    Column("entry_gap", "Gap", "signed", "at entry"),
    Column("exit_gap", "Gap", "signed", "at exit"),
    Column("equity", "Miner", "signed", "log-%"),
    Column("metal", "Metal", "signed", "log-%"),
    Column("market", "Market", "signed", "log-%"),
    Column("closing", "= Closing", "signed", "log-%"),
    Column("roll_off", "Roll-off", "signed", "log-%"),
    Column("equity_share", "Miner", "share", "of closing"),
    Column("metal_share", "Metal", "share", "of closing"),
    Column("market_share", "Market", "share", "of closing"),
    Column("exit_reason", "Exit reason"),
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
REGIME = (
    Column("state", "State"),
    Column("days", "Days", "integer", "sessions"),
    Column("spells", "Spells", "integer", "distinct"),
    Column("entries", "Entries", "integer"),
    Column("closed", "Closed", "integer"),
    Column("hit_rate", "Hit rate", "share"),
    Column("rule", "Rule", "percent", "inside", is_gain=True),
    Column("miners", "Miners", "percent", "inside", is_gain=True),
)
SPANS = (
    Column("first", "ON from", "date"),
    Column("until", "Until", "date", missing="still ON"),
    Column("days", "Days", "integer", "sessions"),
    Column("entries", "Entries", "integer"),
    Column("rule", "Rule", "percent", is_gain=True),
    Column("miners", "Miners", "percent", is_gain=True),
)
COSTS = (
    Column("kind", "Cost"),
    Column("amount", "Amount", "money"),
    Column("bp", "Of traded value", "bp", "bp"),
    Column("drag", "Of mean equity", "bp", "bp a year"),
)
UNFILLED = (
    Column("submitted", "Decided", "date"),
    Column("symbol", "Name"),
    Column("side", "Side"),
    Column("size", "Size", "integer"),
    Column("status", "Status"),
    Column("reason", "Reason"),
)
COUNTS = (Column("side", "Side"), Column("status", "Status"), Column("n", "Orders", "integer"))
EVENTS = (
    Column("date", "Known", "date"),
    Column("kind", "Kind"),
    Column("intensity", "Intensity", "number"),
    Column("description", "Event"),
)
#: The regime beside itself at other times.
PLACEBO = (
    Column("horizon", "After", "integer", "sessions"),
    Column("observed", "ON less OFF", "percent", "log, beyond metals", is_gain=True),
    Column("mean", "Moved, mean", "percent"),
    Column("p05", "5 %", "percent"),
    Column("p95", "95 %", "percent"),
    Column("p_value", "p", "p"),
)
FILTERS = (
    Column("name", "Filter"),
    Column("words", "ON where"),
    Column("rows_on", "ON", "integer", "rows"),
    Column("rows_off", "OFF", "integer", "rows"),
    Column("rows_unknown", "No verdict", "integer", "rows"),
)
EXPOSURES = (
    Column("symbol", "Name"),
    Column("issuer", "Issuer"),
    Column("valid_from", "Published", "date"),
    Column("weights", "Weights"),
    Column("confidence", "Confidence"),
    Column("source", "Source"),
)
DATA = (
    Column("symbol", "Series"),
    Column("role", "Role"),
    Column("rows", "Rows", "integer"),
    Column("first", "First", "date"),
    Column("last", "Last", "date"),
    Column("unit", "Unit"),
    Column("currency", "Currency"),
    Column("clock", "Clock"),
    Column("adjustment", "Prices"),
    Column("masked", "Masked", "integer", "rows"),
    Column("findings", "Findings", "integer"),
    Column("sha256", "sha256"),
)
FINDINGS = (
    Column("symbol", "Series"),
    Column("date", "Date"),
    Column("rule", "Rule"),
    Column("outcome", "Outcome"),
    Column("detail", "Detail"),
)
