"""Work out every figure the article states, beside what it said."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import pandas as pd
import typer
from rich.console import Console

from orebound.scripts.backtest import Config, DataFolder, SkipMissing, Source, settings_of
from orebound.scripts.terminal import (
    AsJson,
    Debug,
    console,
    print_json,
    print_table,
    run,
    say,
    table,
)

if TYPE_CHECKING:
    from orebound.sweeps import ArticleFigures

Claim = Annotated[
    list[str] | None, typer.Option(metavar="ID", help="Only these, as A05; may be repeated.")
]


def article(
    config: Config = None,
    source: Source = None,
    data: DataFolder = None,
    claim: Claim = None,
    skip_missing: SkipMissing = False,
    as_json: AsJson = False,
    _debug: Debug = False,
) -> None:
    """Work out every figure of the article of 2025-03-24, and say where the definition decides.

    Figures without data are n/a and said below; --skip-missing, as elsewhere, changes nothing.

    Example: [bold]orebound article --data prices --claim A05[/bold]
    """
    from orebound.feeds import ConfigError, unknown_name
    from orebound.sweeps import article_figures

    chosen = settings_of(
        config,
        source=source,
        data=data,
        universe=None,
        skip_missing=skip_missing,
        allow_hindsight=False,
        start=None,
        end=None,
        overrides=None,
    )
    figures = article_figures(chosen.data.source, chosen.data.folder)
    known = list(dict.fromkeys(figures.table["id"]))
    for wanted in claim or []:
        if wanted not in known:
            raise ConfigError(unknown_name("claim", wanted, known))
    shown = claim or known
    if as_json:
        rows = figures.table[figures.table["id"].isin(shown)]
        print_json(
            {
                "synthetic": figures.synthetic,
                "rows": rows.to_dict("records"),
                "verdicts": {
                    name: text for name, text in figures.verdicts.items() if name in shown
                },
                "absent": list(figures.absent),
            }
        )
        return
    print_article(figures, shown, console())


def print_article(figures: ArticleFigures, shown: list[str], target: Console) -> None:
    """Print a table a claim, with what its definitions decide below it."""
    if figures.synthetic:
        say(target, "Invented prices: this shows the tool and says nothing of real miners.", "bold")
    for name in shown:
        group = figures.table[figures.table["id"] == name]
        first = group.iloc[0]
        say(target, f"{name}: {first['claim']}. The article: {first['article']}.", style="bold")
        print_table(
            target, table("", ("measured", "form", "series", "stretch", "note"), _rows(group))
        )
        if name in figures.verdicts:
            verdict = figures.verdicts[name]
            say(target, f"{verdict[:1].upper()}{verdict[1:]}.")
        target.print()
    if figures.absent:
        say(target, f"Not at hand: {', '.join(figures.absent)}.", style="dim")
    say(
        target,
        "ratio: (1 + own return) / (1 + the other's) - 1; points: own return less the other's, in "
        "percentage points. Exposures are those published by the day; a deck is what analysts are "
        "taken to have in their models.",
        style="dim",
    )


def _rows(group: pd.DataFrame) -> list[list[str]]:
    return [
        [_measured(row), row["form"], row["series"], row["stretch"], row["note"]]
        for row in group.to_dict("records")
    ]


def _measured(row: Any) -> str:
    value = float(row["measured"])
    if pd.isna(value):
        return "n/a"
    if row["form"] == "weight":
        return f"{value:.1%}"
    return f"{100.0 * value:+z.1f}" if row["form"] == "points" else f"{value:+z.1%}"


if __name__ == "__main__":
    run(article)
