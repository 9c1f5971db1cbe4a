"""A sweep walked forward: chosen on past months, tested on the next, by its monthly sums."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from html import escape
from itertools import groupby, pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from orebound.analyzers import LOOKAHEAD_UNCHECKED, WalkForward, WindowPlan, walk_forward_in_batches
from orebound.feeds import ConfigError, unknown_name

from .purged_paths import paths_of, purged_beside
from .sweep_folder import WALK, SweepFolder

if TYPE_CHECKING:
    from .month_sums import RowSums
    from .sweep_result import Sweep

BY = ("sharpe", "mean_return")
#: A result within so many standard errors of nothing is not told from nothing; one within a single
#: standard error of the mean of all combinations is not told from that.
ERRORS = 2.0
FEWEST_WINDOWS = 3
POSITIONS = (
    "Every combination's own run goes on over the borders of windows: a position held there is "
    "neither closed nor bought, each month counts what the chosen combination's run earned in it, "
    "and moving from one combination's positions to the next one's costs nothing here. Windows and "
    "embargo are whole calendar months: round what you want to embargo or purge up to them."
)
HINDSIGHT = "The rule and the grid were set up by somebody who knew all of this history."
Done = Callable[[int], None]


@dataclass(frozen=True, eq=False, repr=False)
class SweepWalkForward:
    """What choosing on the past would have earned; Sharpe ratios a year, risk-free rate 0.

    Attributes
    ----------
    windows : DataFrame
        One row a window: train and test months, ``combination``, the parameters that vary,
        ``n_best``, ``sharpe_in``, ``sharpe_out`` and ``decay``.
    months : DataFrame by month
        ``window``, ``combination``, ``total`` (sum of daily returns) and ``sessions``: the months
        out of sample, joined.
    document : dict
        What ``walkforward.json`` holds.
    """

    path: Path
    windows: pd.DataFrame = field(repr=False)
    months: pd.DataFrame = field(repr=False)
    document: dict[str, Any] = field(repr=False)

    @property
    def verdict(self) -> str:
        """The result in one line."""
        return str(self.document["verdict"])

    @property
    def drift(self) -> pd.DataFrame:
        """How steady each parameter's choice is from window to window.

        One row a parameter: ``changes`` (borders at which its value changed), ``kept`` (share of
        borders at which it did not; NaN of a single window), ``values`` (in how many windows each
        was chosen) and ``path`` (the values window by window, runs of one value together).
        """
        rows = [
            (one["parameter"], one["changes"], one["kept"], _held(one), _walked(one))
            for one in self.document["drift"]
        ]
        columns = ["parameter", "changes", "kept", "values", "path"]
        frame = pd.DataFrame(rows, columns=columns).set_index("parameter")
        return frame.astype({"kept": float})

    def save(self) -> Path:
        """Write ``walkforward.json`` into the sweep directory, whole or not at all."""
        SweepFolder(self.path).write(WALK, self.document)
        return self.path / WALK

    def __repr__(self) -> str:
        return f"<SweepWalkForward {len(self.windows)} windows: {self.verdict}>"

    def _repr_html_(self) -> str:
        table = self.windows.to_html(index=False, float_format="{:,.4g}".format)
        return f"<p>{escape(self.verdict)}</p>{table}<p>{escape(POSITIONS)}</p>"


@dataclass(eq=False)
class _Counted:
    """Batches over the months in common, and the rows that lack one of these."""

    sweep: Sweep
    span: slice
    told: Done
    n_used: int = 0
    n_unknown: int = 0

    def batches(self) -> Iterator[tuple[NDArray[np.int64], NDArray[np.float32]]]:
        """Yield the rows whose months are all known."""
        from .month_sums import made_sums, stored_sums

        is_stored = bool(self.sweep.info["months"]["stored"])
        found: Iterator[RowSums] = (stored_sums if is_stored else made_sums)(self.sweep)
        for rows, sums in found:
            own = sums[:, self.span]
            known = np.isfinite(own).all(axis=(1, 2))
            self.n_used += int(known.sum())
            self.n_unknown += int((~known).sum())
            self.told(self.n_used + self.n_unknown)
            if known.any():
                yield rows[known], own[known]


def walk_sweep(
    sweep: Sweep, plan: WindowPlan, by: str = "sharpe", told: Done = lambda _n: None
) -> SweepWalkForward:
    """Return the walk forward of a finished sweep.

    Parameters
    ----------
    told : callable, optional
        Called with the number of rows read, or run again, so far.

    Raises
    ------
    ConfigError
        If the sweep is not finished, its rows share no months, or the windows do not fit them.
    """
    if by not in BY:
        raise ConfigError(unknown_name("figure to choose by", by, BY))
    labels, sessions, span = _months(sweep)
    counted = _Counted(sweep, span, told)
    try:
        plan.check(len(sessions))
        purged, why = purged_beside(sessions, plan.embargo)
        batches = counted.batches() if purged is None else purged.through(counted.batches())
        walk = walk_forward_in_batches(batches, sessions, plan=plan, by=by, months=labels)
    except ConfigError:
        raise
    except ValueError as error:
        raise ConfigError(f"walkforward of {len(sessions)} months ({labels[0]} to {labels[-1]}): "
                          f"{error}") from None  # fmt: skip
    windows = _windows(sweep, walk)
    months = walk.stitched.drop(columns="squares").rename(columns={"trial": "combination"})
    document = _settings(sweep, plan, by) | _rows(sweep, counted) | _figures(sweep, walk, windows)
    document["purged"] = paths_of(purged, why, _yearly(sweep))
    return SweepWalkForward(sweep.path, windows, months, document)


def _months(sweep: Sweep) -> tuple[list[str], NDArray[np.int64], slice]:
    """Return labels, sessions and place among the stored months of those that are walked over."""
    if (status := sweep.info["status"]) != "finished":
        raise ConfigError(
            f"{sweep.path}: the sweep is {status}, and a choice among some of its rows says "
            "nothing of all: run `orebound sweep` again to finish it"
        )
    selection = sweep.selection
    found = selection.get("months")
    if not found or not found["sessions"]:
        why = selection.get("notes", {}).get("months", "its rows have no month in common")
        raise ConfigError(f"{sweep.path}: cannot be walked forward: {why}")
    first, start = (
        np.datetime64(text, "M").astype(np.int64) for text in (found["first"], _first(sweep))
    )
    sessions = np.array(found["sessions"], np.int64)
    labels = (first + np.arange(len(sessions))).astype("datetime64[M]").astype(str).tolist()
    place = int(first - start)
    return labels, sessions, slice(place, place + len(sessions))


def _first(sweep: Sweep) -> str:
    return str(sweep.info["months"]["first"])


def _yearly(sweep: Sweep) -> float:
    return math.sqrt(sweep.config.base.run.periods_per_year)


def _windows(sweep: Sweep, walk: WalkForward) -> pd.DataFrame:
    """Return the windows with the parameters of the chosen, Sharpe ratios a year."""
    frame = walk.windows.rename(columns={"trial": "combination"})
    rows = {place: sweep.row(int(place)) for place in frame["combination"].unique()}
    for place, name in enumerate(sweep.varied):
        values = [rows[number][name] for number in frame["combination"]]
        frame.insert(5 + place, name, values)
    for name in ("sharpe_in", "sharpe_out", "decay"):
        frame[name] *= _yearly(sweep)
    return frame


def _settings(sweep: Sweep, plan: WindowPlan, by: str) -> dict[str, Any]:
    return {
        "sweep": {key: sweep.info[key] for key in ("id", "name", "source", "synthetic")},
        "by": by,
        "windows_are": "anchored" if plan.is_anchored else "rolling",
        "train_months": plan.train,
        "test_months": plan.test,
        "embargo_months": plan.embargo,
        "units": "Sharpe ratios a year, risk-free rate 0; returns as shares of 1",
        "periods_per_year": sweep.config.base.run.periods_per_year,
    }


def _rows(sweep: Sweep, counted: _Counted) -> dict[str, Any]:
    counts, months = sweep.info["counts"], sweep.info["months"]
    n_walked = counted.span.stop - counted.span.start
    return {
        "rows": {
            "combinations": counts["combinations"],
            "used": counted.n_used,
            "failed": counts["failed"],
            "without_all_months": counted.n_unknown,
            "sums": "stored" if months["stored"] else "made again",
        },
        "months": {"walked": n_walked, "left_out": int(months["n"]) - n_walked},
    }


def _figures(sweep: Sweep, walk: WalkForward, windows: pd.DataFrame) -> dict[str, Any]:
    root = _yearly(sweep)
    error = None if walk.sharpe_error is None else walk.sharpe_error * root
    held = walk.stitched.groupby("window")["squares"].sum()
    idle = int((held == 0.0).sum())
    out = {
        "sharpe_in": walk.sharpe_in * root,
        "sharpe_out": walk.sharpe_out * root,
        "sharpe_error": error,
        "decay": walk.decay * root,
        "sharpe_of_all": walk.sharpe_all * root,
        "total_return": walk.total_return,
        "months": len(walk.stitched),
        "first": walk.stitched.index[0],
        "last": walk.stitched.index[-1],
        "idle_windows": idle,
    }
    said = f"In {idle} of {len(windows)} windows the chosen combination held nothing: Sharpe 0."
    return {
        "windows": windows.to_dict("records"),
        "out_of_sample": out,
        "drift": [_drift(name, windows[name].tolist()) for name in sweep.varied],
        "choice_changes": int((windows["combination"].diff().iloc[1:] != 0).sum()),
        "positions": POSITIONS,
        "notes": [note for note in (walk.note, said if idle else "", HINDSIGHT) if note],
        "verdict": _unchecked(sweep) + _verdict(out, len(windows)),
    }


def _drift(name: str, values: list[Any]) -> dict[str, Any]:
    changes = sum(a != b for a, b in pairwise(values))
    counts = sorted(Counter(values).items(), key=lambda pair: (-pair[1], str(pair[0])))
    held = [{"value": value, "windows": n} for value, n in counts]
    borders = len(values) - 1
    kept = 1.0 - changes / borders if borders else None
    return {"parameter": name, "changes": changes, "kept": kept, "values": held, "path": values}


def _held(drift: dict[str, Any]) -> str:
    """Return the values of one parameter with the number of windows that chose each."""
    return ", ".join(f"{one['value']} ({one['windows']})" for one in drift["values"])


def _walked(drift: dict[str, Any]) -> str:
    """Return the values of one parameter in the order of the windows."""
    runs = [(value, len(list(own))) for value, own in groupby(drift["path"])]
    return ", ".join(f"{value} x{n}" if n > 1 else f"{value}" for value, n in runs)


def _unchecked(sweep: Sweep) -> str:
    return f"{LOOKAHEAD_UNCHECKED}; " if sweep.selection.get("past_only") is False else ""


def _verdict(out: dict[str, Any], n_windows: int) -> str:
    """Return what is left out of sample, in plain words."""
    sharpe, error = out["sharpe_out"], out["sharpe_error"]
    if error is None:
        return "nothing to judge: the chosen combinations earned and lost nothing out of sample"
    figures = (
        f"Sharpe ratio {sharpe:.2f} ± {error:.2f} out of sample against {out['sharpe_in']:.2f} in "
        f"sample and {out['sharpe_of_all']:.2f} for the mean of all combinations"
    )
    if n_windows < FEWEST_WINDOWS:
        return f"too few windows to judge ({n_windows}): {figures}"
    if sharpe <= 0.0:
        return f"choosing on the past lost money out of sample: {figures}"
    if sharpe < ERRORS * error:
        return f"no evidence that choosing on the past pays: {figures}"
    if sharpe < out["sharpe_of_all"] + error:
        return f"profit out of sample, but choosing did not clearly beat the mean of all: {figures}"
    return f"choosing on the past held up out of sample: {figures}"
