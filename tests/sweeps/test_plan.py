"""Plans: each combination once, neighbours share arrays, names stand for what is computed."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from orebound.strategies import numbers_of
from orebound.sweeps import RunConfig, from_names, make_sweep_config
from orebound.sweeps.design import make_design
from orebound.sweeps.plan import Plan, Uncovered, make_plan
from orebound.sweeps.prepared import changed, number_names, numbers_matrix

PARAMETERS: dict[str, Any] = {
    "z_in": [1.0, 1.5, 2.0],
    "max_weight": [0.1, 0.2],
    "gap_window": [120, 252],
    "commission_bps": [0.0, 3.0],
    "trigger": ["z", "lag"],
    "memory_days": [30.0, 60.0],
}


def plan(
    parameters: dict[str, Any] | None = None,
    *,
    data: str = "data",
    code: str = "code",
    base: dict[str, Any] | None = None,
    uncovered: tuple[Uncovered, ...] = (),
    **own: Any,
) -> Plan:
    given = {"parameters": parameters or PARAMETERS, "chunk": 7} | own
    config = make_sweep_config(from_names(base or {}), given)
    return make_plan(
        config, make_design(config), data=data, code=code, months=(500, 12), uncovered=uncovered
    )


def keys(made: Plan) -> list[str]:
    return [chunk.key for chunk in made.chunks()]


def test_every_combination_is_in_one_chunk() -> None:
    made = plan()
    rows = np.concatenate([chunk.rows for chunk in made.chunks()])
    assert sorted(rows.tolist()) == list(range(96))
    assert [len(chunk.rows) for chunk in made.chunks()] == [7] * 13 + [5]


def test_neighbours_share_their_arrays() -> None:
    made = plan(chunk=1000)
    groups = list(made.groups(made.chunk(0).rows))
    assert made.n_groups == len(groups) == 16
    assert all(len(rows) == 6 for _, rows in groups)
    for arrays, rows in groups:
        assert set(arrays) == {"gap_window", "commission_bps", "trigger", "memory_days"}
        found = [made.design.row(int(row)) for row in rows]
        assert all(row[name] == value for row in found for name, value in arrays.items())
    windows = [arrays["gap_window"] for arrays, _ in groups]
    assert windows == sorted(windows)  # what is dearest to make changes least often


@pytest.mark.parametrize(
    "other",
    [
        {"data": "other"},
        {"code": "other"},
        {"base": {"capture": 0.7}},
        {"base": {"stamp_duty": 0.0}},
        {"base": {"risk_free": 0.01}},
        {"keep_monthly": 0},
        {"parameters": {**PARAMETERS, "z_in": [1.0, 1.5, 2.5]}},
    ],
)
def test_what_changes_a_number_changes_every_name(other: dict[str, Any]) -> None:
    assert not set(keys(plan())) & set(keys(plan(**other)))


@pytest.mark.parametrize(
    "other",
    [
        {"name": "other"},
        {"idea": "other"},
        {"verify": 50},
        {"base": {"name": "x", "seed": 3, "null_draws": 5}},
    ],
)
def test_what_changes_no_number_changes_no_name(other: dict[str, Any]) -> None:
    assert keys(plan()) == keys(plan(**other))


def test_what_the_replay_lacks_runs_through_backtrader_in_small_chunks() -> None:
    def lags(config: RunConfig) -> str:
        return "a lag" if config.rule.trigger == "lag" else ""

    made = plan(uncovered=(lags,))
    assert made.n_replayed == 48
    for chunk in made.chunks():
        triggers = {made.design.row(int(row))["trigger"] for row in chunk.rows}
        assert triggers == ({"z"} if chunk.engine == "replay" else {"lag"})
    assert {chunk.engine for chunk in plan(through="backtrader").chunks()} == {"backtrader"}


def test_numbers_of_many_are_those_of_each() -> None:
    base = from_names({})
    generator = np.random.default_rng(0)
    columns = {
        "z_in": generator.uniform(0.5, 3.0, 20),
        "lag_in": generator.uniform(0.1, 0.5, 20),
        "cool_down": generator.integers(0, 20, 20).astype(float),
        "capture": generator.uniform(0.1, 1.0, 20),
        "stop_multiple": generator.uniform(0.0, 5.0, 20),
        "time_stop_multiple": generator.uniform(1.0, 5.0, 20),
        "time_stop_min": generator.integers(1, 60, 20).astype(float),
        "time_stop_max": generator.integers(60, 300, 20).astype(float),
        "max_weight": generator.uniform(0.01, 1.0, 20),
        "cash": generator.uniform(1e3, 1e7, 20),
        "cash_rate": generator.uniform(0.0, 0.1, 20),
    }
    assert set(columns) == set(number_names(base))
    whole = ("cool_down", "time_stop_min", "time_stop_max")
    for trigger in ("z", "lag"):
        many = numbers_matrix(changed(base, {"trigger": trigger}), columns, 20, 10)
        for k in range(20):
            row = {n: int(v[k]) if n in whole else float(v[k]) for n, v in columns.items()}
            config = changed(base, row | {"trigger": trigger})
            assert tuple(many[k]) == pytest.approx(
                tuple(numbers_of(config.rule, config.sizing, 10)), rel=0, abs=0, nan_ok=True
            )


def test_a_matrix_of_one_combination_needs_no_swept_number() -> None:
    many = numbers_matrix(from_names({}), {}, 2, 10)
    assert np.array_equal(many[0], many[1], equal_nan=True)
