"""The regime moved in time: only the states move, and what is observed is the rule's own."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest

from orebound.analyzers.page.sections_context import regime_section
from orebound.analyzers.record import RunRecord
from orebound.feeds import ConfigError, china_events
from orebound.scripts.main import make_app
from orebound.scripts.terminal import call
from orebound.strategies import numbers_of
from orebound.sweeps import PlaceboReport, compare_filters, from_names, placebo_of_regime
from orebound.sweeps.moved_states import MovedStates
from orebound.sweeps.placebo import filters_at_hand
from orebound.sweeps.regime_placebo import regime_placebo
from orebound.sweeps.replay.many import replay_many
from orebound.sweeps.replay.totals import METRICS
from orebound.sweeps.states_by_date import states_by_date
from tests.markets import real_late_listings, small_sample
from tests.sweeps.own_rules import Reversion

CONFIG = from_names({"start": "2012-01-02"})


@pytest.fixture(scope="module")
def stage() -> MovedStates:
    return MovedStates(CONFIG, small_sample(), china_events())


@pytest.fixture(scope="module")
def report() -> PlaceboReport:
    return placebo_of_regime(CONFIG, market=small_sample(), draws=40)


def same_rows(one: Any, other: Any) -> None:
    """Both forms of the rule's rows decide the same, bit by bit."""
    for name in one._fields:
        mine, theirs = getattr(one, name), getattr(other, name)
        if name == "multiplier":  # read at entries only
            at = np.isfinite(other.free_measure)
            mine, theirs = mine[at], theirs[at]
        assert np.array_equal(mine, theirs, equal_nan=np.ndim(mine) > 0), name


def test_the_true_states_put_back_are_the_rule_itself(stage: MovedStates) -> None:
    same_rows(stage.rows_under(stage.states), stage.prepared.rule)


def test_so_they_are_under_reduced_sizes_and_on_several_exchanges(shared_data: Any) -> None:
    config = from_names({"when_off": "reduced", "off_size": 0.3, "start": "2014-01-02"})
    two = MovedStates(config, real_late_listings(), china_events())
    assert two.states.shape[1] == 2
    assert (two.states[:, 0] != two.states[:, 1]).any()
    same_rows(two.rows_under(two.states), two.prepared.rule)


BESIDE = (
    {"regime_exit": "immediate"},
    {"regime_exit": "trail"},
    {"reinforced_size": 1.25},
    {"regime_exit": "trail", "reinforced_size": 1.5, "sizing": "inverse_volatility"},
    {"regime_exit": "immediate", "when_off": "ignore"},
)


@pytest.mark.parametrize("values", BESIDE, ids=str)
def test_a_rule_that_reads_the_regime_beside_its_entries_is_made_again(
    values: dict[str, Any],
) -> None:
    stage = MovedStates(
        from_names({"start": "2012-01-02"} | values), small_sample(), china_events()
    )
    assert "sharpe" in stage.statistics(), stage.notes
    assert stage.remakes
    same_rows(stage.rows_under(stage.states), stage.prepared.rule)
    # Under other states it is the rule that reads those, entry by entry and exit by exit.
    moved = np.roll(stage.states, 400, axis=0)
    rows = stage.rows_under(moved)
    is_on = moved[:, 0][stage.date_of] == 1
    if values.get("regime_exit") == "immediate":
        has_bar = stage.panel.has_bar[slice(*stage.window)]
        assert (np.isposinf(rows.measure) == (~is_on[:, None] & has_bar)).all()
    if values.get("when_off") != "ignore":
        assert not np.isfinite(rows.free_measure[~is_on]).any()
    assert np.isfinite(rows.free_measure[is_on]).any()
    if set(values) == {"reinforced_size"}:
        two = moved[:, 1][stage.date_of] == 1
        at = np.isfinite(rows.free_measure)
        share = rows.multiplier / np.where(rows.multiplier > 1.0, 1.25, 1.0)
        assert ((rows.multiplier > 1.0) <= (two & is_on)[:, None])[at].all()
        assert (share[at] <= 1.0).all()
    assert np.isfinite(stage.sharpe(moved))


def test_the_placebo_of_a_regime_exit_has_its_sharpe_ratio() -> None:
    config = from_names({"regime_exit": "immediate", "start": "2012-01-02"})
    found = placebo_of_regime(config, market=small_sample(), draws=8, with_influence=False)
    own = found.statistics.set_index("statistic")
    assert found.notes == ()
    assert own.loc["sharpe", "draws"] == 8
    assert 1 / 9 <= own.loc["sharpe", "p_value"] <= 1.0
    # The followed returns are those of the rule without the exit: both states meet its entries.
    plain = placebo_of_regime(CONFIG, market=small_sample(), draws=8, with_influence=False)
    assert (
        own.loc["relative_126", "observed"]
        == plain.statistics.set_index("statistic").loc["relative_126", "observed"]
    )


def test_moved_states_stand_where_a_slow_loop_puts_them(stage: MovedStates) -> None:
    panel, first = stage.panel, stage.window[0]
    moved = np.roll(stage.states, 777, axis=0)
    rows = stage.rows_under(moved)
    base = stage.rule.arrays(panel, stage.config.regime.model_copy(update={"when_off": "ignore"}))
    dates = np.unique(panel.closes[first:].astype("M8[D]"))
    generator = np.random.default_rng(0)
    for row in generator.integers(0, panel.n_rows - first, 300):
        place = int(np.flatnonzero(dates == panel.closes[first + row].astype("M8[D]"))[0])
        is_on = stage.states[place - 777, 0] == 1
        for name in range(panel.n_names):
            may = base.may_enter[first + row, name] and is_on
            measure = base.measure[first + row, name]
            expected = measure if may else np.nan
            assert np.array_equal(rows.free_measure[row, name], expected, equal_nan=True)


def test_the_observed_sharpe_is_that_of_the_replay(
    stage: MovedStates, report: PlaceboReport
) -> None:
    made = stage.prepared
    numbers = np.array([numbers_of(CONFIG.rule, CONFIG.sizing, stage.panel.n_declared)])
    metrics = replay_many(made.market, made.rule, numbers, made.calendar).metrics[0]
    own = report.statistics.set_index("statistic")
    assert own.loc["sharpe", "observed"] == metrics[METRICS.index("sharpe")]
    assert report.entries == metrics[METRICS.index("entries")]
    assert report.episodes_traded == metrics[METRICS.index("regime_episodes")]
    assert own["p_value"].between(1 / 41, 1.0).all()
    assert (own["draws"] == 40).all()


def test_the_followed_returns_are_those_of_a_slow_loop(
    stage: MovedStates, report: PlaceboReport
) -> None:
    """Every session that meets the condition, from the next close on, in logs, ON less OFF."""
    arrays = stage.base
    on, off = [], []
    rows = stage.panel.priced_rows(0)
    assert all((stage.panel.priced_rows(k) == rows).all() for k in range(stage.panel.n_names))
    for place, row in enumerate(rows[:-127]):
        for name in range(stage.panel.n_names):
            if row < stage.window[0] or not arrays.may_enter[row, name]:
                continue
            if not arrays.measure[row, name] <= -1.5:
                continue
            start, end = rows[place + 1], rows[place + 127]
            relative = arrays.ln_equity[:, name] - arrays.ln_basket[:, name]
            if arrays.run[row, name] == arrays.run[end, name]:
                is_on = stage.prepared.rule.spell[row - stage.window[0], name] >= 0
                (on if is_on else off).append(relative[end] - relative[start])
    own = report.statistics.set_index("statistic")["observed"]
    assert own["relative_126"] == pytest.approx(np.mean(on) - np.mean(off))


def test_the_pivot_of_2024_is_gone_without_its_event(
    stage: MovedStates, report: PlaceboReport
) -> None:
    events = stage.events
    place = events.ids.index("CN123")
    without = stage.states_of(events.where(np.arange(len(events)) != place))[:, 0]
    day = np.datetime64("2024-09-24")
    assert stage.states[stage.dates == day, 0] == [1]
    assert without[stage.dates == day] == [0]
    changed = stage.dates[stage.states[:, 0] != without]
    assert changed[0] == day
    found = report.influence.set_index("id")
    sharpe = stage.sharpe(stage.states_of(events.where(np.arange(len(events)) != place)))
    assert found.loc["CN123", "sharpe"] == pytest.approx(sharpe - stage.sharpe(stage.states))
    assert len(found) == len(events)
    assert found["sharpe"].abs().is_monotonic_decreasing


def test_episodes_are_counted_as_spells_of_the_regime(
    stage: MovedStates, report: PlaceboReport
) -> None:
    # Of the shipped table with the defaults, sessions of New York (domain figures): 2015-16, 2020,
    # 2022 and 2024-25; that of 2008-09 ended before the start.
    assert report.episodes == 4
    assert report.on_share == pytest.approx((stage.states[:, 0] == 1).mean())


def test_states_are_carried_over_dates_without_a_bar(stage: MovedStates) -> None:
    panel = stage.panel
    state = np.where(panel.has_bar, 0, 9).astype(np.int8)
    state[panel.n_rows - 40] = 1
    states, dates, date_of, exchange_of = states_by_date(panel, state, (10, panel.n_rows))
    assert states.shape == (len(dates), 1)
    assert states.sum() == 1
    assert (exchange_of == 0).all()
    assert dates[date_of[0]] == panel.closes[10].astype("M8[D]")


def test_a_run_holds_the_p_values_that_need_no_replay_and_its_page_shows_them(
    report: PlaceboReport, small_record: RunRecord
) -> None:
    quick = CONFIG.model_copy(update={"run": CONFIG.run.model_copy(update={"null_draws": 40})})
    found = regime_placebo(quick, small_sample())
    own = report.statistics.set_index("statistic")
    assert [row["statistic"] for row in found["statistics"]] == ["relative_126", "relative_252"]
    for row in found["statistics"]:
        for key in ("observed", "mean", "p05", "p95", "p_value"):
            assert row[key] == own.loc[row["statistic"], key]
    regime = small_record.info["regime"] | {"placebo": found}
    page = regime_section(replace(small_record, info=small_record.info | {"regime": regime}))
    (table,) = [block for block in page.blocks if getattr(block, "caption", "") == "Placebo"]
    cells = {cell.key: cell.text for row in table.rows for cell in row}
    assert cells["placebo.126.p_value"] == f"{own.loc['relative_126', 'p_value']:.3f}"
    assert "orebound placebo config.toml" in table.note
    none = {"null_draws": 0}
    without = CONFIG.model_copy(update={"run": CONFIG.run.model_copy(update=none)})
    assert regime_placebo(without, small_sample()) == {}
    assert regime_placebo(from_names({"regime": "none"}), small_sample()) == {}


def test_a_rule_that_does_not_read_the_regime_is_said_so() -> None:
    config = from_names({"when_off": "ignore", "start": "2012-01-02"})
    found = placebo_of_regime(config, market=small_sample(), draws=5, with_influence=False)
    assert found.statistics["statistic"].tolist() == ["relative_126", "relative_252"]
    assert "when_off = ignore" in found.notes[0]


def test_what_has_no_regime_to_move_is_refused() -> None:
    with pytest.raises(ConfigError, match=r"regime\.regime is none"):
        placebo_of_regime(from_names({"regime": "none"}), market=small_sample())
    own = CONFIG.model_copy(update={"rule": Reversion()})
    with pytest.raises(ConfigError, match=r"the catch-up rule.*got Reversion"):
        placebo_of_regime(own, market=small_sample())


def test_filters_stand_beside_no_filter_at_all() -> None:
    found = compare_filters(CONFIG, market=small_sample(), draws=5)
    at_hand = filters_at_hand(CONFIG.regime, small_sample().panel)
    assert found["filter"].tolist() == ["no filter", *at_hand]
    assert list(at_hand)[-1] == "markov", "the one ready filter that needs no series of its own"
    assert np.isnan(found["p_sharpe"].iloc[0])
    assert found["p_sharpe"].iloc[1:].between(1 / 6, 1.0).all()
    assert found["entries"].iloc[0] >= found["entries"].iloc[1:].max()
    # The configured thresholds stand beside the presets where they differ from them.
    other = CONFIG.regime.model_copy(update={"memory_days": 90.0})
    assert "as configured" in filters_at_hand(other)
    assert "as configured" not in filters_at_hand(CONFIG.regime)
    ignoring = CONFIG.regime.model_copy(update={"overhang": "ignore"})
    assert {one.overhang for one in filters_at_hand(ignoring).values()} == {"ignore"}
    shown = CONFIG.regime.model_copy(update={"filters": "markov"})
    assert "as configured" not in filters_at_hand(shown)
    assert "as configured" in filters_at_hand(shown.model_copy(update={"combine": "any"}))


def test_the_command_prints_p_episodes_and_the_weightiest_event(
    report: PlaceboReport, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("orebound.sweeps.placebo_of_regime", lambda *_, **__: report)
    assert call(make_app(), ["placebo"], name="orebound") == 0
    said = " ".join(capsys.readouterr().out.split())
    own = report.statistics.set_index("statistic")
    for name in own.index:
        assert f"{own.loc[name, 'p_value']:.4f}" in said
    assert "4 distinct" in " ".join(said.split())
    first = report.influence["id"].iloc[0]
    assert "the largest change of sharpe first" in said
    assert f"most influential event by sharpe: {first}" in said
    without = replace(report, influence=report.influence.drop(columns="sharpe"))
    assert without.influence_by == "relative_126", "the first that was asked"
    assert call(make_app(), ["placebo", "--json"], name="orebound") == 0
    document = json.loads(capsys.readouterr().out)
    assert document["episodes"] == 4
    assert len(document["influence"]) == len(report.influence)
    assert document["statistics"][0]["p_value"] == own["p_value"].iloc[0]


def test_the_command_prints_filters(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    line = {"filter": "level", "on_share": 0.159, "episodes": 4, "episodes_traded": 3}
    line |= {"entries": 13, "sharpe": 0.588, "p_sharpe": 0.011}
    free = {"filter": "no filter", "on_share": 1.0, "entries": 38, "sharpe": 0.314}
    frame = pd.DataFrame([free, line])
    monkeypatch.setattr("orebound.sweeps.compare_filters", lambda *_, **__: frame)
    assert call(make_app(), ["placebo", "--filters"], name="orebound") == 0
    said = capsys.readouterr().out
    for part in ("no filter", "15.9%", "0.0110", "+0.588", "n/a"):
        assert part in said
