"""A run again with a change, on a short window of two names."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from orebound.analyzers import write_run
from orebound.analyzers.record import RunRecord
from orebound.feeds import ConfigError, DataRefused, Market, Series
from orebound.sweeps import execute, from_names, what_if
from tests.markets import small_sample

#: The sample falls with the crisis and trails its metals in these months.
START = date(2008, 9, 2)


def market() -> Market:
    return small_sample("FCX", "RIO")


@pytest.fixture(scope="module")
def short() -> Market:
    return market().known_by("2009-03-31T23:59:59")


@pytest.fixture(scope="module")
def base(short: Market) -> RunRecord:
    settings = {"start": START, "regime": "none", "z_in": 1.0, "null_draws": 5}
    return execute(from_names(settings), market=short)


def grown(market: Market, **first_close: float) -> Market:
    """The market with every digest new, and one close of a name changed."""

    def change(one: Series) -> Series:
        frame = one.frame.copy()
        if one.symbol in first_close:
            place = frame.index.get_indexer([frame.loc["2008-10":].index[0]])[0]
            frame.iloc[place, frame.columns.get_loc("close")] *= first_close[one.symbol]
        return replace(one, frame=frame, facts=replace(one.facts, sha256=f"new {one.symbol}"))

    return market.rebuilt(change)


def test_data_that_merely_went_on_keep_every_order_of_the_run(base: RunRecord) -> None:
    assert len(base.orders) > 0
    found = what_if(base, {"seed": 7}, market=grown(market()))
    assert found.record.info["order_hash"] == base.info["order_hash"]
    assert found.record.equity["date"].max() == base.equity["date"].max()
    assert found.difference.first_decision is None
    assert {one.status for one in found.difference.data} == {"longer"}
    assert found.record.info["whatif"] == {
        "of": base.info["id"],
        "changes": "seed=7",
        "again": False,
    }


def test_free_trading_costs_nothing_and_its_gain_is_the_difference(
    base: RunRecord, short: Market
) -> None:
    found = what_if(base, ["costs.commission_bps=0", "spread_scale=0"], market=short)
    assert set(found.difference.config["key"]) == {"costs.commission_bps", "costs.spread_scale"}
    total = found.difference.by_name["difference"].sum()
    ends = [float(one.equity["value"].iloc[-1]) for one in (base, found.record)]
    assert total == pytest.approx(ends[1] - ends[0], abs=1e-6)
    assert total > 0
    assert found.difference.first_money is not None
    assert "cost" in found.difference.first_money.cause


def test_restated_data_are_refused_and_again_compares_two_runs_of_today(base: RunRecord) -> None:
    restated = grown(market(), FCX=1.2)
    with pytest.raises(DataRefused, match=r"restated since run .*FCX: restated, .*2008-10-01"):
        what_if(base, {"z_in": 2.0}, market=restated)
    found = what_if(base, {"z_in": 2.0}, market=restated, again=True)
    assert found.base is not base
    assert found.difference.banners[0].startswith("Data were restated since the run was made. A is")
    assert {one.status for one in found.difference.data} == {"equal"}
    assert found.difference.config["key"].tolist() == ["rule.z_in"]


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({}, "nothing to change"),
        ({"z_in": 1.0}, "nothing changes: the run has z_in=1.0 already"),
        (["rule.z_in=1"], "nothing changes: the run has rule.z_in=1 already"),
        ({"zin": 2.0}, "did you mean 'z_in'"),
        (["rule.z_in=wide"], "z_in"),
    ],
)
def test_a_change_that_is_none_is_refused(
    base: RunRecord, short: Market, changes: Any, said: str
) -> None:
    with pytest.raises(ConfigError, match=said):
        what_if(base, changes, market=short)


def test_a_run_of_a_market_of_its_own_needs_that_market(base: RunRecord, short: Market) -> None:
    own = replace(base, info=base.info | {"source": "frames"})
    with pytest.raises(ConfigError, match=r"market of its own \(source frames\)"):
        what_if(own, {"z_in": 2.0})
    with pytest.raises(ConfigError, match="a change of what is read needs that market"):
        what_if(own, {"universe": "gold-2025"}, market=short)


def test_a_run_of_an_older_version_says_what_takes_defaults(base: RunRecord, short: Market) -> None:
    config = {name: dict(values) for name, values in base.info["config"].items()}
    del config["rule"]["momentum_floor"]
    older = replace(
        base, info=base.info | {"config": config, "code": {"version": "0", "commit": "x"}}
    )
    banners = what_if(older, {"seed": 3}, market=short).difference.banners
    assert any("The code changed since the run" in banner for banner in banners)
    assert any(
        "did not know rule.momentum_floor: they take today's" in banner for banner in banners
    )


def test_a_directory_whose_settings_were_edited_is_refused(base: RunRecord, tmp_path: Path) -> None:
    folder = write_run(base, tmp_path / "run")
    text = (folder / "config.toml").read_text(encoding="utf-8")
    (folder / "config.toml").write_text(text.replace("z_in = 1.0", "z_in = 1.1"), encoding="utf-8")
    with pytest.raises(DataRefused, match=r"config.toml is not the configuration that run.json"):
        what_if(folder, ["rule.z_in=2"])
