"""Kaplan-Meier against the textbook's own table."""

from __future__ import annotations

import numpy as np
import pytest

from orebound.analyzers.study import kaplan_meier, median_time, survival_at

# Freireich et al. (1963), Blood 21: weeks of remission under 6-MP; True is a relapse. The worked
# example of Kalbfleisch and Prentice and of most textbooks.
WEEKS = [6, 6, 6, 6, 7, 9, 10, 10, 11, 13, 16, 17, 19, 20, 22, 23, 25, 32, 32, 34, 35]
RELAPSE = [1, 1, 1, 0, 1, 0, 1, 0, 0, 1, 1, 0, 0, 0, 1, 1, 0, 0, 0, 0, 0]
#: Time: at risk, relapses, S, and the log-log band of 95 % as published with it.
TABLE = {
    6: (21, 3, 0.8571, 0.6197, 0.9516),
    7: (17, 1, 0.8067, 0.5631, 0.9228),
    10: (15, 1, 0.7529, 0.5032, 0.8894),
    13: (12, 1, 0.6902, 0.4316, 0.8491),
    16: (11, 1, 0.6275, 0.3675, 0.8049),
    22: (7, 1, 0.5378, 0.2678, 0.7468),
    23: (6, 1, 0.4482, 0.1881, 0.6801),
}


def test_the_curve_and_its_band_are_the_published_ones() -> None:
    curve = kaplan_meier(WEEKS, np.array(RELAPSE, bool))
    assert curve["time"].tolist() == list(TABLE)
    assert list(zip(curve["at_risk"], curve["events"], strict=True)) == [
        row[:2] for row in TABLE.values()
    ]
    columns = curve[["survival", "low", "high"]].to_numpy()
    assert columns == pytest.approx(np.array([row[2:] for row in TABLE.values()]), abs=5e-5)


def test_the_median_is_the_first_time_at_or_below_one_half() -> None:
    curve = kaplan_meier(WEEKS, np.array(RELAPSE, bool))
    assert median_time(curve) == 23.0
    assert survival_at(curve, 22.5) == pytest.approx(0.5378, abs=5e-5)
    assert survival_at(curve, 5.0) == 1.0


def test_without_censoring_the_curve_is_the_share_still_left() -> None:
    curve = kaplan_meier([3, 1, 2, 4], [True] * 4)
    assert curve["survival"].to_numpy() == pytest.approx([0.75, 0.5, 0.25, 0.0])
    assert median_time(curve) == 2.0
    # Greenwood's variance does not exist where nobody is left.
    assert np.isnan(curve["low"].iloc[-1])
    assert np.isfinite(curve[["low", "high"]].to_numpy()[:-1]).all()


def test_what_never_happens_has_an_empty_curve_and_no_median() -> None:
    curve = kaplan_meier([5, 6], [False, False])
    assert len(curve) == 0
    assert median_time(curve) == np.inf
    assert survival_at(curve, 100.0) == 1.0
    assert len(kaplan_meier([], [])) == 0


@pytest.mark.parametrize(
    ("durations", "closed", "said"),
    [
        ([1, 2], [True], "equally long"),
        ([-1.0], [True], "finite and not negative, got -1.0"),
        ([np.inf], [True], "finite and not negative, got inf"),
    ],
)
def test_bad_input_is_named(durations: list[float], closed: list[bool], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        kaplan_meier(durations, closed)
