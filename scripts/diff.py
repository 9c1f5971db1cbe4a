"""Say why two runs differ."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Annotated, Any

import pandas as pd
import typer

from orebound.scripts.terminal import (
    RESULTS,
    AsJson,
    Debug,
    Results,
    console,
    print_json,
    print_table,
    run,
    say,
    table,
)

if TYPE_CHECKING:
    from rich.console import Console

    from orebound.analyzers import Difference, RunRecord

RunA = Annotated[str, typer.Argument(metavar="A", help="latest, previous, a prefix, a directory.")]
RunB = Annotated[str, typer.Argument(metavar="B", help="The other; differences are B less A.")]
#: Rows of each list of orders; the rest is counted, and all of them stand in --json.
SHOWN = 5
#: More changed settings than this are counted.
SHOWN_KEYS = 30
#: Metrics of the table; all of them stand in --json.
METRICS = (
    *("total_return", "cagr", "volatility", "sharpe", "max_drawdown", "entries", "hit_rate"),
    "cost_drag",
)
SHARES = ("fraction", "share of", "net return")


def diff(
    a: RunA = "previous",
    b: RunB = "latest",
    results: Results = RESULTS,
    as_json: AsJson = False,
    _debug: Debug = False,
) -> None:
    """Say why two runs differ: settings, data, code, the first decision that parts them, the money.

    What forbids a comparison stands before the first figure: data restated between the runs,
    other base currencies, periods or names.

    Example: [bold]orebound diff previous latest[/bold]
    """
    from orebound.analyzers import difference_of, open_path, read_run

    folders = [open_path(key, results) for key in (a, b)]
    records = [read_run(folder) for folder in folders]
    found = difference_of(*records)
    found = replace(found, banners=(*_since(records), *found.banners))
    if as_json:
        print_json({"path_a": str(folders[0]), "path_b": str(folders[1]), **found.as_dict()})
        return
    print_difference(found, console())


def _since(records: Sequence[RunRecord]) -> Iterator[str]:
    """Yield of each run what was restated since it was made."""
    from orebound.sweeps import restated_since

    for label, record in zip("AB", records, strict=True):
        if stale := restated_since(record):
            more = f"; and {len(stale) - SHOWN} more series" if len(stale) > SHOWN else ""
            shown = "; ".join(str(one) for one in stale[:SHOWN])
            yield f"The data of {label} are not what they were when it was made: {shown}{more}."


def print_difference(found: Difference, target: Console) -> None:
    """Print a difference: banners, what was changed, the first decision, the money, the orders."""
    say(target, f"A is {found.labels[0]}; B is {found.labels[1]}", style="dim")
    for banner in found.banners:
        say(target, banner, style="bold yellow")
    say(target, found.text, style="bold")
    _print_changes(found, target)
    _print_seen(found, target)
    _print_money(found, target)
    for label, orders in (("A", found.only_in_a), ("B", found.only_in_b)):
        _print_orders(label, orders, target)
    if len(found.resized):
        say(target, f"Of another size: {len(found.resized):,} decisions of both.")


def _print_changes(found: Difference, target: Console) -> None:
    config = found.config
    if config.empty:
        say(target, "Settings: the same.")
    else:
        rows = [[_said(cell) for cell in row] for row in config.head(SHOWN_KEYS).to_numpy()]
        print_table(target, table("Settings", ["parameter", "A", "B"], rows))
        if len(config) > SHOWN_KEYS:
            say(target, f"and {len(config) - SHOWN_KEYS} more, all of them with --json")
    alone = {"in A alone": "only_in_a", "in B alone": "only_in_b"}
    changed = [str(one) for one in found.data
               if one.status not in ("equal", *alone.values())]  # fmt: skip
    for words, status in alone.items():
        names = [one.symbol for one in found.data if one.status == status]
        changed += [f"{', '.join(names)} {words}"] if names else []
    say(target, f"Data: {'; '.join(changed) if changed else 'the same'}.")
    code = [f"{row['what']} {_said(row['a'])} in A, {_said(row['b'])} in B"
            for row in found.code.to_dict("records")]  # fmt: skip
    say(target, f"Code: {'; '.join(code) if code else 'the same'}.")


def _print_seen(found: Difference, target: Console) -> None:
    decided = found.first_decision
    if decided is None or decided.signals.empty:
        return
    title = f"What the rule saw otherwise of {decided.symbol} on {decided.session:%Y-%m-%d}"
    rows = [[row["field"], *(_said(row[run]) for run in "ab")]
            for row in decided.signals.to_dict("records")]  # fmt: skip
    print_table(target, table(title, ["signal", "A", "B"], rows))


def _print_money(found: Difference, target: Console) -> None:
    by_name = found.by_name
    columns = {"name": "name", "a": "A", "b": "B", "difference": "B less A"}
    if "common_difference" in by_name:
        columns["common_difference"] = "over common days"
    if (by_name["leg_of"] != "").any():
        columns["leg_of"] = "leg of"
    if (by_name["note"] != "").any():
        columns["note"] = "note"
    rows = [[_money(row[name]) for name in columns] for row in by_name.to_dict("records")]
    sums = {
        name: by_name[name].sum(min_count=1) for name in columns if by_name[name].dtype == float
    }
    rows.append(["final value", *(_money(sums.get(name, "")) for name in list(columns)[1:])])
    print_table(target, table("Profit and loss, base currency", columns.values(), rows))
    metrics = found.metrics[found.metrics["metric"].isin(METRICS)]
    rows = [[row["metric"].replace("_", " "), *(_metric(row[run], row["unit"]) for run in "ab")]
            for row in metrics.to_dict("records")]  # fmt: skip
    print_table(target, table("Metrics", ["metric", "A", "B"], rows))


def _print_orders(label: str, orders: pd.DataFrame, target: Console) -> None:
    if orders.empty:
        say(target, f"Orders in {label} alone: none.")
        return
    outside = int(orders["outside"].sum())
    title = f"Orders in {label} alone: {len(orders):,}"
    title += f", {outside:,} on days that the other could not decide on" if outside else ""
    shown = orders.head(SHOWN)
    rows = [[f"{row['submitted']:%Y-%m-%d}", row["symbol"], row["side"], f"{row['size']:,}",
             row["status"], row["reason"]] for row in shown.to_dict("records")]  # fmt: skip
    print_table(target, table(title, ["decided", "name", "side", "size", "end", "reason"], rows))
    if len(orders) > SHOWN:
        say(target, f"and {len(orders) - SHOWN:,} more, all of them with --json")


def _said(value: Any) -> str:
    if value is None:
        return "not known"
    return f"{value:,.6g}" if isinstance(value, float) else str(value)


def _money(value: Any) -> str:
    if not isinstance(value, float):
        return str(value)
    return "n/a" if pd.isna(value) else f"{value:z,.2f}"


def _metric(value: Any, unit: str) -> str:
    if not isinstance(value, int | float):
        return "n/a"
    return f"{value:z.2%}" if unit.startswith(SHARES) else f"{value:z,.4g}"


if __name__ == "__main__":
    run(diff)
