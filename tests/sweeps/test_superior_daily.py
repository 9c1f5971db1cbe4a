"""Hansen's test on daily returns: the rows' own curves, `arch` on the same matrix, what is kept."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from orebound.analyzers import superior_predictive_ability
from orebound.analyzers.reality_check import bootstrap_variance, reality_check_of
from orebound.analyzers.stationary_bootstrap import row_weights
from orebound.feeds import ConfigError
from orebound.sweeps import (
    Sweep,
    chosen,
    daily_superior,
    from_names,
    make_sweep_config,
    open_sweep,
    sweep,
)
from orebound.sweeps.daily_returns import daily_returns
from orebound.sweeps.identity import data_key
from orebound.sweeps.judgement import judge
from orebound.sweeps.month_sums import context_of, stored_sums
from orebound.sweeps.run_selection import ledger_of
from tests.markets import small_sample

BASE = {"start": date(2013, 6, 3), "end": date(2015, 12, 30), "regime": "none"}
PARAMETERS = {"z_in": [0.8, 1.0, 1.5], "capture": [0.5, 0.8], "gap_window": [126, 252]}


def swept(folder: Path, parameters: dict[str, Any] | None = None, **own: Any) -> Sweep:
    given = {"parameters": parameters or PARAMETERS, "verify": 0}
    config = make_sweep_config(from_names(BASE), given | own)
    return sweep(config, market=small_sample("FCX", "ANTO.L"), out=folder)


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Sweep:
    """One finished sweep of 12 combinations."""
    return swept(tmp_path_factory.mktemp("daily") / "sweep")


def test_returns_add_up_to_the_months_that_the_lanes_left(finished: Sweep) -> None:
    rows = np.array([1, 4, 6, 11])
    told: list[int] = []
    found = daily_returns(finished, rows, told=told.append)
    assert found.rows.tolist() == rows.tolist()
    assert told[-1] == 4
    stored = np.concatenate([batch.sums for batch in stored_sums(finished, rows)])
    months = pd.DatetimeIndex(found.dates).to_period("M")
    for power in (1, 2):
        own = pd.DataFrame(found.returns**power).groupby(months).sum().to_numpy().T
        np.testing.assert_allclose(own, stored[:, :, power - 1], rtol=1e-5, atol=1e-7)
    # And session by session they are those of the curve that a row's own page would show.
    curve = finished.curve(6).pct_change().dropna()
    assert curve.index.tolist() == pd.DatetimeIndex(found.dates).tolist()
    assert found.returns[:, 2].tolist() == curve.tolist()


def test_rows_of_different_periods_share_the_sessions_of_all(tmp_path: Path) -> None:
    starts = [date(2013, 6, 3), date(2014, 2, 3)]
    made = swept(tmp_path / "starts", {"start": starts, "z_in": [0.8, 1.0]})
    found = daily_returns(made, np.arange(4))
    late = [row for row in range(4) if made.row(row)["start"].year == 2014]
    expected = made.curve(late[0]).index[1:]
    assert pd.DatetimeIndex(found.dates).tolist() == expected.tolist()
    curves = [made.curve(row).pct_change().reindex(expected) for row in range(4)]
    np.testing.assert_array_equal(found.returns, np.column_stack(curves))


@pytest.mark.slow
def test_p_values_are_those_of_arch_on_the_same_matrix(finished: Sweep) -> None:
    arch = pytest.importorskip("arch.bootstrap")
    excess, block = daily_returns(finished, np.arange(12)).returns, 4
    assert len(excess) > 600
    bootstrap = arch.StationaryBootstrap(block, excess, seed=5)
    indices = (bootstrap.index.copy() for _ in bootstrap.bootstrap(100))
    ours = reality_check_of(excess, row_weights(indices, len(excess)), block)
    # arch compares means that are not studentised: here they are before.
    omega = np.sqrt(bootstrap_variance(excess - excess.mean(axis=0), block))
    theirs = arch.SPA(np.zeros(len(excess)), -excess / omega, block_size=block, reps=100, seed=5)
    theirs.compute()
    for name in ("lower", "consistent", "upper"):
        assert getattr(ours, f"p_{name}") == pytest.approx(theirs.pvalues[name], abs=1e-12)
    assert 0.0 < ours.p_consistent < 1.0


def test_what_is_found_stands_beside_the_verdict_and_changes_nothing_of_it(
    finished: Sweep,
) -> None:
    before = finished.selection
    assert "spa_daily" not in before
    found = daily_superior(finished, draws=300, seed=2)
    assert (
        found.p == superior_predictive_ability(found.daily.returns, draws=300, seed=2).p_consistent
    )
    path = found.save()
    kept = json.loads(path.read_text())
    assert (path.name, kept["p"], kept["trials"], kept["of"]) == ("spa.json", found.p, 12, 12)
    assert kept["sessions"] == len(found.daily.dates)
    assert (kept["first"], kept["last"]) == ("2013-06-04", "2015-12-30")
    again = open_sweep(finished.path).selection
    assert again == before | {"spa_daily": {"p": found.p, "words": kept["words"]}}
    assert "daily returns of all 12 rows against cash, 300 stationary bootstraps" in kept["words"]
    # A run chosen from now on carries it, and judged again the sweep still knows it.
    opened, market = open_sweep(finished.path), small_sample("FCX", "ANTO.L")
    assert chosen(opened, 3)(market)["spa_daily"] == again["spa_daily"]
    rejudged = judge(opened, context_of(finished), ledger_of(opened), [data_key(market)])
    assert rejudged["spa_daily"] == again["spa_daily"]
    few = daily_superior(finished, rows=5, draws=50)
    assert len(few.daily.rows) == 5
    assert "a random sample of 5 of 12 rows" in few.document["words"]


def test_what_cannot_be_asked_is_refused(
    finished: Sweep, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(ConfigError, match="rows must be at least 1, got 0"):
        daily_superior(finished, 0)
    with pytest.raises(ConfigError, match="draws must be at least 1, got -1"):
        daily_superior(finished, draws=-1)
    with pytest.raises(ConfigError, match="combination 12 was not replayed"):
        daily_returns(finished, np.array([3, 12]))
    short = make_sweep_config(
        from_names(BASE | {"end": date(2013, 6, 20)}), {"parameters": {"z_in": [1.0]}, "verify": 0}
    )
    made = sweep(short, market=small_sample("FCX", "ANTO.L"), out=tmp_path / "short")
    with pytest.raises(ConfigError, match="at least 24 periods"):
        daily_superior(made)
    opened = open_sweep(finished.path)
    opened.info["status"] = "interrupted"
    with pytest.raises(ConfigError, match="the sweep is interrupted: run it again to finish it"):
        daily_superior(opened)
    monkeypatch.setattr(Sweep, "is_explore_only", True)
    with pytest.raises(ConfigError, match="would be biased: sweep a grid or a random design"):
        daily_superior(opened)


@pytest.mark.slow
def test_rows_that_only_backtrader_runs_have_no_daily_returns(tmp_path: Path) -> None:
    made = swept(tmp_path / "slow", {"z_in": [1.0, 1.5]}, through="backtrader")
    with pytest.raises(ConfigError, match="none of its rows was replayed"):
        daily_superior(made)
