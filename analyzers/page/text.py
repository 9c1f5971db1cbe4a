"""How a value becomes text on the page: one place for escaping, digits, signs and ``n/a``."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from itertools import pairwise
from typing import Any, Literal

import pandas as pd
from markupsafe import Markup, escape

Kind = Literal[
    "text", "date", "percent", "fine", "share", "signed", "number", "p", "integer", "money", "bp"
]

MISSING = "n/a"
NUMERIC: frozenset[str] = frozenset(
    {"percent", "fine", "share", "signed", "number", "p", "integer", "money", "bp"}
)
LONGEST = 400

# Control characters, and the marks that reverse the direction of text (a look-alike name).
_UNSEEN = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2066-\u2069\ufeff]")
_USER_INFO = re.compile(r"(?<=://)[^/\s@]*@")
_QUERY = re.compile(r"(://[^\s?#]+)[?#]\S*")
_SECRET = re.compile(r"(?i)\b(\w*(?:token|secret|password|api_?key)\w*\s*[=:]\s*)\S+")


def clean(value: Any) -> str:
    """Return text without control and direction marks, cut at 400 characters."""
    text = _UNSEEN.sub("\ufffd", str(value))
    return text if len(text) <= LONGEST else text[: LONGEST - 1] + "…"


def safe(value: Any) -> Markup:
    """Return markup in which no data can open a tag or spell an attribute.

    ``=`` is escaped too: a search for ``onerror=`` in the file then finds nothing that came from
    data, so that such a search stays a proof.
    """
    if hasattr(value, "__html__"):
        return Markup(value.__html__())  # noqa: S704 - marked as safe where it was made
    return Markup(str(escape(clean(value))).replace("=", "&#61;"))  # noqa: S704 - escaped here


def without_secrets(value: Any) -> str:
    """Return text without the user part and the query of addresses, and without named secrets."""
    text = _QUERY.sub(r"\1", _USER_INFO.sub("", str(value)))
    return _SECRET.sub(r"\1***", text)


def typeset(text: str) -> str:
    """Return a sentence with the page's own minus and percent signs, which no line breaks off."""
    spaced = re.sub(r"(?<=\d)%", "\u202f%", text)
    return re.sub(r"(?<![\w.-])-(?=\d)", "\u2212", spaced)


def is_missing(value: Any) -> bool:
    """Whether a value has nothing to print: None, NaN, NaT, infinite or empty."""
    if value is None or value is pd.NaT or value is pd.NA or value == "":
        return True
    return isinstance(value, float) and not math.isfinite(value)


def show(value: Any, kind: Kind) -> str:
    """Return a value in the digits its kind is read in; ``n/a`` where it is unknown."""
    if hasattr(value, "item"):
        value = value.item()
    if is_missing(value):
        return MISSING
    if kind == "date" or isinstance(value, pd.Timestamp):
        return _date(value)
    if kind not in NUMERIC:
        return clean(value)
    return _figure(value, kind)


def percents(marks: Sequence[float]) -> list[str]:
    """Return the marks of an axis in per cent, with as many decimals as tell them apart."""
    steps = [abs(b - a) for a, b in pairwise(marks)] or [1.0]
    decimals = max(0, -math.floor(math.log10(100 * min(steps)) + 1e-9))
    return [_minus(f"{100 * mark:,.{decimals}f}\u202f%") for mark in marks]


def _figure(value: Any, kind: Kind) -> str:
    try:
        number = float(value)
    except (TypeError, ValueError):
        return clean(value)
    forms = {
        "percent": lambda: f"{100 * number:,.1f}\u202f%",
        "fine": lambda: f"{100 * number:.2f}\u202f%",
        "share": lambda: f"{100 * number:,.0f}\u202f%",
        "signed": lambda: f"{100 * number:+.1f}",
        "number": lambda: f"{number:.2f}",
        "p": lambda: f"{number:.3f}",
        "integer": lambda: f"{number:,.0f}",
        "money": lambda: f"{number:,.0f}",
        "bp": lambda: f"{number:.1f}",
    }
    return _minus(forms[kind]()) if math.isfinite(number) else MISSING


def _minus(text: str) -> str:
    """Return a true minus, as wide as a digit; zero carries no sign."""
    if not re.search(r"[1-9]", text):
        return text.lstrip("+-")
    return text.replace("-", "\u2212")


def _date(value: Any) -> str:
    moment = pd.to_datetime(value, errors="coerce")
    return clean(value) if pd.isna(moment) else f"{moment:%Y-%m-%d}"
