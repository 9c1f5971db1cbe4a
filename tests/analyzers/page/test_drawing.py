"""The pen: nothing is lost by thinning, and a scale always has a height."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from orebound.analyzers.page.drawing import (
    BUCKETS,
    TimeScale,
    path,
    thin,
    time_labels,
    value_scale,
)


def test_thinning_keeps_the_extremes_and_the_last_value() -> None:
    rng = np.random.default_rng(3)
    x, y = np.linspace(0, 1000, 20_000), rng.normal(size=20_000)
    y[7_777], y[12_345] = 50.0, -50.0
    across, down = thin(x, y)
    assert {50.0, -50.0, y[-1]} <= set(down)
    assert len(down) <= 2 * BUCKETS + 1
    assert (np.diff(across) > 0).all()


def test_thinning_keeps_a_hole_a_hole() -> None:
    x, y = np.linspace(0, 1000, 20_000), np.ones(20_000)
    y[8_000:12_000] = np.nan
    assert path(*thin(x, y)).count("M") == 2


def test_the_pen_lifts_over_missing_values() -> None:
    assert path(np.array([0.0, 1.0, 2.0, 3.0]), np.array([1.0, np.nan, 2.0, 3.0])) == (
        "M0.0 1.0M2.0 2.0L3.0 3.0"
    )


@pytest.mark.parametrize("is_log", [False, True])
@pytest.mark.parametrize("values", [[], [1.0], [1.0, 1.0], [np.nan], [0.5, 8.0], [1e-9, 1e9]])
def test_every_scale_has_a_height_and_ticks(values: list[float], is_log: bool) -> None:
    if is_log and not np.any(np.asarray(values) > 0):
        values = [1.0, 2.0]
    scale = value_scale([np.array(values)], 100.0, is_log=is_log)
    assert scale.high > scale.low
    assert np.isfinite(scale.place(np.array(scale.ticks()))).all()
    assert 0 < len(scale.ticks()) <= 40


@pytest.mark.parametrize(
    ("days", "label"), [(0, ""), (4, "01-03"), (30, "01-08"), (150, "2024-03"), (700, "2025-07")]
)
def test_a_short_run_is_marked_in_shorter_steps(days: int, label: str) -> None:
    first = pd.Timestamp("2024-01-02")
    scale = TimeScale(first, first + pd.Timedelta(days=days))
    assert label in time_labels(scale, 100.0, is_wide=True)


def test_years_never_stand_closer_than_a_small_picture_holds() -> None:
    scale = TimeScale(pd.Timestamp("1990-01-02"), pd.Timestamp("2025-01-02"))
    assert time_labels(scale, 100.0, is_wide=False).count("<text") <= 10
    assert time_labels(scale, 100.0, is_wide=True).count("<text") <= 20
