"""Vectors and masks compute what numpy computes, lane by lane, at every width."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numba import njit

from orebound.sweeps.replay.many import aligned
from orebound.sweeps.replay.simd import (
    absolute,
    at,
    bits,
    blend,
    first_bit,
    floor,
    fused,
    load,
    lowest,
    mask_of,
    nearest,
    put_word,
    root,
    spread,
    spread_at,
    store,
    word_at,
)

WIDTHS = (1, 8, 16)


@njit  # type: ignore[untyped-decorator]
def arithmetic(x: Any, y: Any, out: Any, width: Any) -> None:
    w = len(width)
    a, b = load(x, 0, width), load(y, 0, width)
    store(out, 0, a + b)
    store(out, w, a - b)
    store(out, 2 * w, a * b)
    store(out, 3 * w, a / b)
    store(out, 4 * w, absolute(a))
    store(out, 5 * w, floor(a))
    store(out, 6 * w, nearest(a))
    store(out, 7 * w, root(absolute(a)))
    store(out, 8 * w, blend(a < b, a, b))
    store(out, 9 * w, spread(2.5, width) * spread_at(y, w - 1, width))


@njit  # type: ignore[untyped-decorator]
def comparisons(x: Any, y: Any, width: Any) -> tuple[int, int, int, int, int, int, int]:
    a, b = load(x, 0, width), load(y, 0, width)
    both = (a < b) & (a <= b) | ~(a >= b) & ~(a > b)
    return bits(a < b), bits(a <= b), bits(a > b), bits(a >= b), bits(a == b), bits(both), 0


@njit  # type: ignore[untyped-decorator]
def integers(number: int, words: Any, width: Any) -> tuple[int, int, int]:
    put_word(words, 1, number + 1)
    return bits(mask_of(number, width)), first_bit(number), word_at(words, 1)


@njit  # type: ignore[untyped-decorator]
def least(x: Any, width: Any) -> float:
    return float(lowest(load(x, 0, width)))


@njit  # type: ignore[untyped-decorator]
def contracted(x: Any, y: Any, z: Any, out: Any, width: Any) -> None:
    w = len(width)
    a, b, c = load(x, 0, width), load(y, 0, width), load(z, 0, width)
    store(out, 0, fused(a, b, c))
    store(out, w, a * b + c)


@njit  # type: ignore[untyped-decorator]
def by_address(address: int, place: int) -> float:
    return float(at(address, place))


def numbers(width: int, seed: int) -> np.ndarray:
    return np.random.default_rng(seed).normal(0.0, 3.0, width)


def number_of(flags: np.ndarray) -> int:
    return sum(1 << lane for lane, flag in enumerate(flags.tolist()) if flag)


@pytest.mark.parametrize("width", WIDTHS)
def test_arithmetic_is_numpys(width: int) -> None:
    x, y, out = numbers(width, 0), numbers(width, 1), np.empty(10 * width)
    arithmetic(x, y, out, (0,) * width)
    expected = [x + y, x - y, x * y, x / y, np.abs(x), np.floor(x), np.rint(x)]
    expected += [np.sqrt(np.abs(x)), np.minimum(x, y), np.full(width, 2.5 * y[-1])]
    np.testing.assert_array_equal(out.reshape(10, width), expected)


@pytest.mark.parametrize("width", WIDTHS)
def test_comparisons_are_numpys_and_false_for_nan(width: int) -> None:
    x, y = numbers(width, 2), numbers(width, 3)
    x[0] = np.nan
    if width > 1:
        y[1] = x[1]
    found = comparisons(x, y, (0,) * width)
    flags = [x < y, x <= y, x > y, x >= y, x == y, (x < y) | (~(x >= y) & ~(x > y))]
    assert list(found[:6]) == [number_of(flag) for flag in flags]


@pytest.mark.parametrize("width", WIDTHS)
def test_masks_travel_as_integers(width: int) -> None:
    words = np.zeros(2, np.int64)
    number = 0b1010_0110_1010_0101
    low = number & ((1 << width) - 1)
    assert integers(number, words, (0,) * width) == (low, 0, number + 1)
    assert words[1] == number + 1
    assert integers(8, words, (0,) * width)[1] == 3


@pytest.mark.parametrize("width", WIDTHS)
def test_lowest_is_the_minimum(width: int) -> None:
    x = numbers(width, 4)
    assert least(x, (0,) * width) == x.min()


@pytest.mark.parametrize("width", WIDTHS)
def test_a_product_and_a_sum_contract_only_where_asked(width: int) -> None:
    # 1 + 2^-30 squared needs 60 bits: rounded to a double before the sum, its tail is lost.
    x = np.full(width, 1.0 + 2.0**-30)
    z = np.full(width, -(1.0 + 2.0**-29))
    out = np.empty(2 * width)
    contracted(x, x, z, out, (0,) * width)
    assert (out[:width] == 2.0**-60).all()
    assert (out[width:] == 0.0).all()


def test_an_address_reads_as_its_array_and_rooms_begin_on_a_cache_line() -> None:
    room = aligned(10)
    room[:] = np.arange(10.0)
    assert room.ctypes.data % 64 == 0
    assert by_address(room.ctypes.data, 7) == 7.0
