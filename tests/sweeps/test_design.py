"""Designs: what is counted, refused and left out before anything runs."""

from __future__ import annotations

import inspect
import re
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from orebound.feeds import ConfigError
from orebound.sweeps import from_names, load_sweep, make_sweep_config
from orebound.sweeps.config import SECTIONS
from orebound.sweeps.design import Design, make_design
from orebound.sweeps.feasible import TOGETHER


def design(parameters: dict[str, Any] | None = None, **own: Any) -> Design:
    given = {} if parameters is None else {"parameters": parameters}
    return make_design(make_sweep_config(from_names({}), given | own))


def rows(made: Design) -> list[dict[str, Any]]:
    return [made.row(place) for place in range(len(made))]


def test_a_grid_holds_every_combination_once_and_the_last_parameter_changes_fastest() -> None:
    made = design({"z_in": [1, 2.0], "rule": {"cool_down": [0, 5]}, "regime": ["level", "none"]})
    assert len(made) == 8
    assert len({tuple(row.values()) for row in rows(made)}) == 8
    assert made.names == ("z_in", "cool_down", "regime")
    assert made.row(0) == {"z_in": 1.0, "cool_down": 0, "regime": "level"}
    assert made.row(1) == {"z_in": 1.0, "cool_down": 0, "regime": "none"}


def test_a_grid_of_many_values_is_read_again_from_the_text_that_the_sweep_leaves(
    tmp_path: Path,
) -> None:
    values = np.linspace(1.0, 3.0, 60_000).tolist()  # 1.2 MB of text
    config = make_sweep_config(from_names({}), {"parameters": {"z_in": values}})
    written = tmp_path / "sweep.toml"
    written.write_text(config.to_toml())
    assert written.stat().st_size > 1_000_000
    assert make_design(load_sweep(written)).levels == (tuple(values),)


def test_values_have_their_parameters_own_type() -> None:
    made = design({"memory_days": [30, 60], "market_factor": [True], "start": ["2015-01-02"]})
    kinds = {name: type(value).__name__ for name, value in made.row(0).items()}
    assert kinds == {"start": "date", "market_factor": "bool", "memory_days": "float"}


@pytest.mark.parametrize(
    ("written", "values"),
    [
        ({"from": 1.0, "to": 1.3, "step": 0.1}, [1.0, 1.1, 1.2, 1.3]),
        ({"from": 1, "to": 2, "points": 3}, [1.0, 1.5, 2.0]),
        # As sums and products of floats give them: 3 * 0.1 is a little more than 0.3.
        ({"from": 1.0, "to": 1 + 3 * 0.1, "step": 0.1}, [1.0, 1.1, 1.2, 1.3]),
        ({"from": 1.0, "to": 1.2, "step": 0.3 - 0.2}, [1.0, 1.1, 1.2]),
        ({"from": 1, "to": 4, "points": 3, "log": True}, [1.0, 2.0, 4.0]),
        (np.array([2.0, 1.0]), [1.0, 2.0]),
    ],
)
def test_a_range_has_the_values_one_would_write(written: Any, values: list[float]) -> None:
    assert list(design({"z_in": written}).levels[0]) == values


def test_a_range_of_whole_numbers_needs_no_step() -> None:
    assert design({"cool_down": {"from": 3, "to": 6}}).levels[0] == (3, 4, 5, 6)


def test_duplicates_are_left_out_and_counted() -> None:
    made = design({"z_in": [1.0, 1.0, 2.0], "cool_down": [1, 2]})
    assert (len(made), made.duplicates) == (4, 2)
    drawn = design({"z_in": [1.0, 2.0]}, design="random", n=50)
    assert (len(drawn), drawn.duplicates) == (2, 48)


def test_a_conditional_parameter_varies_only_where_its_condition_holds() -> None:
    made = design(
        {"regime": ["level", "impulse"], "memory_days": [30, 90], "impulse_on": [2.0, 5.0]},
        conditions={"memory_days": {"regime": "level"}, "impulse_on": {"regime": ["impulse"]}},
    )
    # 2 of level and 2 of impulse; the other value of each is its default, 60 and 3.
    assert (len(made), made.duplicates) == (4, 4)
    assert {(r["regime"], r["memory_days"], r["impulse_on"]) for r in rows(made)} == {
        ("level", 30.0, 3.0),
        ("level", 90.0, 3.0),
        ("impulse", 60.0, 2.0),
        ("impulse", 60.0, 5.0),
    }


def test_conditions_follow_each_other() -> None:
    made = design(
        {"gap": ["cumulative", "ratio"], "trigger": ["z", "lag"], "lag_in": [0.1, 0.3]},
        conditions={"trigger": {"gap": "ratio"}, "lag_in": {"trigger": "lag"}},
    )
    found = {(r["gap"], r["trigger"], r["lag_in"]) for r in rows(made)}
    assert found == {
        ("cumulative", "auto", 0.2),
        ("ratio", "z", 0.2),
        ("ratio", "lag", 0.1),
        ("ratio", "lag", 0.3),
    }


def test_impossible_combinations_are_refused_with_their_count_and_an_example() -> None:
    parameters = {"off_score": [1.0, 3.0], "on_score": [2.0, 4.0], "z_in": [1.0, 2.0]}
    with pytest.raises(
        ConfigError, match=r"2 of 8 combinations.*on_score = 2.0, off_score = 3.0 \(off_score must"
    ):
        design(parameters)
    made = design(parameters, impossible="drop")
    assert (len(made), made.impossible) == (6, 2)
    assert all(row["off_score"] < row["on_score"] for row in rows(made))
    with pytest.raises(ConfigError, match="every combination is impossible"):
        design({"off_score": [5.0, 6.0]}, impossible="drop")


def test_every_rule_between_parameters_is_looked_at_before_the_start() -> None:
    """The table of `feasible` names each field that a section's own validator compares."""
    for section, model in SECTIONS.items():
        named = {name for home, names in TOGETHER if home == section for name in names}
        for rule in model.__pydantic_decorators__.model_validators.values():
            body = inspect.getsource(rule.func).partition("def ")[2]  # a decorator has a mode, too
            words = set(re.findall(r"\w+", body))
            words |= {"trigger", "gap"} if "entry_trigger" in words else set()
            assert words & (set(model.model_fields) - {section}) <= named, (section, rule)


def test_a_grid_that_is_too_large_is_refused_with_its_count_before_it_is_made() -> None:
    axis = {"from": 0.5, "to": 3.0, "points": 1000}
    began = time.perf_counter()
    with pytest.raises(ConfigError, match="1,000,000,000 combinations; accepted: 1 to 10,000,000"):
        design({"z_in": axis, "stop_multiple": axis, "time_stop_multiple": axis})
    assert time.perf_counter() - began < 2.0


def test_ten_million_combinations_are_columns_not_dictionaries() -> None:
    axis = {"from": 0.5, "to": 3.0, "points": 200}
    made = design(
        {"z_in": axis, "stop_multiple": axis, "time_stop_multiple": {**axis, "points": 250}}
    )
    assert len(made) == 10_000_000
    assert sum(codes.nbytes for codes in made.codes) == 30_000_000
    assert made.row(9_999_999) == {"z_in": 3.0, "stop_multiple": 3.0, "time_stop_multiple": 3.0}


@pytest.mark.parametrize("kind", ["random", "sobol"])
def test_draws_repeat_with_their_seed_and_fill_the_ranges(kind: str) -> None:
    parameters = {
        "z_in": {"from": 1.0, "to": 2.0},
        "memory_days": {"from": 10.0, "to": 1000.0, "log": True},
        "cool_down": {"from": 0, "to": 9},
    }
    one, same, other = (design(parameters, design=kind, n=1000, seed=s) for s in (1, 1, 2))
    assert rows(one) == rows(same) != rows(other)
    places = np.arange(len(one))
    z, memory = one.numbers("z_in", places), one.numbers("memory_days", places)
    assert z.min() >= 1.0
    assert z.max() <= 2.0
    assert abs(z.mean() - 1.5) < 0.05
    # Half of a log-uniform draw lies below the geometric mean of its ends.
    assert abs(np.mean(memory < 100.0) - 0.5) < 0.05
    assert set(one.levels[one.names.index("cool_down")]) == set(range(10))


def test_sobol_points_are_more_even_than_random_ones() -> None:
    def unevenness(kind: str) -> float:
        made = design({"z_in": {"from": 1.0, "to": 2.0}}, design=kind, n=256, seed=3)
        z = np.sort(made.numbers("z_in", np.arange(len(made)))) - 1.0
        return float(np.max(np.abs(z - (np.arange(256) + 0.5) / 256)))

    assert unevenness("sobol") < 0.005 < unevenness("random")


def test_a_table_is_run_row_by_row(tmp_path: Path) -> None:
    (tmp_path / "rows.csv").write_text(
        "z_in,rule.cool_down,start\n1.5,3,2015-01-02\n2,4,2016-01-04\n"
    )
    file = tmp_path / "mine.toml"
    file.write_text('[sweep]\ndesign = "list"\ntable = "rows.csv"\n')
    config = load_sweep(file)
    made = make_design(config)
    assert config.settings.name == "mine"
    assert [str(v) for v in made.row(1).values()] == ["2.0", "4", "2016-01-04"]
    inline = design(design="list", rows=[{"z_in": 1.5}, {"z_in": 2.0}, {"z_in": 1.5}])
    assert (len(inline), inline.duplicates) == (2, 1)


def test_the_resolved_file_gives_the_same_combinations(tmp_path: Path) -> None:
    file = tmp_path / "a.toml"
    file.write_text(
        "[rule]\ncapture = 0.7\n[sweep]\ndesign = 'sobol'\nn = 64\nseed = 5\n"
        "[sweep.parameters]\nz_in = {from = 1.0, to = 2.0}\nrule.cool_down = [1, 2]\n"
        "regime = ['level', 'none']\n[sweep.conditions]\ncool_down = {regime = 'none'}\n"
    )
    config = load_sweep(file)
    again = tmp_path / "b.toml"
    again.write_text(config.to_toml())
    assert load_sweep(again).as_dict() == config.as_dict()
    assert rows(make_design(load_sweep(again))) == rows(make_design(config))
    assert load_sweep(again).base.rule.capture == 0.7


@pytest.mark.parametrize(
    ("own", "message"),
    [
        ({"parameters": {}}, "nothing varies"),
        ({"parameters": {"zin": [1]}}, "unknown parameter 'zin'; did you mean 'z_in'"),
        ({"parameters": {"rule": {"captur": [1]}}}, "did you mean 'capture'"),
        ({"parameters": {"z_in": []}}, "z_in: a value is missing"),
        ({"parameters": {"z_in": [1.0, 7.0]}}, "rule.z_in: input should be less than.*got 7.0"),
        ({"parameters": {"cool_down": [1.5]}}, "rule.cool_down: input should be a valid integer"),
        ({"parameters": {"z_in": "1,2"}}, "z_in: accepted: a list of values"),
        ({"parameters": {"z_in": {"from": 1, "till": 2}}}, "unknown key 'till'"),
        ({"parameters": {"z_in": {"from": 1, "to": 2}}}, "a grid needs step or points"),
        ({"parameters": {"z_in": {"from": 2, "to": 1, "step": 1}}}, "from must lie below to"),
        (
            {"parameters": {"z_in": {"from": 1.0, "to": 2.0, "step": 0.4}}},
            r"z_in: from 1.0 by 0.4 the last value is 1.8, and to is 2.0; .* as 1.8 or 2.2, or",
        ),
        (
            {"parameters": {"cool_down": {"from": 0, "to": 9, "step": 5}}},
            "cool_down: from 0 by 5 the last value is 5, and to is 9; .* as 5 or 10",
        ),
        ({"parameters": {"regime": {"from": 2, "to": 3}}}, "unknown parameter of .regime. 'from'"),
        ({"parameters": {"seed": [1, 2]}}, "seed: decides no order"),
        ({"parameters": {"metals": [1, 2]}}, "metals: decides no order"),
        ({"parameters": {"z_in": [1.0]}, "n": 5}, "a grid has no n, got 5"),
        ({"parameters": {"z_in": [1.0]}, "design": "random"}, "needs n, got 0"),
        ({"parameters": {"z_in": [1.0], "rule": {"z_in": [2.0]}}}, "z_in stands twice"),
        ({"parameters": {"z_in": [1.0]}, "sede": 3}, "did you mean 'seed'"),
        ({"parameters": {"z_in": [1.0]}, "name": "../x"}, "sweep name must be"),
        ({"design": "list"}, "one of them"),
        ({"design": "list", "rows": [{"z_in": 1.0}, {"capture": 1.0}]}, "row 1: lacks capture"),
        ({"design": "list", "rows": [{"z_in": 1.0}, {"z_in": 9.0}]}, "sweep.rows, row 2.*got 9.0"),
        (
            {"parameters": {"z_in": [1.0], "lag_in": [0.1]}, "conditions": {"lag_in": {"zin": 1}}},
            "conditions.lag_in: unknown swept parameter 'zin'; did you mean 'z_in'",
        ),
        (
            {"parameters": {"lag_in": [0.1]}, "conditions": {"lag_in": {"triger": "lag"}}},
            "lag_in: unknown swept parameter 'triger'; did you mean 'trigger'.*orebound params",
        ),
        (
            {"parameters": {"lag_in": [0.1]}, "conditions": {"lag_in": {"trigger": "lag"}}},
            "trigger has one value in this sweep; .* swept beside lag_in: there is none",
        ),
        (
            {"parameters": {"lag_in": [0.1]}, "conditions": {"lag_in": {"lag_in": 0.1}}},
            "conditions.lag_in: depends on itself",
        ),
        (
            {
                "parameters": {"z_in": [1.0], "lag_in": [0.1]},
                "conditions": {"lag_in": {"z_in": 1.0}, "z_in": {"lag_in": 0.1}},
            },
            "depends on itself",
        ),
    ],
)
def test_wrong_use_is_named(own: dict[str, Any], message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        make_design(make_sweep_config(from_names({}), own))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[rule]\nz_in = 2.0\n", r"a sweep file has a table \[sweep\]"),
        ("[sweep", "not a TOML file"),
        ("[rule]\nzin = 2.0\n[sweep.parameters]\nz_in = [1.0]\n", "did you mean 'z_in'"),
        ("[sweep]\ndesign = 'list'\ntable = 'none.csv'\n", "none.csv: no such table"),
    ],
)
def test_a_wrong_file_is_named(tmp_path: Path, text: str, message: str) -> None:
    file = tmp_path / "wrong.toml"
    file.write_text(text)
    with pytest.raises(ConfigError, match=message) as raised:
        load_sweep(file)
    assert str(file) in str(raised.value)


@pytest.mark.parametrize(
    ("table", "message"),
    [
        ("z_in\n", "no row"),
        ("z_in,z_in\n1,2\n", "stands twice"),
        ("z_in,capture\n1\n", "row 2: 1 cells, the header has 2"),
        ("z_in\n1\nx\n", "row 2: rule.z_in.*'x'"),
        ("zin\n1\n", "did you mean 'z_in'"),
    ],
)
def test_a_wrong_table_is_named_by_row(tmp_path: Path, table: str, message: str) -> None:
    (tmp_path / "rows.csv").write_text(table)
    file = tmp_path / "mine.toml"
    file.write_text('[sweep]\ndesign = "list"\ntable = "rows.csv"\n')
    with pytest.raises(ConfigError, match=message):
        make_design(load_sweep(file))


def test_the_sweep_files_of_the_documentation_mean_what_is_said_of_them(tmp_path: Path) -> None:
    page = (Path(__file__).parents[2] / "docs" / "sweeps.md").read_text(encoding="utf-8")
    first, listed = re.findall(r"```toml\n(.*?)```", page, re.DOTALL)
    file = tmp_path / "mine.toml"
    file.write_text(first, encoding="utf-8")
    # 31 thresholds of z and 6 of the lag, each where it decides.
    assert len(make_design(load_sweep(file))) == 31 + 6
    file.write_text(listed, encoding="utf-8")
    assert rows(make_design(load_sweep(file))) == [
        {"z_in": 1.0, "capture": 0.5},
        {"z_in": 1.5, "capture": 0.8},
    ]
