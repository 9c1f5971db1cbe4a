"""The regime a rule reads: announcements, filters, and easing of two kinds."""

from __future__ import annotations

import numpy as np
import pytest

from orebound.feeds import PolicyEvents, clock
from orebound.strategies import Regime, Rule, compute, stimulus_path
from orebound.strategies.context import regime_states, two_kinds
from orebound.strategies.context.states import families
from orebound.sweeps import from_names
from orebound.sweeps.prepared import number_names
from tests.markets import small_sample


def events(*rows: tuple[str, str, float]) -> PolicyEvents:
    """Return announcements of a time, a kind and an intensity."""
    n = len(rows)
    strength = np.array([row[2] for row in rows])
    return PolicyEvents(
        ids=tuple(f"E{k}" for k in range(n)),
        known_at=np.array([row[0] for row in rows], "datetime64[ns]"),
        kind=tuple(row[1] for row in rows),
        size=("",) * n,
        intensity=strength,
        mechanical=strength,
        confidence=("H",) * n,
        description=("",) * n,
    )


def reinforced(found: PolicyEvents, days: int) -> list[str]:
    """Return first and last session of each stretch with two kinds."""
    regime = Regime(reinforce_days=days)
    path = stimulus_path(clock("XNYS"), np.datetime64("2025-12-31"), regime, found)
    on = two_kinds(path, regime)
    edges = np.flatnonzero(np.diff(on.astype(int), prepend=0, append=0))
    return [str(path.sessions[k - (side % 2)]) for side, k in enumerate(edges)]


def test_a_second_kind_reinforces_until_the_first_is_too_old() -> None:
    # 2024-09-24 and the fiscal budget 162 days later, both before New York's close.
    found = events(("2024-09-24T02:00", "rrr", 2.0), ("2025-03-05T02:00", "fiscal", 2.0))
    assert reinforced(found, 200) == ["2025-03-05", "2025-04-11"]
    assert reinforced(found, 162) == ["2025-03-05", "2025-03-05"]
    assert reinforced(found, 161) == []


@pytest.mark.parametrize(
    "second",
    [
        ("2025-03-05T02:00", "rate", 2.0),  # money again
        ("2025-03-05T02:00", "fiscal", -2.0),  # against
        ("2024-09-24T02:00", "fiscal", 2.0),  # the same session
        ("2025-03-05T02:00", "commodity", 2.0),  # of no kind
    ],
)
def test_what_is_no_second_kind_of_easing_reinforces_nothing(
    second: tuple[str, str, float],
) -> None:
    assert reinforced(events(("2024-09-24T02:00", "rrr", 2.0), second), 200) == []


def test_compound_kinds_belong_to_each_of_their_parts() -> None:
    assert families("mlf+fiscal") == {"monetary", "fiscal"}
    assert families("rrr+stance") == {"monetary", "stance"}
    assert families("rate+rrr_t") == {"monetary"}
    assert families("supply") == set()


def test_the_shipped_events_are_reinforced_soon_after_the_turn_of_2024() -> None:
    path = stimulus_path(clock("XNYS"), np.datetime64("2025-12-31"), Regime())
    on = path.state == 1
    at = {str(day): k for k, day in enumerate(path.sessions)}
    two = two_kinds(path, Regime(reinforce_days=20))
    # The package of 24 September stood alone for two days; the Politburo's stance of the 26th.
    assert on[at["2024-09-24"]]
    assert not two[at["2024-09-24"]]
    assert two[at["2024-09-26"]]
    # What was announced on 5 March 2025 makes a budget of what had been stance.
    assert two_kinds(path, Regime())[at["2025-03-05"]]


def test_reinforcement_scales_only_what_is_on() -> None:
    panel = small_sample("FCX", "RIO").panel
    plain = compute(panel, Rule(), Regime(when_off="reduced"))
    more = compute(panel, Rule(), Regime(when_off="reduced", reinforced_size=1.25))
    states = regime_states(panel, Regime())
    has = panel.has_bar
    ratio = (more.size_multiplier / plain.size_multiplier)[has]
    assert set(np.unique(ratio)) == {1.0, 1.25}
    assert np.array_equal(ratio == 1.25, states.reinforced[has])
    assert not states.reinforced[plain.state != 1].any()
    assert np.array_equal(plain.blocked, more.blocked)


def test_a_size_beyond_a_full_position_makes_the_cap_an_array() -> None:
    assert "max_weight" in number_names(from_names({}))
    assert "max_weight" not in number_names(from_names({"reinforced_size": 1.25}))
    assert "max_weight" not in number_names(from_names({}), ["reinforced_size"])
