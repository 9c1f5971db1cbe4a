"""What parted two runs at a decision: their names, data, signals, rules, path or money."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import pandas as pd

from .money import first_money
from .record import RunRecord

#: Signals in the order in which one follows from the other; further columns come after them.
CHAIN = (
    *("known_close", "coverage", "beta_metal", "beta_market", "gap", "z", "lag", "half_life"),
    *("volatility", "score", "state", "size_multiplier"),
)
#: Columns that say where a row stands, and those that say the outcome in words.
PLACE = ("date", "symbol", "time")
OUTCOME = ("blocked", "reason")
#: Levels whose origin lies where the data begin: a longer history moves them and nothing else.
LEVELS = ("ln_equity", "ln_basket", "ln_market", "run")
#: Numbers nearer than this are one number: logarithms end differently on another processor.
CLOSE = 1e-9
SHOWN = 4


class Pair(NamedTuple):
    """Two runs and what is known to differ between them."""

    a: RunRecord
    b: RunRecord
    keys: Sequence[str]
    is_only_config: bool
    has_other_code: bool = False


class Cause(NamedTuple):
    kind: str
    words: str


def differing_signals(pair: Pair, symbol: str, session: pd.Timestamp) -> pd.DataFrame:
    """Return what the two runs saw differently of a name at a session: ``field, a, b``.

    A column that only one record has (another version) is no difference. Metals, market and
    exchange rates known at the moment stand first, as ``input NAME``.
    """
    one, two = (_signal(record, symbol, session) for record in (pair.a, pair.b))
    if one is None or two is None:
        return pd.DataFrame(columns=["field", "a", "b"])
    found = [*_inputs(pair, one["time"], two["time"])]
    further = [name for name in one.index if name not in (*CHAIN, *PLACE, *OUTCOME, *LEVELS)]
    for name in (*CHAIN, *further, *OUTCOME):
        if name in one and name in two and not _same(one[name], two[name]):
            found.append((str(name), one[name], two[name]))
    return pd.DataFrame(found, columns=["field", "a", "b"], dtype=object)


def own_line(pair: Pair, symbol: str) -> str:
    """Return the name whose decision an order is: a hedge leg's is its partner's."""
    for record in (pair.a, pair.b):
        trades = record.trades
        if "leg_of" in trades:
            legs = trades.loc[(trades["symbol"] == symbol) & (trades["leg_of"] != ""), "leg_of"]
            if len(legs):
                return str(legs.iloc[0])
    return symbol


def cause_of(pair: Pair, row: pd.Series[Any], seen: pd.DataFrame) -> Cause:
    symbol, session = own_line(pair, str(row["symbol"])), row["session"]
    cause = (
        _not_there(pair, symbol, session)
        or _no_such_leg(pair, row, symbol)
        or _seen_otherwise(pair, row, symbol, seen)
        or _held_otherwise(pair, row, session)
        or _exit_rule(pair, row)
        or _money_otherwise(pair, session)
        or _only_rule(pair)
    )
    if cause is not None:
        return cause
    code = "; the code differs" if pair.has_other_code else ""
    return Cause("unknown", f"nothing that the two records hold explains it{code}")


def _not_there(pair: Pair, symbol: str, session: pd.Timestamp) -> Cause | None:
    for label, record in (("A", pair.a), ("B", pair.b)):
        if _signal(record, symbol, session) is not None:
            continue
        universe = record.info.get("universe", {})
        reason = universe.get("excluded", {}).get(symbol)
        if reason:
            return Cause("universe", f"{symbol} is left out of {label}: {reason}")
        if symbol not in set(record.signals["symbol"]):
            name = universe.get("name", "its universe")
            return Cause("universe", f"{symbol} is not among the names of {label} ({name})")
        return Cause("data", f"{symbol} has no bar on {session:%Y-%m-%d} in {label}")
    return None


def _no_such_leg(pair: Pair, row: pd.Series[Any], partner: str) -> Cause | None:
    """Return that one run never trades the hedge leg whose order the other sent."""
    symbol = str(row["symbol"])
    other = {"only_in_a": ("B", pair.b), "only_in_b": ("A", pair.a)}.get(str(row["kind"]))
    if other is None or symbol == partner or (other[1].orders["symbol"] == symbol).any():
        return None
    words = f"{symbol} hedges {partner}, and {other[0]} has no such leg"
    return Cause("rule", words + _by_config(pair))


def _seen_otherwise(
    pair: Pair, row: pd.Series[Any], symbol: str, seen: pd.DataFrame
) -> Cause | None:
    if seen.empty:
        return None
    fields = seen["field"].tolist()
    numbers = seen[~seen["field"].isin(OUTCOME)]
    data = seen[(seen["field"] == "known_close") | seen["field"].str.startswith("input ")]
    shown = [_both(one) for one in (data if len(data) else numbers).to_dict("records")]
    more = f" and {len(shown) - SHOWN} more" if len(shown) > SHOWN else ""
    words = [f"{', '.join(shown[:SHOWN])}{more}"] if shown else []
    if "reason" in fields and _is_entry(row):
        reasons = seen[seen["field"] == "reason"].iloc[0]
        words.append(f"what stood against an entry: {reasons['a']} in A, {reasons['b']} in B")
    if not len(numbers):
        return Cause("rule", f"{symbol}: {'; '.join(words)}{_by_config(pair)}")
    if len(data):
        return Cause("data", f"other data of {symbol}: {'; '.join(words)}")
    return Cause("signal", f"{symbol} was seen otherwise: {'; '.join(words)}{_by_config(pair)}")


def _is_entry(row: pd.Series[Any]) -> bool:
    reasons = (row["reason_a"], row["reason_b"])
    return any(isinstance(reason, str) and reason.startswith("entry") for reason in reasons)


def _both(one: dict[Any, Any]) -> str:
    return f"{one['field']} {_figure(one['a'])} in A, {_figure(one['b'])} in B"


def _figure(value: Any) -> str:
    return f"{value:,.6g}" if isinstance(value, int | float) else str(value)


def _held_otherwise(pair: Pair, row: pd.Series[Any], session: pd.Timestamp) -> Cause | None:
    symbol = str(row["symbol"])
    held = [_holding(record, symbol, session) for record in (pair.a, pair.b)]
    if held[0] != held[1]:
        words = " and ".join(
            f"{label} holds {size:,}" for label, size in zip("AB", held, strict=True)
        )
        return Cause("path", f"an earlier path: of {symbol}, {words} at that moment")
    exits = [_last_exit(record, symbol, session) for record in (pair.a, pair.b)]
    if exits[0] != exits[1]:
        days = [f"{day:%Y-%m-%d}" if day is not None else "none" for day in exits]
        return Cause(
            "path", f"an earlier path: {symbol} was last left on {days[0]} in A, {days[1]} in B"
        )
    return None


def _holding(record: RunRecord, symbol: str, session: pd.Timestamp) -> int:
    days = record.equity.loc[record.equity["date"] <= session, "date"]
    rows = record.positions
    found = rows[(rows["symbol"] == symbol) & (rows["date"] == days.max())]
    return int(found["size"].sum())


def _last_exit(record: RunRecord, symbol: str, session: pd.Timestamp) -> pd.Timestamp | None:
    trades = record.trades
    found = trades.loc[(trades["symbol"] == symbol) & (trades["exit_date"] <= session), "exit_date"]
    return found.max() if len(found) else None


def _exit_rule(pair: Pair, row: pd.Series[Any]) -> Cause | None:
    """Return the rule behind an exit of one run alone, seen and held alike."""
    label = {"only_in_a": "A", "only_in_b": "B"}.get(str(row["kind"]))
    reason = row[f"reason_{label.lower()}"] if label else ""
    if not reason or reason == "entry":
        return None
    if not pair.keys:
        return Cause("unknown", f"an exit rule fired in {label} alone: {reason}")
    return Cause("rule", f"an exit rule fired in {label} alone: {reason}{_by_config(pair)}")


def _money_otherwise(pair: Pair, session: pd.Timestamp) -> Cause | None:
    values = [_equity(record, session) for record in (pair.a, pair.b)]
    if _same(*values):
        return None
    words = f"equity at that moment is {values[0]:,.2f} in A and {values[1]:,.2f} in B"
    since = first_money(pair.a, pair.b)
    return Cause("cash", words + (f"; first apart {since.text}" if since else ""))


def _equity(record: RunRecord, session: pd.Timestamp) -> float:
    known = record.equity.loc[record.equity["date"] <= session, "value"]
    stated = record.info["config"].get("sizing", {}).get("cash", float("nan"))
    return float(known.iloc[-1]) if len(known) else float(stated)


def _only_rule(pair: Pair) -> Cause | None:
    said = _by_config(pair)
    return Cause("rule", f"the signals, the book and equity are the same{said}") if said else None


def _by_config(pair: Pair) -> str:
    if not pair.keys:
        return ""
    if len(pair.keys) == 1 and pair.is_only_config:
        return f"; nothing but {pair.keys[0]} differs between the runs"
    more = f" and {len(pair.keys) - SHOWN} more" if len(pair.keys) > SHOWN else ""
    return f"; the configurations differ in {', '.join(pair.keys[:SHOWN])}{more}"


def _signal(record: RunRecord, symbol: str, session: pd.Timestamp) -> pd.Series[Any] | None:
    rows = record.signals
    found = rows[(rows["symbol"] == symbol) & (rows["date"] == session)]
    return found.iloc[-1] if len(found) else None


def _inputs(pair: Pair, *times: pd.Timestamp) -> Iterator[tuple[str, Any, Any]]:
    known = [
        rows[rows["time"] == time].drop_duplicates("series").set_index("series")["value"]
        for rows, time in zip((pair.a.inputs, pair.b.inputs), times, strict=True)
    ]
    for name in known[0].index.intersection(known[1].index):
        one, two = float(known[0][name]), float(known[1][name])
        if not _same(one, two):
            yield f"input {name}", one, two


def _same(a: Any, b: Any) -> bool:
    if pd.isna(a) or pd.isna(b):
        return bool(pd.isna(a) and pd.isna(b))
    if isinstance(a, str) or isinstance(b, str):
        return str(a) == str(b)
    return bool(a == b or abs(a - b) <= CLOSE * max(abs(a), abs(b)))
