"""Where further parts plug in: numbers or arrays, what runs where, what data a run reads."""

from __future__ import annotations

from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import pandas as pd
import pytest

from orebound.feeds import ConfigError
from orebound.strategies import Exit, Rule, declared_arrays, needs, weights
from orebound.strategies.declaration import DeclaredRule
from orebound.sweeps import RunConfig, from_names, load, make_sweep_config
from orebound.sweeps.design import make_design
from orebound.sweeps.leave_words import with_leave_words
from orebound.sweeps.parity_sets import DRAWS, random_set
from orebound.sweeps.plan import make_plan
from orebound.sweeps.prepared import number_names
from tests.markets import small_sample


def test_the_cap_of_a_name_is_a_number_only_while_equal_shares_are(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    base = from_names({})
    assert "max_weight" in number_names(base, ["cash_rate", "max_weight"])
    monkeypatch.setitem(weights.PLAIN, "cash_rate", 0.0)
    assert "max_weight" in number_names(base, ["max_weight"])
    assert "max_weight" not in number_names(base, ["cash_rate"])
    assert "max_weight" not in number_names(from_names({"cash_rate": 0.01}))


class OnlyLags(Rule):
    """A rule that the replay covers by z alone."""

    asked: ClassVar[list[Any]] = []
    READ_BY_NOT_REPLAYED: ClassVar[tuple[str, ...] | None] = ("trigger",)

    def not_replayed(self, config: Any) -> str:
        type(self).asked.append(config)
        return "a lag" if config.rule.trigger == "lag" else ""


def test_a_rule_is_asked_once_for_what_it_reads() -> None:
    values = {"trigger": ["z", "lag"], "gap_window": [20, 40, 60], "z_in": [1.0, 2.0]}
    config = make_sweep_config(RunConfig(rule=OnlyLags()), {"parameters": values})
    plan = make_plan(config, make_design(config), data="d", code="c", months=(500, 12))
    assert plan.not_replayed == {"a lag": 6}
    assert plan.n_replayed == 6
    assert len(OnlyLags.asked) == 2


def test_a_rule_that_says_nothing_is_replayed_throughout() -> None:
    values = {"z_in": [1.0, 2.0], "gap_window": [20, 40]}
    config = make_sweep_config(RunConfig(), {"parameters": values})
    plan = make_plan(config, make_design(config), data="d", code="c", months=(500, 12))
    assert (plan.n_replayed, plan.not_replayed) == (4, {})


def test_a_config_names_the_series_that_its_parts_need(monkeypatch: pytest.MonkeyPatch) -> None:
    def stocks(rule: DeclaredRule, _regime: Any) -> tuple[str, ...]:
        return ("LME_CU.stock",) if isinstance(rule, Rule) and rule.trigger == "lag" else ()

    monkeypatch.setattr(needs, "NEEDS", (stocks,))
    assert from_names({"extra": "HG"}).data.extra == "HG"
    found = from_names({"extra": "HG", "trigger": "lag"})
    assert found.data.extra == "HG+LME_CU.stock"
    assert RunConfig.model_validate(dict(found)).data.extra == "HG+LME_CU.stock"


def test_series_are_files_beside_the_toml_file(tmp_path: Path) -> None:
    path = tmp_path / "run.toml"
    path.write_text('[data.series]\npmi = "macro/pmi.csv:final"\n[data.releases]\npmi = "month"\n')
    assert load(path).data.series == {"pmi": str(tmp_path / "macro" / "pmi.csv:final")}
    set_by_hand = load(overrides=["data.series.m1=m1.csv", "data.releases.m1=month"])
    assert set_by_hand.data.series == {"m1": str(Path.cwd() / "m1.csv")}
    assert set_by_hand.data.releases == {"m1": "month"}
    with pytest.raises(ConfigError, match=r"accepted: data\.series\.NAME=FILE"):
        load(overrides=["data.series=m1.csv"])
    with pytest.raises(ConfigError, match="symbol must be"):
        load(overrides=["data.extra=../HG"])


def test_every_draw_belongs_to_a_parameter_and_is_accepted() -> None:
    assert set(DRAWS) <= set(RunConfig().owner)
    base = from_names({"latency_minutes": 7})
    for seed in range(20):
        assert from_names(random_set(np.random.default_rng(seed), base))


def test_a_forced_exit_is_recorded_by_what_forced_it() -> None:
    panel = small_sample("FCX", "RIO").panel
    shape = (panel.n_rows, panel.n_names)
    reason = np.zeros(shape, int)
    reason[700, 0], reason[701, 1] = Exit.REGIME, Exit.EVENT
    arrays = declared_arrays(
        panel, measure=np.zeros(shape), may_enter=np.zeros(shape, bool), leave_reason=reason
    )
    decided = panel.closes[[700, 701, 702, 700]] + panel.latency
    frame = pd.DataFrame(
        {
            "symbol": ["FCX", "RIO", "FCX", "FCX"],
            "exit_decision": decided,
            "exit_reason": ["threshold", "threshold", "threshold", "stop"],
        }
    )
    found = with_leave_words(frame, panel, arrays, decided="exit_decision", reason="exit_reason")
    assert found["exit_reason"].tolist() == ["regime", "event", "threshold", "stop"]
