from __future__ import annotations

import tomllib
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orebound.feeds import ConfigError
from orebound.strategies.parameters import SECTIONS as PARAMETER_SECTIONS
from orebound.sweeps.config import OWNER, SECTIONS, RunConfig, build, from_names, load


def test_defaults_are_those_of_the_decisions() -> None:
    config = RunConfig()
    assert (config.data.source, config.data.universe) == ("sample", "nyse-miners")
    assert (config.data.base_currency, config.data.latency_minutes) == ("USD", 5)
    assert (config.run.periods_per_year, config.run.risk_free) == (252, 0.0)
    assert config.run.null_draws == 1000
    assert config.sizing.cash == 1_000_000


def test_a_run_is_named_after_its_universe_unless_it_says_otherwise() -> None:
    assert load(overrides=["universe=gold-2025"]).run.name == "gold-2025"
    assert load(overrides=["universe=gold-2025", "name=mine"]).run.name == "mine"


def test_every_parameter_name_is_unique_over_the_sections() -> None:
    assert len(OWNER) == sum(len(model.model_fields) for model in SECTIONS.values())
    assert PARAMETER_SECTIONS.items() <= SECTIONS.items()


@given(
    z_in=st.floats(0.1, 6.0),
    cash=st.floats(1.0, 1e12),
    start=st.none() | st.dates(date(1990, 1, 1), date(2040, 1, 1)),
    seed=st.integers(0, 2**32 - 1),
)
def test_the_toml_text_reads_back_equal(
    z_in: float, cash: float, start: date | None, seed: int
) -> None:
    config = build(
        {"rule": {"z_in": z_in}, "sizing": {"cash": cash}, "run": {"seed": seed}}
        | {"data": {"start": start, "metals": {"copper": "HG=F"}}}
    )
    assert build(tomllib.loads(config.to_toml())) == config


def test_the_toml_text_states_every_value_that_is_set() -> None:
    values = tomllib.loads(RunConfig().to_toml())
    unset = {"start", "end"}
    for section, model in SECTIONS.items():
        assert set(values[section]) == set(model.model_fields) - unset


def test_later_wins_file_then_options_then_overrides(tmp_path: Path) -> None:
    path = tmp_path / "run.toml"
    path.write_text("[rule]\nz_in = 2.0\ncool_down = 3\ncapture = 0.5\n")
    config = load(
        path, changes={"rule": {"cool_down": 4, "capture": 0.6}}, overrides=["capture=0.7"]
    )
    assert (config.rule.z_in, config.rule.cool_down, config.rule.capture) == (2.0, 4, 0.7)


@pytest.mark.parametrize(
    ("text", "section", "name", "value"),
    [
        ("z_in=2", "rule", "z_in", 2.0),
        ("costs.stamp_duty=0", "costs", "stamp_duty", 0.0),
        ("cool_down=0", "rule", "cool_down", 0),
        ("market_factor=false", "rule", "market_factor", False),
        ("start=2016-01-01", "data", "start", date(2016, 1, 1)),
        ("regime.regime=impulse", "regime", "regime", "impulse"),
        ("regime=none", "regime", "regime", "none"),
        ("data.metals.copper=HG=F", "data", "metals", {"copper": "HG=F"}),
        ("market=SPY", "data", "market", "SPY"),
    ],
)
def test_an_override_is_typed_by_its_field(
    text: str, section: str, name: str, value: object
) -> None:
    found = getattr(getattr(load(overrides=[text]), section), name)
    assert found == value
    assert type(found) is type(value)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("zin=2", "unknown parameter 'zin'; did you mean 'z_in'"),
        ("costs.stampduty=1", "unknown key in .costs. 'stampduty'; did you mean 'stamp_duty'"),
        ("rules.z_in=1", "unknown section 'rules'; did you mean 'rule'"),
        ("z_in=abc", "--set z_in=abc: input should be a valid number.*got 'abc'"),
        ("cool_down=2.5", "--set cool_down=2.5: input should be a valid integer"),
        ("z_in", "--set z_in: accepted: KEY=VALUE"),
        ("z_in=nan", "rule.z_in: input should be a finite number, got nan"),
        ("gap_window=-5", "rule.gap_window: input should be greater than or equal to 20, got -5"),
        ("commission_bps=20000", "costs.commission_bps: input should be less than or equal to 500"),
        ("source=cvs", "input should be 'sample', 'csv' or 'yahoo', got 'cvs'"),
        ("source=csv", "data.folder is needed for source csv"),
        ("folder=http://127.0.0.1/x", "accepted: a local folder; only `orebound fetch`"),
        ("start=2016-13-01", "accepted: a date as YYYY-MM-DD, got '2016-13-01'"),
        ("name=../../x", "run name must be 1 to 32 letters.*got '../../x'"),
        ("market==HYPERLINK(1)", "symbol must be 1 to 32 letters"),
        ("metals=HG", "accepted: data.metals.METAL=SYMBOL"),
        ("beta_min=4", "beta_min must not exceed beta_max, got 4.0 > 3.5"),
        ("off_score=5", "off_score must lie below on_score, got 5.0 >= 4.0"),
    ],
)
def test_a_wrong_override_says_what_is_accepted(text: str, message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        load(overrides=[text])


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[rule]\nz_im = 1.0\n", "run.toml: unknown key in .rule. 'z_im'; did you mean 'z_in'"),
        ("[ruel]\nz_in = 1.0\n", "run.toml: unknown section 'ruel'; did you mean 'rule'"),
        ("rule = 3\n", r"run.toml: \[rule\] must be a table, got 3"),
        ("[rule\n", "run.toml: not a TOML file: .*line 1"),
        ('[rule]\nz_in = "1.5"\n', "rule.z_in: input should be a valid number, got '1.5'"),
        ("[rule]\ncool_down = true\n", "rule.cool_down: input should be a valid integer, got True"),
        ("[rule]\nz_in = nan\n", "rule.z_in: input should be a finite number"),
        ('[data]\nstart = "soon"\n', "data.start: accepted: a date as YYYY-MM-DD, got 'soon'"),
        (
            "[data]\nstart = 2020-01-02\nend = 2020-01-01\n",
            "start must not lie after end, got 2020-01-02 > 2020-01-01",
        ),
    ],
)
def test_a_wrong_file_is_named_with_key_and_value(text: str, message: str, tmp_path: Path) -> None:
    path = tmp_path / "run.toml"
    path.write_text(text)
    with pytest.raises(ConfigError, match=message):
        load(path)


def test_a_folder_in_a_file_is_taken_from_the_place_of_the_file(tmp_path: Path) -> None:
    path = tmp_path / "run.toml"
    path.write_text('[data]\nsource = "csv"\nfolder = "prices"\n')
    assert load(path).data.folder == str(tmp_path / "prices")


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"none\.toml: no such config file"):
        load(tmp_path / "none.toml")


def test_bare_names_mean_the_same_in_python() -> None:
    assert from_names({"z_in": 2.0, "memory_days": 30.0}) == load(
        overrides=["z_in=2", "regime.memory_days=30"]
    )
    with pytest.raises(ConfigError, match="unknown parameter 'zin'; did you mean 'z_in'"):
        from_names({"zin": 2})
