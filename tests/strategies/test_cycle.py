"""The phase of the cycle: figures by hand and as published, vintages, and the gate."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from orebound.feeds import ConfigError, Market, Panel
from orebound.strategies import Regime, Rule, compute
from orebound.strategies.context import PHASES, cycle_label, cycle_path, parse_conditions, sahm
from orebound.strategies.signals import Blocked
from tests.markets import small_sample
from tests.reports_world import reports_world

ANY_TIME = Regime(regime="none", overhang="ignore")
#: US unemployment from May 2023 to July 2024, as known in August 2024.
US_2024 = np.array(
    [3.7, 3.6, 3.5, 3.8, 3.8, 3.8, 3.7, 3.7, 3.7, 3.9, 3.8, 3.9, 4.0, 4.1, 4.3]
)  # fmt: skip


@pytest.fixture(scope="module")
def market() -> Market:
    return reports_world("FCX", "RIO")


@pytest.fixture(scope="module")
def panel(market: Market) -> Panel:
    return market.panel


def test_the_rise_of_july_2024_is_the_published_one() -> None:
    # SAHMREALTIME of 2024-07 at FRED: 0.53.
    assert sahm(US_2024) == pytest.approx(0.53, abs=0.005)
    assert np.isnan(sahm(US_2024[1:]))
    assert np.isnan(sahm(np.where(US_2024 == 4.0, np.nan, US_2024)))


def months(*recent: float) -> np.ndarray:
    """Return ten years between 4 and 6 %, ended by fifteen months of one's own."""
    before = np.linspace(4.0, 6.0, 105)
    assert len(recent) == 15
    return np.concatenate([before, recent])


@pytest.mark.parametrize(
    ("recent", "slope", "phase"),
    [
        ([4.0] * 15, 2.0, "mid"),  # below the middle, level, a steep curve
        ([4.0] * 15, 0.4, "late"),  # the curve is flat
        ([4.0] * 12 + [4.2, 4.3, 4.4], 2.0, "late"),  # 0.3 above its low and rising
        ([4.0] * 12 + [4.4, 4.6, 4.8], 2.0, "recession"),  # 0.6 above
        ([5.8 - 0.05 * k for k in range(15)], 2.0, "early"),  # high and falling
        # As far above the year's low, but below three months before: the way out.
        ([4.0] * 6 + [6.0, 6.0, 6.0, 6.0, 6.0, 6.0, 5.8, 5.6, 5.4], 2.0, "early"),
    ],
)
def test_a_phase_by_hand(recent: list[float], slope: float, phase: str) -> None:
    assert cycle_label(months(*recent), slope) == phase


def test_what_is_too_short_or_has_a_hole_has_no_phase() -> None:
    whole = months(*[4.0] * 15)
    assert cycle_label(whole[-59:], 2.0) == ""
    assert cycle_label(whole[-60:], 2.0) != ""
    assert cycle_label(whole, np.nan) == ""
    holed = whole.copy()
    holed[-3] = np.nan
    assert cycle_label(holed, 2.0) == ""


def test_each_row_reads_the_vintages_of_its_day(market: Market, panel: Panel) -> None:
    path = cycle_path(panel, 100.0)
    jobs, curve = market.parts.known["unemployment"], market.parts.known["curve"]
    assert {PHASES[int(code)] for code in path[np.isfinite(path)]} == set(PHASES)
    for row in np.linspace(50, panel.n_rows - 1, 60).astype(int):
        known: dict[np.datetime64, float] = {}
        for period, out, value in zip(jobs.ref_period, jobs.release_utc, jobs.value, strict=True):
            if out <= panel.closes[row]:
                known[period] = value
        slope = curve.value[curve.release_utc <= panel.closes[row]][-1]
        label = cycle_label(np.array([known[one] for one in sorted(known)]), slope)
        assert label == PHASES[int(path[row])], panel.closes[row]


def test_a_number_that_has_grown_old_says_nothing(panel: Panel) -> None:
    jobs = panel.known["unemployment"]
    stopped = replace(jobs, age_days=jobs.age_days + 90.0)
    other = replace(panel, known=dict(panel.known) | {"unemployment": stopped})
    assert np.isnan(cycle_path(other, 100.0)).mean() > 0.5


def test_the_gate_lets_in_during_the_phases_named(panel: Panel) -> None:
    rule = Rule(series_gate="cycle:late>0 or cycle:early>0", series_mode="hard")
    found = compute(panel, rule, ANY_TIME)
    path = cycle_path(panel, 100.0)
    is_named = np.isin(path, (PHASES.index("late"), PHASES.index("early")))
    shut = found.blocked & np.uint32(Blocked.SERIES) > 0
    np.testing.assert_array_equal(shut, np.repeat(~is_named[:, None], 2, axis=1))
    np.testing.assert_array_equal(found.more["cycle"][:, 0], path)


def test_phases_are_forms_of_the_cycle_alone() -> None:
    with pytest.raises(ConfigError, match=r"early, late, mid, recession"):
        parse_conditions("cycle:level>1")
    with pytest.raises(ConfigError, match=r"form 'late'"):
        parse_conditions("cpi:late>0")
    with pytest.raises(ConfigError, match=r"late takes no number"):
        parse_conditions("cycle:late3>0")


def test_without_its_series_the_cycle_is_refused() -> None:
    rule = Rule(series_gate="cycle:late>0", series_mode="hard")
    with pytest.raises(ConfigError, match=r"data.series.unemployment = FILE.csv"):
        compute(small_sample("FCX").panel, rule, ANY_TIME)
