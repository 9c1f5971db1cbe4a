"""The verdict is tested as a rule is: on 500 worlds whose truth is planted.

docs/calibration.md has the figures, and says what the kinds of worlds are.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from benchmarks.planted import brier, jobs_of, judged_world, summary

WORLDS = 500


@pytest.fixture(scope="module")
def found() -> pd.DataFrame:
    made = pd.DataFrame([judged_world(*one) for one in jobs_of(range(WORLDS), 0, 0)])
    print(summary(made))  # seen with `-rP`: the figures behind what is asked below
    return made


@pytest.mark.slow
def test_noise_is_called_an_edge_in_at_most_one_world_in_twenty(found: pd.DataFrame) -> None:
    noise = found[found["kind"] == "noise"]
    assert len(noise) == 200
    assert noise["is_edge"].mean() <= 0.05


@pytest.mark.slow
def test_a_strong_edge_is_found_in_four_worlds_of_five(found: pd.DataFrame) -> None:
    strong = found[found["kind"] == "strong"]
    assert len(strong) == 100
    assert strong["is_edge"].mean() >= 0.8


@pytest.mark.slow
def test_stated_probabilities_hold_on_noise(found: pd.DataFrame) -> None:
    noise = found[found["kind"] == "noise"]
    # Of 200 worlds a share of 0.05 is off by 0.015, one of 0.2 by 0.028: two and a half of these.
    assert (noise["deflated_sharpe"] >= 0.95).mean() <= 0.05 + 2.5 * 0.015
    assert (noise["deflated_sharpe"] >= 0.8).mean() <= 0.2 + 2.5 * 0.028
    assert (noise["spa"] <= 0.05).mean() <= 0.05 + 2.5 * 0.015
    assert (noise["spa"] <= 0.2).mean() <= 0.2 + 2.5 * 0.028
    assert noise["pbo"].mean() == pytest.approx(0.5, abs=0.1)


@pytest.mark.slow
def test_probabilities_say_more_than_the_share_of_edges(found: pd.DataFrame) -> None:
    truth = (found["kind"] != "noise").to_numpy(float)
    unskilled = truth.mean() * (1.0 - truth.mean())
    for stated in (found["deflated_sharpe"], 1.0 - found["spa"]):
        known = np.isfinite(stated.to_numpy(float))
        assert brier(stated.to_numpy(float)[known], truth[known]) < unskilled
