"""Neighbours in a grid: by hand, against a search through all rows, and plateau against peak."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest

from orebound.analyzers import neighbourhood, plateau_or_peak


def grid(*sizes: int) -> np.ndarray:
    return np.array(list(product(*(range(size) for size in sizes))))


def by_search(values: np.ndarray, levels: np.ndarray, ordered: list[bool]) -> list[list[float]]:
    """Return the known figures one step away from each row, comparing every pair of rows."""
    out: list[list[float]] = []
    for row in levels:
        near = []
        for other, value in zip(levels, values, strict=True):
            apart = np.flatnonzero(row != other)
            if len(apart) == 1 and np.isfinite(value):
                axis = apart[0]
                if not ordered[axis] or abs(int(row[axis]) - int(other[axis])) == 1:
                    near.append(float(value))
        out.append(near)
    return out


def test_neighbours_on_a_grid_of_three_by_three() -> None:
    # 1 2 3
    # 4 9 6
    # 7 8 5
    found = neighbourhood([1, 2, 3, 4, 9, 6, 7, 8, 5], grid(3, 3))
    assert found.median.tolist() == [3.0, 3.0, 4.0, 7.0, 5.0, 5.0, 6.0, 7.0, 7.0]
    assert found.count.tolist() == [2, 3, 2, 3, 4, 3, 2, 3, 2]


@pytest.mark.parametrize("ordered", [[True, True, True], [True, False, False]])
@pytest.mark.parametrize("kept", [1.0, 0.5, 0.1])
def test_neighbours_are_those_of_a_search_through_all_rows(
    ordered: list[bool], kept: float
) -> None:
    random = np.random.default_rng(4)
    levels = grid(5, 6, 4)
    levels = levels[random.random(len(levels)) < kept]  # random designs leave most cells empty
    values = random.normal(size=len(levels))
    values[random.random(len(levels)) < 0.1] = np.nan
    found = neighbourhood(values, levels, ordered)
    for k, near in enumerate(by_search(values, levels, ordered)):
        assert found.count[k] == len(near)
        if near:
            assert found.median[k] == pytest.approx(np.median(near), rel=1e-12)
            assert found.above[k] == pytest.approx(np.mean(np.array(near) > 0))
        else:
            assert np.isnan(found.median[k])
            assert np.isnan(found.above[k])


def test_sparse_rows_of_many_levels_are_looked_up_without_a_table() -> None:
    levels = np.array([[0, 0], [1, 0], [999_999, 999_999], [999_999, 999_998]])
    found = neighbourhood([1.0, 2.0, 3.0, 4.0], levels)
    assert found.median.tolist() == [2.0, 1.0, 4.0, 3.0]


def test_a_hill_is_a_plateau_and_a_lonely_point_a_peak() -> None:
    levels = grid(7, 7)
    hill = 2.0 - 0.1 * np.abs(levels - 3).sum(axis=1)
    best = plateau_or_peak(hill, neighbourhood(hill, levels))
    assert (best.best, best.kind, best.rank, best.of) == (24, "plateau", 1, 49)
    assert (best.value, best.median, best.above, best.count) == (2.0, pytest.approx(1.9), 1.0, 4)
    lonely = np.full(49, 0.1)
    lonely[24] = 2.0
    best = plateau_or_peak(lonely, neighbourhood(lonely, levels))
    assert (best.best, best.kind, best.median) == (24, "peak", 0.1)
    # The four cells beside it look at it: three of their neighbours are low all the same.
    assert best.rank == 1
    mixed = np.where(levels.sum(axis=1) % 2 == 0, 1.0, -1.0)
    assert plateau_or_peak(mixed, neighbourhood(mixed, levels)).kind == "peak"


def test_no_neighbours_and_no_profit_are_not_judged() -> None:
    one = neighbourhood([1.0], [[0]])
    assert plateau_or_peak([1.0], one).kind == "n/a"
    assert plateau_or_peak([1.0], one).rank == 0
    losing = -np.ones(9)
    assert plateau_or_peak(losing, neighbourhood(losing, grid(3, 3))).kind == "n/a"


@pytest.mark.parametrize(
    ("values", "levels", "message"),
    [
        ([1.0], [[0], [1]], "of the same n"),
        ([1.0], [[0.5]], "whole numbers from 0"),
        ([1.0], [[-1]], "whole numbers from 0"),
    ],
)
def test_bad_input_is_named(values: list[float], levels: list[list[float]], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        neighbourhood(values, levels)
    with pytest.raises(ValueError, match="is_ordered must have 2 entries, got 1"):
        neighbourhood([1.0], [[0, 0]], [True])
