"""A rule of one's own: bit-equal in backtrader, the scalar replay and the lanes; swept by name."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from orebound.feeds import ConfigError, Market
from orebound.strategies import (
    Costs,
    DeclaredStrategy,
    Regime,
    Sizing,
    declared_arrays,
    own_rule,
    rule_name,
)
from orebound.sweeps import (
    Parameters,
    RunConfig,
    from_names,
    load,
    load_sweep,
    make_sweep_config,
    sweep,
)
from orebound.sweeps.design import make_design
from orebound.sweeps.identity import rule_digest
from orebound.sweeps.parity import crowded
from orebound.sweeps.plan import make_plan
from tests.markets import sample, small_sample
from tests.sweeps.own_rules import Reversion
from tests.sweeps.random_worlds import random_market
from tests.sweeps.test_replay_parity import check

HERE = Path(__file__).parent
FILE = HERE / "own_rules.py"


def random_rule(generator: np.random.Generator) -> Reversion:
    r = generator
    return Reversion(
        window=int(r.integers(5, 40)),
        z_in=round(float(r.uniform(0.5, 2.0)), 2),
        z_out=round(float(r.uniform(-0.5, 0.8)), 2),
        z_stop=round(float(r.uniform(2.0, 4.0)), 2),
        hold=int(r.integers(1, 40)),
        pause=int(r.integers(0, 5)),
        shorts=bool(r.random() < 0.6),
        on_marks=bool(r.random() < 0.5),
    )


def checked(seed: int) -> Counter[str]:
    generator = np.random.default_rng(seed)
    market: Market = random_market(generator, names=int(generator.integers(2, 6)))
    if generator.random() < 0.5:
        market = crowded(market, n_declared=1)
    parameters = Parameters(
        random_rule(generator),
        Regime(),
        Sizing(
            cash=float(generator.choice([20_000.0, 1_000_000.0])),
            max_weight=float(generator.choice([0.3, 1.0])),
            cash_rate=float(generator.choice([0.0, 0.03])),
        ),
        Costs(commission_bps=float(generator.choice([0.0, 30.0]))),
    )
    return check(market, parameters)


def test_long_and_short_names_equal_stock_backtrader() -> None:
    total: Counter[str] = Counter()
    for seed in range(25):
        total += checked(seed)
    assert total["Filled"] > 3_000
    assert total["Margin"] > 30


@pytest.mark.slow
def test_three_hundred_long_and_short_rules_equal_stock_backtrader() -> None:
    total: Counter[str] = Counter()
    for seed in range(50_000, 50_300):
        total += checked(seed)
    print(dict(total))


SWEEP = """
[data]
start = 2014-06-02
end = 2015-06-30

[rule]
declared = "own_rules.py:Reversion"
z_stop = 4.0

[sweep]
name = "own"
verify = 3

[sweep.parameters]
window = [15, 20]
z_in = [0.8, 1.0, 1.2]
hold = [10, 20]
max_weight = [0.1, 0.2]
shorts = [false, true]
"""


def test_a_sweep_file_names_a_rule_and_varies_its_fields(tmp_path: Path) -> None:
    file = tmp_path / "own.toml"
    file.write_text(SWEEP.replace("own_rules.py", str(FILE)))
    made = sweep(load_sweep(file), market=small_sample("FCX", "RIO", "NEM"), out=tmp_path / "out")
    frame = made.frame
    assert len(frame) == 48
    assert (frame["status"] == "ok").all(), frame["error"].unique()
    assert (frame["engine"] == "replay").all()
    assert made.info["counts"]["groups"] == 4, "thresholds must share their arrays"
    assert len(made.verified["combinations"]) >= 3
    assert made.verified["largest_difference"] == 0.0
    assert frame["entries"].min() > 0
    assert frame.groupby("shorts")["final_value"].mean().nunique() == 2
    again = load_sweep(tmp_path / "out" / "sweep.toml")
    assert again.base.rule == made.config.base.rule


def test_the_example_of_a_rule_of_ones_own_is_backtraders(tmp_path: Path) -> None:
    example = Path(__file__).parents[2] / "examples" / "my_rules.toml"
    made = sweep(load_sweep(example), out=tmp_path / "out", verify=2)
    assert len(made) == 2_160
    assert made.info["counts"]["failed"] == 0
    assert made.verified["largest_difference"] == 0.0
    # It numbers no regime episodes, so that none can be missing.
    assert made.selection["regime_episodes"] is None
    assert "episode" not in made.verdict


def test_a_changed_rule_is_another_sweep(tmp_path: Path) -> None:
    file = tmp_path / "rule_of_a_user.py"
    file.write_text("from tests.sweeps.own_rules import Reversion\nclass Mine(Reversion): pass\n")
    rule = own_rule(f"{file}:Mine")()
    before = rule_digest(rule)
    assert before == rule_digest(rule)
    assert rule_name(type(rule)) == f"{file}:Mine", "another process must find the file"
    file.write_text(file.read_text() + "# changed\n")
    assert rule_digest(rule) != before
    names = []
    for window in (1, 2):
        config = make_sweep_config(RunConfig(rule=rule), {"parameters": {"z_in": [1.0, 2.0]}})
        plan = make_plan(config, make_design(config), data="", code="", months=(0, 1))
        names.append(plan.chunk(0).key)
        file.write_text(file.read_text() + f"# {window}\n")
    assert names[0] != names[1]


def test_a_rule_runs_in_a_plain_cerebro() -> None:
    import backtrader as bt

    market = small_sample("FCX", "RIO")
    cerebro = bt.Cerebro(stdstats=False)
    market.add_to(cerebro, start="2014-06-02", end="2015-06-30")
    cerebro.addstrategy(DeclaredStrategy, rule=Reversion(z_in=0.8))
    (strategy,) = cerebro.run()
    assert strategy.broker.getvalue() != 10_000.0


def test_a_strategy_without_a_rule_is_refused() -> None:
    import backtrader as bt

    cerebro = bt.Cerebro(stdstats=False)
    small_sample("FCX", "RIO").add_to(cerebro)
    cerebro.addstrategy(DeclaredStrategy, rule=3)
    with pytest.raises(ConfigError, match="rule: accepted: a DeclaredRule, got 3"):
        cerebro.run()


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("own_rules", r'rule.declared: accepted: "my_rules.py:Reversion" or'),
        ("no_such_file.py:Reversion", "no_such_file.py: no such file"),
        ("no_such_module:Reversion", "cannot import 'no_such_module:Reversion'"),
        (f"{FILE}:Reversio", "unknown rule in .*'Reversio'.*Reversion"),
        (f"{FILE}:Lacking", "Lacking lacks numbers"),
        (f"{FILE}:Clashing", "Clashing.cash: the name is another section's"),
        (f"{FILE}:Needing", "Needing.level: needs a default"),
        (f"{FILE}:Misnamed", "Misnamed: unknown field in THRESHOLDS 'z_inn'.*z_in"),
    ],
)
def test_a_rule_that_cannot_be_used_is_named_with_its_fault(name: str, message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        own_rule(name)


def test_keys_of_a_rule_are_checked_as_any_other(tmp_path: Path) -> None:
    file = tmp_path / "run.toml"
    file.write_text(f'[rule]\ndeclared = "{FILE}:Reversion"\nz_inn = 1.0\n')
    with pytest.raises(ConfigError, match=r"unknown key in \[rule\] 'z_inn'.*z_in"):
        load(file)
    file.write_text(f'[rule]\ndeclared = "{FILE}:Reversion"\nz_in = 7.0\n')
    with pytest.raises(ConfigError, match=r"rule.z_in: input should be less than or equal to 5"):
        load(file)
    file.write_text(f'[rule]\ndeclared = "{FILE}:Reversion"\n')
    assert load(file, overrides=["rule.hold=7"]).rule.hold == 7  # type: ignore[attr-defined]
    config = load(file)
    with pytest.raises(ConfigError, match="unknown parameter 'gap_window'"):
        make_sweep_config(config, {"parameters": {"gap_window": [20, 30]}})


def test_a_number_that_no_engine_knows_is_refused() -> None:
    from tests.sweeps.own_rules import Mistaken

    with pytest.raises(ConfigError, match=r"unknown number of Mistaken 'leave_abov'.*leave_above"):
        check(small_sample("FCX"), Parameters(Mistaken()))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"measure": np.zeros((3, 2))}, r"measure of a rule: accepted: shape \(.*; got \(3, 2\)"),
        ({"may_enter": np.ones(())}, "may_enter of a rule: accepted: booleans, got float64"),
        ({"direction": 0.5}, "direction of a rule: accepted: 1 or -1, got 0.5"),
        ({"multiplier": -1.0}, "multiplier of a rule: accepted: 0 or more wherever may_enter"),
        ({"measur": 1.0}, "unknown array of a rule 'measur'.*measure"),
        ({"spell": 0.5}, "spell of a rule: accepted: whole numbers, got float64"),
    ],
)
def test_arrays_that_cannot_be_meant_are_refused(change: dict[str, Any], message: str) -> None:
    given = {"measure": np.zeros(()), "may_enter": np.ones((), bool)} | change
    with pytest.raises(ConfigError, match=message):
        declared_arrays(sample().panel, **given)


def test_the_catch_up_rule_needs_no_name() -> None:
    assert "declared" not in from_names({}).as_dict()["rule"]
