"""Trade one configuration in every mode: miners alone, hedged, and one against another."""

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

#: Head, column and how a figure is written.
RETURNS = (
    ("return", "total_return", "+.1%"),
    ("a year", "cagr", "+.2%"),
    ("volatility", "volatility", ".1%"),
    ("Sharpe", "sharpe", "+.2f"),
    ("error", "sharpe_error", ".2f"),
    ("drawdown", "max_drawdown", ".1%"),
    ("turnover", "turnover", ".2f"),
    ("costs", "costs", ",.0f"),
    ("borrow", "borrow", ",.0f"),
    ("engine", "engine", ""),
)
TRADES = (
    ("entries", "entries", ",.0f"),
    ("hit rate", "hit_rate", ".1%"),
    ("capture", "capture", "+.2f"),
    ("error", "capture_error", ".2f"),
    ("of", "captured", ",.0f"),
    ("efficiency", "efficiency", "+.2f"),
    ("beta metals", "net_beta_metal", "+.2f"),
    ("beta market", "net_beta_market", "+.2f"),
    ("episodes", "episodes", ",.0f"),
    ("legging", "legging", ",.0f"),
)
NOTES = (
    "capture: mean share of a closing that the miner made itself, of gaps that closed by more "
    "than 0.01; efficiency: net with the legs' money over what the gaps promised at entry",
    "beta: mean net beta of the book by unit of equity while invested, a leg taken to move as what "
    "it stands for; episodes: distinct regime episodes with an entry, the size of the sample",
    "legging: leg orders filled on another day than their line's, or alone; opposite legs in one "
    "fund are not netted",
)
Only = Annotated[str | None, typer.Option("--only", metavar="MODE+MODE", help="Some of the modes.")]


def modes(
    config: Config = None,
    only: Only = None,
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
    """Compare the modes of a trade: long only, hedged by metal, by market, by both, and across.

    Example: [bold]orebound modes --start 2010-01-04 --set costs.borrow_bps=40[/bold]
    """
    from orebound.feeds import ConfigError, unknown_name
    from orebound.sweeps import MODES, compare_modes

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
    chosen = MODES if only is None else tuple(only.split("+"))
    for name in chosen:
        if name not in MODES:
            raise ConfigError(f"--only: {unknown_name('mode', name, MODES)}")
    with progress("modes", len(chosen)) as step:
        compared = compare_modes(settings, modes=chosen, progress=step)
    if as_json:
        print_json(compared.to_dict("records"))
    else:
        print_modes(compared)


def print_modes(compared: pd.DataFrame) -> None:
    """Print return and risk, then trades and what bet is left, and why a mode did not run."""
    for title, columns in (("Modes compared on one configuration", RETURNS), ("", TRADES)):
        head = ["mode", *(name for name, _, _ in columns)]
        rows = [
            [str(line["mode"]), *(_written(line[key], form) for _, key, form in columns)]
            for line in compared.to_dict("records")
        ]
        print_table(console(), table(title, head, rows))
    for line in compared.to_dict("records"):
        if line["note"]:
            say(console(), f"{line['mode']} was not run: {line['note']}")
    for words in NOTES:
        say(console(), words)


def _written(value: Any, form: str) -> str:
    if value is None or value != value or value == "":
        return "n/a"
    return format(value, form)


if __name__ == "__main__":
    run(modes)
