"""Build the page of one run again from its files."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from orebound.scripts.terminal import (
    RESULTS,
    AsJson,
    Debug,
    Results,
    RunKey,
    console,
    print_json,
    run,
)

PAGE = "tearsheet.html"


def tearsheet(
    run: RunKey = "latest",
    results: Results = RESULTS,
    as_json: AsJson = False,
    _debug: Debug = False,
) -> None:
    """Build the page of one run again from its files; nothing is computed anew.

    A caution on it says where its data were restated since.

    Example: [bold]orebound tearsheet latest[/bold]
    """
    from orebound.analyzers import open_path

    page = rebuild(open_path(run, results))
    if as_json:
        print_json({"path": str(page)})
        return
    console().print(f"Page: {page}", soft_wrap=True)


def rebuild(folder: Path) -> Path:
    """Return the path of the page, put in place whole or not at all."""
    from orebound.analyzers import flagged, read_run
    from orebound.analyzers.page import draw_beside, write
    from orebound.sweeps import restated_since

    handle, building = tempfile.mkstemp(prefix=".", suffix=PAGE, dir=folder)
    os.close(handle)
    try:
        with draw_beside() as draw:
            record = read_run(folder)
            write(flagged(record, restated_since(record)), Path(building), draw)
        os.replace(building, folder / PAGE)
    finally:
        Path(building).unlink(missing_ok=True)
    return folder / PAGE


if __name__ == "__main__":
    run(tearsheet)
