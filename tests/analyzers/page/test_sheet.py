"""The page as a file: whole, escaped, deterministic, and calm on the edges."""

from __future__ import annotations

import re
from dataclasses import replace
from functools import cache
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from orebound.analyzers import RunRecord
from orebound.analyzers.page import cautions, draw_nothing, write
from orebound.analyzers.page.numbers import MORE

from .records import info, long_record, only_trades, render, with_curve

PAYLOADS = (
    "<script>alert(1)</script>",
    "</script><script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    '"><img src=x onerror=alert(1)>',
    "'><svg onload=alert(1)>",
    "</style><script>alert(1)</script>",
    "</title><script>alert(1)</script>",
    "</desc></svg><script>alert(1)</script>",
    "<!--<script>alert(1)</script>-->",
    "<iframe srcdoc='<script>alert(1)</script>'>",
    "{{ 7 * 7 }}",
    "{% for x in y %}",
    "javascript:alert(1)",
    "<a href=javascript:alert(1)>x</a>",
    "&lt;script&gt;alert(1)&lt;/script&gt;",
    "<SCRIPT SRC=//evil.example/x.js></SCRIPT>",
    "<base href=//evil.example>",
    "<meta http-equiv=refresh content=0>",
    "\u202e<script>",
    "=HYPERLINK('http://evil.example')",
)
META = 5  # charset, policy, viewport, colour scheme, referrer
SECTIONS = (
    "headline",
    "equity",
    "gaps",
    "regime",
    "monthly",
    "episodes",
    "costs",
    "orders",
    "universe",
    "data",
    "provenance",
)


class Outline(HTMLParser):
    """Headings, tags and attribute names of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += attrs


def outline(page: str) -> Outline:
    found = Outline()
    found.feed(page)
    return found


def cell(page: str, key: str) -> str:
    found = re.search(rf'data-key="{re.escape(key)}">([^<]*)<', page)
    assert found, key
    return found[1]


@pytest.fixture(scope="module")
def page() -> str:
    return render(long_record())


def test_fifteen_years_of_eight_names_print_small(page: str) -> None:
    assert len(page.encode()) < 3_000_000


def test_the_page_has_every_section_in_order(page: str) -> None:
    places = [page.index(f'<section id="{name}"') for name in SECTIONS]
    assert places == sorted(places)


def test_the_same_record_gives_the_same_page(page: str) -> None:
    assert render(long_record()) == page


def test_nothing_is_loaded_and_nothing_runs(page: str) -> None:
    found = outline(page)
    assert not {"script", "img", "iframe", "object", "embed"} & set(found.tags)
    hrefs = {value for name, value in found.attributes if name in ("href", "src", "xlink:href")}
    assert all(str(value).startswith(("#", "data:")) for value in hrefs)
    assert "default-src 'none'; img-src data:; style-src 'unsafe-inline'" in page
    assert "url(" not in page
    assert "@import" not in page


def test_headings_are_in_order_and_every_picture_is_described(page: str) -> None:
    found = outline(page)
    levels = [int(tag[1]) for tag in found.tags if re.fullmatch(r"h[1-6]", tag)]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(b <= a + 1 for a, b in pairwise(levels))
    pictures = page.count('role="img"')
    # Equity, drawdown, gap and z of eight names, two sides of trade policy, the relative curve.
    assert pictures == 2 + 2 * 8 + 2 + 1
    assert pictures == page.count("<desc") == page.count("<title id")


def test_every_picture_has_the_table_behind_it(page: str) -> None:
    drawn = [one for one in re.findall(r"<figure.*?</figure>", page, re.DOTALL) if "<svg" in one]
    assert all("<summary>" in one and "<tbody>" in one for one in drawn if 'role="img"' in one)


def test_our_own_words_are_never_cut(page: str) -> None:
    figures = {"on_off": 0.1, "mean": 0.0, "low": -0.1, "high": 0.1, "p": 0.2}
    found = {"draws": 1000.0, "statistics": [{"horizon": 126} | figures]}
    placebo = info(regime={**long_record(years=2).info["regime"], "placebo": found})
    assert "\u2026" not in page
    text = render(replace(long_record(years=2), info=placebo))
    assert "this run&#39;s directory.</p>" in text
    assert "\u2026" not in text


def test_a_hedged_trade_is_one_entry_whatever_its_legs() -> None:
    record = only_trades(long_record(years=2), 2)
    lines = record.trades.assign(leg_of="")
    legs = lines.assign(symbol=lines["symbol"] + "-DBB", leg_of=lines["symbol"])
    hedged = replace(record, trades=pd.concat([lines, legs], ignore_index=True))
    # The terminal asks for the cautions of the record as it is, the page of its joined trades.
    assert [one.name for one in cautions(hedged) if "entries" in one.name] == ["2 entries"]


def test_a_quantile_among_idle_sessions_says_so() -> None:
    # Four of 299 returns lose, fewer than one in twenty: the quantile at 95 % is a return of 0.
    text = render(with_curve([1e6 * 0.99 ** min(k, 4) for k in range(300)]))
    assert "historical quantile, the return of 295 sessions" in text


def test_two_warnings_stand_open_and_more_are_folded() -> None:
    said = info(warnings=["A: one", "B: two"])
    assert "warnings</summary>" not in render(replace(with_curve([1e6, 1.1e6]), info=said))


def test_ids_are_unique_and_every_label_points_to_one(page: str) -> None:
    ids = re.findall(r' id="([^"]+)"', page)
    assert len(ids) == len(set(ids))
    for labels in re.findall(r'aria-labelledby="([^"]+)"', page):
        assert set(labels.split()) <= set(ids)


def test_every_table_scrolls_in_a_group_that_the_keyboard_reaches(page: str) -> None:
    assert page.count("<table") == page.count('role="group" tabindex="0"')


def test_the_hit_rate_stands_beside_what_chance_gives(page: str) -> None:
    for text in ("Hit rate", "Entry condition held", "Noise would meet it", "p: as good"):
        assert f"<dt>{text}" in page
    assert cell(page, "chance.p_value") == "0.214"
    assert cell(page, "base.AA.noise") == "6.7\u202f%"


def test_printed_figures_equal_the_stored_ones() -> None:
    stored = {"cagr": 0.0317, "sharpe": 0.334, "sharpe_error": 0.262, "max_drawdown": -0.3194}
    metrics = {name: {"value": value, "n": 3779} for name, value in stored.items()}
    text = render(replace(long_record(years=2), info=info(metrics=metrics)))
    printed = {name: cell(text, f"head.rule.{name}") for name in stored}
    assert printed == {
        "cagr": "3.2\u202f%",
        "sharpe": "0.33",
        "sharpe_error": "0.26",
        "max_drawdown": "\u221231.9\u202f%",
    }


@pytest.mark.parametrize("payload", ["".join(PAYLOADS), *(
    pytest.param(one, marks=pytest.mark.slow) for one in PAYLOADS
)])  # fmt: skip
def test_no_data_can_open_a_tag(payload: str) -> None:
    text = render(poisoned(payload))
    found = outline(text)
    assert "<script" not in text.lower()
    assert "onerror=" not in text.lower()
    assert "srcdoc=" not in text.lower()
    assert not {"script", "img", "iframe", "base"} & set(found.tags)
    assert not [name for name, _ in found.attributes if name.startswith("on")]
    assert found.tags.count("meta") == META
    hrefs = [value for name, value in found.attributes if name == "href"]
    assert all(str(value).startswith(("#", "data:,")) for value in hrefs)


@cache
def short_record() -> RunRecord:
    return long_record(years=2, n_trades=3)


def poisoned(text: str) -> RunRecord:
    """A record with one text in every place that holds text."""
    record = short_record()
    bad = {text: text, "inner": [text, {text: text}]}
    stated = info(
        id=text,
        command=text,
        verdict=text,
        warnings=[text],
        source=text,
        order_hash=text,
        config={text: {text: text}, "run": {"name": text}},
        code=bad,
        packages=bad,
        null=bad,
        universe={
            "name": text,
            "names": [text],
            "excluded": {text: text},
            "hindsight": text,
            "exposures": [{"issuer": text, "source": text, "commodity": text}],
            "stand_ins": {text: text},
        },
        hindsight_exposure={text: text},
        findings=[{"symbol": text, "detail": text, "rule": text}],
        data={text: {"symbol": text, "unit": text, "clock": text, "adjustment": text}},
        first_decisions={text: text},
        base_rates={text: text},
        metrics={name: {"value": 1.0, "n": 1, "unit": text, "note": text} for name in MORE},
        regime={"calendar": text, "spells": [], "events": [{"kind": text, "description": text}]},
    )
    late = {
        "submitted": pd.Timestamp("2010-06-01"),
        "symbol": text,
        "side": text,
        "status": text,
        "reason": text,
        "size": 1,
        "session": pd.Timestamp("2010-06-01"),
    }
    return replace(
        record,
        info=stated,
        trades=record.trades.assign(symbol=text, exit_reason=text, entry_regime=text),
        signals=record.signals.assign(symbol=text, state=text, reason=text),
        orders=pd.concat([record.orders, pd.DataFrame([late])], ignore_index=True),
        costs=record.costs.assign(kind=text),
    )


UNKNOWN: dict[str, Any] = dict.fromkeys(info(), None)
EDGES: dict[str, Any] = {
    "no session": with_curve([]),
    "nothing stated": replace(with_curve([]), info=UNKNOWN),
    "a curve and nothing stated": replace(with_curve([1e6, 1.1e6]), info=UNKNOWN),
    "one session": with_curve([1e6]),
    "all cash": with_curve([1e6] * 300),
    "nothing but losses": with_curve([1e6, 5e5, 1.0]),
    "no entry": only_trades(long_record(years=2, n_trades=3), 0),
}


@pytest.mark.parametrize("name", EDGES)
def test_edges_print_not_available_and_never_a_figure_that_is_none(name: str) -> None:
    text = render(EDGES[name])
    body = re.sub(r"<style>.*?</style>", "", text, flags=re.DOTALL)
    assert not re.search(r"\b(nan|inf|NaT|None)\b", re.sub(r"<[^>]*>", " ", body))
    assert not re.search(r' d="[^"]*(nan|inf)', body)
    assert "n/a" in text


@pytest.mark.parametrize("n", [0, 1, 29])
def test_few_entries_are_warned_of_on_top(n: int) -> None:
    text = render(only_trades(long_record(years=3, n_trades=40), n))
    noun = "entry" if n == 1 else "entries"
    banner = f'<p class="banner loud"><b>{n} {noun}</b> Fewer than 30'
    assert banner in text
    assert text.index(banner) < text.index('<section id="headline"')


def test_enough_entries_are_not_warned_of(page: str) -> None:
    assert "Fewer than 30" not in page


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"synthetic": True}, "Synthetic market"),
        ({"hindsight_exposure": {"RIO": "2025-02-19"}}, "1 of 8 names uses exposures before"),
        ({"universe": {"hindsight": "chosen later", "valid_from": None}}, "Hindsight in the univ"),
        ({"code": {"dirty": True}}, "Uncommitted code"),
        ({"warnings": ["RIO: raw prices", "BHP: raw prices"]}, "RIO, BHP: raw prices"),
        ({"warnings": ["A left out: no data", "B left out: no data"]}, "A, B left out: no data"),
        ({"warnings": [f"warning {k}" for k in range(12)]}, "2 more</a>"),
        ({"warnings": ["A: one", "B: two", "C: three"]}, "<summary>3 warnings</summary>"),
    ],
)
def test_each_caution_stands_above_the_figures(more: dict[str, Any], said: str) -> None:
    text = render(replace(with_curve([1e6, 1.1e6]), info=info(**more)))
    assert said in text[: text.index('<section id="headline"')]


def test_a_universe_used_after_its_publication_is_no_hindsight() -> None:
    chosen = {"hindsight": "chosen later", "valid_from": "2025-03-24"}
    used = info(universe=chosen, config={"data": {"start": "2025-06-02"}})
    assert "Hindsight in the universe" not in render(replace(with_curve([1.0, 2.0]), info=used))
    early = info(universe=chosen, config={"data": {"start": "2015-06-02"}})
    assert "Hindsight in the universe" in render(replace(with_curve([1.0, 2.0]), info=early))


def test_no_span_is_shaded_where_the_rule_has_no_regime() -> None:
    record = long_record(years=2)
    assert '<rect class="on" x' in render(record)
    without = info(config={"regime": {"regime": "none"}})
    assert '<rect class="on" x' not in render(replace(record, info=without))


def test_the_file_is_written_whole_and_leaves_nothing_beside_it(tmp_path: Path) -> None:
    record = with_curve([1e6, 1.1e6])
    target = write(record, tmp_path / "tearsheet.html", draw_nothing)
    assert target.read_text(encoding="utf-8") == render(record)
    assert [path.name for path in tmp_path.iterdir()] == ["tearsheet.html"]


def test_a_name_whose_windows_never_filled_has_no_picture() -> None:
    record = long_record(years=2, n_trades=3)
    signals = record.signals.copy()
    signals.loc[signals["symbol"] == "TECK", ["gap", "z", "lag"]] = float("nan")
    text = render(replace(record, signals=signals))
    assert "TECK, 0 entries, 0 exits: no gap, its windows never filled" in text
    # Equity, drawdown, gap and z of the seven others, the relative curve.
    assert text.count('role="img"') == 2 + 2 * 7 + 1


def test_a_rule_without_a_regime_says_so_and_lists_no_spells() -> None:
    without = info(config={"regime": {"regime": "none"}})
    text = render(replace(long_record(years=2, n_trades=3), info=without))
    assert "This rule looks at no regime" in text
    assert 'data-key="spell.' not in text


def test_first_possible_decisions_stand_on_one_line_by_date() -> None:
    first = {"RIO": "2015-10-21", "BHP": "2010-01-04", "FCX": "2015-10-21", "TECK": None}
    text = render(replace(with_curve([1e6, 1.1e6]), info=info(first_decisions=first)))
    said = "2010-01-04: BHP; 2015-10-21: RIO, FCX; never, windows do not fill: TECK"
    assert said in text


@pytest.mark.parametrize(("bps", "said"), [(0.0, False), (7.5, True)])
def test_slippage_is_said_to_be_in_the_prices_where_fills_slipped(bps: float, said: bool) -> None:
    record = long_record(years=2)
    costs = record.info["config"].get("costs", {}) | {"slippage_bps": bps}
    config = record.info["config"] | {"costs": costs}
    page = render(replace(record, info=record.info | {"config": config}))
    text = "Each fill was moved 7.5 bp against the trader, within its bar's range"
    assert (text in page.replace("&#39;", "'")) is said
