"""The page itself: a record goes in, one self-contained HTML document comes out."""

from __future__ import annotations

import os
import tempfile
from importlib.resources import files
from pathlib import Path

from jinja2 import DictLoader, Environment, StrictUndefined
from markupsafe import Markup

from . import sections, sections_context
from .banners import SHOWN, banners, shown_above
from .contract import RecordLike
from .facts import setting, words
from .numbers import curve_frame
from .text import clean, safe

ORDER = (
    sections.headline_section,
    sections.equity_section,
    sections.gaps_section,
    sections.monthly_section,
    sections.episodes_section,
    sections_context.regime_section,
    sections_context.costs_section,
    sections_context.orders_section,
    sections_context.universe_section,
    sections_context.data_section,
    sections_context.provenance_section,
)
TEMPLATE = "tearsheet.html"


def render(record: RecordLike) -> str:
    """Return the page of a run as one HTML document that loads nothing.

    Parameters
    ----------
    record : RecordLike
        A run's record; missing tables and entries print as ``n/a``.
    """
    style = _asset("tearsheet.css")
    return (
        _environment()
        .get_template(TEMPLATE)
        .render(
            title=_title(record),
            span=_span(record),
            verdict=_verdict(record),
            banners=banners(record),
            warnings=shown_above(record),
            shown=SHOWN,
            sections=[build(record) for build in ORDER],
            style=Markup(style),  # noqa: S704 - our own file
            policy=_policy(),
        )
    )


def write(record: RecordLike, path: str | Path) -> Path:
    """Write the page whole or not at all; return its path."""
    path = Path(path)
    text = render(record)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "w", encoding="utf-8", newline="\n") as file:
            file.write(text)
        os.replace(name, path)
    finally:
        Path(name).unlink(missing_ok=True)
    return path


def _environment() -> Environment:
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


def _title(record: RecordLike) -> str:
    name = setting(record.info, "run", "name") or record.info.get("name") or record.info.get("id")
    return clean(name) if name else "Run"


def _span(record: RecordLike) -> str:
    curves = curve_frame(record)
    if curves.empty:
        return "no session"
    first, last = curves.index[0], curves.index[-1]
    return f"{first:%Y-%m-%d} to {last:%Y-%m-%d}, {len(curves):,} sessions"


def _verdict(record: RecordLike) -> str:
    verdict = record.info.get("verdict")
    if isinstance(verdict, dict):
        verdict = verdict.get("text") or verdict.get("line") or words(verdict)
    return words(verdict) or "No verdict is recorded for this run."
