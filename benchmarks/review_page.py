"""How fluid the page of a night is over 100,000 combinations, in headless Chromium.

    python -m benchmarks.review_page

Milliseconds by the page's own clock (performance.now): first paint since navigation began, and
until every row is there and drawn; then one sort, one filter and one change of a parameter, each
with the pictures that follow it. Medians of rounds; a browser of its own for each.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from statistics import median

from benchmarks.made_sweep import made_sweep
from orebound.scripts.review import build
from tests.analyzers.page.browser import Tab, tab

DRAWN = "Boolean(window.orebound && orebound.state && orebound.state.isDrawn)"
PAINT = "performance.getEntriesByName('first-contentful-paint')[0].startTime"
SORT = "document.querySelector('[data-name=entries] button').click()"
#: What a user does, and where the page keeps how long its own work took.
STEPS = {
    "sort by another column": (SORT, "sort"),
    "sort again, the other way": (SORT, "sort"),
    "filter by two columns": (
        "(() => { document.getElementById('filter').value = 'sharpe > 0.5 and entries >= 45';"
        "document.getElementById('filter-form').requestSubmit(); })()",
        "filter",
    ),
    "all pictures after the filter": ("undefined", "draw"),
    "another parameter across": (
        "(() => { const one = document.getElementById('axis-x'); one.value = 'cool_down';"
        "one.dispatchEvent(new Event('change')); })()",
        "switch",
    ),
}  # fmt: skip


def wait_until_drawn(opened: Tab, seconds: float = 30.0) -> None:
    """Return once the page has drawn a sweep.

    Raises
    ------
    RuntimeError
        If it does not in time.
    """
    end = time.monotonic() + seconds
    while not opened.value(DRAWN):
        if time.monotonic() > end:
            raise RuntimeError(f"the page drew nothing within {seconds:g} s")
        time.sleep(0.02)


def measured(page: Path) -> dict[str, float]:
    """Return milliseconds by what was done, in a browser of its own."""
    with tab() as opened:
        opened.open(page, 1440)
        wait_until_drawn(opened)
        found = {
            "first paint": float(opened.value(PAINT)),
            "every row there and drawn": float(opened.value("orebound.timings.ready")),
        }
        for name, (script, kept) in STEPS.items():
            opened.value(script)
            time.sleep(0.5)
            found[name] = float(opened.value(f"orebound.timings.{kept}"))
    return found


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.review_page", description=(__doc__ or "").split("\n")[0]
    )
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--json", type=Path, help="write milliseconds here")
    chosen = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as name:
        made_sweep(Path(name) / "sweeps" / "made", chosen.rows)
        began = time.perf_counter()
        page, _ = build(Path(name))
        built = 1_000 * (time.perf_counter() - began)
        rounds = [measured(page) for _ in range(chosen.rounds)]
        size = sum(one.stat().st_size for one in Path(name).glob("*.*")) / 1e6
    found = {"page built": built} | {key: median(one[key] for one in rounds) for key in rounds[0]}
    print(f"{chosen.rows:,} combinations, {size:.1f} MB{'ms':>24}")
    for key, value in found.items():
        print(f"{key:<44}{value:>8.0f}")
    if chosen.json is not None:
        chosen.json.write_text(json.dumps({"rows": chosen.rows, "mb": size, "ms": found}), "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
