"""What a chosen run is worth: how many were tried to find it, and what its record can show."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any

from ..record import RunRecord
from ..sharpe_tests import min_track_record_length, probabilistic_sharpe_ratio
from .facts import mapping, metric, metric_count, number, setting, words
from .text import MISSING, show, typeset
from .views import Facts, Section

CONFIDENCE = 0.95


def selection_section(record: RunRecord) -> Section:
    """Return how the run was found, and what its own returns show of an edge."""
    found = mapping(record.info, "selection")
    lead = (
        "The best of many tries looks good by luck alone: its Sharpe ratio counts for what is "
        "left when the number of tries is taken off. The last three figures take this run for the "
        "only trial."
    )
    origin = _chosen(found) if words(found.get("sweep")) else _declared(found)
    return Section("selection", "Selection", lead, [origin, _alone(record)])


def declared_in_words(found: Mapping[str, Any]) -> str:
    """Return how many trials stand behind a run that no sweep chose."""
    count = number(found.get("ledger"))
    if math.isnan(count):
        return "1 trial declared; no ledger was at hand"
    return f"1 trial declared; the ledger holds {count:,.0f} on this data and idea"


def _declared(found: Mapping[str, Any]) -> Facts:
    said = declared_in_words(found) if found else f"{MISSING}: not recorded in this run.json"
    pairs = {
        "tried": ("Tried", said),
        "chosen": ("Chosen by", "no sweep: its settings were typed"),
    }
    if number(found.get("ledger")) > 0:
        led = "Trials on the ledger that led to these settings count, chosen or not."
        pairs["mind"] = ("Mind", led)
    return _listed(pairs, "wide")


def _chosen(found: Mapping[str, Any]) -> Facts:
    rank, by = number(found.get("rank")), words(found.get("by"))
    place = f"rank {rank:,.0f} by {by}" if not math.isnan(rank) and by else "by its number"
    effective = show(number(found.get("effective")), "integer")
    combination = show(number(found.get("combination")), "integer")
    trials = show(number(found.get("trials")), "integer")
    return _listed(
        {
            "tried": (
                "Tried",
                f"{trials} trials on this data and idea, worth {effective} independent ones",
            ),
            "chosen": (
                "Chosen by",
                f"sweep {words(found.get('sweep'))}, combination {combination}, {place}",
            ),
            "deflated": (
                "Deflated Sharpe probability",
                _figure(found, "deflated", _why(found, "deflated_sharpe"))
                + " that the sweep's best is better than the best of as many tries without an edge",
            ),
            "pbo": (
                "Probability of overfitting",
                _figure(found, "pbo", _why(found, "pbo"))
                + " that the best in sample falls below the median out of sample",
            ),
            "spa": ("Better than cash (Hansen's test)", _superior(found)),
            **_daily(found),
            "null": ("Where miners do not catch up (null sweep)", _null(found)),
            "expected": ("Best by luck", _expected(found)),
            "verdict": ("Verdict on the sweep", typeset(words(found.get("verdict"))) or MISSING),
        },
        "wide",
    )


def _listed(pairs: Mapping[str, tuple[str, str]], style: str) -> Facts:
    return Facts(list(pairs.values()), style, [f"selection.{name}" for name in pairs])


def _why(found: Mapping[str, Any], name: str) -> str:
    """Return the recorded reason for a figure that is not there."""
    return words(mapping(found, "notes").get(name))


def _superior(found: Mapping[str, Any]) -> str:
    """Return how likely so good a best row is where none earns more than cash."""
    p = number(found.get("spa"))
    if math.isnan(p):
        return _no_p(found, "spa")
    basis = words(found.get("spa_words"))
    more = f" Rests on {typeset(basis)}." if basis else ""
    return (
        f"p {show(p, 'p')}: so likely is a best row as good as this sweep's where none of its "
        f"rows earns more than cash on average.{more}"
    )


def _daily(found: Mapping[str, Any]) -> dict[str, tuple[str, str]]:
    """Return the same test on daily returns, where it was run."""
    daily = mapping(found, "spa_daily")
    p = number(daily.get("p"))
    if math.isnan(p):
        return {}
    said = f"p {show(p, 'p')}. Rests on {typeset(words(daily.get('words')))}."
    return {"spa_daily": ("The same on daily returns", said)}


def _null(found: Mapping[str, Any]) -> str:
    """Return how often the same grid does as well on histories without an edge."""
    null = mapping(found, "null")
    p = number(null.get("p"))
    if math.isnan(p):
        return _no_p(found, "null")
    ends = [show(number(end), "p") for end in null.get("p_range") or ()]
    between = f" ({' to '.join(ends)})" if len(set(ends)) == 2 else ""
    worlds = show(number(null.get("worlds")), "integer")
    return (
        f"p {show(p, 'p')}{between}: so often the best of the same combinations is at least as "
        f"good on {worlds} drawn histories in which miners follow their metals and do not catch up."
    )


def _no_p(found: Mapping[str, Any], name: str) -> str:
    """Return n/a and why: a record older than the figure says nothing of it at all."""
    why = _why(found, name) or ("not judged" if name in found else "not recorded in this run.json")
    return f"{MISSING} ({typeset(why)})"


def _figure(found: Mapping[str, Any], name: str, why: Any) -> str:
    value = number(found.get(name))
    if math.isnan(value):
        return f"{MISSING} ({words(why) or 'not judged'})"
    pair = found.get(f"{name}_range")
    ends = [show(number(end), "number") for end in pair] if isinstance(pair, list) else []
    between = f" ({' to '.join(ends)})" if len(set(ends)) == 2 else ""
    return f"{show(value, 'number')}{between}"


def _expected(found: Mapping[str, Any]) -> str:
    value = number(found.get("expected_best"))
    return f"a Sharpe ratio of {show(value, 'number')} a year is to be expected of so many tries"


def _alone(record: RunRecord) -> Facts:
    """Return what the run's own returns show, as if nothing else had been tried."""
    year = number(setting(record, "run", "periods_per_year"))
    sharpe = metric(record, "sharpe") / math.sqrt(252 if math.isnan(year) else year)
    n = metric_count(record, "sharpe")
    skew, kurtosis = metric(record, "skew"), metric(record, "kurtosis")
    if any(math.isnan(figure) for figure in (sharpe, skew, kurtosis)):
        said = f"{MISSING}: the run has no Sharpe ratio, skewness or kurtosis"
        return _facts(said, said, n, _break_even(record))
    likely = _or_why(lambda: probabilistic_sharpe_ratio(sharpe, n, skew, kurtosis), "p")
    length = _or_why(lambda: min_track_record_length(sharpe, 0.0, skew, kurtosis, CONFIDENCE))
    return _facts(likely, length, n, _break_even(record))


def _facts(likely: str, length: str, n: int, break_even: str) -> Facts:
    pairs = {
        "psr": ("Probability that the Sharpe ratio is above 0", likely),
        "track": (f"Sessions to show it at {100 * CONFIDENCE:.0f}\u202f%; had {n:,}", length),
        "break_even": ("Costs that would eat the gross profit", break_even),
    }
    return _listed(pairs, "")


def _or_why(figure: Callable[[], float], kind: Any = "integer") -> str:
    """Return a figure, or n/a and why there is none."""
    try:
        return show(figure(), kind)
    except ValueError as error:
        return f"{MISSING}: {typeset(str(error))}"


def _break_even(record: RunRecord) -> str:
    """Return the gross profit of all episodes over the value traded."""
    traded = float(record.orders.loc[record.orders["status"] == "Filled", "value"].sum())
    gross = float(record.trades["gross"].sum())
    if not traded > 0.0 or not math.isfinite(gross):
        return f"{MISSING}: nothing was traded"
    if gross <= 0.0:
        return f"none: {show(1e4 * gross / traded, 'bp')} bp of traded value before any cost"
    paid = float(record.costs["amount"].sum())
    return (
        f"{show(1e4 * gross / traded, 'bp')} bp of traded value; "
        f"{show(1e4 * paid / traded, 'bp')} bp were paid"
    )
