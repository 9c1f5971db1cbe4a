"""Walk-forward on monthly sums: windows, choices and the joined months out of sample."""

from __future__ import annotations

from statistics import mean, stdev

import numpy as np
import pandas as pd
import pytest

from orebound.analyzers import walk_forward

SESSIONS = [20] * 30


def daily(seed: int = 1, n_trials: int = 6) -> np.ndarray:
    return np.random.default_rng(seed).normal(0.0002, 0.01, (n_trials, 30, 20))


def sums(returns: np.ndarray) -> np.ndarray:
    return np.stack([returns.sum(axis=2), (returns**2).sum(axis=2)], axis=2)


def plain_sharpe(months: np.ndarray) -> float:
    values = [float(r) for r in months.ravel()]
    return mean(values) / stdev(values)


def test_windows_follow_each_other_with_an_embargo_between() -> None:
    walk = walk_forward(sums(daily()), SESSIONS, train_months=12, test_months=6, embargo_months=2)
    places = walk.windows[["train_start", "train_end", "test_start", "test_end"]].to_numpy()
    # The third test has only the four months that are left.
    assert places.tolist() == [[0, 11, 14, 19], [6, 17, 20, 25], [12, 23, 26, 29]]
    assert walk.stitched.index.tolist() == list(range(14, 30))


def test_each_window_holds_the_best_of_its_past() -> None:
    returns = daily()
    walk = walk_forward(sums(returns), SESSIONS, train_months=12, test_months=6)
    for row in walk.windows.itertuples():
        train = slice(int(row.train_start), int(row.train_end) + 1)
        test = slice(int(row.test_start), int(row.test_end) + 1)
        inside = [plain_sharpe(trial[train]) for trial in returns]
        assert row.trial == inside.index(max(inside))
        assert row.sharpe_in == pytest.approx(max(inside), rel=1e-9)
        assert row.sharpe_out == pytest.approx(plain_sharpe(returns[row.trial, test]), rel=1e-9)
        assert row.decay == pytest.approx(row.sharpe_in - row.sharpe_out, abs=1e-15)


def test_the_stitched_months_are_those_of_the_chosen_trials() -> None:
    returns = daily(2)
    walk = walk_forward(sums(returns), SESSIONS, train_months=12, test_months=5)
    chosen = [returns[trial, month] for month, trial in walk.stitched["trial"].items()]
    assert walk.stitched["total"].tolist() == pytest.approx([m.sum() for m in chosen])
    assert walk.stitched["sessions"].tolist() == [20] * 18
    assert walk.sharpe_out == pytest.approx(plain_sharpe(np.array(chosen)), rel=1e-9)
    assert walk.sharpe_in == pytest.approx(walk.windows["sharpe_in"].mean())
    assert walk.decay == pytest.approx(walk.sharpe_in - walk.sharpe_out)


def test_the_future_never_changes_a_choice() -> None:
    returns = daily(3)
    changed = returns.copy()
    changed[:, 18:] = daily(4)[:, 18:]
    options = {"train_months": 12, "test_months": 6}
    one, other = (walk_forward(sums(r), SESSIONS, **options).windows for r in (returns, changed))
    assert one.iloc[0].equals(other.iloc[0])
    assert one["trial"].iloc[1] == other["trial"].iloc[1]  # trained on months 6 to 17


def test_noise_decays_and_a_planted_edge_does_not() -> None:
    draws = np.random.default_rng(5)
    noise = draws.normal(0, 0.01, (200, 120, 21))
    walk = walk_forward(sums(noise), [21] * 120)
    assert walk.sharpe_in > 0.05  # the best of 200 over five years
    assert walk.decay > 0.03
    edge = noise.copy()
    edge[7] += 0.002
    held = walk_forward(sums(edge), [21] * 120)
    assert set(held.windows["trial"]) == {7}
    assert abs(held.decay) < 0.05


def test_months_carry_the_labels_given() -> None:
    months = pd.period_range("2020-01", periods=30, freq="M")
    walk = walk_forward(
        sums(daily()), SESSIONS, train_months=12, test_months=6, months=list(months)
    )
    assert walk.windows["test_start"].iloc[0] == pd.Period("2021-01", "M")
    assert walk.stitched.index[-1] == pd.Period("2022-06", "M")


def test_equal_bests_are_counted() -> None:
    returns = daily()
    returns[1:] = returns[0]
    walk = walk_forward(sums(returns), SESSIONS, train_months=12, test_months=6)
    assert walk.windows["n_best"].tolist() == [6, 6, 6]
    assert set(walk.windows["trial"]) == {0}


def test_a_last_test_of_one_session_is_left_out_and_said() -> None:
    walk = walk_forward(sums(daily()), [20] * 29 + [1], train_months=17, test_months=12)
    assert len(walk.windows) == 1
    assert walk.note == "not tested: 29 and after, fewer than 2 sessions"


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"train_months": 0}, "train_months must be at least 1, got 0"),
        ({"train_months": 12, "embargo_months": -1}, "embargo_months must be at least 0, got -1"),
        (
            {"train_months": 28, "embargo_months": 2},
            "train_months 28 and embargo_months 2 leave no month to test of 30",
        ),
        ({"train_months": 12, "months": ["2020-01"]}, "months must hold 30 labels, got 1"),
    ],
)
def test_windows_that_do_not_fit_are_refused(options: dict[str, int], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        walk_forward(sums(daily()), SESSIONS, **options)


def test_a_window_without_sessions_is_refused() -> None:
    with pytest.raises(ValueError, match="leave 0 sessions to train on from month 0"):
        walk_forward(np.zeros((3, 30, 2)), [0] * 12 + [20] * 18, train_months=12, test_months=6)
