"""Time to closure of the anchored gap, on paths whose time is known."""

from __future__ import annotations

import math
from statistics import NormalDist
from typing import Any

import numpy as np
import pandas as pd
import pytest

from orebound.analyzers.study import kaplan_meier, sessions_to_close, survival_at

HALF_LIFE = 60
DAY = pd.Timestamp("2010-01-01 21:00")


def signals(symbol: str, spread: Any, **more: Any) -> pd.DataFrame:
    """A name whose anchored gap follows a path: the metal rises, the miner twice that, plus it."""
    n = len(spread)
    metal = 0.001 * np.arange(n)
    columns = {
        "symbol": symbol,
        "time": pd.date_range(DAY, periods=n, freq="D"),
        "beta_metal": 2.0,
        "beta_market": 0.0,
        "ln_equity": 2.0 * metal + np.asarray(spread),
        "ln_basket": metal,
        "ln_market": np.nan,
        "run": 0,
    }
    return pd.DataFrame(columns | more)


def trade(symbol: str = "RIO", gap: float = -0.2, leave: int | None = None) -> dict[str, Any]:
    """An episode decided five minutes after the first row, left after some sessions or open."""
    exit_time = pd.NaT if leave is None else DAY + pd.Timedelta(days=leave, minutes=5)
    return {
        "symbol": symbol,
        "entry_decision": DAY + pd.Timedelta(minutes=5),
        "exit_decision": exit_time,
        "entry_gap": gap,
        "status": "open" if leave is None else "closed",
    }


def decay(n: int) -> Any:
    return -0.2 * 0.5 ** (np.arange(n) / HALF_LIFE)


def test_a_gap_that_decays_is_half_closed_after_its_half_life() -> None:
    found = sessions_to_close(pd.DataFrame([trade()]), signals("RIO", decay(400)))
    # 80 % is closed after log2(5) half-lives, 139.3 sessions; all of it never.
    assert found["sessions"].tolist() == [60, 140, 399]
    assert found["is_closed"].tolist() == [True, True, False]


def test_watching_ends_at_the_exit_and_goes_on_where_asked() -> None:
    trades = pd.DataFrame([trade(leave=100)])
    path = signals("RIO", decay(400))
    assert sessions_to_close(trades, path)["sessions"].tolist() == [60, 100, 100]
    assert sessions_to_close(trades, path)["is_closed"].tolist() == [True, False, False]
    on = sessions_to_close(trades, path, follow=252)
    assert on["sessions"].tolist() == [60, 140, 252]


def test_a_lapse_of_an_input_ends_the_watching() -> None:
    run = np.where(np.arange(400) < 50, 0, 1)
    found = sessions_to_close(pd.DataFrame([trade()]), signals("RIO", decay(400), run=run))
    assert found["sessions"].tolist() == [49, 49, 49]
    assert not found["is_closed"].any()


def test_an_entry_without_a_gap_is_left_out_and_one_without_signals_is_refused() -> None:
    path = signals("RIO", decay(400))
    nothing = pd.DataFrame([trade(gap=np.nan)])
    assert len(sessions_to_close(nothing, path)) == 0
    with pytest.raises(ValueError, match="BHP: signals hold no row"):
        sessions_to_close(pd.DataFrame([trade("BHP")]), path)
    with pytest.raises(ValueError, match="ln_basket missing"):
        sessions_to_close(nothing, path.drop(columns="ln_basket"))


def test_first_passage_of_a_reverting_gap_has_its_closed_form() -> None:
    # From s0 to its mean, an Ornstein-Uhlenbeck path has arrived by t with probability
    # 2 Phi(-|s0| e^{-kt} / sd(s_t)): by symmetry half of those that arrived are beyond at t. Paths
    # seen at steps arrive late, as if the level lay 0.5826 step deviations further
    # (Broadie, Glasserman and Kou 1997).
    half_life, sd, s0, n, paths = 600, 0.12, -0.2, 1200, 300
    phi = 0.5 ** (1.0 / half_life)
    step = sd * math.sqrt(1.0 - phi**2)
    noise = np.random.default_rng(11).normal(0.0, step, (n, paths))
    spread = np.empty((n + 1, paths))
    spread[0] = s0
    for t in range(n):
        spread[t + 1] = phi * spread[t] + noise[t]
    names = [f"N{k}" for k in range(paths)]
    frames = pd.concat([signals(name, spread[:, k]) for k, name in enumerate(names)])
    found = sessions_to_close(pd.DataFrame([trade(name) for name in names]), frames, levels=(1.0,))
    curve = kaplan_meier(found["sessions"], found["is_closed"])
    for t in (half_life, 2 * half_life):
        left = abs(s0) * 0.5 ** (t / half_life) + 0.5826 * step
        arrived = 2.0 * NormalDist().cdf(-left / (sd * math.sqrt(1.0 - phi ** (2 * t))))
        error = math.sqrt(arrived * (1.0 - arrived) / paths)
        assert 1.0 - survival_at(curve, t) == pytest.approx(arrived, abs=3.0 * error)
