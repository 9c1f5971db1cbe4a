"""Ask what the regime filter is worth: the same states at other times, and without each event."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from orebound.scripts.backtest import (
    Config,
    DataFolder,
    End,
    Hindsight,
    Set,
    SkipMissing,
    Source,
    Start,
    Universe,
    settings_of,
)
from orebound.scripts.terminal import (
    AsJson,
    Debug,
    console,
    print_json,
    print_table,
    progress,
    run,
    say,
    table,
)

if TYPE_CHECKING:
    import pandas as pd

    from orebound.sweeps import PlaceboReport

SHOWN = 8
#: Reading, three statistics, the events; or the market and five regimes.
STAGES = 5
Draws = Annotated[
    int, typer.Option(min=1, max=100_000, metavar="N", help="Moved regimes, without repetition.")
]
Filters = Annotated[
    bool, typer.Option("--filters", help="Compare the regimes at hand instead of one.")
]
INTENSITIES = (
    "intensities of events were assigned in 2026 and the presets picked knowing when they must "
    "turn ON: a small p is in-sample, and rests on as many cases as there are episodes"
)


def placebo(
    config: Config = None,
    draws: Draws = 1000,
    filters: Filters = False,
    source: Source = None,
    data: DataFolder = None,
    universe: Universe = None,
    skip_missing: SkipMissing = False,
    allow_hindsight: Hindsight = False,
    start: Start = None,
    end: End = None,
    set_: Set = None,
    as_json: AsJson = False,
    _debug: Debug = False,
) -> None:
    """Move the regime in time and leave its events out, and say what is left of its worth.

    Example: [bold]orebound placebo --start 2010-01-01 --draws 1000[/bold]
    """
    from orebound.sweeps import compare_filters, placebo_of_regime

    settings = settings_of(
        config if config is None else Path(config),
        source=source,
        data=data,
        universe=universe,
        skip_missing=skip_missing,
        allow_hindsight=allow_hindsight,
        start=start,
        end=end,
        overrides=set_,
    )
    with progress("placebo", STAGES) as step:
        if filters:
            compared = compare_filters(settings, draws=draws, progress=step)
        else:
            report = placebo_of_regime(settings, draws=draws, progress=step)
    if filters:
        _show_filters(compared, as_json=as_json)
    elif as_json:
        print_json(report.as_dict())
    else:
        print_placebo(report)


def print_placebo(report: PlaceboReport) -> None:
    """Print the statistics with their p-values, the sample's size, and the weightiest events."""
    target, regime = console(), report.config.regime
    name = regime.regime if regime.judgement else f"{regime.regime}, mechanical events only"
    traded = f"{_some(report.episodes_traded)} ({_some(report.entries)} entries)"
    say(target, f"regime {name}, {report.first} to {report.last}: ON on {report.on_share:.1%} of "
                f"the sessions in {report.episodes} distinct episodes; the entry condition was met "
                f"in {report.episodes_met} of them, the rule traded in {traded}")  # fmt: skip
    head = ["statistic", "observed", "mean", "p05", "p95", "p", "moved", "undefined"]
    rows = [
        [line["statistic"], *(_figure(line[key]) for key in ("observed", "mean", "p05", "p95"))]
        + [_p(line["p_value"]), f"{line['draws']:,}", f"{line['undefined']:,}"]
        for line in report.statistics.to_dict("records")
    ]
    print_table(target, table("The regime beside itself at other times", head, rows))
    if len(report.influence):
        _print_influence(report.influence, report.influence_by)
    for line in report.statistics.to_dict("records"):
        say(console(), f"{line['statistic']}: {line['about']}")
    say(console(), "mean, p05, p95: of the same states moved round the calendar; p: how often "
                   "those do at least as well")  # fmt: skip
    for words in (*report.notes, INTENSITIES):
        say(console(), words)


def _print_influence(influence: pd.DataFrame, by: str) -> None:
    names = [str(name) for name in influence.columns[3:]]
    rows = [
        [line["id"], f"{line['known_at']:%Y-%m-%d}", *(_figure(line[name]) for name in names)]
        for line in influence.head(SHOWN).to_dict("records")
    ]
    target = console()
    lead = influence.iloc[0]
    title = f"Change of each figure without the event, the largest change of {by} first"
    print_table(target, table(title, ["event", "known", *names], rows))
    alike = influence["id"][1:][influence[by][1:] == lead[by]]
    others = f"; without any of {', '.join(alike)} the change is the same" if len(alike) else ""
    say(console(), f"most influential event by {by}: {lead['id']}, {lead['known_at']:%Y-%m-%d}: "
                   f"{lead['description']}{others}")  # fmt: skip


def _show_filters(compared: pd.DataFrame, *, as_json: bool) -> None:
    if as_json:
        print_json(compared.to_dict("records"))
        return
    asked = [name for name in compared if f"p_{name}" in compared]
    head = ["regime", "ON", "episodes", "traded", "entries"]
    head += [part for name in asked for part in (str(name), "p")]
    rows = [_filter_row(line, [str(name) for name in asked])
            for line in compared.to_dict("records")]  # fmt: skip
    print_table(console(), table("Regimes compared on one configuration", head, rows))
    say(console(), "episodes: distinct spells ON; traded: those in which the rule entered")
    say(console(), INTENSITIES)


def _filter_row(line: dict[Any, Any], asked: list[str]) -> list[str]:
    counts = [_count(line[name]) for name in ("episodes", "episodes_traded", "entries")]
    figures = [text for name in asked for text in (_figure(line[name]), _p(line[f"p_{name}"]))]
    return [str(line["filter"]), f"{line['on_share']:.1%}", *counts, *figures]


def _count(value: float | None) -> str:
    return "n/a" if value is None or value != value else f"{value:,.0f}"


def _p(value: float) -> str:
    return "n/a" if value != value else f"{value:.4f}"


def _some(count: int | None) -> str:
    return "n/a" if count is None else str(count)


def _figure(value: float) -> str:
    return "n/a" if value != value else f"{value:+.3f}"


if __name__ == "__main__":
    run(placebo)
