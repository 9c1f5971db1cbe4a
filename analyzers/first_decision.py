"""The first decision in which two runs part, and why."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pandas as pd

from .decision_cause import Pair, cause_of, differing_signals, own_line
from .order_match import in_words, sent
from .record import RunRecord, plain

#: Which differ first in a moment is told first: an order against none, then sizes, then fills.
RANK = {"only_in_a": 0, "only_in_b": 0, "size": 1, "fill": 2}


@dataclass(frozen=True)
class FirstDecision:
    """The earliest decision, within the days that both runs could decide on, that differs.

    Attributes
    ----------
    time : Timestamp
        Of the decision, UTC.
    a, b : dict or None
        The two orders; None where a run sent none.
    kind : str
        ``only_in_a``, ``only_in_b``, ``size`` or ``fill``.
    cause_kind : str
        ``universe``, ``data``, ``signal``, ``rule``, ``path``, ``cash`` or ``unknown``.
    cause : str
        In one sentence.
    signals : DataFrame
        What the rule saw differently of the name then: ``field, a, b``.
    others : tuple of str
        Names whose orders differ at the same moment.
    """

    time: pd.Timestamp
    session: pd.Timestamp
    symbol: str
    kind: str
    a: dict[str, Any] | None
    b: dict[str, Any] | None
    cause_kind: str
    cause: str
    signals: pd.DataFrame
    others: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        """The decision and its cause in two sentences."""
        also = f"; at the same moment also {', '.join(self.others)}" if self.others else ""
        return (
            f"{self.symbol}, decided at {self.time:%Y-%m-%d %H:%M} UTC: {in_words(self.a)} in A, "
            f"{in_words(self.b)} in B{also}. {self.cause}."
        )

    def as_dict(self) -> dict[str, Any]:
        """Return everything in plain JSON types."""
        return {
            "time": self.time.isoformat(),
            "session": f"{self.session:%Y-%m-%d}",
            "symbol": self.symbol,
            "kind": self.kind,
            "a": _plain_order(self.a),
            "b": _plain_order(self.b),
            "cause_kind": self.cause_kind,
            "cause": self.cause,
            "signals": plain(self.signals.to_dict("records")),
            "others": list(self.others),
        }


def first_decision(pair: Pair, rows: pd.DataFrame) -> FirstDecision | None:
    """Return where two runs part, None where all decisions that both could take are the same.

    Parameters
    ----------
    rows : DataFrame
        Of `order_match.matched`.
    """
    inside = rows[rows["kind"].ne("same") & is_common(pair.a, pair.b, rows)]
    if inside.empty:
        return None
    moment = inside[inside["moment"] == inside["moment"].min()]
    ranked = moment.assign(rank=moment["kind"].map(RANK)).sort_values(["rank", "symbol"])
    row = ranked.iloc[0]
    symbol, session = str(row["symbol"]), row["session"]
    seen = differing_signals(pair, own_line(pair, symbol), session)
    cause = cause_of(pair, row, seen)
    return FirstDecision(
        time=row["moment"],
        session=session,
        symbol=symbol,
        kind=str(row["kind"]),
        a=sent(row, "a"),
        b=sent(row, "b"),
        cause_kind=cause.kind,
        cause=cause.words[:1].upper() + cause.words[1:],
        signals=seen,
        others=tuple(dict.fromkeys(s for s in ranked["symbol"].astype(str) if s != symbol)),
    )


def common_days(a: RunRecord, b: RunRecord) -> tuple[pd.Timestamp, pd.Timestamp] | None:
    """Return the first and last session on which both runs could decide, None without any."""
    if a.equity.empty or b.equity.empty:
        return None
    first, last = max(_start(a), _start(b)), min(_end(a), _end(b))
    return (first, last) if first <= last else None


def is_common(a: RunRecord, b: RunRecord, rows: pd.DataFrame) -> pd.Series[bool]:
    """Return which decisions both runs could have taken.

    An order of a run's last session still waits there, so in a longer run it looks filled: its
    end says nothing and only its size is compared.
    """
    days = common_days(a, b)
    if days is None:
        return pd.Series(False, index=rows.index)
    inside = rows["session"].between(*days)
    if _end(a) == _end(b):
        return inside
    waits = (rows["status_a"] == "Waiting") | (rows["status_b"] == "Waiting")
    return inside & ~((rows["kind"] == "fill") & waits)


def _start(record: RunRecord) -> pd.Timestamp:
    stated = record.info["config"].get("data", {}).get("start")
    begun = pd.Timestamp(record.equity["date"].min())
    return max(pd.Timestamp(stated), begun) if stated else begun


def _end(record: RunRecord) -> pd.Timestamp:
    return pd.Timestamp(record.equity["date"].max())


def _plain_order(order: dict[str, Any] | None) -> dict[str, Any] | None:
    found: dict[str, Any] | None = plain(order)
    return found
