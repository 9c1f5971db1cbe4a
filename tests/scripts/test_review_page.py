"""`orebound review` as a user meets it: the command, and its page in a real Chromium."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from benchmarks.made_sweep import FAILED_EACH, made_sweep
from benchmarks.review_page import PAINT, wait_until_drawn
from orebound.analyzers import SeriesChange, write_run
from orebound.analyzers.page import write as write_page
from orebound.scripts.main import main
from orebound.scripts.review import build
from tests.analyzers.page.browser import Tab, program, tab
from tests.analyzers.page.keyboard import HERE, press, tabbed
from tests.analyzers.page.records import long_record

needs_browser = pytest.mark.skipif(program() is None, reason="no Chromium on this machine")
ROWS = 100_000
#: Ten times what is asked of a machine at rest: a test that shares its cores must not fail by it.
SLACK = 10.0
LOUD = ("Log.entryAdded", "Runtime.exceptionThrown", "Runtime.consoleAPICalled",
        "Page.javascriptDialogOpening")  # fmt: skip
PAYLOAD = "</script><img src=x onerror=alert(1)>"


def _run_at(folder: Path, started: str, name: str, *, has_page: bool) -> None:
    write_run(long_record(), folder, page=write_page if has_page else None)
    info = json.loads((folder / "run.json").read_text())
    info["started"], info["config"]["run"]["name"] = started, name
    (folder / "run.json").write_text(json.dumps(info))


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two nights: a sweep of 100,000 and a run, a run lost since, and damaged ones."""
    root = tmp_path_factory.mktemp("results")
    made_sweep(root / "sweeps" / "made", ROWS, "2026-01-02T03:00:00+00:00")
    made_sweep(root / "sweeps" / "small", 500, "2026-01-02T02:00:00+00:00")
    _run_at(root / "kept", "2026-01-02T04:00:00+00:00", PAYLOAD, has_page=False)
    _run_at(root / "gone", "2026-01-01T04:00:00+00:00", "gone", has_page=True)
    (root / "torn").mkdir()
    (root / "torn" / "run.json").write_text('{"id":')
    return root


@pytest.fixture(scope="module")
def page(results: Path) -> Path:
    with pytest.raises(SystemExit) as ended:
        main(["review", str(results), "--json"])
    assert not ended.value.code
    # Or each test below would wait in vain for what is not there.
    assert len(list(results.glob("data-*.js"))) == 2
    return results / "index.html"


@pytest.fixture(scope="module")
def browser() -> Iterator[Tab]:
    with tab() as opened:
        yield opened


@pytest.fixture
def opened(browser: Tab, page: Path) -> Iterator[Tab]:
    browser.open(page, 1440)
    wait_until_drawn(browser)
    yield browser
    silent(browser, page)


def silent(browser: Tab, page: Path) -> None:
    """Nothing was said on the console, and nothing but the page's own files was asked for."""
    assert [one["params"] for one in browser.events if one["method"] in LOUD] == []
    asked = [e["params"]["request"]["url"] for e in browser.events
             if e["method"] == "Network.requestWillBeSent"]  # fmt: skip
    beside = page.parent.as_uri()
    assert [url for url in asked if not url.startswith((beside, "data:"))] == []


def cells(browser: Tab, name: str) -> list[str]:
    """Return what a column of the rows in view says."""
    script = (
        "(() => { const at = Array.from(document.querySelectorAll('#grid-table thead th'))"
        f".findIndex((one) => one.dataset.name === '{name}');"
        "return Array.from(document.querySelectorAll('#grid-table tbody tr[data-place]'),"
        "(row) => row.cells[at].textContent); })()"
    )
    return list(browser.value(script))


def text(browser: Tab, place: str) -> str:
    return str(browser.value(f"document.getElementById('{place}').textContent"))


def settle(browser: Tab) -> None:
    """Wait for what is drawn after the next frames."""
    browser.ask("Runtime.evaluate", expression="new Promise((done) => requestAnimationFrame("
                "() => requestAnimationFrame(() => setTimeout(done, 50))))",
                awaitPromise=True)  # fmt: skip


def test_the_command_says_what_is_best_lost_and_broken(
    results: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit):
        main(["review", str(results), "--json"])
    found: dict[str, Any] = json.loads(capsys.readouterr().out)
    assert (found["runs"], found["sweeps"], found["damaged"]) == (3, 2, 1)
    assert found["lost"] == ["gone"]
    # One of a thousand combinations of the sweep failed, and a run is torn.
    assert found["failures"] == ROWS // FAILED_EACH + 1
    assert found["best"].endswith(("made", "small"))
    names = {one.name for one in results.glob("*.*") if one.is_file()}
    assert {"index.html", "review.js"} <= names
    assert sum(one.startswith("data-") for one in names) == 2
    html = (results / "index.html").read_text()
    assert "<img src" not in html
    assert "not evidence of an edge" in html


def test_a_folder_that_is_none_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["review", "nowhere"])
    assert ended.value.code == 2
    assert "nowhere: no such folder" in capsys.readouterr().err


def test_a_run_whose_data_were_restated_since_is_flagged(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _run_at(tmp_path / "run", "2026-01-02T04:00:00+00:00", "base", has_page=False)
    change = SeriesChange("RIO", "restated", "2014-10-14 says 51.2, not 50.1")
    monkeypatch.setattr("orebound.sweeps.restated_since", lambda _record: (change,))
    page, _ = build(tmp_path)
    text = page.read_text()
    assert "<b>Data restated since</b> run base: RIO: restated, 2014-10-14 says 51.2" in text


def test_an_empty_folder_has_a_page(tmp_path: Path) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["review", str(tmp_path)])
    assert not ended.value.code
    assert "Nothing to review" in (tmp_path / "index.html").read_text()


@needs_browser
@pytest.mark.parametrize(("width", "dark"), [(1440, False), (360, True)])
def test_no_screen_scrolls_sideways_and_the_console_stays_silent(
    browser: Tab, page: Path, width: int, dark: bool
) -> None:
    browser.open(page, width, dark=dark)
    wait_until_drawn(browser)
    assert browser.value("document.documentElement.scrollWidth") <= width
    # A name may wrap, but not letter by letter.
    rows = "Array.from(document.querySelectorAll('.listing tbody tr'), (row) => row.offsetHeight)"
    assert browser.value(f"Math.max(...{rows})") < 120
    assert browser.value(PAINT) < 1_000 * SLACK
    inked = (
        "['heat', 'slices', 'parallel', 'equity', 'spread'].filter((key) => {"
        "const canvas = document.getElementById(`canvas-${key}`);"
        "return canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height)"
        ".data.some((one) => one > 0); })"
    )
    assert browser.value(inked) == ["heat", "slices", "parallel", "equity", "spread"]
    silent(browser, page)


@needs_browser
def test_rows_are_sorted_by_any_column_both_ways(opened: Tab) -> None:
    # The lonely peak of the formula, and by keyboard what is sorted is said.
    assert cells(opened, "sharpe")[0] == "2.39"
    head = "document.querySelector('#grid-table th[data-name=entries]')"
    opened.value(f"{head}.querySelector('button').click()")
    assert opened.value(f"{head}.getAttribute('aria-sort')") == "descending"
    assert cells(opened, "entries")[0] == "64"
    opened.value(f"{head}.querySelector('button').click()")
    assert opened.value(f"{head}.getAttribute('aria-sort')") == "ascending"
    assert cells(opened, "entries")[0] == "36"
    assert opened.value("document.activeElement.textContent") == "entries"
    assert opened.value("orebound.timings.sort") < 200 * SLACK
    # Rows without the figure come last in either order.
    opened.value("document.getElementById('grid-box').scrollTop = 1e9")
    settle(opened)
    assert cells(opened, "entries")[-1] == "n/a"


@needs_browser
def test_filters_keep_what_passes_and_refuse_what_is_no_filter(opened: Tab) -> None:
    def apply(words: str) -> str:
        opened.value(f"document.getElementById('filter').value = {json.dumps(words)}")
        opened.value("document.getElementById('filter-form').requestSubmit()")
        return text(opened, "filter-say")

    # z 1.5 is one of 25 levels: 4,000 rows, of which the formula gives half a gap of its own.
    assert apply("z_in = 1.5") == "4,000 of 100,000 rows pass."
    assert apply("z_in = 1.5 and gap = drawdown") == "2,000 of 100,000 rows pass."
    assert apply("status = failed") == "100 of 100,000 rows pass."
    assert apply("sharpe > 2") == "1 of 100,000 rows pass."
    assert opened.value("orebound.timings.filter") < 200 * SLACK
    settle(opened)
    assert "--combination" in text(opened, "chosen")
    assert apply("shrape > 2").startswith("shrape: no such column; accepted: combination, ")
    assert apply("sharpe > much") == "sharpe > much: much is no number"
    assert "accepted: a column, one of" in apply("best")
    assert apply("") == "All 100,000 rows."


@needs_browser
def test_a_lonely_peak_is_best_by_its_own_figure_and_not_by_those_around(opened: Tab) -> None:
    opened.value(
        "(() => { for (const [id, value] of [['axis-x', 'z_in'], ['axis-y', 'capture']]) {"
        "const one = document.getElementById(id); one.value = value;"
        "one.dispatchEvent(new Event('change')); } })()"
    )
    # By hand: half of a cell's rows lie 0.2 lower, so its median is the formula less 0.1. Around
    # z 1.5 and capture 0.5, at the edge, lie 1.0935 twice, 1.0975 twice and 1.1: the middle one,
    # 1.0975, is higher than around any other cell.
    assert text(opened, "say-heat").startswith("z in 1.5, capture 0.5: Sharpe median 1.10, around")
    opened.value(
        "(() => { const one = document.getElementById('score'); one.value = 'max';"
        "one.dispatchEvent(new Event('change')); })()"
    )
    assert text(opened, "say-heat").startswith("z in 2, capture 1: Sharpe median 0.79")
    # The peak is one of 400 rows at 1.2 - 0.25 - 0.064 = 0.886, beside 400 at 0.686.
    opened.value("document.getElementById('table-heat').open = true")
    settle(opened)
    assert opened.value("document.querySelectorAll('#table-heat tbody tr').length") == 5
    key = "new KeyboardEvent('keydown', {key: 'ArrowLeft', bubbles: true})"
    opened.value(f"document.getElementById('canvas-heat').dispatchEvent({key})")
    assert text(opened, "say-heat").startswith("z in 1.95, capture 1")


@needs_browser
def test_a_parameter_of_hundreds_of_values_is_binned(opened: Tab) -> None:
    opened.value(
        "(() => { const one = document.getElementById('axis-x'); one.value = 'cool_down';"
        "one.dispatchEvent(new Event('change')); })()"
    )
    assert opened.value("orebound.state.cells.nx") == 12
    # Every row that did not fail stands in one cell.
    counts = "orebound.state.cells.count.reduce((a, b) => a + b)"
    assert opened.value(counts) == ROWS - ROWS // FAILED_EACH


@needs_browser
def test_a_brush_along_an_axis_becomes_a_filter(opened: Tab) -> None:
    place = opened.value(
        "(() => { const c = document.getElementById('canvas-parallel'); c.scrollIntoView();"
        "const b = c.getBoundingClientRect(), p = orebound.state.parallelBox;"
        "return [b.left + p.left + p.step, b.top + p.top, b.top + p.bottom]; })()"
    )
    x, top, bottom = place
    middle = (top + bottom) / 2
    for kind, y in (("mousePressed", top + 2), ("mouseMoved", middle), ("mouseReleased", middle)):
        opened.ask("Input.dispatchMouseEvent", type=kind, x=x, y=y, button="left", buttons=1,
                   clickCount=1)  # fmt: skip
    # The second axis is z, 25 levels from 1.0 to 2.2: its upper half.
    assert opened.value("document.getElementById('filter').value") == "z_in >= 1.6 and z_in <= 2.2"
    settle(opened)


@needs_browser
def test_another_sweep_is_read_when_it_is_chosen(opened: Tab) -> None:
    opened.value(
        "(() => { const one = document.getElementById('which');"
        "one.value = Array.from(one.options).find((o) => o.text.startsWith('made, 500')).value;"
        "one.dispatchEvent(new Event('change')); })()"
    )
    end = time.monotonic() + 20
    while not text(opened, "filter-say").startswith("All 500") and time.monotonic() < end:
        time.sleep(0.02)
    wait_until_drawn(opened)
    assert text(opened, "state").startswith("500 combinations of made")


@needs_browser
def test_a_click_copies_the_command_of_a_row(opened: Tab) -> None:
    button = "document.querySelector('#chosen button')"
    command = str(opened.value(f"{button}.dataset.copy"))
    number = cells(opened, "combination")[0]
    assert command.startswith("orebound pick ")
    assert f"--combination {number} --results " in command
    opened.value(f"{button}.click()")
    settle(opened)
    assert command in text(opened, "copied")


@needs_browser
def test_printed_tables_sort_and_filter_and_lead_to_sheets(browser: Tab, page: Path) -> None:
    browser.open(page, 1440)
    wait_until_drawn(browser)
    rows = "document.querySelectorAll('#list-every tbody tr')"
    names = f"Array.from({rows}, (row) => row.cells[0].textContent)"
    browser.value("document.querySelector('#list-every thead button').click()")
    listed = browser.value(names)
    assert listed == sorted(listed, key=str.casefold)
    browser.value(
        "(() => { const f = document.getElementById('find'); f.value = 'gone';"
        "f.dispatchEvent(new Event('input')); })()"
    )
    shown = "document.querySelectorAll('#list-every tbody tr:not([hidden])').length"
    assert browser.value(shown) == 1
    silent(browser, page)
    target = str(browser.value("document.querySelector('#list-every tr:not([hidden]) a').href"))
    browser.events.clear()
    browser.value("document.querySelector('#list-every tr:not([hidden]) a').click()")
    browser.wait("Page.loadEventFired")
    assert (
        browser.value("location.href")
        == target
        == (page.parent / "gone" / "tearsheet.html").as_uri()
    )
    assert browser.value("document.querySelector('h1').textContent")


@needs_browser
@pytest.mark.parametrize("width", [360, 1440])
def test_the_keyboard_reaches_everything_and_is_nowhere_held(
    browser: Tab, page: Path, width: int
) -> None:
    browser.open(page, width)
    wait_until_drawn(browser)
    walk = tabbed(browser)
    places = [here["place"] for here in walk if here["place"] >= 0]
    assert places == sorted(places)
    assert walk[0]["name"].startswith("A  Skip to the verdicts")
    press(browser, "Tab", shift=True)
    assert browser.value(HERE)["place"] == places[-2]
    silent(browser, page)


@needs_browser
def test_the_page_prints(opened: Tab) -> None:
    assert opened.pdf().startswith(b"%PDF")
