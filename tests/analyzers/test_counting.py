from __future__ import annotations

import pytest

from orebound.analyzers import counted, lasting, sized


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


@pytest.mark.parametrize(
    ("seconds", "said"),
    [(0.2, "1 s"), (61, "61 s"), (99.6, "2 min"), (720, "12 min"), (12_240, "3.4 h")]
    + [(181_440, "2.1 days")],
)
def test_a_duration_has_the_unit_that_suits_it(seconds: float, said: str) -> None:
    assert lasting(seconds) == said


@pytest.mark.parametrize(
    ("n_bytes", "said"),
    [(0, "0 bytes"), (999, "999 bytes"), (1500, "1.5 kB"), (12e6, "12 MB"), (3.2e9, "3.2 GB")],
)
def test_a_size_has_the_unit_that_suits_it(n_bytes: float, said: str) -> None:
    assert sized(n_bytes) == said
