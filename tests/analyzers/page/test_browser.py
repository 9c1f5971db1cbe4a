"""The page in a real browser: silent, offline, and never wider than its screen."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from orebound.analyzers.page import draw_nothing, write
from orebound.analyzers.page.text import LONGEST

from .browser import Tab, program, tab
from .keyboard import HERE, press, tabbed
from .records import long_record
from .test_sheet import PAYLOADS, poisoned

pytestmark = pytest.mark.skipif(program() is None, reason="no Chromium on this machine")


@pytest.fixture(scope="module")
def browser() -> Iterator[Tab]:
    with tab() as opened:
        yield opened


@pytest.fixture(scope="module")
def sheet(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write(long_record(), tmp_path_factory.mktemp("sheet") / "tearsheet.html")


def complaints(browser: Tab) -> list[str]:
    loud = (
        "Log.entryAdded",
        "Runtime.exceptionThrown",
        "Runtime.consoleAPICalled",
        "Page.javascriptDialogOpening",
    )
    return [event["method"] for event in browser.events if event["method"] in loud]


def requests(browser: Tab) -> list[str]:
    sent = [
        e["params"]["request"]["url"]
        for e in browser.events
        if e["method"] == "Network.requestWillBeSent"
    ]
    return [url for url in sent if not url.startswith("data:")]


@pytest.mark.parametrize("width", [360, 768, 1440])
@pytest.mark.parametrize("dark", [False, True])
def test_no_screen_scrolls_sideways_and_the_console_stays_silent(
    browser: Tab, sheet: Path, width: int, dark: bool
) -> None:
    browser.open(sheet, width, dark=dark)
    assert browser.value("document.documentElement.scrollWidth") <= width
    assert complaints(browser) == []
    assert requests(browser) == [sheet.as_uri()]


@pytest.mark.parametrize("width", [360, 1440])
def test_the_keyboard_reaches_everything_and_is_nowhere_held(
    browser: Tab, sheet: Path, width: int
) -> None:
    browser.open(sheet, width)
    walk = tabbed(browser)
    # In the order of the page, the way past the contents first.
    places = [here["place"] for here in walk if here["place"] >= 0]
    assert places == sorted(places)
    assert walk[0]["name"].startswith("A  Skip to the figures")
    press(browser, "Tab", shift=True)
    assert browser.value(HERE)["place"] == places[-2]
    # What is folded opens without a mouse.
    browser.value("document.querySelector('#equity summary').focus()")
    press(browser, "Enter", text="\r")
    assert browser.value("document.querySelector('#equity details').open") is True
    assert complaints(browser) == []


def test_the_page_prints(browser: Tab, sheet: Path) -> None:
    browser.open(sheet, 1440)
    assert browser.pdf().startswith(b"%PDF")


@pytest.mark.slow
def test_no_payload_runs(browser: Tab, tmp_path: Path) -> None:
    # Four at a time stay below the length at which the page cuts a text.
    for payload in (" ".join(PAYLOADS[k : k + 4]) for k in range(0, len(PAYLOADS), 4)):
        assert len(payload) < LONGEST
        page = write(poisoned(payload), tmp_path / "tearsheet.html", draw_nothing)
        browser.open(page, 1440)
        assert complaints(browser) == [], payload
        assert requests(browser) == [page.as_uri()], payload
