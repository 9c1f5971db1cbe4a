"""The verdict box: what meets its limit, what misses it, and what is not known says why."""

from __future__ import annotations

import base64
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from orebound.analyzers.night import Entry
from orebound.analyzers.page.review import column_of_codes, column_of_floats, data_script
from orebound.analyzers.page.review.boxes import verdict_box

SELECTION = {"deflated_sharpe": 0.41, "pbo": 0.63, "regime_episodes": 4, "expected_best": 0.9,
             "trials": 120_000, "effective_trials": 900.0, "verdict": "x"}  # fmt: skip


def swept(**more: Any) -> Entry:
    figures = {"sharpe": 1.2, "sharpe_error": 0.3}
    verdict = "best of 120,000; PBO 0.63: not evidence of an edge"
    return Entry("sweep", Path("s"), "s", figures=figures, verdict=verdict,
                 selection=SELECTION | more)  # fmt: skip


def facts(entry: Entry) -> dict[str, tuple[str, str]]:
    return {one.name: (one.value, one.mark) for one in verdict_box(entry, ()).facts}


def test_each_figure_stands_beside_its_limit() -> None:
    found = facts(swept())
    assert found["Best Sharpe ratio a year"] == ("1.20 ± 0.30", "")
    assert found["Best expected of luck alone"] == ("0.90", "met")
    assert found["Deflated Sharpe probability"] == ("0.41", "missed")
    assert found["Probability of overfitting, PBO"] == ("0.63", "missed")
    assert found["Regime episodes traded"] == ("4", "missed")
    assert found["Null sweep, p"] == ("n/a", "")
    assert found["Trials on this data and idea"] == ("120,000, effective 900", "")
    assert verdict_box(swept(), ()).judged == "missed"


def test_what_other_commands_found_is_shown() -> None:
    found = facts(
        swept(
            null={"p": 0.02},
            walkforward={"out_of_sample": {"sharpe_out": -0.1}},
            spa=0.3,
            spa_daily={"p": 0.04, "words": "..."},
            deflated_sharpe=0.99997,
            neighbourhood={"median": 0.1, "kind": "peak"},
        )
    )
    assert found["Null sweep, p"] == ("0.020", "met")
    assert found["Sharpe ratio out of sample"] == ("−0.10", "missed")
    assert found["Superior predictive ability, p"] == ("0.300", "missed")
    assert found["The same on daily returns, p"] == ("0.040", "met")
    assert "The same on daily returns, p" not in facts(swept()), "nobody asked for it"
    assert found["Sharpe ratio around the best"] == ("0.10, peak", "missed")
    assert found["Deflated Sharpe probability"] == ("above 0.99", "met")


def test_a_run_that_a_sweep_chose_is_not_its_own_judge() -> None:
    chosen = {"is_picked": True, "chosen": {"trials": 500, "verdict": "not evidence of an edge"}}
    run = Entry("run", Path("r"), "r", verdict="Better than random entries", selection=chosen)
    box = verdict_box(run, ())
    assert "500 trials: not evidence of an edge" in box.notes[-1]


@pytest.mark.parametrize(("n", "kind"), [(256, "u8"), (257, "u16"), (65_537, "u32")])
def test_codes_take_the_smallest_type_that_holds_them(n: int, kind: str) -> None:
    column = column_of_codes("a", list(range(n)), np.arange(n), is_parameter=True)
    assert column["type"] == kind


def test_no_text_of_a_sweep_closes_its_script() -> None:
    column = column_of_codes("e", ["</script><b>", None], np.array([0, 1]), is_parameter=False)
    assert column["levels"] == ["</script><b>", "none"]
    assert "<" not in data_script("key", {"columns": [column]})


def test_infinite_figures_are_missing() -> None:
    # 0, NaN and NaN as little-endian float32, in base64.
    expected = np.array([0.0, np.nan, np.nan], "<f4").tobytes()
    column = column_of_floats("sharpe", np.array([0.0, np.inf, np.nan]))
    assert base64.b64decode(column["data"]) == expected
