"""Breadth, neglect, and what is worked out of reports, unemployment and the curve."""

from __future__ import annotations

from typing import Any

from orebound.feeds import Market
from tests.markets import small_sample
from tests.reports_world import reports_world
from tests.sweeps.lookahead_parts.rows import Row


def _four() -> Market:
    return small_sample("FCX", "RIO", "B", "ANTO.L")


def _reports() -> Market:
    return reports_world("FCX", "RIO")


def _of_reports(in_ci: bool = False, **keys: Any) -> Row:
    often = {"z_in": 0.8, "when_off": "ignore", "series_max_age": 230}
    return Row(often | keys, _reports, in_ci=in_ci)


def _row(in_ci: bool = False, **keys: Any) -> Row:
    return Row({"z_in": 0.8, "when_off": "ignore"} | keys, _four, in_ci=in_ci)


ROWS: dict[str, Row] = {
    "breadth and neglect soft": _row(
        breadth="soft", neglect="soft", neglect_percentile=0.4, in_ci=True
    ),
    "breadth hard": _row(breadth="hard", breadth_share=0.4),
    "breadth hard, of a cross-section": _row(
        breadth="hard", breadth_share=0.3, mode="cross_sectional", cross_top=1
    ),
    "neglect hard": _row(neglect="hard", neglect_percentile=0.4, neglect_window=126),
    "cycle, valuation and rerating soft": _of_reports(
        series_mode="soft",
        series_gate="cycle:late>0 or ev_ebitda_spot:percentile252<.6 and rerating:change63>-0.5 "
        "and fcf_yield_spot:change20>-0.05",
        in_ci=True,
    ),
    "cycle hard": _of_reports(series_mode="hard", series_gate="cycle:early>0 or cycle:mid>0"),
    "valuation hard": _of_reports(series_mode="hard", series_gate="ev_ebitda_spot:z126<0.5"),
    "rerating hard": _of_reports(series_mode="hard", series_gate="rerating:change21>0"),
}
