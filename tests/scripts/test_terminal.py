"""Tables on terminals of any width: whole, in parts that fit."""

from __future__ import annotations

import io

import pytest
from rich.console import Console

from orebound.scripts.terminal import print_table, table

HEADER = ("name", "lag, ratio", "overhang state", "what", *(f"figure {k}" for k in range(8)))
ROWS = [
    (name, "-38.3%", "OFF", "a longer text that folds between its words", *("+1.25",) * 8)
    for name in ("FCX", "SSAB-A.ST", "[red]")
]


def printed(width: int) -> list[str]:
    target = Console(file=io.StringIO(), width=width, highlight=False, markup=False)
    print_table(target, table("Title", HEADER, ROWS))
    assert target.width == width
    assert isinstance(target.file, io.StringIO)
    return target.file.getvalue().splitlines()


@pytest.mark.parametrize("width", [40, 60, 80, 120, 200])
def test_every_word_and_figure_is_there_and_no_line_is_too_wide(width: int) -> None:
    lines = printed(width)
    assert max(map(len, lines)) <= width
    words = " ".join(lines).split()
    assert {word for head in HEADER for word in head.split()} <= set(words)
    assert words.count("+1.25") == 3 * 8
    assert words.count("Title") == 1
    assert "[red]" in words


def test_each_part_begins_with_the_names() -> None:
    parts = "\n".join(printed(40)).split("\n\n")
    assert len(parts) > 2
    assert all("SSAB-A.ST" in part for part in parts)


def test_a_table_that_fits_is_one_part() -> None:
    lines = printed(200)
    assert lines[1].split()[:4] == ["name", "lag,", "ratio", "overhang"]
    assert "" not in lines
