"""Print the stimulus regime by session, with the events behind it."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Annotated

import typer

from orebound.feeds import ConfigError
from orebound.scripts.terminal import AsJson, Debug, console, print_json, run, table

DEFAULT_DAYS = 90
Start = Annotated[str | None, typer.Option(metavar="DATE", help="First session; 90 days back.")]
End = Annotated[str | None, typer.Option(metavar="DATE", help="Last session; today.")]
Calendar = Annotated[str, typer.Option(metavar="MIC", help="Whose sessions, as XLON or XNYS.")]
Set = Annotated[
    list[str] | None,
    typer.Option("--set", metavar="KEY=VALUE", help="A regime parameter, as memory_days=30."),
]


def regime(
    start: Start = None,
    end: End = None,
    calendar: Calendar = "XLON",
    set_: Set = None,
    as_json: AsJson = False,
    _debug: Debug = False,
) -> None:
    """Print score and state of each session of an exchange, with the events behind it.

    Example: [bold]orebound regime --start 2024-09-01 --end 2024-11-30 --calendar XLON[/bold]
    """
    from orebound.strategies import regime_table
    from orebound.sweeps import load

    last = _day("--end", end) if end else date.today()
    first = _day("--start", start) if start else last - timedelta(days=DEFAULT_DAYS)
    if first > last:
        raise ConfigError(f"--start must not lie after --end, got {first} > {last}")
    settings = load(overrides=set_ or [])
    frame = regime_table(calendar, first, last, settings.regime)
    if frame.index.name:
        frame = frame.reset_index()
    if as_json:
        print_json(frame.to_dict("records"))
        return
    rows = [[_cell(value) for value in row] for row in frame.itertuples(index=False)]
    console().print(
        table(f"Stimulus regime, sessions of {calendar}", map(str, frame.columns), rows)
    )


def _day(option: str, text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise ConfigError(f"{option} accepts a date as YYYY-MM-DD, got {text!r}") from None


def _cell(value: object) -> object:
    # A session is a date; the midnight that pandas adds says nothing.
    return str(value).removesuffix(" 00:00:00") if hasattr(value, "isoformat") else value


if __name__ == "__main__":
    run(regime)
