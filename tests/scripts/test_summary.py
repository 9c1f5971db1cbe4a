"""What the terminal says of a run: whole at any width, in the page's own figures."""

from __future__ import annotations

import io
from dataclasses import replace
from pathlib import Path

import pytest
from rich.console import Console

from orebound.analyzers import RunRecord, run_folder, write_run
from orebound.scripts.main import make_app
from orebound.scripts.summary import print_summary
from orebound.scripts.terminal import call, print_table, say, table

from ..analyzers.page.records import info, long_record, with_curve

PAGE = Path("results") / "x" / "tearsheet.html"


def said(record: RunRecord, width: int) -> list[str]:
    out = io.StringIO()
    print_summary(record, Console(file=out, width=width, highlight=False, markup=False), PAGE)
    return out.getvalue().splitlines()


@pytest.mark.parametrize("width", [80, 120])
def test_no_line_is_wider_than_the_terminal_and_no_figure_is_broken(width: int) -> None:
    metrics = {
        "total_return": {"value": 12.29, "n": 3779, "unit": "fraction", "note": ""},
        "max_drawdown": {"value": -0.173, "n": 3779, "unit": "fraction", "note": ""},
    }
    lines = said(replace(long_record(years=3), info=info(metrics=metrics)), width)
    assert max(map(len, lines)) <= width
    rows = {line[:13].strip(): line[13:].split() for line in lines}
    assert rows["total return"][0] == "1,229.0%"
    assert rows["max drawdown"][0] == "-17.3%"
    assert {len(rows[name]) for name in ("total return", "a year", "Sharpe ratio")} == {5}


def test_the_verdict_is_first_and_the_page_is_last() -> None:
    lines = said(long_record(years=2), 80)
    assert lines[0].startswith("Beats equal-weight miners by 2.1 % a year")
    assert lines[-1] == f"Page: {PAGE}"


def test_entries_null_and_base_rates_stand_in_words_and_per_cent() -> None:
    metrics = {"hit_rate": {"value": 0.75, "n": 8, "unit": "", "note": ""}}
    text = " ".join(said(replace(long_record(years=2), info=info(metrics=metrics)), 400))
    assert "80 entries, 8 closed; hit rate 75.0% ± 15.3% of the closed." in text
    assert "earned 3.1% gross on average; at random entries 2.1%, 90% of the draws" in text
    assert "-0.4% to 4.7% (p = 0.214, 1,000 draws)" in text
    assert "The entry condition z <= -1.50 held on 8.5% of sessions" in text
    assert "RIO 5.0%, BHP 6.0%" in text


def test_what_is_unknown_is_not_available() -> None:
    bare = {"null": None, "base_rates": None, "first_decisions": None, "verdict": None}
    text = " ".join(said(with_curve([1e6], **bare), 80))
    assert "hit rate n/a" in text
    assert "nan" not in text


def test_no_closed_trade_is_said_once_and_not_as_a_row_of_blanks() -> None:
    metrics = {"hit_rate": {"value": None, "n": 0, "unit": "", "note": ""}}
    record = replace(with_curve([1e6, 1.1e6]), info=info(metrics=metrics, null=None))
    text = " ".join(said(record, 400))
    assert "0 entries, 0 closed; hit rate n/a. Gross return of a closed trade n/a" in text
    assert "n/a to n/a" not in text


def test_many_warnings_end_in_a_count_and_alike_ones_are_one() -> None:
    alike = [f"{name}: raw prices" for name in ("RIO.L", "ANTO.L")]
    others = [f"warning {k}" for k in range(12)]
    lines = said(with_curve([1e6, 1.1e6], warnings=[*alike, *others]), 80)
    assert "Warning: RIO.L, ANTO.L: raw prices" in lines
    assert lines[-2] == "6 more in run.json"


def test_exposure_dates_are_one_span() -> None:
    late = {"RIO": "2025-02-19", "BHP": "2024-08-27", "FCX": "2025-02-28"}
    text = " ".join(said(with_curve([1e6, 1.1e6], hindsight_exposure=late), 400))
    assert (
        "3 of 8 names use exposures before they were published (2024-08-27 to 2025-02-28)" in text
    )


def test_a_paragraph_keeps_a_name_with_its_figure_and_dates_whole() -> None:
    out = io.StringIO()
    say(Console(file=out, width=20), "a name and B\u00a028.9% on 2024-08-27 [red]x")
    assert out.getvalue().splitlines() == ["a name and B 28.9%", "  on 2024-08-27", "  [red]x"]


def test_a_table_too_wide_is_printed_whole() -> None:
    out = io.StringIO()
    made = table("", ["name", "figure"], [["abcdefghij", "123,456,789,012,345"]])
    print_table(Console(file=out, width=20), made)
    assert "123,456,789,012,345" in out.getvalue()


@pytest.mark.parametrize("width", [60, 80, 120])
@pytest.mark.parametrize("sort", ["started", "sharpe", "max_drawdown_sessions"])
def test_runs_are_listed_whole(
    small_record: RunRecord,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    width: int,
    sort: str,
) -> None:
    figures = {"sharpe": 0.5, "cagr": -0.0133, "max_drawdown": -0.191, "max_drawdown_sessions": 489}
    metrics = {name: {"value": value, "n": 3} for name, value in figures.items()}
    run_info = small_record.info | {"metrics": metrics}
    write_run(replace(small_record, info=run_info), run_folder(tmp_path, run_info))
    monkeypatch.setenv("COLUMNS", str(width))
    assert call(make_app(), ["runs", "--sort", sort, "--results", str(tmp_path)], "orebound") == 0
    text = capsys.readouterr().out
    for part in ("ab12cd34", "2026-01-02 03:04", "0.50", "-1.3%", "-19.1%"):
        assert part in text
    assert ("489" in text) == (sort == "max_drawdown_sessions")
    if width >= 80:
        assert max(map(len, text.splitlines())) <= width
