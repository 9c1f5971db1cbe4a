"""The exceptions a user can meet.

OreboundError (ValueError)
 +-- ConfigError    wrong use, parameter or config; exit code 2
 +-- DataRefused    data may not reach a backtest; exit code 3
      +-- AuditRefused      the audit's findings say why (refusal.py)
      +-- DownloadRefused   a source gave nothing that may replace what is stored
                            (sources/yahoo_refusals.py)
"""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from difflib import get_close_matches
from pathlib import Path

#: A longer list of known names is a wall of text; so many of the nearest stand for it.
MOST_LISTED, NEAREST = 30, 8


class OreboundError(ValueError):
    """Base of every error that is a statement to the user, not a defect."""

    exit_code = 2


class ConfigError(OreboundError):
    """A parameter, name or command that cannot mean what was written."""

    exit_code = 2


class DataRefused(OreboundError):
    """Data that may not reach a backtest."""

    exit_code = 3


@contextmanager
def naming(path: Path) -> Iterator[None]:
    """Let an error of the disk name the path it was met at where Python names none: a full disk."""
    try:
        yield
    except OSError as error:
        if error.filename is None:
            error.filename = str(path)
        raise


def unknown_name(kind: str, name: str, known: Iterable[str], *, listed_by: str = "") -> str:
    """Return the sentence for a name that is not known, with the nearest ones first.

    Of more than `MOST_LISTED` known names only the nearest are said, and what lists all of them.

    Parameters
    ----------
    listed_by : str, optional
        The command that lists the known names.
    """
    names = sorted(str(candidate) for candidate in known)
    close = get_close_matches(name, names, n=3, cutoff=0.5)
    hint = f"did you mean {' or '.join(repr(c) for c in close)}?" if close else ""
    listing = f"known: {', '.join(names)}"
    if len(names) > MOST_LISTED:
        nearest = get_close_matches(name, names, n=NEAREST, cutoff=0.3)
        some = f"nearest of {len(names):,}: {', '.join(nearest)}" if nearest else ""
        if listed_by:
            every = f"`{listed_by}` lists all"
            listing = every if close or not some else f"{some}; {every}"
        else:
            listing = some or listing
    return f"unknown {kind} {name!r}; " + " ".join(filter(None, (hint, listing)))
