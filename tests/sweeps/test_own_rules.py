"""A rule of one's own: bit-equal in backtrader, the scalar replay and the lanes; swept by name."""

from __future__ import annotations

import os
import subprocess
import sys
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from orebound.feeds import ConfigError, Market
from orebound.strategies import (
    Costs,
    DeclaredStrategy,
    Numbers,
    Regime,
    Sizing,
    checked_values,
    declared_arrays,
    own_rule,
    rule_name,
    rule_sources,
)
from orebound.sweeps import (
    Parameters,
    from_names,
    load,
    load_sweep,
    make_sweep_config,
    sweep,
)
from orebound.sweeps.identity import rule_digest
from orebound.sweeps.parity import crowded
from tests.markets import sample, small_sample
from tests.sweeps.own_rules import Reversion
from tests.sweeps.random_worlds import random_market
from tests.sweeps.test_replay_parity import check

ROOT = Path(__file__).resolve().parents[2]

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


@pytest.mark.slow
def test_long_and_short_names_equal_stock_backtrader() -> None:
    total: Counter[str] = Counter()
    for seed in range(5):
        total += checked(seed)
    assert total["Filled"] > 700
    assert total["Margin"] > 10


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


@pytest.mark.slow
def test_the_example_of_a_rule_of_ones_own_is_backtraders(tmp_path: Path) -> None:
    example = Path(__file__).parents[2] / "examples" / "my_rules.toml"
    made = sweep(load_sweep(example), out=tmp_path / "out", verify=2)
    assert len(made) == 2_160
    assert made.info["counts"]["failed"] == 0
    assert made.verified["largest_difference"] == 0.0
    # It numbers no regime episodes, so that none can be missing.
    assert made.selection["regime_episodes"] is None
    assert "episode" not in made.verdict


def test_the_trials_of_a_rule_of_ones_own_are_its_own(tmp_path: Path) -> None:
    file = tmp_path / "own.toml"
    file.write_text(SWEEP.replace("own_rules.py", str(FILE)))
    assert load_sweep(file).settings.idea == "Reversion"
    assert load_sweep(file, changes={"idea": "reversal"}).settings.idea == "reversal"
    (tmp_path / "again.toml").write_text(load_sweep(file).to_toml())
    assert load_sweep(tmp_path / "again.toml").settings.idea == "Reversion"
    ours = make_sweep_config(from_names({}), {"parameters": {"z_in": [1.0, 2.0]}})
    assert ours.settings.idea == "catch-up"


@pytest.mark.slow
def test_a_changed_rule_is_another_sweep(tmp_path: Path) -> None:
    file = tmp_path / "rule_of_a_user.py"
    text = "from tests.sweeps.own_rules import Reversion\nclass Mine(Reversion): pass\n"
    names, rows = [], []
    for changed in ("", "    z_out: float = -0.4\n"):
        file.write_text(text.replace(" pass\n", "\n" + changed) if changed else text)
        toml = tmp_path / "own.toml"
        toml.write_text(
            SWEEP.replace("own_rules.py:Reversion", f"{file}:Mine").replace("[15, 20]", "[15]")
        )
        made = sweep(load_sweep(toml), market=small_sample("FCX", "RIO"), out=tmp_path / "out")
        names.append({Path(one).stem for one in made.files})
        rows.append(made.frame["entries"].tolist())
        assert rule_name(type(made.config.base.rule)) == f"{file}:Mine"
    assert not names[0] & names[1]
    assert rows[0] != rows[1], "the edited rule is the one that ran"


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


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"cool_down": np.nan}, "number cool_down of a rule: accepted: a number, got nan"),
        ({"time_stop_max": np.nan}, "number time_stop_max of a rule: accepted: a number, got nan"),
        ({"enter_at": np.nan}, "number enter_at of a rule: accepted: a number, got nan"),
        ({"sizes_on_known": 2.0}, "number sizes_on_known of a rule: accepted: 0 or 1, got 2"),
        ({"stop_multiple": -1.0}, "number stop_multiple of a rule: accepted: 0 or more, got -1"),
        ({"time_stop_min": 9.0, "time_stop_max": 5.0}, "must not exceed time_stop_max, got 9.* 5"),
    ],
)
def test_numbers_that_mean_nothing_are_refused(change: dict[str, float], message: str) -> None:
    numbers = Numbers(enter_at=-1.0)
    checked_values(numbers._asdict())
    with pytest.raises(ConfigError, match=message):
        checked_values(numbers._replace(**change)._asdict())


def test_arrays_of_another_type_or_shape_are_refused() -> None:
    made = declared_arrays(sample().panel, measure=0.0, may_enter=True)
    with pytest.raises(ConfigError, match=r"direction of a rule: accepted: float64 .* got int64"):
        replace(made, direction=made.direction.astype(np.int64))
    with pytest.raises(ConfigError, match=r"gap of a rule: .* of shape \(5, 2\)"):
        replace(made, gap=np.zeros((5, 2)))


def test_a_rule_that_was_edited_runs_as_it_stands_and_under_another_key(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Bytecode by time and size, Python's own way, would be that of the first text.
    monkeypatch.setattr(sys, "dont_write_bytecode", False)
    file = tmp_path / "rule_edited_twice.py"
    text = "from tests.sweeps.own_rules import Reversion\nclass Mine(Reversion):\n"
    text += "    z_in: float = {}\n"
    file.write_text(text.format(1.0))
    first = own_rule(f"{file}:Mine")()
    before = rule_digest(first)
    at = file.stat()
    file.write_text(text.format(2.0))
    os.utime(file, ns=(at.st_atime_ns, at.st_mtime_ns))
    assert rule_digest(first) == before, "it stands for what ran, not for what was typed since"
    second = own_rule(f"{file}:Mine")()
    assert (first.z_in, second.z_in) == (1.0, 2.0)  # type: ignore[attr-defined]
    assert rule_digest(second) != before


def test_another_process_does_not_run_old_bytecode(tmp_path: Path) -> None:
    file = tmp_path / "rule_of_two_processes.py"
    text = "from tests.sweeps.own_rules import Reversion\nclass Mine(Reversion):\n"
    text += "    z_in: float = {}\n"
    shown = "import sys; sys.dont_write_bytecode = False; {}; print(Mine().z_in)"
    plain = shown.format(f"sys.path.append({str(tmp_path)!r}); from {file.stem} import Mine")
    ours = shown.format(
        f"from orebound.strategies import own_rule; Mine = own_rule({f'{file}:Mine'!r})"
    )
    for number, command in ((1.0, plain), (2.0, ours), (3.0, plain)):
        file.write_text(text.format(number))
        os.utime(file, (1e9, 1e9))
        done = [sys.executable, "-c", command]
        found = subprocess.run(done, cwd=ROOT, capture_output=True, text=True, check=True)
        assert float(found.stdout) == number


def test_a_helper_beside_a_rule_is_part_of_its_digest(tmp_path: Path) -> None:
    helper, file = tmp_path / "helper_of_a_rule.py", tmp_path / "rule_with_a_helper.py"
    helper.write_text("FACTOR = 1.0\n")
    file.write_text(
        "import helper_of_a_rule\nfrom tests.sweeps.own_rules import Reversion\n"
        "class Mine(Reversion):\n    z_in: float = helper_of_a_rule.FACTOR\n"
    )
    sources = rule_sources(own_rule(f"{file}:Mine"))
    assert set(sources) == {"rule_with_a_helper", "helper_of_a_rule", "tests.sweeps.own_rules"}


def test_the_catch_up_rule_needs_no_name() -> None:
    assert "declared" not in from_names({}).as_dict()["rule"]
