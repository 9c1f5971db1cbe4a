"""Tabbing through a page as a reader without a mouse does, in a real browser."""

from __future__ import annotations

from typing import Any

from .browser import Tab

#: Beyond its elements a page may hand the focus to its own scrolling boxes and to the browser.
EXTRA = 12
#: Every visible thing that acts or scrolls, in the order of the document; what says of itself
#: that the keyboard passes it by is left out.
FIND = """(() => {
  const kinds = 'a[href], button, input, select, summary, [tabindex]';
  window.stops = Array.from(document.querySelectorAll(kinds)).filter(
    (one) => one.tabIndex >= 0 && !one.disabled && one.checkVisibility());
  return window.stops.length;
})()"""
#: Where the focus is, how it is marked, and whether any of nine points of it lies on top.
HERE = """(() => {
  const one = document.activeElement, style = getComputedStyle(one);
  const box = one.getBoundingClientRect();
  const left = Math.max(box.left, 0), right = Math.min(box.right, innerWidth);
  const top = Math.max(box.top, 0), bottom = Math.min(box.bottom, innerHeight);
  const at = (low, high) => [0.03, 0.5, 0.97].map((share) => low + share * (high - low));
  const isOnTop = at(left, right).some((x) => at(top, bottom).some((y) => {
    const hit = document.elementFromPoint(x, y);
    return hit !== null && (one.contains(hit) || hit.contains(one) && hit.tagName === 'LABEL');
  }));
  return {
    place: window.stops.indexOf(one),
    isBody: one === document.body,
    isMarked: style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 1,
    isOnTop,
    name: `${one.tagName} ${one.id} ${one.textContent.trim().slice(0, 40)}`,
  };
})()"""


def press(browser: Tab, key: str, *, shift: bool = False, text: str = "") -> None:
    """Press one key; it is let go of at once, which no page here listens for."""
    code = {"Tab": 9, "Enter": 13}[key]
    told: dict[str, Any] = {"key": key, "code": key, "windowsVirtualKeyCode": code}
    told["modifiers"] = 8 if shift else 0
    down = {"text": text} if text else {}
    browser.ask("Input.dispatchKeyEvent", type="keyDown" if text else "rawKeyDown", **told, **down)


def tabbed(browser: Tab) -> list[dict[str, Any]]:
    """Return where the focus stood after each press of Tab, until every stop was met.

    Raises
    ------
    AssertionError
        Naming what was never met, has no mark of its focus, or is covered while it has it.
    """
    n = int(browser.value(FIND))
    assert n
    met: dict[int, dict[str, Any]] = {}
    walk: list[dict[str, Any]] = []
    while len(met) < n and len(walk) < n + EXTRA:
        press(browser, "Tab")
        here = browser.value(HERE)
        walk.append(here)
        if here["place"] >= 0:
            met.setdefault(here["place"], here)
    names = browser.value(
        "window.stops.map((one) => `${one.tagName} ${one.id} ${one.textContent}`)"
    )
    missed = [names[k][:60] for k in range(n) if k not in met]
    unmarked = [one["name"] for one in met.values() if not one["isMarked"]]
    covered = [one["name"] for one in met.values() if not one["isOnTop"]]
    assert not missed, f"never reached: {missed}"
    assert not unmarked, f"no mark of the focus: {unmarked}"
    assert not covered, f"covered while focused: {covered}"
    return walk
