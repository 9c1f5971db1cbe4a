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

    Example: [bold]orebound show latest[/bold]
    """
    from orebound.analyzers import open_path, read_run
    from orebound.scripts.summary import print_summary

    folder = open_path(run, results)
    record = read_run(folder)
    if as_json:
        print_json({"path": str(folder), **record.info})
        return
    print_summary(record, console(), folder / "tearsheet.html")


if __name__ == "__main__":
    run(show)
