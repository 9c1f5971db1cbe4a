from __future__ import annotations

import pytest

from orebound.analyzers import counted


@pytest.mark.parametrize(
    ("n", "words", "said"),
    [
        (0, ("combination",), "0 combinations"),
        (1, ("combination",), "1 combination"),
        (1200, ("combination",), "1,200 combinations"),
        (2, ("entry", "entries"), "2 entries"),
    ],
)
def test_a_count_agrees_with_its_noun(n: int, words: tuple[str, ...], said: str) -> None:
    assert counted(n, *words) == said
