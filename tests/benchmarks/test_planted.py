"""Planted worlds hold what is planted, and the figures of calibration are what they are called."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from benchmarks.planted import brier, is_on, jobs_of, own_path, power, reliability
from orebound.feeds import clock


def test_a_strong_gap_closes_by_half_in_25_sessions() -> None:
    random = np.random.default_rng(1)
    always = np.ones(200_000, bool)
    path = own_path("case 3", len(always), always, random)  # no walk beside the gap
    slope = np.sum(path[1:] * path[:-1]) / np.sum(path**2)
    assert np.log(0.5) / np.log(slope) == pytest.approx(60.0, rel=0.1)
    assert path.std() == pytest.approx(0.12, rel=0.1)
    path = own_path("noise", len(always), always, random)
    steps = np.diff(path)
    assert np.corrcoef(steps[1:], steps[:-1])[0, 1] == pytest.approx(0.0, abs=0.01)
    assert np.exp(steps).mean() - 1.0 == pytest.approx(0.0, abs=1e-4)


def test_a_regime_gap_reverts_while_on_only() -> None:
    days = clock("XNYS").sessions("2005-01-03", "2025-12-31")
    on = is_on(days)
    assert 0.1 < on.mean() < 0.35
    random = np.random.default_rng(2)
    paths = np.column_stack([own_path("regime", len(days), on, random) for _ in range(60)])
    moves = np.diff(paths, axis=0)
    slope = {state: np.sum(moves[on[1:] == state] * paths[:-1][on[1:] == state])
             / np.sum(paths[:-1][on[1:] == state] ** 2) for state in (True, False)}  # fmt: skip
    assert slope[True] < -0.005
    assert abs(slope[False]) < 0.003


def test_kinds_take_turns_and_the_first_worlds_get_null_sweeps() -> None:
    jobs = list(jobs_of(range(10), 2, 19))
    assert [kind for kind, _, _ in jobs[:5]] == ["noise", "noise", "weak", "strong", "regime"]
    assert [one[2] for one in jobs] == [19, 19] + [0] * 8


def test_brier_score_and_reliability_by_hand() -> None:
    stated, truth = np.array([0.1, 0.3, 0.9, 1.0]), np.array([0.0, 1.0, 1.0, 1.0])
    # (0.01 + 0.49 + 0.01 + 0) / 4
    assert brier(stated, truth) == pytest.approx(0.1275)
    table = reliability(stated, truth, bins=2)
    assert table["worlds"].tolist() == [2, 2]
    assert table["mean_stated"].tolist() == pytest.approx([0.2, 0.95])
    assert table["true"].tolist() == [0.5, 1.0]


def test_power_counts_small_p_values_by_kind_where_both_are_known() -> None:
    rows = [("noise", 0.5, 0.04), ("noise", 0.9, 0.9), ("noise", 0.01, None), ("weak", 0.05, 0.06)]
    found = power(pd.DataFrame(rows, columns=["kind", "spa", "spa_daily"]))
    assert found["worlds"].to_dict() == {"noise": 2, "weak": 1}
    assert found["spa <= 0.05"].to_dict() == {"noise": 0.0, "weak": 1.0}
    assert found["spa_daily <= 0.05"].to_dict() == {"noise": 0.5, "weak": 0.0}
    assert found["apart"].to_dict() == pytest.approx({"noise": 0.23, "weak": 0.01})
