"""Which compiled forms a sweep calls, and what is said while one that is missing is compiled."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from orebound.strategies import Sizing
from orebound.sweeps import RunConfig, forms, from_names, make_sweep_config
from orebound.sweeps.design import make_design
from orebound.sweeps.forms import COMPILING, form_of, forms_of, make_forms_ready
from orebound.sweeps.plan import Plan, make_plan
from tests.strategies.test_leg_orders import Paired


def plan(base: dict[str, Any], parameters: dict[str, Any]) -> Plan:
    config = make_sweep_config(from_names(base), {"parameters": parameters, "chunk": 1})
    return make_plan(config, make_design(config), data="data", code="code", months=(500, 12))


@pytest.mark.parametrize(
    ("keys", "form"),
    [
        ({}, "lanes"),
        ({"mode": "cross_sectional"}, "lanes"),
        ({"cash_rate": 0.02}, "scalar"),
        ({"adv_cap": 0.05}, "scalar"),
        ({"gross_cap": 0.5}, "legs"),
        ({"metal_cap": 0.5, "cash_rate": 0.02}, "legs"),
        ({"mode": "hedged_bench"}, "legs"),
    ],
)
def test_the_form_of_a_configuration_is_told_by_mode_and_sizing(
    keys: dict[str, Any], form: str
) -> None:
    assert form_of(from_names(keys)) == form


def test_a_rule_of_ones_own_with_legs_is_told_by_them() -> None:
    assert form_of(RunConfig(rule=Paired())) == "legs"
    assert form_of(RunConfig(rule=Paired(), sizing=Sizing(gross_cap=0.4))) == "legs"


def test_a_sweep_calls_the_forms_of_its_rows() -> None:
    made = plan({}, {"z_in": [1.0, 1.5], "gross_cap": [0.0, 0.5], "cash_rate": [0.0, 0.03]})
    assert forms_of(made, np.arange(8)) == ("lanes", "scalar", "legs")
    free = np.array([k for k in range(8) if made.design.row(k)["gross_cap"] == 0.0])
    assert forms_of(made, free) == ("lanes", "scalar")
    assert forms_of(plan({"mode": "two_factor"}, {"z_in": [1.0, 1.5]}), np.arange(2)) == ("legs",)


def test_each_form_that_is_compiled_first_is_said_and_the_others_are_read(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    ready, made, said = {"lanes"}, [], []

    def compiles(form: str) -> float:
        made.append(form)
        ready.add(form)
        return 30.0

    monkeypatch.setattr(forms, "is_compiled", ready.__contains__)
    monkeypatch.setattr(forms, "compile_now", compiles)
    own = plan({}, {"gross_cap": [0.0, 0.5], "z_in": [1.0, 1.5]})
    make_forms_ready(own, [0, 1, 2, 3], said.append, loads=True)
    assert made == ["lanes", "legs"]
    assert said == [COMPILING["legs"]]
    assert "hedge legs and book caps" in said[0]
    make_forms_ready(own, [0, 1, 2, 3], said.append, loads=False)
    assert made == ["lanes", "legs"], "ready, and read already"


def test_many_values_of_a_cap_are_asked_about_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[RunConfig] = []

    def told(config: RunConfig) -> str:
        asked.append(config)
        return form_of(config)

    caps = {"from": 0.0, "to": 1.0, "points": 101}
    made = plan({}, {"gross_cap": caps, "z_in": [1.0, 1.5]})
    monkeypatch.setattr(forms, "form_of", told)
    assert forms_of(made, np.arange(202)) == ("lanes", "legs")
    assert len(asked) == 2
