"""The exceptions a user can meet.

OreboundError (ValueError)
 +-- ConfigError    wrong use, parameter or config; exit code 2
 +-- DataRefused    data may not reach a backtest; exit code 3
      +-- AuditRefused      the audit's findings say why (refusal.py)
      +-- DownloadRefused   a source gave nothing that may replace what is stored
                            (sources/yahoo_refusals.py)
"""

from collections.abc import Iterable
from difflib import get_close_matches


class OreboundError(ValueError):
    """Base of every error that is a statement to the user, not a defect."""

    exit_code = 2


class ConfigError(OreboundError):
    """A parameter, name or command that cannot mean what was written."""

    exit_code = 2


class DataRefused(OreboundError):
    """Data that may not reach a backtest."""

    exit_code = 3


def unknown_name(kind: str, name: str, known: Iterable[str]) -> str:
    """Return the sentence for a name that is not known, with the nearest ones first."""
    names = sorted(str(candidate) for candidate in known)
    close = get_close_matches(name, names, n=3, cutoff=0.5)
    hint = f"did you mean {' or '.join(repr(c) for c in close)}?" if close else ""
    listing = f"known: {', '.join(names)}"
    return f"unknown {kind} {name!r}; " + " ".join(filter(None, (hint, listing)))
