"""Keep the daily record: fetch, check, signal, one row a session, and what changed."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer.core import TyperCommand

from orebound.feeds import ConfigError, OreboundError
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
from orebound.scripts.notify import notify as tell_by
from orebound.scripts.terminal import (
    RESULTS,
    AsJson,
    Debug,
    Results,
    console,
    new_program,
    notes,
    print_json,
    progress,
    run,
)

if TYPE_CHECKING:
    from orebound.sweeps import Again, DailyOutcome, RunConfig

CHANGED, UNTOLD, REFUSED = 10, 11, 3
NOTIFY = "--notify"
#: Fetching, checking, signals.
STAGES = 3


class NotifyLast(TyperCommand):
    """A command whose ``--notify`` takes everything after it as one argument list."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Set what follows ``--notify`` aside, whatever it looks like."""
        if NOTIFY in args:
            place = args.index(NOTIFY)
            args, given = args[:place], args[place + 1 :]
            if not given:
                raise ConfigError(f"{NOTIFY}: accepted: a program and its arguments, last")
            ctx.meta[NOTIFY] = given
        return super().parse_args(ctx, args)


def daily(
    ctx: typer.Context,
    config: Config = None,
    no_fetch: Annotated[
        bool, typer.Option("--no-fetch", help="Use what is stored; download nothing.")
    ] = False,
    reconcile: Annotated[
        bool, typer.Option("--reconcile", help="Work past rows out again; name what differs.")
    ] = False,
    _notify: Annotated[
        str | None,
        typer.Option(NOTIFY, metavar="ARG...", help="Last: run this with the text on its stdin."),
    ] = None,
    source: Source = None,
    data: DataFolder = None,
    universe: Universe = None,
    skip_missing: SkipMissing = False,
    allow_hindsight: Hindsight = False,
    set_: Set = None,
    results: Results = RESULTS,
    as_json: AsJson = False,
    _debug: Debug = False,
) -> None:
    """Fetch, check and record the last whole session once, and print only what changed.

    Exit code 0: nothing changed; 10: a change; 11: one that could not be notified; 3: refused,
    and nothing recorded. Without a config, source yahoo.

    Example: [bold]orebound daily desk.toml --notify mail -s Orebound desk@example.com[/bold]
    """
    if _notify is not None:
        raise ConfigError(f"{NOTIFY}: accepted: {NOTIFY} PROGRAM ARG..., last and without =")
    settings = settings_of(
        config,
        source=source or ("yahoo" if config is None and data is None else None),
        data=data,
        universe=universe,
        skip_missing=skip_missing,
        allow_hindsight=allow_hindsight,
        start=None,
        end=None,
        overrides=set_,
    )
    program = list(ctx.meta.get(NOTIFY, ()))
    from orebound.sweeps import daily_folder, held

    folder = daily_folder(results)
    with held(folder, settings.run.name) as is_ours:
        if not is_ours:
            _log(f"another `orebound daily` of {settings.run.name} is at work: nothing was done")
            return
        if reconcile:
            code = _reconcile(settings, folder, program, as_json=as_json)
        else:
            code = _record(settings, folder, program, fetch=not no_fetch, as_json=as_json)
    raise typer.Exit(code)


def _record(
    settings: RunConfig, folder: Path, program: list[str], *, fetch: bool, as_json: bool
) -> int:
    from orebound.sweeps import mark_told, record_day

    try:
        with progress("daily", STAGES) as step:
            outcome = record_day(settings, folder, fetch=fetch, progress=step)
    except OreboundError as error:
        _notified(program, f"{settings.run.name}: refused: {error}\n")
        raise
    for words in outcome.notes:
        _log(f"note: {words}")
    done = "recorded" if outcome.is_new else "was recorded already, nothing is written"
    _log(f"{outcome.row.session} {done}: {outcome.row.path}")
    if as_json:
        print_json(outcome.as_dict())
    if not outcome.changes:
        return 0
    text = _text(outcome)
    if not as_json:
        console().print(text, soft_wrap=True, end="")
    if not _notified(program, text):
        return UNTOLD
    mark_told(outcome.row.path)
    return CHANGED


def _reconcile(settings: RunConfig, folder: Path, program: list[str], *, as_json: bool) -> int:
    from orebound.sweeps import reconcile_rows

    n_rows = len(list(folder.glob(f"*-{settings.run.name}.json")))
    with progress("reconcile", max(n_rows, 1)) as step:
        found = reconcile_rows(folder, settings.run.name, progress=step)
    apart = [one for one in found if not one.is_same]
    _log(f"{len(found)} rows worked out again, {len(found) - len(apart)} come out the same")
    if as_json:
        print_json([_plain(one) for one in found])
    if not apart:
        return 0
    text = "".join(f"{one}\n" for one in apart)
    if not as_json:
        console().print(text, soft_wrap=True, end="")
    is_told = _notified(program, text)
    if any(one.problem for one in apart):
        return REFUSED
    return CHANGED if is_told else UNTOLD


def _plain(one: Again) -> dict[str, Any]:
    return one._asdict() | {"path": str(one.path), "is_same": one.is_same}


def _text(outcome: DailyOutcome) -> str:
    """Return what changed, one a line under the sessions compared."""
    row = outcome.row
    against = f", against {outcome.before.session}" if outcome.before else ""
    invented = ", invented prices" if row.content.get("synthetic") else ""
    head = f"{row.content['name']}, after the closes of {row.session}{against}{invented}:"
    return "\n".join([head, *(f"  {words}" for words in outcome.changes)]) + "\n"


def _notified(program: list[str], text: str) -> bool:
    """Return whether a text was told, where a program to tell it by was given."""
    failed = tell_by(program, text) if program else ""
    if failed:
        _log(f"error: {NOTIFY}: {failed}")
    return not failed


def _log(words: str) -> None:
    notes().print(words, soft_wrap=True)


if __name__ == "__main__":
    program = new_program(add_completion=False)
    program.command(cls=NotifyLast)(daily)
    run(program)
