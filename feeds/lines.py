"""Columns of a panel: what each one trades, and as what."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal, NamedTuple

from .errors import ConfigError, unknown_name
from .series import Series
from .universe import Listing

Kind = Literal["name", "short", "tranche", "leg"]
KINDS: tuple[Kind, ...] = ("name", "short", "tranche", "leg")


class Line(NamedTuple):
    """One column of a panel.

    Attributes
    ----------
    symbol : str
        What orders call it; never parsed.
    column : int
        Its place in the panel.
    kind : str
        A ``name`` of the universe, its ``short`` side, a ``tranche`` of it, or a hedge ``leg``.
    of : str
        Symbol of the series that it trades: of a name its own, of a short side or a tranche the
        name's, of a leg the hedge's (a key of `Parts.hedges`).
    """

    symbol: str
    column: int
    kind: Kind
    of: str


def name_lines(symbols: Sequence[str]) -> tuple[Line, ...]:
    """Return one line a name, in order: the columns of a market that nothing arranged."""
    return tuple(Line(symbol, k, "name", symbol) for k, symbol in enumerate(symbols))


def traded_by(
    lines: Sequence[Line],
    traded: Sequence[tuple[Listing, Series]],
    hedges: Mapping[str, tuple[Listing, Series]],
) -> list[tuple[Listing, Series]]:
    """Return listing and series of each line.

    Raises
    ------
    ConfigError
        If columns are not numbered in order, two share a symbol, a copied name has no line of its
        own, or a line trades what the market does not have.
    """
    own = {series.symbol: (listing, series) for listing, series in traded}
    names = {line.symbol for line in lines if line.kind == "name"}
    if [line.column for line in lines] != list(range(len(lines))):
        raise ConfigError(f"lines: columns must be 0 to {len(lines) - 1} in order, got {lines!r}")
    if len({line.symbol for line in lines}) != len(lines):
        raise ConfigError(f"lines: each symbol stands for one column, got {lines!r}")
    out = []
    for line in lines:
        known = hedges if line.kind == "leg" else own
        if line.kind not in KINDS:
            raise ConfigError(unknown_name(f"kind of line {line.symbol}", line.kind, KINDS))
        if line.of not in known:
            raise ConfigError(unknown_name(f"series of line {line.symbol}", line.of, known))
        if line.kind != "leg" and line.of not in names:
            raise ConfigError(f"line {line.symbol}: the name {line.of} has no line of its own")
        if line.kind == "name" and line.symbol != line.of:
            raise ConfigError(f"line {line.symbol}: a name trades itself, got {line.of}")
        out.append(known[line.of])
    return out
