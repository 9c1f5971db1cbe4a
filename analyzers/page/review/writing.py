"""The page's files as texts: one document, one script, and one script of data a sweep."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from dataclasses import asdict
from hashlib import sha256
from importlib.resources import files
from typing import Any

from jinja2 import DictLoader, Environment, StrictUndefined
from markupsafe import Markup

from ..text import safe
from .encoding import as_json
from .shown import NightView

PAGE, SCRIPT, DATA = "index.html", "review.js", "data-{key}.js"
TEMPLATE = "review.html"
#: The script's pieces in the order in which they are joined.
PIECES = ("start", "columns", "filters", "grid", "canvas", "heat", "slices", "parallel", "equity",
          "lists", "sweeps")  # fmt: skip
#: Trusted by its sha256; what it loads is trusted through it, and lies beside the page.
LOADER = (
    "(function(){var s=document.createElement('script');s.src='review.js';"
    "document.head.appendChild(s);})();"
)


def render_review(view: NightView, settings: Mapping[str, Any]) -> str:
    """Return the page as one HTML document.

    Parameters
    ----------
    settings : mapping
        What the script is told beside the sweeps: the folder that picked runs go to.
    """
    style = "\n".join((_text("..", "tearsheet.css"), _text("review.css")))
    told = {**settings, "sweeps": [asdict(one) for one in view.sweeps]}
    environment = Environment(
        autoescape=True,
        finalize=safe,
        loader=DictLoader({TEMPLATE: _text(TEMPLATE)}),
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=StrictUndefined,
    )
    return environment.get_template(TEMPLATE).render(
        view=view,
        policies=[Markup(one) for one in _policies()],  # noqa: S704 - our own texts
        style=Markup(style),  # noqa: S704 - our own file
        loader=Markup(LOADER),  # noqa: S704 - our own text
        told=Markup(as_json(told)),  # noqa: S704 - no text of it closes a tag
    )


def review_script() -> str:
    """Return the page's one script."""
    joined = "\n".join(_text(f"{name}.js") for name in PIECES)
    return f'"use strict";\n(() => {{\n{joined}\n}})();\n'


def _policies() -> tuple[str, str]:
    """Return two policies that must both allow what is loaded: ours, and from where we are."""
    seen = base64.b64encode(sha256(LOADER.encode()).digest()).decode()
    rest = "img-src data:; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"
    ours = f"default-src 'none'; script-src 'sha256-{seen}' 'strict-dynamic'; {rest}"
    return ours, f"default-src 'none'; script-src 'self' file: 'unsafe-inline'; {rest}"


def _text(*parts: str) -> str:
    place = files(__package__)
    if parts[0] == "..":
        place, parts = files(str(__package__).rpartition(".")[0]), parts[1:]
    return place.joinpath(*parts).read_text(encoding="utf-8")
