"""What a row of the daily record says otherwise than the row before it, in words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

#: A change of weight below this is rounding.
LEAST_WEIGHT = 5e-4
Content = Mapping[str, Any]


def changes(before: Content | None, after: Content) -> list[str]:
    """Return what changed from one row to the next, one sentence each; empty where nothing did.

    Names that came in or went out, with the reason, weights, what the rule that runs orders at
    the next open, the regime with the announcements that are new behind it, the overhang, what of
    the data is refused, left out, late or restated, and the configuration and code. Figures that
    move with prices alone are no change.

    Parameters
    ----------
    before : mapping or None
        None for the first row, which says where the record begins.
    """
    if before is None:
        return list(_beginning(after))
    return [
        *_configured(before, after),
        *_moved(before, after),
        *_ordered(before, after),
        *_regime(before, after),
        *_overhang(before, after),
        *_data(before, after),
    ]


def _beginning(after: Content) -> Iterator[str]:
    held = [_in(line) for line in after["names"] if line["is_in"]]
    yield "the record begins: " + ("; ".join(held) if held else "nothing is in")
    yield from _held(after)
    yield from _ordered({}, after)
    for words, symbols in _by_words(after, _regime_of).items():
        yield f"regime {words}{_of(symbols, after)}"
    for words, symbols in _by_words(after, _overhang_of).items():
        yield f"overhang {words}{_of(symbols, after)}"
    yield from (f"left out: {name}: {why}" for name, why in after.get("left_out", {}).items())


def _moved(before: Content, after: Content) -> Iterator[str]:
    was = {line["symbol"]: line for line in before["names"]}
    now = {line["symbol"]: line for line in after["names"]}
    for symbol, line in now.items():
        old = was.get(symbol)
        if old is None:
            yield f"{symbol} joined the table: " + (_in(line) if line["is_in"] else _out(line))
        elif line["is_in"] != old["is_in"]:
            yield _in(line) if line["is_in"] else _out(line)
        elif abs(line["weight"] - old["weight"]) > LEAST_WEIGHT:
            yield f"{symbol}: weight {old['weight']:.1%} to {line['weight']:.1%}: {line['why']}"
    for symbol in was.keys() - now.keys():
        why = after.get("left_out", {}).get(symbol, "it is no longer of the universe")
        yield f"{symbol} left the table: {why}"


def _ordered(before: Content, after: Content) -> Iterator[str]:
    """Say which orders of the rule are new; those that wait for an open were told before."""
    told = _book(before).get("orders", [])
    for order in _book(after).get("orders", []):
        if order not in told:
            reason = order["reason"].replace("_", " ")
            yield f"order: {order['side']} {order['size']:,.0f} {order['symbol']}: {reason}"


def _held(after: Content) -> Iterator[str]:
    if book := _book(after):
        held = [
            f"{line['symbol']} {line['weight']:+.1%} since {line['since']}" for line in book["held"]
        ]
        yield "the rule holds " + ("; ".join(held) if held else "nothing")


def _book(content: Content) -> Content:
    """Return the book of the rule; empty in a row written before rows had one."""
    return content.get("book") or {}


def _regime(before: Content, after: Content) -> Iterator[str]:
    states = _pairs(before, after, "state")
    for (old, new), symbols in states.items():
        scores = {row["symbol"]: row["score"] for row in before["names"]}
        line = next(row for row in after["names"] if row["symbol"] == symbols[0])
        score = f"score {scores[symbols[0]]:.2f} to {line['score']:.2f}"
        yield f"regime {old} to {new}, {score}{_of(symbols, after)}"
    known = {event["id"] for event in before.get("events", [])}
    for event in after.get("events", []):
        if event["id"] not in known and event["date"] > str(before["session"]):
            yield f"announced: {event['id']} {event['date']} {event['description']}"


def _overhang(before: Content, after: Content) -> Iterator[str]:
    for (old, new), symbols in _pairs(before, after, "overhang_state").items():
        yield f"overhang {_on(old)} to {_on(new)}{_of(symbols, after)}"


def _data(before: Content, after: Content) -> Iterator[str]:
    for key, words in (("left_out", "left out"), ("failed", "not downloaded")):
        was, now = before.get(key) or {}, after.get(key) or {}
        for name in now:
            if now[name] != was.get(name):
                yield f"{words}: {name}: {now[name]}"
        yield from (f"no longer {words}: {name}" for name in was.keys() - now.keys())
    late = {line["series"]: line["missed"] for line in before.get("inputs", [])}
    for line in after.get("inputs", []):
        if line["missed"] > late.get(line["series"], 0):
            yield f"late: {line['series']} missed {line['missed']} sessions of its source"
    yield from (f"restated: {words}" for words in after.get("restated") or [])


def _configured(before: Content, after: Content) -> Iterator[str]:
    was, now = _flat(before["config"]), _flat(after["config"])
    for key in sorted(was.keys() | now.keys()):
        if was.get(key) != now.get(key):
            yield f"config: {key} {_shown(was.get(key))} to {_shown(now.get(key))}"
    old, new = before.get("code") or {}, after.get("code") or {}
    if old.get("digest") != new.get("digest"):
        yield f"code: {_version(old)} to {_version(new)}; figures may differ without any news"
    if before.get("universe") != after.get("universe"):
        yield "universe: its names, exposures or series are stated otherwise than before"


def _pairs(before: Content, after: Content, key: str) -> dict[tuple[Any, Any], list[str]]:
    was = {line["symbol"]: line.get(key) for line in before["names"]}
    out: dict[tuple[Any, Any], list[str]] = {}
    for line in after["names"]:
        old, new = was.get(line["symbol"]), line.get(key)
        if None not in (old, new) and old != new:
            out.setdefault((old, new), []).append(line["symbol"])
    return out


def _by_words(after: Content, said: Any) -> dict[str, list[str]]:
    out: dict[str, list[str]] = {}
    for line in after["names"]:
        if words := said(line):
            out.setdefault(words, []).append(line["symbol"])
    return out


def _regime_of(line: Mapping[str, Any]) -> str:
    return f"{line['state']}, score {line['score']:.2f}"


def _overhang_of(line: Mapping[str, Any]) -> str:
    state = line.get("overhang_state")
    return "" if state is None else _on(state)


def _of(symbols: list[str], after: Content) -> str:
    """Name the symbols unless they are all there are."""
    return "" if len(symbols) == len(after["names"]) else f" ({', '.join(symbols)})"


def _in(line: Mapping[str, Any]) -> str:
    return f"{line['symbol']} in at {line['weight']:.1%} of the book: {line['why']}"


def _out(line: Mapping[str, Any]) -> str:
    return f"{line['symbol']} out: {line['why']}"


def _on(state: Any) -> str:
    return "ON" if state == 1.0 else "OFF"


def _version(code: Mapping[str, Any]) -> str:
    commit = str(code.get("commit") or "")[:8]
    return f"{code.get('version', 'unknown')}{f' ({commit})' if commit else ''}"


def _flat(config: Mapping[str, Any]) -> dict[str, Any]:
    return {
        f"{section}.{key}": value
        for section, values in config.items()
        for key, value in values.items()
    }


def _shown(value: Any) -> str:
    return "unset" if value in (None, "", {}) else str(value)
