"""A sweep's parts as the columns of its page: coded parameters, figures, curves of the best."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.dataset as ds
from numpy.typing import NDArray

from orebound.analyzers import neighbourhood

from .parts import is_damaged
from .review_curves import AROUND, curves_of
from .sweep_folder import PARTS, SweepFolder
from .sweep_rows import LEAST_FIRST

#: A page draws from this many rows at most: all of a sweep, or an even random sample.
MOST_ROWS = 200_000
#: Beside a sample, the best stand in the table; they do not count in its medians.
BEST_BESIDE = 1_000
WORDS = ("engine", "form", "status", "error")
NEVER_SHOWN = ("combination", "monthly", "sharpe_per_session", *WORDS)


@dataclass(frozen=True)
class Coded:
    """A column of few values: levels in ascending order, None first, and each row's place."""

    levels: tuple[Any, ...]
    codes: NDArray[np.int64]


@dataclass(frozen=True)
class SweepColumns:
    """What a page holds of a sweep.

    Attributes
    ----------
    n_sampled : int
        The first rows, which are all of the sweep or a random sample; those behind them are the
        best that the sample missed, and count in no median.
    combination : ndarray of shape (n,)
    parameters : dict of str to Coded
        Swept parameters with more than one value.
    words : dict of str to Coded
        Engine, form, status and error where they differ between rows.
    figures : dict of str to ndarray of shape (n,)
        NaN where a row failed; those that are the same in every row stand in `constant`.
    curves : dict of int to ndarray of shape (n_months,)
        Monthly sums of daily returns of the best rows by combination; NaN outside their window.
    middle : ndarray of shape (n_months,) or None
        The median of the rows' sums month by month.
    failures : dict of str to int
        Error texts and how often each came, of all rows; damaged parts count once together.
    best : dict of str to float or None
        The figures of the row of the highest Sharpe ratio, of all rows.
    least_first : frozenset of str
        Figures of which less is better.
    notes : tuple of str
        What is not there, and why.
    """

    path: Path
    n_all: int
    n_sampled: int
    combination: NDArray[np.int64]
    parameters: dict[str, Coded]
    words: dict[str, Coded]
    figures: dict[str, NDArray[np.float64]]
    constant: dict[str, Any]
    curves: dict[int, NDArray[np.float64]]
    middle: NDArray[np.float64] | None
    first_month: str
    failures: dict[str, int] = field(default_factory=dict)
    best: dict[str, float | None] = field(default_factory=dict)
    least_first: frozenset[str] = frozenset(LEAST_FIRST)
    notes: tuple[str, ...] = ()


def sweep_columns(path: Path, most_rows: int = MOST_ROWS, seed: int = 0) -> SweepColumns:
    """Return the columns of a sweep directory; damaged parts are left out and named in `notes`.

    Parameters
    ----------
    most_rows : int
        Of a larger sweep a random sample of so many rows, and the best 1,000 beside it.
    seed : int
        Draws the sample.

    Raises
    ------
    KeyError, OSError, ValueError
        Where ``sweep.json`` or a part that passes its checksum is no sweep's.
    """
    path = Path(path)
    info = SweepFolder(path).state()
    files, notes = _whole_parts(path, info)
    parameters = [str(name) for name in info["parameters"]]
    if not files:
        return _nothing(path, info, notes)
    data = ds.dataset([str(one) for one in files], format="parquet")
    names = [name for name in data.schema.names if name != "monthly"]
    table = data.to_table(columns=names).sort_by("combination")
    failures = _failures(table) | dict.fromkeys(notes, 1)
    coded = {name: _coded(table[name]) for name in parameters if name in names}
    varied = {name: one for name, one in coded.items() if len(one.levels) > 1}
    figures = {
        name: _floats(table[name]) for name in names if name not in (*NEVER_SHOWN, *parameters)
    }
    around, why = _around(figures.get("sharpe"), varied, is_search=bool(info.get("explore_only")))
    notes += [why] if why else []
    kept, n_sampled = _kept(figures.get("sharpe"), len(table), most_rows, seed)
    if n_sampled < len(table):
        notes.append(
            f"{n_sampled:,} of {len(table):,} rows are on this page, drawn at random, and the best "
            f"{len(kept) - n_sampled:,} beside them; medians and pictures are the sample's"
        )
    is_ok = np.asarray(pc.equal(table["status"], "ok").to_numpy(zero_copy_only=False), bool)
    shown = {name: np.where(is_ok, one, np.nan)[kept] for name, one in figures.items()}
    constant = {name: value for name, one in shown.items() if (value := _constant(one)) is not None}
    constant |= {name: one.levels[0] for name, one in coded.items() if len(one.levels) == 1}
    shown = {name: one for name, one in shown.items() if name not in constant}
    if around is not None:
        shown[AROUND] = around[kept]
    combination = table["combination"].to_numpy()
    curves, middle, why = curves_of(data, info, combination[kept], shown, n_sampled)
    return SweepColumns(
        path,
        len(table),
        n_sampled,
        combination[kept],
        {name: Coded(one.levels, one.codes[kept]) for name, one in varied.items()},
        {name: one for name in WORDS if name in names
         if len((one := _only(_coded(table[name]), kept)).levels) > 1},
        shown,
        constant,
        curves,
        middle,
        str(info["months"]["first"]),
        failures,
        _best_row(figures if around is None else figures | {AROUND: around}, is_ok),
        notes=(*notes, *([why] if why else [])),
    )  # fmt: skip


def _whole_parts(path: Path, info: Mapping[str, Any]) -> tuple[list[Path], list[str]]:
    paths = [path / PARTS / Path(str(part["name"])).name for part in info["parts"]]
    whole = [one for one in paths if not is_damaged(one)]
    n_bad = len(paths) - len(whole)
    if not n_bad:
        return whole, []
    said = f"{n_bad} of {len(paths)} parts damaged or gone, their rows are left out"
    return whole, [f"{said}; run the sweep again: it makes what is missing and keeps the rest"]


def _nothing(path: Path, info: Mapping[str, Any], notes: list[str]) -> SweepColumns:
    """Return a sweep that has begun and stored nothing yet."""
    none = np.zeros(0, np.int64)
    first = str((info.get("months") or {}).get("first", ""))
    said = (*notes, "no row is stored yet" if not notes else "no row can be read")
    lost = dict.fromkeys(notes, 1)
    return SweepColumns(path, 0, 0, none, {}, {}, {}, {}, {}, None, first, lost, notes=said)


def _best_row(
    figures: Mapping[str, NDArray[np.float64]], is_ok: NDArray[np.bool_]
) -> dict[str, float | None]:
    sharpe = np.where(is_ok, figures.get("sharpe", np.nan), np.nan)
    if np.isnan(sharpe).all():
        return {}
    row = {name: float(one[int(np.nanargmax(sharpe))]) for name, one in figures.items()}
    return {name: value if np.isfinite(value) else None for name, value in row.items()}


def _coded(column: pa.ChunkedArray) -> Coded:
    joined = column.combine_chunks()
    found = pc.dictionary_encode(joined, null_encoding="encode")
    levels = found.dictionary.to_pylist()
    order = sorted(range(len(levels)), key=lambda k: (levels[k] is not None, _place(levels[k])))
    rank = np.empty(len(levels), np.int64)
    rank[order] = np.arange(len(levels))
    codes = rank[found.indices.to_numpy(zero_copy_only=False).astype(np.int64)]
    return Coded(tuple(levels[k] for k in order), codes)


def _place(value: Any) -> Any:
    return 0 if value is None else value


def _only(column: Coded, kept: NDArray[np.int64]) -> Coded:
    """Return some rows of a column with the levels that they have."""
    codes = column.codes[kept]
    used, places = np.unique(codes, return_inverse=True)
    return Coded(tuple(column.levels[k] for k in used), places.astype(np.int64))


def _floats(column: pa.ChunkedArray) -> NDArray[np.float64]:
    values = column.to_numpy()
    return np.asarray(values, np.float64)


def _constant(values: NDArray[np.float64]) -> float | None:
    """Return the one figure that several rows share; None where they differ."""
    known = values[~np.isnan(values)]
    return float(known[0]) if len(known) > 1 and (known == known[0]).all() else None


def _failures(table: pa.Table) -> dict[str, int]:
    failed = table.filter(pc.equal(table["status"], "failed"))
    found = pc.value_counts(failed["error"].combine_chunks()).to_pylist()
    return {str(one["values"] or ""): int(one["counts"]) for one in found}


def _around(
    sharpe: NDArray[np.float64] | None, varied: Mapping[str, Coded], *, is_search: bool
) -> tuple[NDArray[np.float64] | None, str]:
    """Return the median Sharpe ratio around each row, or None and why there is none."""
    if sharpe is None or not varied:
        return None, ""
    if is_search:
        return None, "no plateaus: a search draws its rows where earlier ones did well"
    codes = np.stack([one.codes for one in varied.values()], axis=1)
    try:
        found = neighbourhood(sharpe, codes, [_is_ordered(one) for one in varied.values()])
    except ValueError as error:
        return None, f"no neighbours of rows: {error}"
    around = np.where(np.isfinite(sharpe), found.median, np.nan)
    if np.isnan(around).all():
        return None, "no row has a neighbour one step away: drawn values are no grid"
    return around, ""


def _is_ordered(column: Coded) -> bool:
    """Whether a step from a level leads to the next one: not of words, nor where one is unset."""
    kinds = {type(one) for one in column.levels}
    return len(kinds) == 1 and not kinds & {str, bool}


def _kept(
    sharpe: NDArray[np.float64] | None, n: int, most: int, seed: int
) -> tuple[NDArray[np.int64], int]:
    """Return the places of the rows on the page, the sample first, and how many it has."""
    if n <= most:
        return np.arange(n), n
    drawn = np.sort(np.random.default_rng(seed).choice(n, most, replace=False))
    if sharpe is None:
        return drawn, most
    best = np.argsort(np.where(np.isnan(sharpe), np.inf, -sharpe), kind="stable")[:BEST_BESIDE]
    beside = np.setdiff1d(best[~np.isnan(sharpe[best])], drawn)
    return np.concatenate([drawn, beside]), most
