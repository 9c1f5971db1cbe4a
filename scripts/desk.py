"""Print the desk's table of a day.

The file is not called ``signal.py``: run as a script, its folder would hide Python's own `signal`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import pandas as pd
import typer
from rich.console import Console

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
    from orebound.sweeps import DeskTable, RunningBook

Day = Annotated[
    str | None, typer.Option("--date", metavar="DATE", help="After its closes; the last day.")
]
Anchor = Annotated[
    str, typer.Option(metavar="DATE", help="The anchored lag looks back to it.", show_default=True)
]


def signal(
    config: Config = None,
    date: Day = None,
    anchor: Anchor = "2023-12-29",
    source: Source = None,
    data: DataFolder = None,
    universe: Universe = None,
    skip_missing: SkipMissing = False,
    allow_hindsight: Hindsight = False,
    set_: Set = None,
    as_json: AsJson = False,
    _debug: Debug = False,
) -> None:
    """Print by miner how far it trails, what the rule would buy, and in words why or why not.

    Example: [bold]orebound signal --date 2025-03-24[/bold]
    """
    from orebound.sweeps import day_of, desk_table, load_market

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
    day, since = day_of("--date", date), day_of("--anchor", anchor)
    with progress("signal", 2) as step:
        step("reading the market")
        market = load_market(chosen)
        step("signals")
        desk = desk_table(market, chosen, day, anchor=since)
    if as_json:
        print_json(desk.as_dict())
        return
    print_desk(desk, console())


def print_desk(desk: DeskTable, target: Console) -> None:
    """Print the table, what it rests on, and where its forms disagree."""
    if desk.synthetic:
        say(target, "Invented prices: this shows the tool and says nothing of real miners.", "bold")
    say(target, _headline(desk), style="bold")
    target.print()
    print_table(target, _lags(desk))
    target.print()
    if desk.book is not None:
        say(target, _book(desk.book))
        target.print()
    for sentence in _reasons(desk):
        say(target, sentence)
    target.print()
    for remark in desk.remarks:
        say(target, f"{remark}.", style="yellow")
    for name, why in desk.left_out.items():
        say(target, f"Left out: {name}: {why}.")
    if len(desk.funds):
        target.print()
        print_table(target, _funds(desk))
    target.print()
    _print_regime(desk, target)
    say(target, _ages(desk), style="dim")
    say(target, _legend(desk), style="dim")


def _headline(desk: DeskTable) -> str:
    chosen = desk.table[desk.table["is_in"]]
    fresh = ", ".join(chosen.loc[chosen["behind"] == 0, "symbol"])
    flat = f"a flat book would buy {fresh or 'nothing'}"
    stale = ", ".join(chosen.loc[chosen["behind"] > 0, "symbol"])
    flat += f" ({stale}: in at the last session only, stale)" if stale else ""
    said = [flat] if desk.book is None else [f"the rule orders {_ordered(desk)}", flat]
    return f"{desk.config.data.universe}, after the closes of {desk.day}: {'; '.join(said)}"


def _ordered(desk: DeskTable) -> str:
    """Return the orders of the names; those of their hedges follow from them."""
    orders = [] if desk.book is None else desk.book.orders.to_dict("records")
    names = set(desk.table["symbol"])
    said = [f"{row['side']} {row['symbol']}" for row in orders if row["symbol"] in names]
    return ", ".join(said) if said else "nothing"


def _book(book: RunningBook) -> str:
    """Return what the rule holds and orders, in a sentence each."""
    if pd.isna(book.start):
        return "The rule has not begun by this day: it holds and orders nothing."
    held = book.held.to_dict("records")
    said = []
    for row in held:
        if row["leg_of"]:
            continue
        legs = [leg for leg in held if leg["leg_of"] == row["symbol"]]
        against = "".join(f", {leg['symbol']}\u00a0{leg['weight']:+.1%}" for leg in legs)
        since = f"{pd.Timestamp(row['since']):%Y-%m-%d}"
        said.append(f"{row['symbol']}\u00a0{row['weight']:+.1%} since\u00a0{since}{against}")
    orders = [
        f"{row['side']} {row['size']:,.0f}\u00a0{row['symbol']} ({row['reason'].replace('_', ' ')})"
        for row in book.orders.to_dict("records")
    ]
    return (
        f"Run since {book.start}, the rule holds {'; '.join(said) if said else 'nothing'}. "
        f"At the next open it orders {'; '.join(orders) if orders else 'nothing'}."
    )


def _reasons(desk: DeskTable) -> list[str]:
    """Return why each name is in or out, names with the same reason together."""
    rows = desk.table.to_dict("records")
    said = [
        f"{row['symbol']}: in at {row['weight']:.1%} of the book: {row['why']}."
        for row in rows
        if row["is_in"]
    ]
    out: dict[str, list[str]] = {}
    for row in rows:
        if not row["is_in"]:
            out.setdefault(row["why"], []).append(_placed(row))
    return said + [f"{', '.join(names)}: out: {why}." for why, names in out.items()]


def _placed(row: dict[Any, Any]) -> str:
    """Return a name with how far it stands from an entry, where that is known."""
    if pd.isna(row["z"]):
        return str(row["symbol"])
    return f"{row['symbol']} (z\u00a0{row['z']:+.2f}, lag\u00a0{_percent(row['lag_ratio'])})"


def _lags(desk: DeskTable) -> Any:
    is_stale = bool((desk.table["behind"] > 0).any())
    header = (
        *(
            "name",
            "session",
            *(["behind"] if is_stale else []),
            "lag, ratio",
            "points",
            f"since {desk.anchor}",
            "points ",
        ),
        *("z", "half-life", "half-life 95 %", "b", "c", "covered", "regime", "weight"),
        *("met", "noise"),
    )
    columns = [str(name) for name in desk.table]
    shown = columns[columns.index("why") + 1 :]  # what the gates that are on show
    rows = [
        [
            row["symbol"],
            f"{pd.Timestamp(row['session']):%Y-%m-%d}",
            *([str(row["behind"])] if is_stale else []),
            _percent(row["lag_ratio"]),
            _points(row["lag_points"]),
            _percent(row["anchored_ratio"]),
            _points(row["anchored_points"]),
            _figure(row["z"], "+.2f"),
            _sessions(row["half_life"]),
            interval(row["half_life_low"], row["half_life_high"]),
            _figure(row["beta_metal"], ".2f"),
            _figure(row["beta_market"], ".2f"),
            _figure(row["coverage"], ".0%"),
            f"{row['state']} {row['score']:.2f}",
            f"({row['weight']:.1%})" if row["behind"] and row["is_in"] else f"{row['weight']:.1%}",
            _figure(row["base_rate"], ".0%"),
            _figure(row["noise_rate"], ".0%"),
            *(shown_by_gate(name, row[name]) for name in shown),
        ]
        for row in desk.table.to_dict("records")
    ]
    return table("", (*header, *(name.replace("_", " ") for name in shown)), rows)


def _funds(desk: DeskTable) -> Any:
    header = (
        "fund",
        "against",
        "session",
        "lag, ratio",
        "points",
        f"since {desk.anchor}",
        "points ",
    )
    rows = [
        [
            row["fund"],
            row["metal"],
            f"{pd.Timestamp(row['session']):%Y-%m-%d}",
            _percent(row["lag_ratio"]),
            _points(row["lag_points"]),
            _percent(row["anchored_ratio"]),
            _points(row["anchored_points"]),
        ]
        for row in desk.funds.to_dict("records")
    ]
    return table("Funds, not traded", header, rows)


def _print_regime(desk: DeskTable, target: Console) -> None:
    if not len(desk.events):
        say(target, "No announcement of weight stands behind the regime.")
        return
    rows = [
        [
            row["id"],
            row["date"],
            row["kind"],
            f"{row['intensity']:+.2f}",
            f"{row['left']:+.2f}",
            row["description"],
        ]
        for row in desk.events.to_dict("records")
    ]
    header = ("id", "public", "kind", "intensity", "left", "what")
    print_table(target, table("Behind the regime score", header, rows))


def _ages(desk: DeskTable) -> str:
    said = ", ".join(
        f"{row['series']}\u00a0{row['age_days']:.1f}"
        + (f"\u00a0({row['missed']}\u00a0missed)" if row["missed"] else "")
        for row in desk.inputs.to_dict("records")
    )
    return f"Age of the inputs in days: {said}."


def _legend(desk: DeskTable) -> str:
    window = desk.window
    return (
        f"lag: against its metals, one for one, over {window} sessions; ratio is (1 + own) / "
        "(1 + metal) - 1, points is own return less the metal's. z: of the rule's own gap, with b "
        "of the metals and c of the market taken off. half-life 95 %: its interval; none: the gap "
        "does not revert. weight, in and out: what the rule would buy now from a flat book; what "
        "it bought earlier it holds until its exit, which is measured on the gap since the entry, "
        "so that a name may be held that would not be bought. behind, where a row is stale: "
        "sessions of its exchange since the name's last one; the weight of a stale row stands in "
        "brackets. met: share of all its days on which the gap alone was wide enough; noise: "
        "the same of a driftless random walk."
    )


def _figure(value: Any, form: str) -> str:
    return "n/a" if pd.isna(value) else format(value, form)


def interval(low: float, high: float) -> str:
    """Return the ends of a half-life's interval in sessions."""
    if pd.isna(low) or pd.isna(high):
        return "n/a"
    ends = _sessions(low), _sessions(high)
    return ends[0] if ends[0] == ends[1] else f"{ends[0]} to {ends[1]}"


def shown_by_gate(name: str, value: Any) -> str:
    """Return what a gate shows of a name: states in words, everything else as a figure."""
    if pd.isna(value) or not (name.endswith("_state") or name.startswith("filter_")):
        return _figure(value, ".2f")
    return {1.0: "ON", 0.0: "OFF"}.get(float(value), "unknown")


def _percent(value: float) -> str:
    return "n/a" if pd.isna(value) else f"{value:+z.1%}"


def _points(value: float) -> str:
    return "n/a" if pd.isna(value) else f"{100.0 * value:+z.1f}"


def _sessions(value: float) -> str:
    if pd.isna(value):
        return "n/a"
    return "none" if value == float("inf") else f"{value:,.0f}"


if __name__ == "__main__":
    run(signal)
