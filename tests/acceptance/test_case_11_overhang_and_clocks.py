"""Acceptance case 11: when the tariff overhang was ON, which close each event first moved, signs.

Expected values: the domain notes, computed apart from this code on the same table.
"""

from __future__ import annotations

import numpy as np
import pytest

from orebound.feeds import TARIFF_METALS, clock
from orebound.feeds.universe_reference import shipped_issuers
from orebound.strategies.overhang import (
    OverhangPath,
    overhang_path,
    overhang_spells,
    overhang_state,
    tariff_direction,
)


@pytest.fixture(scope="module")
def path() -> OverhangPath:
    return overhang_path(clock("XLON"), "2026-06-30", 90.0)


def test_the_overhang_was_on_in_2018_and_from_february_to_july_2025(path: OverhangPath) -> None:
    found = overhang_spells(path.sessions, overhang_state(path.level["pooled"], 2.0, 1.0))
    assert [(str(first), str(after)) for first, after in found] == [
        ("2018-03-02", "2018-12-03"),
        ("2025-02-10", "2025-07-31"),
    ]


@pytest.mark.parametrize(
    ("day", "level"),
    [("2025-03-24", 3.53), ("2025-04-03", 5.97), ("2025-07-30", 2.80), ("2025-07-31", 0.78)],
)
def test_the_levels_are_the_reference_ones(path: OverhangPath, day: str, level: float) -> None:
    assert path.level["pooled"][path.place(day)] == pytest.approx(level, abs=0.005)


@pytest.mark.parametrize(
    ("event", "before", "first"),
    [
        ("TR034", "2025-04-02", "2025-04-03"),  # 16:00 New York: London had closed
        ("TR036", "2025-04-09", "2025-04-10"),  # 13:18 New York, 18:18 London
        ("TR043", "2025-07-30", "2025-07-31"),  # 14:00 New York, after the COMEX settlement too
    ],
)
def test_afternoons_in_new_york_count_at_londons_next_close(
    path: OverhangPath, event: str, before: str, first: str
) -> None:
    assert event in path.ids_on(int(path.place(first)))
    assert event not in path.ids_on(int(path.place(before)))
    newyork = overhang_path(clock("XNYS"), "2026-06-30", 90.0)
    counted = newyork.sessions[newyork.counted[newyork.events.ids.index(event)]]
    # 13:18 and 14:00 lie before New York's own close, and so does 16:00 sharp.
    assert str(counted) == before


def test_fifty_percent_on_steel_helps_ssab_and_hurts_smelters_in_canada(
    path: OverhangPath,
) -> None:
    place = int(path.place("2025-06-02"))
    assert path.ids_on(place) == ("TR038",)
    levels = {scope: level[[place]] for scope, level in path.level.items()}
    direction = {}
    for issuer in ("SSAB", "AA", "RIO", "FCX", "ANTO"):
        facts = shipped_issuers()[issuer]
        day = max(e.valid_from for e in facts.exposures if str(e.valid_from) <= "2025-06-02")
        weight = {e.commodity: e.weight for e in facts.exposures if e.valid_from == day}
        weights = np.array([[weight.get(metal, 0.0) for metal in TARIFF_METALS]])
        signs = np.array([dict(facts.tariff_sign).get(metal, 0) for metal in TARIFF_METALS])
        direction[issuer] = float(tariff_direction(levels, weights, signs)[0])
    assert direction["SSAB"] > 0.0
    assert direction["FCX"] > 0.0
    assert direction["AA"] < 0.0
    assert direction["RIO"] < 0.0
    assert direction["ANTO"] == 0.0
