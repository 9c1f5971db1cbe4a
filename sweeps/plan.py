"""The order in which a sweep's combinations run: neighbours share arrays, chunks are parts."""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

import numpy as np
from numpy.typing import NDArray

from orebound.strategies import DeclaredRule

from .axes import plain_value
from .config import RunConfig
from .design import Design, runs_of
from .identity import digest, rule_digest
from .prepared import ROW_NAMES, changed, number_names
from .sweep_config import SweepConfig

Rows = NDArray[np.int64]
#: Why a configuration cannot be replayed, "" where it can.
Uncovered = Callable[[RunConfig], str]


def said_by_rule(config: RunConfig) -> str:
    """Say what the rule says: none of the shipped ones needs backtrader."""
    return config.rule.not_replayed(config)


NOT_REPLAYED: tuple[Uncovered, ...] = (said_by_rule,)
#: Array parameters from those whose arrays cost most to those that cost least.
SECTION_ORDER = ("data", "rule", "costs", "rows", "regime", "sizing", "late")
#: They choose or mask arrays that are made already.
LATE = (
    *("trigger", "max_missed", "gap_exit", "z_out", "regime_exit", "trail_multiple"),
    *("event_exit", "max_weight"),
)
#: Runs through real backtrader take a second, not a millisecond: their parts are small.
BACKTRADER_CHUNK = 8
#: Neighbours in a batch of a search share few arrays: its chunks are for the cores.
SEARCH_CHUNK = 4
#: More rows than these are judged by samples: block sums and totals of a row take a kilobyte.
MOST_JUDGED = 200_000
#: Where rows are sampled, so many samples of so many combinations, drawn by `SEED`.
SAMPLES, SAMPLED, SEED = 5, 1_000, 0
#: Why everything runs through backtrader where the sweep file says so.
ASKED_FOR = 'asked for by through = "backtrader"'
FORMAT = "2"


@dataclass(frozen=True, eq=False)
class Chunk:
    """One part's worth of combinations.

    Attributes
    ----------
    key : str
        sha256 over parameters, data, costs and code: the name of its part.
    rows : ndarray of int64
        Combinations by number, in the order in which they run.
    engine : str
        ``replay`` or ``backtrader``.
    """

    number: int
    key: str
    rows: Rows = field(repr=False)
    engine: str


@dataclass(frozen=True, eq=False)
class Plan:
    """All chunks of a sweep.

    Attributes
    ----------
    months : tuple of int
        First calendar month of the monthly sums, counted from January 1970, and their number.
    keeps_months : bool
        Whether the sums of all rows are stored; those of `samples` are in any case.
    samples : tuple of ndarray of int64
        The rows a sweep is judged by, in ascending order: all in one, or several random samples.
    n_groups : int
        Sets of array parameters.
    not_replayed : dict
        Combinations that run through backtrader, by the reason why.
    """

    config: SweepConfig
    design: Design
    order: Rows = field(repr=False)
    bounds: tuple[int, ...] = field(repr=False)
    n_replayed: int
    n_groups: int
    months: tuple[int, int]
    keeps_months: bool
    samples: tuple[Rows, ...] = field(repr=False)
    root: str
    not_replayed: dict[str, int] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.bounds) - 1

    @property
    def array_names(self) -> tuple[str, ...]:
        """The swept parameters that change an array."""
        plain = number_names(self.config.base, self.design.names)
        return tuple(name for name in self.design.names if name not in plain)

    @property
    def has_one_market(self) -> bool:
        """Whether all combinations share their sessions."""
        kinds = zip(self.design.names, self.design.sections, strict=True)
        return not any(kind == "data" and name not in ROW_NAMES for name, kind in kinds)

    @property
    def n_replayed_chunks(self) -> int:
        """How many chunks are replayed; they come before those through backtrader."""
        return bisect_left(self.bounds, self.n_replayed)

    def n_rows(self, number: int) -> int:
        """Return how many combinations a chunk holds."""
        return self.bounds[number + 1] - self.bounds[number]

    def rows_of(self, number: int) -> Rows:
        """Return the combinations of a chunk."""
        return self.order[self.bounds[number] : self.bounds[number + 1]]

    def chunk(self, number: int) -> Chunk:
        """Return one chunk by number."""
        rows = self.rows_of(number)
        engine = "replay" if self.bounds[number] < self.n_replayed else "backtrader"
        return Chunk(number, self._key(rows, engine), rows, engine)

    def chunks(self) -> Iterator[Chunk]:
        """Yield all chunks in the order in which they run."""
        yield from (self.chunk(number) for number in range(len(self)))

    def keeps_months_of(self, rows: Rows) -> NDArray[np.bool_]:
        """Return which rows store their monthly sums."""
        if self.keeps_months or not self.samples:
            return np.full(len(rows), self.keeps_months)
        return np.isin(rows, np.concatenate(self.samples))

    def groups(self, rows: Rows) -> Iterator[tuple[dict[str, Any], Rows]]:
        """Yield the array parameters of each group of a chunk's rows, and its rows."""
        places = [self.design.names.index(name) for name in self.array_names]
        differs = np.zeros(len(rows), bool)
        differs[0] = True
        for place in places:
            codes = self.design.codes[place][rows]
            differs[1:] |= codes[1:] != codes[:-1]
        for own in np.split(rows, np.flatnonzero(differs)[1:]):
            row = self.design.row(own[0])
            yield {name: row[name] for name in self.array_names}, own

    def _key(self, rows: Rows, engine: str) -> str:
        hasher = sha256(f"{self.root} {engine} {self.months} {self.keeps_months}\0".encode())
        hasher.update(self.keeps_months_of(rows).tobytes())
        hasher.update(rows.tobytes())
        for codes in self.design.codes:
            hasher.update(codes[rows].astype(np.int64).tobytes())
        return hasher.hexdigest()


def make_plan(
    config: SweepConfig,
    design: Design,
    *,
    data: str,
    code: str,
    months: tuple[int, int],
    rows: Rows | None = None,
    uncovered: tuple[Uncovered, ...] = NOT_REPLAYED,
) -> Plan:
    """Return the plan of a design.

    Parameters
    ----------
    rows : ndarray of int64, optional
        The combinations that are planned; by default all.
    data, code : str
        Digests of the markets and of the package.
    months : tuple of int
        First month and number of months of the stored sums.
    """
    plain = number_names(config.base, design.names)
    names = _slow_first(design, plain)
    rows = np.arange(len(design)) if rows is None else rows
    columns = [design.codes[design.names.index(name)][rows] for name in names]
    arrays = [column for name, column in zip(names, columns, strict=True) if name not in plain]
    order = rows[runs_of(columns)[0]]
    starts = runs_of(arrays)[1] if arrays else np.zeros(1, np.int64)
    is_replayed, reasons = _is_replayed(config, design, order, starts, uncovered)
    order = np.concatenate([order[is_replayed], order[~is_replayed]])
    n_replayed = int(is_replayed.sum())
    return Plan(
        config=config,
        design=design,
        order=order,
        bounds=_bounds(n_replayed, len(order), _chunk_size(config)),
        n_replayed=n_replayed,
        n_groups=len(starts),
        months=months,
        keeps_months=most_rows(config, design) <= config.settings.keep_monthly,
        samples=_samples(config, len(design)),
        root=root_digest(config, design, data, code),
        not_replayed=reasons,
    )


def _samples(config: SweepConfig, n: int) -> tuple[Rows, ...]:
    """Return the rows that are judged together; a search, which is not judged by them, has none.

    They are known before any row has run, so that their sums are stored as they come.
    """
    if config.settings.design == "search":
        return ()
    is_kept = n <= config.settings.keep_monthly
    if n <= (MOST_JUDGED if is_kept else SAMPLES * SAMPLED):
        return (np.arange(n),)
    drawn = np.random.default_rng(SEED).choice(n, SAMPLES * SAMPLED, replace=False)
    return tuple(np.sort(part) for part in np.split(drawn, SAMPLES))


def _slow_first(design: Design, plain: tuple[str, ...]) -> list[str]:
    """Return the parameters so that neighbours in the order share what is dearest to make."""

    def place(name: str) -> tuple[int, int]:
        if name in plain:
            return len(SECTION_ORDER), plain.index(name)
        section = design.sections[design.names.index(name)]
        kind = "rows" if name in ROW_NAMES else "late" if name in LATE else section
        return SECTION_ORDER.index(kind), design.names.index(name)

    return sorted(design.names, key=place)


def _is_replayed(
    config: SweepConfig,
    design: Design,
    order: Rows,
    starts: Rows,
    uncovered: tuple[Uncovered, ...],
) -> tuple[NDArray[np.bool_], dict[str, int]]:
    """Return by place in the order whether the replay covers it, and by reason how many not."""
    if config.settings.through == "backtrader":
        return np.zeros(len(order), bool), {ASKED_FOR: len(order)}
    covered, reasons = np.ones(len(starts), bool), Counter[str]()
    lengths = np.diff(np.append(starts, len(order)))
    for groups in _alike(config, design, order[starts], uncovered) if uncovered else ():
        one = changed(config.base, design.row(order[starts[groups[0]]]))
        said = "; ".join(filter(None, (why(one) for why in uncovered)))
        if said:
            covered[groups] = False
            reasons[said] += int(lengths[groups].sum())
    return np.repeat(covered, lengths), dict(reasons)


def _alike(
    config: SweepConfig, design: Design, rows: Rows, uncovered: tuple[Uncovered, ...]
) -> list[Rows]:
    """Return the places of rows that differ in nothing that is read to say what is covered."""
    read = _read(config.base.rule) if uncovered == NOT_REPLAYED else None
    places = [k for k, name in enumerate(design.names) if read is None or name in read]
    if not places:
        return [np.arange(len(rows))]
    order, starts = runs_of([design.codes[k][rows] for k in places])
    return np.split(order, starts[1:])


def _read(rule: DeclaredRule) -> tuple[str, ...] | None:
    """Return the parameters that are read to say what the replay does not cover; None for any."""
    if type(rule).not_replayed is DeclaredRule.not_replayed:
        return ()
    return type(rule).READ_BY_NOT_REPLAYED


def most_rows(config: SweepConfig, design: Design) -> int:
    """Return how many combinations there will be; those of a search are not known beforehand."""
    return config.settings.n if config.settings.design == "search" else len(design)


def _chunk_size(config: SweepConfig) -> int:
    limit = SEARCH_CHUNK if config.settings.design == "search" else config.settings.chunk
    return min(limit, config.settings.chunk)


def _bounds(n_replayed: int, n: int, chunk: int) -> tuple[int, ...]:
    replayed = range(0, n_replayed, chunk)
    through = range(n_replayed, n, min(chunk, BACKTRADER_CHUNK))
    return (*replayed, *through, n)


def root_digest(config: SweepConfig, design: Design, data: str, code: str) -> str:
    """Return the digest of what every combination shares; names and seeds of runs change none."""
    base = config.base.as_dict()
    for unread in ("name", "seed", "null_draws"):
        del base["run"][unread]
    levels = [
        [name, [plain_value(value) for value in values]]
        for name, values in zip(design.names, design.levels, strict=True)
    ]
    return digest([FORMAT, base, levels, data, code, rule_digest(config.base.rule)])
