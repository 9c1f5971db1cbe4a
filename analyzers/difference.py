"""Why two runs differ: what was changed, the first decision that parts them, and the money."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from .decision_cause import Pair
from .difference_banners import MEASURES, banners, currency, spans
from .first_decision import FirstDecision, common_days, first_decision
from .money import FirstMoney, first_money
from .name_profits import name_profits
from .order_match import matched, sent
from .record import RunRecord, plain
from .restated import EXACT, TOLERANCE, SeriesChange, seen_by, series_changes

ORDERS = ("submitted", "symbol", "side", "size", "status", "price", "cost", "reason")
FRAMES = ("config", "code", "by_name", "only_in_a", "only_in_b", "resized", "metrics")
KINDS = ("name", "cash", "start", "not explained")
#: Settings that change no order: a name, and what is drawn beside the run.
IDLE = ("run.name", "run.seed", "run.null_draws", *MEASURES)


@dataclass(frozen=True)
class Difference:
    """What two runs, A and B, do not share; every difference is B less A.

    Attributes
    ----------
    banners : tuple of str
        What a reader must know before the first figure: the runs do not compare as they stand.
    common : tuple of str or None
        The first and the last session on which both could decide; None where they share none.
    config : DataFrame
        ``key, a, b``; None where a run's version did not know the key.
    data : tuple of SeriesChange
        One a series.
    code : DataFrame
        ``what, a, b``: version, commit, uncommitted changes, and packages of other versions.
    first_decision : FirstDecision or None
    first_money : FirstMoney or None
        Where equity parts first, which may be long before a decision does.
    by_name : DataFrame
        ``kind, name, leg_of, a, b, difference, note`` and, where the periods differ,
        ``common_difference`` over the sessions both have. Rows sum to the difference of the final
        values within 1e-6; NaN throughout where the base currencies differ.
    only_in_a, only_in_b : DataFrame
        Decisions of one run alone: ``submitted, symbol, side, size, status, price, cost, reason,
        outside``, the last one True where the other run could not have decided that day.
    resized : DataFrame
        Decisions of both of another size: ``submitted, symbol, side, size_a, size_b``.
    metrics : DataFrame
        ``metric, a, b, difference, unit``.
    """

    labels: tuple[str, str]
    banners: tuple[str, ...]
    common: tuple[str, str] | None
    config: pd.DataFrame
    data: tuple[SeriesChange, ...]
    code: pd.DataFrame
    first_decision: FirstDecision | None
    first_money: FirstMoney | None
    by_name: pd.DataFrame
    only_in_a: pd.DataFrame
    only_in_b: pd.DataFrame
    resized: pd.DataFrame
    metrics: pd.DataFrame

    @property
    def text(self) -> str:
        """What parts the two runs, in one paragraph."""
        if self.common is None:
            return "The two runs share no session on which both could decide."
        if self.first_decision is not None:
            return f"First decision that differs: {self.first_decision.text}"
        if self.first_money is not None:
            return f"No decision differs; equity does, first {self.first_money.text}."
        return "No decision and no value differs over the sessions that both have."

    def as_dict(self) -> dict[str, Any]:
        """Return everything in plain JSON types."""
        frames = {name: getattr(self, name) for name in FRAMES}
        lists = {name: plain(frame.to_dict("records")) for name, frame in frames.items()}
        decided, money = self.first_decision, self.first_money
        return {
            "a": self.labels[0],
            "b": self.labels[1],
            "banners": list(self.banners),
            "common": self.common,
            **lists,
            "data": [
                {"symbol": one.symbol, "status": one.status, "detail": one.detail}
                for one in self.data
            ],
            "first_decision": None if decided is None else decided.as_dict(),
            "first_money": None if money is None else money.as_dict(),
            "text": self.text,
        }

    def __str__(self) -> str:
        return "\n".join([*self.banners, self.text])


def difference_of(a: RunRecord, b: RunRecord) -> Difference:
    """Return why two runs differ.

    Everything comes from the two records; neither data nor rules are looked at again.

    Raises
    ------
    DataRefused
        If equity of either has no value on a day that is needed.
    """
    config, code = _config(a, b), _code(a, b)
    data = _data(a, b)
    keys = [key for key in config["key"] if key not in IDLE]
    is_only_config = code.empty and all(one.status == "equal" for one in data)
    rows = matched(a, b)
    by_name = _by_name(a, b)
    days = common_days(a, b)
    outside = ~rows["session"].between(*(days or (pd.NaT, pd.NaT)))
    return Difference(
        labels=(_label(a), _label(b)),
        banners=tuple(banners(a, b, data, config, by_name)),
        common=None if days is None else (f"{days[0]:%Y-%m-%d}", f"{days[1]:%Y-%m-%d}"),
        config=config,
        data=data,
        code=code,
        first_decision=first_decision(Pair(a, b, keys, is_only_config, not code.empty), rows),
        first_money=None if currency(a) != currency(b) else first_money(a, b),
        by_name=by_name,
        only_in_a=_only(rows, outside, "a"),
        only_in_b=_only(rows, outside, "b"),
        resized=_resized(rows),
        metrics=_metrics(a, b),
    )


def _label(record: RunRecord) -> str:
    return f"{record.name} {record.info['id']}".strip()


def _flat(values: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    for name, value in values.items():
        if isinstance(value, Mapping):
            yield from _flat(value, f"{prefix}{name}.")
        else:
            yield f"{prefix}{name}", value


def _unequal(a: Mapping[str, Any], b: Mapping[str, Any], first: str) -> pd.DataFrame:
    rows = [
        (key, a.get(key), b.get(key)) for key in dict.fromkeys((*a, *b)) if a.get(key) != b.get(key)
    ]
    return pd.DataFrame(rows, columns=[first, "a", "b"], dtype=object)


def _config(a: RunRecord, b: RunRecord) -> pd.DataFrame:
    one, two = (dict(_flat(record.info["config"])) for record in (a, b))
    return _unequal(one, two, "key")


def _code(a: RunRecord, b: RunRecord) -> pd.DataFrame:
    found = []
    for record in (a, b):
        code = record.info.get("code") or {}
        packages = record.info.get("packages") or {}
        found.append({**code, **{f"package {name}": said for name, said in packages.items()}})
    return _unequal(found[0], found[1], "what")


def _data(a: RunRecord, b: RunRecord) -> tuple[SeriesChange, ...]:
    # In other currencies every value differs, and says nothing of the series.
    has_seen = currency(a) == currency(b)
    seen = [seen_by(record) if has_seen else {} for record in (a, b)]
    sources = {str(record.info["source"]) for record in (a, b)}
    tolerance = max(TOLERANCE.get(source, EXACT) for source in sources)
    rows = (a.info["data"], b.info["data"])
    return tuple(series_changes(*rows, *seen, tolerance=tolerance))


def _by_name(a: RunRecord, b: RunRecord) -> pd.DataFrame:
    found = _beside(name_profits(a), name_profits(b))
    days = common_days(a, b)
    if spans(a) != spans(b) and days is not None:
        common = _beside(name_profits(a, *days), name_profits(b, *days))
        common = common.rename(columns={"difference": "common_difference"})
        common = common.drop(columns=["a", "b"])
        found = found.merge(common, on=["kind", "name"], how="outer", suffixes=("", "_common"))
        numbers = ["a", "b", "difference", "common_difference"]
        found[numbers] = found[numbers].fillna(0.0)
        found["leg_of"] = found["leg_of"].fillna(found.pop("leg_of_common"))
    if currency(a) != currency(b):
        found[found.columns.intersection(["difference", "common_difference"])] = math.nan
    order = found["kind"].map({kind: place for place, kind in enumerate(KINDS)})
    weight = found["difference"].abs().fillna(0.0)
    found = found.assign(order=order, weight=-weight, note=[
        _note(a, b, kind, name) for kind, name in zip(found["kind"], found["name"], strict=True)
    ])  # fmt: skip
    found = found.sort_values(["order", "weight", "name"], kind="stable", ignore_index=True)
    return found.drop(columns=["order", "weight"])


def _beside(a: pd.DataFrame, b: pd.DataFrame) -> pd.DataFrame:
    both = a.merge(b, on=["kind", "name"], how="outer", suffixes=("_a", "_b"))
    both = both.rename(columns={"amount_a": "a", "amount_b": "b"}).fillna({"a": 0.0, "b": 0.0})
    # An older record does not say whose hedge a leg is; the other one does.
    legs = [both.pop(f"leg_of_{run}").fillna("") for run in "ab"]
    both.insert(2, "leg_of", legs[0].where(legs[0] != "", legs[1]))
    return both.assign(difference=both["b"] - both["a"])


def _note(a: RunRecord, b: RunRecord, kind: str, name: str) -> str:
    """Say of a name that one run could not trade why it earned nothing there."""
    if kind != "name":
        return ""
    for label, record in (("A", a), ("B", b)):
        excluded = (record.info.get("universe") or {}).get("excluded") or {}
        if name in excluded:
            return f"left out of {label}: {excluded[name]}"
        if name not in set(record.signals["symbol"]) and name not in set(record.orders["symbol"]):
            return f"not in {label}"
    return ""


def _only(rows: pd.DataFrame, outside: pd.Series[bool], run: str) -> pd.DataFrame:
    chosen = rows["kind"] == f"only_in_{run}"
    found = [sent(row, run) for _, row in rows[chosen].iterrows()]
    frame = pd.DataFrame(found, columns=list(ORDERS))
    return frame.assign(outside=outside[chosen].to_numpy(dtype=bool))


def _resized(rows: pd.DataFrame) -> pd.DataFrame:
    found = rows.loc[rows["kind"] == "size", ["moment", "symbol", "side", "size_a", "size_b"]]
    found = found.rename(columns={"moment": "submitted"}).reset_index(drop=True)
    return found.astype({"size_a": "int64", "size_b": "int64"})


def _metrics(a: RunRecord, b: RunRecord) -> pd.DataFrame:
    rows = []
    for name in dict.fromkeys((*a.info["metrics"], *b.info["metrics"])):
        one, two = (record.info["metrics"].get(name) or {} for record in (a, b))
        x, y = one.get("value"), two.get("value")
        change = y - x if isinstance(x, int | float) and isinstance(y, int | float) else None
        rows.append((name, x, y, change, one.get("unit") or two.get("unit") or ""))
    return pd.DataFrame(rows, columns=["metric", "a", "b", "difference", "unit"], dtype=object)
