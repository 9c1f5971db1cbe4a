"""The combinations of a sweep as columns of codes: one small integer a combination and parameter.

Ten million combinations are a few arrays; a dictionary exists only of the one row that is asked
for.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from math import ceil, log2, prod
from typing import Any

import numpy as np
from numpy.typing import NDArray

from orebound.feeds import ConfigError

from .axes import LARGEST
from .sweep_config import Conditions, SweepConfig

Codes = NDArray[Any]
Rows = NDArray[np.int64]
SOBOL_BITS = 30


@dataclass(frozen=True, eq=False)
class Design:
    """Distinct combinations; a combination's number is its place.

    Attributes
    ----------
    names : tuple of str
        The swept parameters by flat name.
    sections : tuple of str
    levels : tuple of tuple
        By parameter, the values that occur, ascending.
    codes : tuple of ndarray of shape (n,)
        By parameter, the place of each combination's value in the levels.
    duplicates, impossible : int
        Combinations that were left out, and why.
    """

    names: tuple[str, ...]
    sections: tuple[str, ...]
    levels: tuple[tuple[Any, ...], ...]
    codes: tuple[Codes, ...] = field(repr=False)
    duplicates: int = 0
    impossible: int = 0

    def __len__(self) -> int:
        return len(self.codes[0])

    def row(self, place: int) -> dict[str, Any]:
        """Return one combination by flat name."""
        return {
            name: levels[codes[place]]
            for name, levels, codes in zip(self.names, self.levels, self.codes, strict=True)
        }

    def numbers(self, name: str, rows: Rows) -> NDArray[np.float64]:
        """Return a numeric parameter of some combinations."""
        place = self.names.index(name)
        return np.array(self.levels[place], np.float64)[self.codes[place][rows]]

    def kept(self, mask: NDArray[np.bool_]) -> Design:
        """Return the combinations where a mask holds."""
        return replace(self, codes=tuple(codes[mask] for codes in self.codes))


def make_design(config: SweepConfig) -> Design:
    """Return the combinations of a configuration: counted first, then made, then made distinct.

    Raises
    ------
    ConfigError
        If there are more than `LARGEST`, none, or impossible ones that are not to be dropped.
    """
    from .feasible import without_impossible

    asked = n_asked(config)
    if not 1 <= asked <= LARGEST:
        raise ConfigError(f"sweep: {asked:,} combinations; accepted: 1 to {LARGEST:,}")
    levels, codes = _columns(config)
    levels, codes = _conditioned(config, levels, codes)
    design = Design(
        tuple(axis.name for axis in config.axes),
        tuple(axis.section for axis in config.axes),
        tuple(levels),
        tuple(_small(column, len(level)) for column, level in zip(codes, levels, strict=True)),
    )
    is_distinct = config.settings.design == "grid" and not config.conditions
    if not is_distinct:
        design = design.kept(first_of_each(design.codes))
    design = replace(design, duplicates=asked - len(design))
    return without_impossible(design, config)


def n_asked(config: SweepConfig) -> int:
    """Return how many combinations were asked for, duplicates included."""
    kind = config.settings.design
    if kind == "grid":
        return prod(axis.n_given for axis in config.axes)
    return len(config.rows[0]) if kind == "list" else config.settings.n


def first_of_each(columns: Sequence[Codes]) -> NDArray[np.bool_]:
    """Return where a combination stands for the first time."""
    order, starts = runs_of(columns)
    # lexsort is stable: the first row of each run is the one that stands first.
    mask = np.zeros(len(order), bool)
    mask[order[starts]] = True
    return mask


def runs_of(columns: Sequence[Codes]) -> tuple[Rows, Rows]:
    """Return an order in which equal rows stand together, and where each run of them starts.

    The first column is the slowest.
    """
    order = np.lexsort(tuple(columns)[::-1])
    differs = np.zeros(len(order), bool)
    differs[0] = True
    for column in columns:
        ordered = column[order]
        differs[1:] |= ordered[1:] != ordered[:-1]
    return order, np.flatnonzero(differs)


def _columns(config: SweepConfig) -> tuple[list[tuple[Any, ...]], list[Codes]]:
    kind, axes = config.settings.design, config.axes
    if kind == "list":
        return [axis.levels for axis in axes], list(config.rows)
    if kind == "grid":
        return [axis.levels for axis in axes], grid_codes([len(axis.levels) for axis in axes])
    unit = _unit(kind, config.settings.n, len(axes), config.settings.seed)
    drawn = [axis.drawn(unit[:, place]) for place, axis in enumerate(axes)]
    return [levels for levels, _ in drawn], [codes for _, codes in drawn]


def grid_codes(sizes: Sequence[int]) -> list[Codes]:
    """Return the codes of all combinations; the last parameter changes fastest."""
    total = prod(sizes)
    out, outer = [], 1
    for size in sizes:
        inner = total // (outer * size)
        once = np.repeat(np.arange(size, dtype=_width(size)), inner)
        out.append(np.tile(once, outer))
        outer *= size
    return out


def _unit(kind: str, n: int, width: int, seed: int) -> NDArray[np.float64]:
    """Return points of the unit cube, shape (n, width)."""
    generator = np.random.default_rng(seed)
    if kind == "random":
        return generator.random((n, width))
    from scipy.stats.qmc import Sobol

    points = Sobol(width, scramble=False, bits=SOBOL_BITS).random_base2(ceil(log2(n)))[:n]
    # A digital shift keeps the sequence's evenness; without it the first point is a corner.
    scale = 1 << SOBOL_BITS
    whole = (points * scale).astype(np.int64) ^ generator.integers(0, scale, width)
    unit: NDArray[np.float64] = whole / scale
    return unit


def _conditioned(
    config: SweepConfig, levels: list[tuple[Any, ...]], codes: list[Codes]
) -> tuple[list[tuple[Any, ...]], list[Codes]]:
    """Put the base value where a parameter's conditions do not hold."""
    place = {axis.name: k for k, axis in enumerate(config.axes)}
    for name in leaders_first(config.conditions):
        holds = np.ones(len(codes[0]), bool)
        for other, values in config.conditions[name].items():
            at = place[other]
            met = [k for k, level in enumerate(levels[at]) if level in values]
            holds &= np.isin(codes[at], met)
        k = place[name]
        base = getattr(getattr(config.base, config.axes[k].section), name)
        levels[k], codes[k] = _with_level(levels[k], codes[k], base, holds)
    return levels, codes


def leaders_first(conditions: Conditions) -> list[str]:
    """Return the conditioned parameters so that those they depend on come before them."""
    done: list[str] = []
    while len(done) < len(conditions):
        done += [
            name
            for name, needed in conditions.items()
            if name not in done and all(o in done or o not in conditions for o in needed)
        ]
    return done


def _with_level(
    levels: tuple[Any, ...], codes: Codes, base: Any, holds: NDArray[np.bool_]
) -> tuple[tuple[Any, ...], Codes]:
    merged = tuple(sorted({*levels, base}, key=lambda value: (value is not None, value)))
    place = {level: k for k, level in enumerate(merged)}
    moved = np.array([place[level] for level in levels])[codes]
    return merged, np.where(holds, moved, place[base])


def _width(size: int) -> Any:
    return np.min_scalar_type(max(size - 1, 1))


def _small(codes: Codes, size: int) -> Codes:
    return codes.astype(_width(size), copy=False)
