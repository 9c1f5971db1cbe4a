"""Filters of the regime, conditions on known series, and hedge ratios that walk."""

from __future__ import annotations

from typing import Any

from orebound.feeds import Market
from tests.china_world import china_world
from tests.sweeps.lookahead_parts.rows import Row


def _china() -> Market:
    return china_world("FCX", "ANTO.L")


def _row(in_ci: bool = False, **keys: Any) -> Row:
    return Row({"z_in": 0.8, "when_off": "ignore"} | keys, _china, in_ci=in_ci)


ROWS: dict[str, Row] = {
    "all filters by vote, reinforced, soft conditions": _row(
        filters="pmi+m1+credit_impulse+tsf+lme_stocks+csi300+copper_gold+markov", combine="vote",
        when_off="reduced", reinforced_size=1.25, series_mode="soft",
        series_gate="cpi:change6<0 and m1:z24>0 or pmi:percentile36>.6", in_ci=True,
    ),
    "any": _row(filters="pmi+m1", combine="any", when_off="no_entries"),
    "all": _row(filters="tsf+credit_impulse", combine="all", when_off="no_entries"),
    "without announcements": _row(
        regime="none", filters="csi300", combine="any", when_off="no_entries"
    ),
    "markov alone": _row(
        regime="none", filters="markov", combine="all", when_off="no_entries", markov_on=0.5
    ),
    "hard conditions": _row(series_mode="hard", series_gate="loans:yoy>0 and cpi:change1<0.5"),
    "kalman": _row(hedge="kalman", in_ci=True),
    "kalman, loose": _row(hedge="kalman", kalman_noise=1e-3, kalman_step=1.0),
}  # fmt: skip
