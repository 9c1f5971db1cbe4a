"""Carry a view on one metal through to the miners, and rank them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from orebound.scripts.backtest import (
    Config,
    DataFolder,
    Hindsight,
    Set,
    SkipMissing,
    Source,
    Universe,
    settings_of,
)
from orebound.scripts.terminal import AsJson, Debug, console, print_json, progress, run

if TYPE_CHECKING:
    from orebound.strategies import ScenarioSettings

Metal = Annotated[str, typer.Option(metavar="METAL", help="The metal that the view is about.")]
Level = Annotated[
    float | None, typer.Option(metavar="PRICE", help="Where it goes, in its series' own unit.")
]
Percent = Annotated[float | None, typer.Option(metavar="P", help="Or by how much: 15 for +15 %.")]
By = Annotated[
    str, typer.Option(metavar="WHEN", help="2026-06-30, 2026-Q2, 2026-05 or 2026: day or average.")
]
Stat = Annotated[
    str | None, typer.Option("--statistic", metavar="avg|end", help="Mean of the stretch, or end.")
]
Day = Annotated[
    str | None, typer.Option("--date", metavar="DATE", help="As known then; the data's last day.")
]
Paths = Annotated[int | None, typer.Option(metavar="N", help="Paths simulated; 20000.")]
Method = Annotated[str | None, typer.Option(metavar="bridge|bootstrap", help="How; bridge.")]
Beta = Annotated[
    str | None, typer.Option(metavar="average|empirical|fundamental", help="Share on metal.")
]
Others = Annotated[
    str | None, typer.Option(metavar="joint|flat", help="Other metals and market follow, or not.")
]
Volatility = Annotated[float | None, typer.Option(metavar="V", help="Of the metal, a year; 0.22.")]
Hurdle = Annotated[float | None, typer.Option(metavar="R", help="Return to be beaten; 0.10.")]
EvToEquity = Annotated[
    float | None, typer.Option("--ev-to-equity", metavar="X", help="Assumed for all names; 1.2.")
]
Deck = Annotated[
    int, typer.Option("--deck-window", min=63, max=252, help="Sessions of the price deck.")
]
Parameters = Annotated[
    str | None, typer.Option(metavar="drawn|point", help="Ratios and half-lives of the paths.")
]
Draws = Annotated[int | None, typer.Option(metavar="N", help="How many are drawn; 1000.")]
Seed = Annotated[int | None, typer.Option(metavar="N", help="Of all random draws; 0.")]


def scenario(
    metal: Metal,
    by: By,
    config: Config = None,
    level: Level = None,
    percent: Percent = None,
    statistic: Stat = None,
    date: Day = None,
    paths: Paths = None,
    method: Method = None,
    beta: Beta = None,
    others: Others = None,
    volatility: Volatility = None,
    hurdle: Hurdle = None,
    ev_to_equity: EvToEquity = None,
    deck_window: Deck = 126,
    parameters: Parameters = None,
    draws: Draws = None,
    seed: Seed = None,
    source: Source = None,
    data: DataFolder = None,
    universe: Universe = None,
    skip_missing: SkipMissing = False,
    allow_hindsight: Hindsight = False,
    set_: Set = None,
    as_json: AsJson = False,
    _debug: Debug = False,
) -> None:
    """Rank miners by what a view on one metal means for them, beside the same shocks without it.

    Example: [bold]orebound scenario --metal copper --level 11500 --by 2026-Q2 --date
    2025-03-24[/bold]
    """
    from orebound.strategies import ScenarioTarget, parse_horizon, run_scenario
    from orebound.sweeps import load_market, outcome_of, scenario_of

    settings = _settings(
        paths=paths,
        method=method,
        beta=beta,
        others=others,
        volatility=volatility,
        hurdle=hurdle,
        ev_to_equity=ev_to_equity,
        parameters=parameters,
        draws=draws,
        seed=seed,
    )
    horizon = parse_horizon(by)
    target = ScenarioTarget(metal, level, percent, horizon, _statistic(statistic, horizon))
    chosen = settings_of(
        config,
        source=source,
        data=data,
        universe=universe,
        skip_missing=skip_missing,
        allow_hindsight=allow_hindsight,
        start=None,
        end=None,
        overrides=set_,
    )
    with progress("scenario", 3) as step:
        step("reading the market")
        market = load_market(chosen)
        step("what was known")
        known = scenario_of(
            market, chosen, target, settings, day=_day(date), deck_window=deck_window
        )
        step("paths")
        result = run_scenario(known.inputs, settings)
    outcome = outcome_of(market, known, result, volatility=settings.volatility)
    if as_json:
        from orebound.scripts.scenario_text import as_document

        print_json(as_document(known, result, outcome, settings))
        return
    from orebound.scripts.scenario_text import print_scenario

    print_scenario(known, result, outcome, settings, console())


def _settings(**given: Any) -> ScenarioSettings:
    from pydantic import ValidationError

    from orebound.feeds import ConfigError
    from orebound.strategies import ScenarioSettings, as_clause

    try:
        return ScenarioSettings(**{key: value for key, value in given.items() if value is not None})
    except ValidationError as error:
        wrong = error.errors()[0]
        option = str(wrong["loc"][0]).replace("_", "-")
        said = f"--{option}: {as_clause(wrong['msg'])}, got {wrong['input']!r}"
        raise ConfigError(said) from None


def _statistic(wanted: str | None, horizon: Any) -> Any:
    from orebound.feeds import ConfigError

    if wanted not in (None, "avg", "end"):
        raise ConfigError(f"--statistic accepts avg or end, got {wanted!r}")
    return wanted or horizon.statistic


def _day(text: str | None) -> Any:
    from orebound.sweeps import day_of

    return day_of("--date", text)


if __name__ == "__main__":
    run(scenario)
