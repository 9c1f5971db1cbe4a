"""Gates close entries, lower sizes and are shown; switched off they leave no trace."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from orebound.feeds import ConfigError
from orebound.strategies import (
    CatchUp,
    Legs,
    Regime,
    Rule,
    arrays_of,
    compute,
    in_words,
    signal_lines,
)
from orebound.strategies.parameters import Sizing
from orebound.strategies.signals import Blocked, rule_arrays, stages
from orebound.strategies.signals.blocked import WORDS
from orebound.strategies.signals.gates import Gate, Known
from orebound.strategies.signals.measures import MEASURE_KEYS, measured
from orebound.sweeps import Parameters
from orebound.sweeps.cerebro_run import backtest
from orebound.sweeps.signal_frames import signal_frame
from tests.markets import sample, small_sample


def panel() -> Any:
    return small_sample("FCX", "RIO").panel


def no_fcx(known: Known) -> Gate:
    closed = np.zeros(known.arrays["z"].shape, bool)
    closed[:, 0] = True
    return Gate(Blocked.MOMENTUM, closed, shown={"seen": known.arrays["residual"]})


def half_then_nothing(known: Known) -> Gate:
    multiplier = np.full(known.arrays["z"].shape, 0.5)
    multiplier[known.panel.n_rows // 2 :] = 0.0
    return Gate(Blocked.TIGHTNESS, np.zeros(multiplier.shape, bool), multiplier)


def off(_known: Known) -> None:
    return None


def test_every_reason_has_a_bit_of_its_own_and_words() -> None:
    assert set(WORDS) == set(Blocked) - {Blocked.NONE}
    assert "hedge" in in_words(int(Blocked.NO_HEDGE | Blocked.ILLIQUID))
    assert max(Blocked).bit_length() <= 32


def test_a_closed_gate_forbids_entries_and_says_why(monkeypatch: pytest.MonkeyPatch) -> None:
    before = compute(panel(), Rule(), Regime())
    monkeypatch.setattr(stages, "GATES", (no_fcx, half_then_nothing, off))
    found = compute(panel(), Rule(), Regime())
    assert (found.blocked[:, 0] & int(Blocked.MOMENTUM)).all()
    assert not (found.blocked[:, 1] & int(Blocked.MOMENTUM)).any()
    half = panel().n_rows // 2
    assert np.array_equal(
        found.size_multiplier[:half], 0.5 * before.size_multiplier[:half], equal_nan=True
    )
    assert (found.blocked[half:] & int(Blocked.TIGHTNESS)).all()  # an entry of nothing is none
    kept = int(Blocked.MOMENTUM | Blocked.TIGHTNESS)
    assert np.array_equal(found.blocked & ~np.uint32(kept), before.blocked)
    entries = rule_arrays(panel(), found, Rule(), Regime()).may_enter
    assert not entries[:, 0].any()
    assert not entries[half:].any()
    assert entries[:half, 1].any()


def test_what_a_gate_shows_stands_in_signals_and_orders(monkeypatch: pytest.MonkeyPatch) -> None:
    signal_lines._signals_of.cache_clear()
    monkeypatch.setattr(stages, "GATES", (no_fcx,))
    contexts: list[dict[str, float]] = []
    real = CatchUp._context

    def noted(strategy: Any, feed: Any) -> dict[str, float]:
        contexts.append(real(strategy, feed))
        return contexts[-1]

    monkeypatch.setattr(CatchUp, "_context", noted)
    outcome = backtest(sample(), Parameters(regime=Regime(regime="none")))
    signal_lines._signals_of.cache_clear()
    frame = signal_frame(sample().panel, outcome.signals, Rule(), (0, sample().panel.n_rows))
    assert {"seen", "lag_points"} <= set(frame)
    assert contexts
    assert all({"seen", "lag_points", "ln_rate"} <= set(one) for one in contexts)
    assert all(one["ln_rate"] == 0.0 for one in contexts)  # New York lines in dollars


def test_a_key_that_gates_does_not_make_the_measures_again() -> None:
    base = Rule(gap_window=100)
    for name, value in {"z_in": 2.0, "trigger": "lag", "max_missed": 5, "cool_down": 0}.items():
        assert measured(panel(), base) is measured(panel(), base.model_copy(update={name: value}))
    for name, value in {"gap": "ratio", "hedge": "fixed", "half_life_window": 300}.items():
        assert name in MEASURE_KEYS
        other = base.model_copy(update={name: value})
        assert measured(panel(), base) is not measured(panel(), other)


def test_lag_in_points_is_the_difference_of_simple_changes() -> None:
    found = compute(panel(), Rule(gap="ratio", gap_window=60), Regime())
    row, name = np.argwhere(np.isfinite(found.lag_points) & (found.run == found.run[-1]))[-1]
    own = panel().priced_rows(name)
    now = int(np.flatnonzero(own == row)[0])
    then = own[now - 60]
    equity = np.exp(found.ln_equity[row, name] - found.ln_equity[then, name]) - 1.0
    metal = np.exp(found.ln_basket[row, name] - found.ln_basket[then, name]) - 1.0
    assert found.lag_points[row, name] == pytest.approx(equity - metal, abs=1e-9)
    assert found.lag[row, name] == pytest.approx((1 + equity) / (1 + metal) - 1.0, abs=1e-9)


def test_legs_that_do_not_fit_the_panel_are_refused() -> None:
    class Hedged(Rule):
        def legs(self, panel: Any, arrays: Any) -> Any:
            return ()

    with pytest.raises(ConfigError, match=r"Hedged\.legs: accepted: Legs or None, got tuple"):
        arrays_of(Hedged(), panel(), Regime(), Sizing())

    class Sold(Rule):
        def legs(self, panel: Any, arrays: Any) -> Any:
            return Legs(np.array([1]), np.array([0]), np.zeros((panel.n_rows, 1)))

    with pytest.raises(ConfigError, match=r"Sold\.legs: .* each once; got 1 \(name\)"):
        arrays_of(Sold(), panel(), Regime(), Sizing())
