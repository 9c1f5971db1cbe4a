"""Walk-forward on monthly sums: windows, choices and the joined months out of sample."""

from __future__ import annotations

import math
from statistics import mean, stdev

import numpy as np
import pandas as pd
import pytest

from orebound.analyzers import WindowPlan, walk_forward, walk_forward_in_batches

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


def test_anchored_windows_begin_with_the_first_month() -> None:
    walk = walk_forward(sums(daily()), SESSIONS, train_months=12, test_months=6, anchored=True)
    places = walk.windows[["train_start", "train_end", "test_start"]].to_numpy()
    assert places.tolist() == [[0, 11, 12], [0, 17, 18], [0, 23, 24]]


def test_batches_in_any_order_give_the_answer_of_the_whole() -> None:
    returns = sums(daily(6, 9))
    plan = WindowPlan(12, 6, 1)
    whole = walk_forward(returns, SESSIONS, train_months=12, test_months=6, embargo_months=1)
    batches = [(np.array(part), returns[part]) for part in ([7, 8, 2], [5], [0, 1, 3, 4, 6])]
    parts = walk_forward_in_batches(batches, SESSIONS, plan=plan)
    pd.testing.assert_frame_equal(parts.windows, whole.windows)
    pd.testing.assert_frame_equal(parts.stitched, whole.stitched)
    assert parts.n_trials == 9
    assert parts.sharpe_all == pytest.approx(whole.sharpe_all, rel=1e-12)


def test_the_mean_of_all_is_that_of_choosing_at_random() -> None:
    returns = daily(7)
    walk = walk_forward(sums(returns), SESSIONS, train_months=12, test_months=6)
    expected = mean(plain_sharpe(trial[12:]) for trial in returns)
    assert walk.sharpe_all == pytest.approx(expected, rel=1e-9)


def test_the_highest_mean_is_chosen_where_it_is_asked_for() -> None:
    returns = daily(8)
    walk = walk_forward(sums(returns), SESSIONS, train_months=24, test_months=6, by="mean_return")
    assert walk.windows["trial"].tolist() == [int(returns[:, :24].mean(axis=(1, 2)).argmax())]


def test_a_choice_changes_only_for_a_better_one() -> None:
    returns = daily(9, 3)
    # Trial 2 is best at first, alone; later trial 0 does exactly what it does.
    returns[2, :12] += 0.01
    returns[0, 12:], returns[2, 12:] = 0.01 + returns[2, 12:] / 9, 0.01 + returns[2, 12:] / 9
    walk = walk_forward(sums(returns), SESSIONS, train_months=12, test_months=12)
    assert walk.windows[["trial", "n_best"]].to_numpy().tolist() == [[2, 1], [2, 2]]


def test_the_joined_return_is_compounded() -> None:
    returns = daily(10)
    walk = walk_forward(sums(returns), SESSIONS, train_months=12, test_months=6)
    chosen = np.concatenate([returns[t, m] for m, t in walk.stitched["trial"].items()])
    assert walk.total_return == pytest.approx(np.prod(1.0 + chosen) - 1.0, abs=2e-4)


def test_the_error_of_independent_days_is_the_textbooks() -> None:
    # Lo (2002): sqrt((1 + S^2 / 2) / n) for independent normal returns.
    draws = np.random.default_rng(11).normal(0.001, 0.01, (1, 400, 20))
    walk = walk_forward(sums(draws), [20] * 400, train_months=1, test_months=399)
    n = 399 * 20
    expected = math.sqrt((1.0 + walk.sharpe_out**2 / 2.0) / n)
    assert walk.sharpe_error == pytest.approx(expected, rel=0.1)


def test_the_error_holds_where_days_of_a_month_move_together() -> None:
    # 400 worlds of 60 months with a common shock each: the spread of their Sharpe ratios is known.
    draws = np.random.default_rng(12)
    found = []
    for _ in range(400):
        shocks = draws.normal(0.0, 0.004, (1, 61, 1)) + draws.normal(0.0, 0.01, (1, 61, 20))
        walk = walk_forward(sums(shocks), [20] * 61, train_months=1, test_months=60)
        found.append((walk.sharpe_out, walk.sharpe_error))
    outcomes, errors = np.array(found, dtype=float).T
    assert np.sqrt(np.mean(errors**2)) == pytest.approx(outcomes.std(ddof=1), rel=0.1)


def test_months_without_a_trade_have_no_error() -> None:
    walk = walk_forward(np.zeros((2, 30, 2)), SESSIONS, train_months=12, test_months=6)
    assert (walk.sharpe_out, walk.sharpe_error, walk.total_return) == (0.0, None, 0.0)


def test_what_cannot_be_chosen_by_is_refused() -> None:
    with pytest.raises(ValueError, match="by must be one of sharpe, mean_return, got 'calmar'"):
        walk_forward(sums(daily()), SESSIONS, train_months=12, by="calmar")
