"""What all commands share: options, output, progress, and errors as one readable paragraph."""

from __future__ import annotations

import io
import json
import sys
import textwrap
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime
from datetime import time as time_of_day
from pathlib import Path
from types import TracebackType
from typing import Annotated, Any

import typer
from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.measure import Measurement
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table
from rich.text import Text

from orebound.feeds import OreboundError

PLAIN_LINE_SECONDS = 60.0
INTERRUPTED = 130
WRONG_USE = 2
#: A column of cells no longer than this is never wrapped.
SHORT = 10
#: The page's own signs as a terminal and a search in its output want them.
PLAIN = str.maketrans({"\u00a0": " ", "\u2009": "", "\u2212": "-", "\u2264": "<="})

Step = Callable[[str], None]


class Interrupted(Exception):
    """Ctrl-C, said by a command in its own words: what is kept and how to go on."""


class _Debug:
    """Whether a traceback is wanted; set by ``--debug`` of any command."""

    wanted = False


def _want_debug(value: bool) -> bool:
    _Debug.wanted = _Debug.wanted or value
    return value


AsJson = Annotated[bool, typer.Option("--json", help="One JSON document on standard output.")]
Debug = Annotated[
    bool, typer.Option("--debug", callback=_want_debug, help="Show tracebacks.", is_eager=True)
]
Results = Annotated[
    Path,
    typer.Option("--results", help="Folder in which latest, previous and prefixes are sought."),
]
RunKey = Annotated[str, typer.Argument(help="latest, previous, a unique prefix, or a directory.")]
RESULTS = Path("results")


def console() -> Console:
    """Return the console of standard output; rich itself honours NO_COLOR and COLUMNS."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        # A sign that the terminal's encoding lacks prints as a question mark, not as a failure.
        sys.stdout.reconfigure(errors="replace")
    return Console(highlight=False, markup=False)


def notes() -> Console:
    """Return the console of standard error."""
    return Console(stderr=True, highlight=False, markup=False)


def print_json(document: Any) -> None:
    """Print the one JSON document of a command."""
    from orebound.analyzers import plain

    sys.stdout.write(json.dumps(plain(document), indent=2, ensure_ascii=False) + "\n")


def table(title: str, header: Iterable[str], rows: Iterable[Iterable[Any]]) -> Table:
    """Return a table whose figures and dates are never wrapped; long words fold, nothing is cut."""
    made = Table(title=title or None, title_justify="left", title_style="bold", box=SIMPLE_HEAD)
    made.pad_edge = made.show_edge = False
    made.padding = (0, 1, 0, 0)
    lines = [[_cell(cell) for cell in row] for row in rows]
    for place, name in enumerate(header):
        cells = [line[place] for line in lines]
        are_figures = all(_is_figure(cell) for cell in cells)
        longest = max(len(text) for text in (*name.split(), "", *cells))
        is_fixed = are_figures or longest <= SHORT
        made.add_column(
            name,
            justify="right" if are_figures else "left",
            overflow="fold",
            no_wrap=is_fixed,
            min_width=longest if is_fixed else SHORT,
        )
    for line in lines:
        # Names and reasons come from files: their brackets are text, not markup.
        made.add_row(*(Text(cell) for cell in line))
    return made


def print_table(target: Console, made: Table) -> None:
    """Print a table whole: where a terminal is too narrow for its figures, it wraps the lines."""
    # Measured at ease: a table that is squeezed first hides what it lost.
    needed = Measurement.get(target, target.options.update(width=10_000), made).minimum
    target.width = max(target.width, needed)
    target.print(made)


def say(target: Console, words: str, style: str = "") -> None:
    """Print a paragraph wrapped between words, later lines indented; its text is never markup.

    A no-break space holds a name and its figure together and is printed as a plain one.
    """
    lines = textwrap.wrap(
        words, target.width, subsequent_indent="  ", break_on_hyphens=False, break_long_words=False
    )
    target.print(Text("\n".join(lines).translate(PLAIN), style=style), soft_wrap=True)


@contextmanager
def progress(label: str, stages: int) -> Iterator[Step]:
    """Yield ``step(stage)``: a bar with an ETA on a terminal, else at most one line a minute."""
    target = notes()
    if not target.is_terminal:
        yield _plain_lines(label, target)
        return
    columns = (TextColumn("{task.description}"), BarColumn(), TimeRemainingColumn())
    with Progress(*columns, console=target, transient=True) as bar:
        task = bar.add_task(label, total=stages, completed=-1)
        yield lambda stage: bar.update(task, advance=1, description=f"{label}: {stage}")


def run(command: Callable[..., None] | typer.Typer) -> None:
    """Run one command as a program of its own and end the process with its exit code."""
    if isinstance(command, typer.Typer):
        sys.exit(call(command, sys.argv[1:]))
    app = new_program(add_completion=False)
    app.command()(command)
    sys.exit(call(app, sys.argv[1:]))


def new_program(**settings: Any) -> typer.Typer:
    """Return an empty program; its tracebacks are ours to print, for locals may hold secrets."""
    return typer.Typer(pretty_exceptions_enable=False, rich_markup_mode="rich", **settings)


def call(app: typer.Typer, arguments: list[str], name: str | None = None) -> int:
    """Return the exit code of one command line; errors become one paragraph on standard error."""
    _Debug.wanted = False
    sys.excepthook = _defect
    try:
        typer.main.get_command(app)(args=arguments, prog_name=name)
    except SystemExit as ended:
        code = int(ended.code or 0)
        if code == INTERRUPTED:  # click turns Ctrl-C into this, without a word
            _say("interrupted", "nothing unfinished was kept")
        return code
    except (OreboundError, OSError) as error:
        if _Debug.wanted:
            raise
        _say("error", _sentence(error))
        return getattr(error, "exit_code", WRONG_USE)
    except Interrupted as stopped:
        _say("interrupted", str(stopped))
        return INTERRUPTED
    except KeyboardInterrupt:
        _say("interrupted", "nothing unfinished was kept")
        return INTERRUPTED
    return 0


def _sentence(error: OreboundError | OSError) -> str:
    if isinstance(error, OSError) and error.strerror:
        return f"{error.filename or 'file'}: {error.strerror}"
    return str(error)


def _say(kind: str, sentence: str) -> None:
    notes().print(Text.assemble((f"{kind}:", "bold red"), " ", sentence), soft_wrap=True)


def _defect(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    """Say an unforeseen error in one paragraph, with its traceback under ``--debug`` only."""
    if _Debug.wanted:
        sys.__excepthook__(kind, error, trace)
        return
    _say(
        "defect",
        f"{kind.__name__}: {error}. This is a fault of the program: run it again with --debug and "
        "report what it prints.",
    )


def _plain_lines(label: str, target: Console) -> Step:
    last = time.monotonic()

    def step(stage: str) -> None:
        nonlocal last
        if time.monotonic() - last >= PLAIN_LINE_SECONDS:
            last = time.monotonic()
            target.print(f"{label}: {stage}")

    return step


def say_notes(target: Console, found: Iterable[str]) -> None:
    """Print what a command's markets leave out, one note a paragraph."""
    for words in found:
        say(target, f"note: {words}")


def _cell(value: Any) -> str:
    if value is None or value != value:
        return "n/a"
    if isinstance(value, datetime) and value.time() == time_of_day.min:
        return f"{value:%Y-%m-%d}"
    if isinstance(value, float):
        return f"{value:,.4f}"
    return str(value)


def _is_figure(text: str) -> bool:
    return text == "n/a" or text.lstrip("-+$")[:1].isdigit()
