"""One plain sentence about a run, with the figures behind it."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from .exposure_null import NullResult
from .metrics import Metric

ENOUGH_ENTRIES = 30
LIKELY_CHANCE = 0.05
HALF = 0.5


def verdict(
    trades: pd.DataFrame,
    null: NullResult,
    metrics: Mapping[str, Metric],
    regime_episodes: int | None = None,
) -> str:
    """Return whether the run shows an edge over random entries, in one sentence.

    Fewer than 30 entries are never called evidence, whatever the p-value; `regime_episodes` is the
    number of distinct ON episodes that hold an entry, which is the sample size that counts.
    """
    clauses = [_evidence(null), _sharpe(metrics.get("sharpe"), metrics.get("sharpe_error"))]
    clauses += [_forced(metrics), _concentration(metrics)]
    clauses += [_episodes(regime_episodes)] if regime_episodes is not None else []
    return f"{_judgement(len(trades), null)}: {', '.join(filter(None, clauses))}."


def _judgement(entries: int, null: NullResult) -> str:
    if entries == 0:
        return "Nothing to judge, no entry was made"
    if entries < ENOUGH_ENTRIES:
        noun = "entry" if entries == 1 else "entries"
        return f"Not enough to judge, {entries} {noun} where {ENOUGH_ENTRIES} are needed"
    if null.p_value is None:
        return f"Not judged, random entries were not drawn for {entries} entries"
    if null.p_value > LIKELY_CHANCE:
        return f"No evidence of an edge over random entries in {entries} entries"
    return f"Better than random entries in {entries} entries"


def _evidence(null: NullResult) -> str:
    if null.observed is None:
        return "no trade was closed"
    if null.p_value is None:
        return f"{null.n_trades} closed trades earned {null.observed:.1%} gross on average"
    return (
        f"{null.n_trades} closed trades earned {null.observed:.1%} gross on average against "
        f"{null.distribution.mean():.1%} at random entries (p = {_probability(null)})"
    )


def _probability(null: NullResult) -> str:
    # p cannot be smaller than 1 / (draws + 1); three digits are what 1,000 draws can carry.
    return f"{null.p_value:.3f}"


def _sharpe(sharpe: Metric | None, error: Metric | None) -> str:
    if sharpe is None or sharpe.value is None:
        return "no Sharpe ratio"
    width = "" if error is None or error.value is None else f" ± {error.value:.2f}"
    return f"Sharpe ratio {sharpe.value:z.2f}{width}"


def _forced(metrics: Mapping[str, Metric]) -> str:
    """Say how many trades were closed because their data ended."""
    forced = metrics.get("forced_exits")
    if forced is None or not forced.value:
        return ""
    return f"{forced.value:.0f} of the {forced.n} were closed at a price nobody traded"


def _concentration(metrics: Mapping[str, Metric]) -> str:
    """Say it where one trade is half of the result or more."""
    share = metrics.get("largest_share")
    if share is None or share.value is None or share.value < HALF:
        return ""
    return f"one trade alone made {share.value:.0%} of the profit"


def _episodes(count: int) -> str:
    return f"{count} distinct regime {'episode' if count == 1 else 'episodes'} with entries"
