"""The tariff overhang: levels by hand, resolution by content, signs by name, nothing from later."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from orebound.feeds import ConfigError, PolicyEvents, clock, trade_events
from orebound.strategies.overhang import (
    COLUMNS,
    OverhangPath,
    contributions,
    floored_level,
    is_resolving,
    name_overhang,
    overhang_path,
    overhang_spells,
    overhang_state,
    tariff_direction,
)

LONDON = clock("XLON")
LAST = "2026-06-30"


def path(memory_days: float = 90.0, events: PolicyEvents | None = None) -> OverhangPath:
    return overhang_path(LONDON, LAST, memory_days, events)


def days(*gaps: int) -> np.ndarray:
    return np.datetime64("2025-01-01") + np.cumsum(gaps)


def test_the_level_halves_with_its_memory_and_stops_at_zero() -> None:
    # 2 at once; 90 days later 1 is left and 1 comes; another 90 days: 1 left, and -3 ends at 0.
    level, change = floored_level(days(0, 90, 90, 30), np.array([2.0, 1.0, -3.0, 0.0]), 90.0)
    assert level.tolist() == [2.0, 2.0, 0.0, 0.0]
    assert change.tolist() == [2.0, 1.0, -1.0, 0.0]  # only the 1 that was left could be lifted


def test_a_level_between_the_thresholds_keeps_its_state() -> None:
    level = np.array([1.5, 2.0, 1.5, 1.0, 1.5, 1.99, 2.5, 0.0])
    assert overhang_state(level, 2.0, 1.0).tolist() == [0, 1, 1, 0, 0, 0, 1, 0]


def test_spells_with_a_shorter_memory_are_the_reference_ones() -> None:
    shorter = path(60.0)
    found = overhang_spells(shorter.sessions, overhang_state(shorter.level["pooled"], 2.0, 1.0))
    assert [(str(a), str(b)) for a, b in found] == [
        ("2018-03-02", "2018-11-12"),
        ("2025-02-10", "2025-07-31"),
    ]


def test_an_event_of_two_metals_counts_in_each_and_once_in_the_pool() -> None:
    first = trade_events().where(np.array([one == "TR003" for one in trade_events().ids]))
    found = path(events=first)
    day = found.place("2018-03-02")
    assert {scope: found.level[scope][day] for scope in COLUMNS} == {
        **{"steel": 1.5, "aluminium": 1.5, "copper": 0.0, "china": 0.0, "all": 0.0},
        "pooled": 1.5,
    }


def test_decay_and_a_date_that_passes_resolve_nothing() -> None:
    # A level that fades from 5 to almost nothing, and a day on which only the date arrived.
    level, change = floored_level(days(*[30] * 24), np.array([5.0] + [0.0] * 23), 90.0)
    assert level[-1] < 0.05
    assert not is_resolving(change, 1.0, 20).any()
    found = path()
    after = slice(found.place("2025-04-02"), found.place("2025-04-09") + 1)
    assert not is_resolving(found.change["pooled"], 1.0, 20)[after].any()


def test_reliefs_add_up_over_five_sessions_and_threats_count_against_them() -> None:
    change = np.zeros(40)
    change[[10, 14]] = -0.5
    assert np.flatnonzero(is_resolving(change, 1.0, 3)).tolist() == [14, 15, 16]
    change[12] = 0.25  # a threat between the two reliefs
    assert not is_resolving(change, 1.0, 3).any()
    apart = np.zeros(40)
    apart[[10, 15]] = -0.5
    assert not is_resolving(apart, 1.0, 3).any()


def test_the_resolutions_of_the_table_are_truces_and_reliefs() -> None:
    found = path()
    on = np.flatnonzero(is_resolving(found.change["pooled"], 1.0, 1))
    assert [str(found.sessions[k]) for k in on] == [
        *("2018-12-03", "2025-04-10", "2025-05-12", "2025-07-31", "2025-10-30"),
    ]


def test_a_protected_name_carries_no_overhang_of_its_own_metal() -> None:
    levels = dict.fromkeys(COLUMNS, np.array([0.0])) | {
        "steel": np.array([2.0]),
        "aluminium": np.array([1.0]),
        "copper": np.array([3.0]),
        "china": np.array([0.5]),
        "all": np.array([0.25]),
    }
    ssab, rio = np.array([[1.4, 0.0, 0.0]]), np.array([[0.0, 0.15, 0.14]])
    assert name_overhang(levels, ssab, np.array([1, 0, 0])).tolist() == [0.75]
    assert tariff_direction(levels, ssab, np.array([1, 0, 0])).tolist() == [2.8]
    # 0.75 + 0.15 x 1 + 0.14 x 3; copper has no stated side, so it counts against the name.
    assert name_overhang(levels, rio, np.array([0, -1, 0])).tolist() == [1.32]
    assert tariff_direction(levels, rio, np.array([0, -1, 0])).tolist() == [-0.15]


def test_contributions_name_what_is_left_of_each_announcement() -> None:
    found = path()
    place = int(found.place("2025-03-24"))
    left = dict(zip(found.events.ids, contributions(found, place, "copper", 90.0), strict=True))
    # 26 days after it first counted: 1.5 x 2^(-26/90).
    assert left["TR030"] == pytest.approx(1.5 * 2 ** (-26 / 90))
    assert left["TR033"] == 0.0  # announced the day after
    assert left["TR029"] == 0.0  # steel and aluminium


def test_an_unknown_scope_is_refused_by_name() -> None:
    odd = replace(trade_events(), size=("tin", *trade_events().size[1:]))
    with pytest.raises(ConfigError, match=r"event TR001: scope must be of steel, .*got 'tin'"):
        path(events=odd)


@settings(max_examples=25, deadline=None)
@given(st.integers(0, len(trade_events())), st.floats(10.0, 365.0))
def test_later_announcements_never_change_earlier_levels(kept: int, memory: float) -> None:
    events = trade_events()
    cut = events.where(np.arange(len(events)) < kept)
    whole, known = path(memory), path(memory, cut)
    until = whole.counted[kept] if kept < len(events) else len(whole.sessions)
    for scope in COLUMNS:
        assert (whole.level[scope][:until] == known.level[scope][:until]).all()
        assert (whole.change[scope][:until] == known.change[scope][:until]).all()


def test_the_sessions_asked_for_do_not_change_the_level() -> None:
    shorter = overhang_path(LONDON, "2025-03-24", 90.0)
    n = len(shorter.sessions)
    assert (shorter.level["pooled"] == path().level["pooled"][:n]).all()
