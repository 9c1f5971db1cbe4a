"""A scenario in words and tables, and as one JSON document."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from rich.console import Console

from orebound.strategies import ScenarioResult, ScenarioSettings, effective_paths
from orebound.sweeps import Scenario, ScenarioOutcome

from .desk import interval, shown_by_gate
from .terminal import print_table, say, table

PARTS = ("metal", "market", "gap", "multiple")


def print_scenario(
    known: Scenario,
    result: ScenarioResult,
    outcome: ScenarioOutcome | None,
    settings: ScenarioSettings,
    target: Console,
) -> None:
    """Print view, ranking, its stability, what the view is worth, and what happened."""
    if known.market.synthetic:
        say(target, "Invented prices: this shows the tool and says nothing of real miners.", "bold")
    say(target, _headline(known), style="bold")
    say(target, _how(known, result, settings), style="dim")
    target.print()
    print_table(target, _ranking(result.ranking, settings))
    say(target, _legend(known, settings), style="dim")
    target.print()
    print_table(target, _fan(known, result))
    target.print()
    print_table(target, _estimates(result))
    say(target, _stability(result))
    target.print()
    if outcome is not None:
        _print_outcome(known, outcome, target)
        target.print()
    for note in known.notes:
        say(target, f"Assumed: {note}.")
    for name, why in known.left_out.items():
        say(target, f"Left out: {name}: {why}.")


def _headline(known: Scenario) -> str:
    target, unit = known.target, known.series.facts.unit
    over = (
        f"on average from {target.horizon.first} to {target.horizon.last}"
        if target.statistic == "avg"
        else f"on {target.horizon.last}"
    )
    return (
        f"{target.metal.capitalize()} ({known.series.symbol}) from {known.spot:,.2f} to "
        f"{known.level:,.2f} {unit} ({_share(known.inputs.ratio - 1.0)}) {over}, as known on "
        f"{known.start}; {known.inputs.sessions} sessions"
    )


def _how(known: Scenario, result: ScenarioResult, settings: ScenarioSettings) -> str:
    worth = effective_paths(result.simulation.weights)
    way = (
        f"Brownian bridge, {settings.volatility:.0%} a year"
        if settings.method == "bridge"
        else f"blocks of {settings.block} of the past {len(known.inputs.shocks.rows)} sessions"
    )
    return (
        f"{way}; {settings.paths:,} paths, worth {worth:,.0f} after weighting; beta "
        f"{settings.beta}; hurdle {settings.hurdle:.0%}. All of it supposes the view."
    )


def _ranking(frame: pd.DataFrame, settings: ScenarioSettings) -> Any:
    header = (
        "",
        "name",
        "expected",
        *PARTS,
        "sd",
        "beats",
        "ES 95",
        "E/ES",
        "80 % closed",
        "in time",
    )
    rows = [
        [
            str(row["rank"]),
            row["symbol"],
            _share(row["expected"]),
            *(_log(row[part]) + _drawn(row, part, settings) for part in PARTS),
            f"{row['sd']:.2f}",
            f"{row['p_hurdle']:.0%}",
            _share(-row["es95"]),
            "n/a" if np.isinf(row["score"]) else f"{row['score']:.2f}",
            _sessions(row["days_to_close"]),
            "n/a" if pd.isna(row["share_closed"]) else f"{row['share_closed']:.0%}",
        ]
        for row in frame.to_dict("records")
    ]
    return table("Ranking by expected return for each unit of shortfall", header, rows)


def _drawn(row: Any, part: str, settings: ScenarioSettings) -> str:
    """Mark what a gap adds by drawn half-lives where the estimate itself never closes it."""
    never = part == "gap" and settings.parameters == "drawn" and np.isinf(row["half_life"])
    return "~" if never else ""


def _legend(known: Scenario, settings: ScenarioSettings) -> str:
    drawn = (
        "gap: by half-lives drawn anew round the estimate, as other samples of its length would "
        "give them, so that a name whose estimate is never (~) still adds what it does in the "
        "draws that revert; --parameters point takes the estimate alone. "
        if settings.parameters == "drawn"
        else "gap: by the estimated half-life; one that is never adds nothing. "
    )
    return drawn + (
        "expected: e to the sum of the four parts, less 1; the parts are logs. beats: chance of a "
        f"return above {settings.hurdle:.0%}. ES 95: mean of the worst 5 % of paths. 80 % closed: "
        "median sessions until that much of today's lag has gone, and in what share of paths it "
        f"goes within {known.inputs.sessions}, with luck where nothing reverts; n/a without a lag. "
        "EBITDA is linear in price, so its log is curved: swings weigh on high elasticities."
    )


def _estimates(result: ScenarioResult) -> Any:
    merged = result.ranking.merge(
        result.value_of_view[["symbol", "expected_no_view", "difference"]], on="symbol"
    ).merge(result.stability, on="symbol")
    names = [str(name) for name in result.ranking]
    # What the gates that are on show of a name stands behind its facts.
    shown = names[names.index("coverage") + 1 :]
    header = (
        *("name", "gap, log", "z", "half-life", "half-life 95 %", "b", "c", "EBITDA e"),
        *("upgrade", "cost"),
        *("no view", "view adds", "5 to 95 % of E", "best quartile"),
        *(name.replace("_", " ") for name in shown),
    )
    rows = [
        [
            row["symbol"],
            f"{row['gap_now']:+.2f}",
            f"{row['z']:+.2f}",
            _sessions(row["half_life"]),
            interval(row["half_life_low"], row["half_life_high"]),
            f"{row['beta_metal']:.2f}",
            f"{row['beta_market']:.2f}",
            f"{row['elasticity']:.2f}" + ("*" if row["elasticity_assumed"] else ""),
            _log(row["mtm_upgrade"]),
            f"{row['cost']:.2%}",
            _share(row["expected_no_view"]),
            _share(row["difference"]),
            f"{_share(row['expected_p05'])} to {_share(row['expected_p95'])}",
            f"{row['share_best_quartile']:.0%}",
            *(shown_by_gate(name, row[name]) for name in shown),
        ]
        for row in merged.to_dict("records")
    ]
    return table("What stands behind it (* assumed elasticity)", header, rows)


def _stability(result: ScenarioResult) -> str:
    low, middle, high = np.nanquantile(result.tau, (0.05, 0.5, 0.95))
    return (
        f"Rank stability over {len(result.tau):,} draws of hedge ratio and half-life, by expected "
        f"return: Kendall's tau {middle:.2f} (5 to 95 %: {low:.2f} to {high:.2f}); 1 is the same "
        "order, 0 none."
    )


def _fan(known: Scenario, result: ScenarioResult) -> Any:
    shares = ("p05", "p25", "p50", "p75", "p95")
    frame = result.paths
    step = max(1, len(frame) // 6)
    chosen = sorted({*range(step - 1, len(frame), step), len(frame) - 1})
    rows = [
        [
            str(known.days[row["session"] - 1]),
            *(f"{row[share] * known.spot:,.0f}" for share in shares),
            f"{row['no_view_p05'] * known.spot:,.0f} to {row['no_view_p95'] * known.spot:,.0f}",
        ]
        for row in frame.iloc[chosen].to_dict("records")
    ]
    header = ("session", "5 %", "25 %", "median", "75 %", "95 %", "no view, 5 to 95 %")
    return table(f"{known.target.metal}, {known.series.facts.unit}", header, rows)


def _print_outcome(known: Scenario, outcome: ScenarioOutcome, target: Console) -> None:
    metal, unit = outcome.metal, known.series.facts.unit
    said = (
        f"Scenario against realised ({known.series.symbol} to {metal['until']}): low "
        f"{metal['low']:,.0f} on {metal['low_date']}, as low on {metal['p_low']:.0%} of the view's "
        f"paths (by formula, on a bridge: {metal['p_low_formula']:.0%})"
    )
    if metal["first_at_target"]:
        said += f"; first close at the target {metal['first_at_target']}"
    if metal["reached"] is not None:
        what = "mean of the stretch" if known.target.statistic == "avg" else "last close"
        so_far = "" if metal["is_complete"] else " so far"
        away = metal["reached"] / known.level - 1.0
        said += (
            f"; {what}{so_far} {metal['reached']:,.0f} {unit}, {_share(away)} from the target of "
            f"{known.level:,.0f}, to which the paths were held"
        )
    say(target, said + ".")
    names = outcome.names
    if not names["realised"].notna().any():
        say(target, "No name has prices after the scenario's day.")
        return
    rows = [
        [
            row["symbol"],
            _share(row["expected"]),
            _share(row["realised"]),
            row["until"] or "n/a",
            "n/a" if pd.isna(row["percentile"]) else f"{row['percentile']:.0%}",
        ]
        for row in names.to_dict("records")
    ]
    header = ("name", "expected", "realised", "until", "place among paths")
    print_table(target, table("Names: expected for the horizon, realised so far", header, rows))
    if names["percentile"].isna().any():
        say(target, "n/a: its data end before the horizon; a part of the way has no place.", "dim")


def as_document(
    known: Scenario,
    result: ScenarioResult,
    outcome: ScenarioOutcome | None,
    settings: ScenarioSettings,
) -> dict[str, Any]:
    """Return everything a scenario says in plain types."""
    target = known.target
    spread = dict(zip(("p05", "p50", "p95"), _quantiles(result.tau), strict=True))
    return {
        "date": str(known.start),
        "synthetic": known.market.synthetic,
        "target": {
            "metal": target.metal,
            "series": known.series.symbol,
            "unit": known.series.facts.unit,
            "spot": known.spot,
            "level": known.level,
            "change": known.inputs.ratio - 1.0,
            "statistic": target.statistic,
            "first": str(target.horizon.first),
            "last": str(target.horizon.last),
            "sessions": known.inputs.sessions,
        },
        "settings": settings.model_dump(mode="json"),
        "effective_paths": effective_paths(result.simulation.weights),
        "ranking": result.ranking.to_dict("records"),
        "value_of_view": result.value_of_view.to_dict("records"),
        "stability": {"tau": spread, "names": result.stability.to_dict("records")},
        "paths": result.paths.to_dict("records"),
        "realised": None
        if outcome is None
        else {"metal": outcome.metal, "names": outcome.names.to_dict("records")},
        "left_out": known.left_out,
        "assumed": list(known.notes),
    }


def _quantiles(tau: Any) -> list[float | None]:
    return [float(value) for value in np.nanquantile(tau, (0.05, 0.5, 0.95))]


def _share(value: float) -> str:
    return "n/a" if pd.isna(value) else f"{value:+z.1%}"


def _log(value: float) -> str:
    return "n/a" if pd.isna(value) else f"{value:+z.3f}"


def _sessions(value: float) -> str:
    if pd.isna(value):
        return "n/a"
    return "never" if np.isinf(value) else f"{value:,.0f}"
