"""The page itself: a record goes in, one self-contained HTML document comes out."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from importlib.resources import files
from pathlib import Path

from jinja2 import DictLoader, Environment, StrictUndefined
from markupsafe import Markup

from ..counting import counted
from ..record import RunRecord
from ..trade_legs import joined_trades
from . import sections, sections_context
from .banners import cautions
from .facts import names, setting, words
from .pyfolio_process import Draw, draw_here
from .pyfolio_work import task_of
from .sections_attribution import attribution_section
from .sections_breadth import breadth_section
from .sections_closing import closing_section
from .sections_derived import derived_section
from .sections_diagnostics import diagnostics_section
from .sections_events import events_section
from .sections_modes import modes_section
from .sections_overhang import overhang_section
from .sections_pyfolio import pyfolio_sections
from .sections_record import record_section
from .sections_relative import relative_section
from .sections_risk import risk_section
from .sections_selection import selection_section
from .sections_series import series_section
from .text import MISSING, safe, typeset
from .views import Section

#: Sections by builder, from the result over its cause to what it rests on; one that has nothing to
#: show returns None and is left out.
ORDER: tuple[Callable[[RunRecord], Section | None], ...] = (
    sections.headline_section,
    selection_section,
    sections.equity_section,
    sections.gaps_section,
    closing_section,
    attribution_section,
    sections_context.regime_section,
    breadth_section,
    series_section,
    derived_section,
    overhang_section,
    events_section,
    diagnostics_section,
    relative_section,
    modes_section,
    record_section,
    sections.monthly_section,
    risk_section,
    sections.episodes_section,
    sections_context.costs_section,
    sections_context.orders_section,
    sections_context.universe_section,
    sections_context.data_section,
    sections_context.provenance_section,
)
#: The section that pyfolio's follow.
RISK = "risk"
TEMPLATE = "tearsheet.html"
#: More warnings of the run than this are folded away: loud cautions never are.
OPEN_WARNINGS = 2
#: More warnings than this are left to the data report.
SHOWN = 10


def render(record: RunRecord, draw: Draw = draw_here) -> str:
    """Return the page of a run as one HTML document that loads nothing.

    Parameters
    ----------
    record : RunRecord
        What its run.json lacks prints as ``n/a``.
    draw : callable
        Where pyfolio draws: in this process, or in one that `draw_beside` started.
    """
    # Everywhere but in its own section a hedged trade is one: its line with its legs' money.
    joined = replace(record, trades=joined_trades(record.trades, keep_lone=True))
    task = task_of(joined)
    drawn = draw(task)
    read = dict.fromkeys(ORDER, joined) | {modes_section: record}
    built = [found for build in ORDER if (found := build(read[build])) is not None]
    place = 1 + [section.id for section in built].index(RISK)
    built[place:place] = pyfolio_sections(drawn(), task.live)
    style = _asset("tearsheet.css")
    said = cautions(joined)
    return (
        _environment()
        .get_template(TEMPLATE)
        .render(
            title=_title(record),
            span=_span(record),
            verdict=_verdict(record),
            loud=[one for one in said if one.is_loud],
            plain=[one for one in said if not one.is_loud],
            opened=OPEN_WARNINGS,
            shown=SHOWN,
            sections=built,
            style=Markup(style),  # noqa: S704 - our own file
            policy=_policy(),
        )
    )


def write(record: RunRecord, path: str | Path, draw: Draw = draw_here) -> Path:
    """Write the page whole or not at all; return its path."""
    path = Path(path)
    text = render(record, draw)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "w", encoding="utf-8", newline="\n") as file:
            file.write(text)
        os.replace(name, path)
    finally:
        Path(name).unlink(missing_ok=True)
    return path


@cache
def _environment() -> Environment:
    """Return what compiles the template, once a process."""
    environment = Environment(
        autoescape=True,
        finalize=safe,
        loader=DictLoader({TEMPLATE: _asset(TEMPLATE)}),
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=StrictUndefined,
    )
    return environment


def _asset(name: str) -> str:
    return files(__package__).joinpath(name).read_text(encoding="utf-8")


def _policy() -> str:
    return "default-src 'none'; img-src data:; style-src 'unsafe-inline'"


def _title(record: RunRecord) -> str:
    return words(setting(record, "run", "name")) or words(record.info["id"]) or "Run"


def _span(record: RunRecord) -> str:
    source = words(record.info["source"]) or MISSING
    source = "synthetic market" if record.info["synthetic"] else f"source {source}"
    dates = record.equity["date"]
    if dates.empty:
        return f"no session, {source}"
    return (
        f"{dates.min():%Y-%m-%d} to {dates.max():%Y-%m-%d}, {len(dates):,} sessions, "
        f"{counted(len(names(record)), 'name')}, {source}, "
        f"run {words(record.info['id']) or MISSING}"
    )


def _verdict(record: RunRecord) -> str:
    said = words(record.info.get("verdict"))
    return typeset(said) if said else "No verdict is recorded for this run."
