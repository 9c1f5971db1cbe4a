"""Show one run in the terminal."""

from __future__ import annotations

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


def show(
    run: RunKey = "latest",
    results: Results = RESULTS,
    as_json: AsJson = False,
    _debug: Debug = False,
) -> None:
    """Show one run: its figures beside the baselines, base rates and warnings.

    A caution says where its data were restated since.

    Example: [bold]orebound show latest[/bold]
    """
    from orebound.analyzers import flagged, open_path, read_run
    from orebound.scripts.summary import print_summary
    from orebound.sweeps import restated_since

    folder = open_path(run, results)
    record = read_run(folder)
    record = flagged(record, restated_since(record))
    if as_json:
        print_json({"path": str(folder), **record.info})
        return
    print_summary(record, console(), folder / "tearsheet.html")


if __name__ == "__main__":
    run(show)
