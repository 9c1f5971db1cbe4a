"""What all commands share: options, output, progress, and errors as one readable paragraph."""

from __future__ import annotations

import io
import json
import re
import shlex
import sys
import textwrap
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
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
#: Columns that name a row: a rank and a name.
MOST_LEADING = 2
#: A bracket that is text: help is written in rich's markup, of which it uses bold alone.
BRACKET = re.compile(r"(?<!\\)\[(?!/?bold\])")
#: The page's own signs as a terminal and a search in its output want them.
PLAIN = str.maketrans({"\u00a0": " ", "\u2009": "", "\u202f": "", "\u2212": "-", "\u2264": "<="})

Step = Callable[[str], None]


class Interrupted(Exception):
    """Ctrl-C, said by a command in its own words: what is kept and how to go on."""


def again() -> str:
    """Return the command line that this process was called by, to be typed again."""
    return shlex.join([Path(sys.argv[0]).name, *sys.argv[1:]])


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


class PlainTable(Table):
    """A table that knows its cells, so that it can be printed in parts."""

    def __init__(self, title: str, header: Sequence[str], lines: Sequence[Sequence[str]]) -> None:
        super().__init__(
            title=title or None, title_justify="left", title_style="bold", box=SIMPLE_HEAD
        )
        self.pad_edge = self.show_edge = False
        self.padding = (0, 1, 0, 0)
        self.names, self.lines = list(header), lines
        for place, name in enumerate(self.names):
            self._add(name, [line[place] for line in lines])
        for line in lines:
            # Names and reasons come from files: their brackets are text, not markup.
            self.add_row(*(Text(cell) for cell in line))

    def part(self, places: Sequence[int], title: str) -> PlainTable:
        """Return a table of some columns."""
        lines = [[line[place] for place in places] for line in self.lines]
        return PlainTable(title, [self.names[place] for place in places], lines)

    def fold_headers(self) -> None:
        """Let no header be wider than its longest word or cell."""
        for column in self.columns:
            if column.no_wrap and isinstance(column.header, str):
                column.header = "\n".join(textwrap.wrap(column.header, column.min_width or SHORT))

    def _add(self, name: str, cells: list[str]) -> None:
        are_figures = all(_is_figure(cell) for cell in cells)
        longest = max(len(text) for text in (*name.split(), "", *cells))
        is_fixed = are_figures or longest <= SHORT
        self.add_column(
            name,
            justify="right" if are_figures else "left",
            overflow="fold",
            no_wrap=is_fixed,
            min_width=longest if is_fixed else SHORT,
        )


def table(title: str, header: Iterable[str], rows: Iterable[Iterable[Any]]) -> PlainTable:
    """Return a table whose figures and dates are never wrapped; long words fold, nothing is cut."""
    return PlainTable(title, list(header), [[_cell(cell) for cell in row] for row in rows])


def print_table(target: Console, made: PlainTable) -> None:
    """Print a table whole: where a terminal is too narrow for it, one part below the other.

    Each part begins with the columns that name its rows. Headers fold before that.
    """
    if _needed(target, made, "maximum") > target.width:
        made.fold_headers()
    if _needed(target, made) <= target.width:
        target.print(made)
        return
    lead = next((k + 1 for k, one in enumerate(made.columns) if one.justify == "left"), 1)
    lead = min(lead, MOST_LEADING)
    for number, places in enumerate(_packed(target, made, lead)):
        part = made.part([*range(lead), *places], str(made.title or "") if not number else "")
        part.fold_headers()
        if number:
            target.print()
        # One column may still be wider than the terminal, which then wraps the line.
        whole = max(target.width, _needed(target, part))
        target.print(part, width=whole, crop=False, soft_wrap=whole > target.width)


def _packed(target: Console, made: PlainTable, lead: int) -> list[list[int]]:
    """Return the columns after the leading ones, in groups that fit beside them."""
    groups: list[list[int]] = [[]]
    for place in range(lead, len(made.columns)):
        tried = made.part([*range(lead), *groups[-1], place], "")
        tried.fold_headers()
        if groups[-1] and _needed(target, tried) > target.width:
            groups.append([])
        groups[-1].append(place)
    return groups


def _needed(target: Console, made: Table, which: str = "minimum") -> int:
    """Return the least, or the easy, width of a table."""
    # Measured at ease: a table that is squeezed first hides what it lost.
    measured = Measurement.get(target, target.options.update(width=10_000), made)
    return int(getattr(measured, which))


def say(target: Console, words: str, style: str = "") -> None:
    """Print a paragraph wrapped between words, later lines indented; its text is never markup.

    A no-break space holds a name and its figure together and is printed as a plain one.
    """
    lines = textwrap.wrap(
        words, target.width, subsequent_indent="  ", break_on_hyphens=False, break_long_words=False
    )
    target.print(Text("\n".join(lines).translate(PLAIN), style=style), soft_wrap=True)


@contextmanager
def progress(label: str, stages: int | None) -> Iterator[Step]:
    """Yield ``step(stage)``: a bar on a terminal, else at most one line a minute.

    The bar says how long it will take where the number of stages is known.
    """
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
        command = typer.main.get_command(app)
        _keep_brackets(command)
        command(args=arguments, prog_name=name)
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


def _keep_brackets(command: Any) -> None:
    """Let the help of a command and of those below it show brackets; only bold is markup."""
    for part in (command, *command.params):
        for name in ("help", "short_help"):
            words = getattr(part, name, None)
            if words:
                setattr(part, name, BRACKET.sub(r"\\[", words))
    for below in getattr(command, "commands", {}).values():
        _keep_brackets(below)


def _sentence(error: OreboundError | OSError) -> str:
    if isinstance(error, OSError) and error.strerror:
        return f"{error.filename or 'reading or writing a file'}: {error.strerror}"
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
