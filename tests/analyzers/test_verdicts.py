"""The verdict: one sentence that never oversells."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from orebound.analyzers import Metric, NullResult, verdict

METRICS = {
    "sharpe": Metric(0.45, 2000, "a year"),
    "sharpe_error": Metric(0.31, 2000, "a year"),
}


def null(p_value: float, n: int) -> NullResult:
    return NullResult(0.052, np.array([0.01, 0.03]), p_value, n, 1000)


def trades(n: int) -> pd.DataFrame:
    return pd.DataFrame({"symbol": ["A"] * n})


def test_few_entries_are_never_evidence_however_small_the_p_value() -> None:
    sentence = verdict(trades(12), null(0.001, 11), METRICS, 3)
    assert sentence == (
        "Not enough to judge, 12 entries where 30 are needed: 11 closed trades earned 5.2% gross "
        "on average against 2.0% at random entries (p = 0.001), Sharpe ratio 0.45 ± 0.31, "
        "3 distinct regime episodes with entries."
    )


@pytest.mark.parametrize(
    ("p_value", "words"),
    [(0.21, "No evidence of an edge over random entries in 40 entries"),
     (0.051, "No evidence of an edge"),
     (0.004, "Better than random entries in 40 entries")],
)  # fmt: skip
def test_enough_entries_are_judged_by_the_null(p_value: float, words: str) -> None:
    sentence = verdict(trades(40), null(p_value, 40), METRICS)
    assert sentence.startswith(words)
    assert "regime" not in sentence


def test_nothing_traded_says_so() -> None:
    nothing = NullResult(None, np.empty(0), None, 0, 1000)
    sentence = verdict(trades(0), nothing, {"sharpe": Metric(None, 0, "a year")})
    assert sentence == (
        "Nothing to judge, no entry was made: no trade was closed, no Sharpe ratio."
    )


def test_exits_at_a_price_nobody_traded_are_part_of_the_verdict() -> None:
    forced = METRICS | {"forced_exits": Metric(5.0, 13, "closed episodes")}
    assert ", 5 of the 13 were closed at a price nobody traded" in verdict(
        trades(13), null(0.2, 13), forced
    )
    assert "nobody" not in verdict(
        trades(13), null(0.2, 13), METRICS | {"forced_exits": Metric(0.0, 13, "")}
    )
