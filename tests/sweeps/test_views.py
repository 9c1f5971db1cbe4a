"""Acting on a view beside the rule, the regime, random dates and the names not picked."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy import stats

from orebound.feeds import ConfigError, Market, ViewEvent, view_named
from orebound.strategies import DeclaredRule, FromDate, Regime, ViewHold, numbers_of
from orebound.sweeps import (
    Parameters,
    RunConfig,
    ViewReport,
    compare_entries,
    from_names,
    load,
)
from orebound.sweeps.config import build
from orebound.sweeps.lookahead import check_lookahead
from orebound.sweeps.parity import compare
from orebound.sweeps.prepared import Workshop
from orebound.sweeps.replay.many import replay_many
from orebound.sweeps.replay.totals import METRICS
from orebound.sweeps.view_paths import HeldPaths
from orebound.sweeps.view_study import ViewStudy
from tests.acceptance.made_markets import market_of, walk
from tests.markets import small_sample

RETURN, ENTRIES = METRICS.index("total_return"), METRICS.index("entries")
VIEW = replace(view_named("V001"), known_at=np.datetime64("2015-06-01T07:00", "ns"))


@pytest.fixture(scope="module")
def market() -> Market:
    return small_sample("FCX", "ANTO.L")


@pytest.fixture(scope="module")
def report(market: Market) -> ViewReport:
    config = from_names({"start": "2012-01-03", "z_in": 0.8, "when_off": "ignore"})
    peers = small_sample("RIO", "B")
    return compare_entries(config, VIEW, hold=63, draws=60, market=market, peers=peers)


def numbers(hold: int, names: int, config: RunConfig) -> np.ndarray:
    sizing = config.sizing.model_copy(update={"max_weight": 1.0})
    return np.array([numbers_of(ViewHold(hold=hold), sizing, names)])


def test_along_the_rows_as_they_are_a_path_is_the_market_itself(market: Market) -> None:
    rule = ViewHold(view_date="2015-06-01", hold=63, invested=0.95)
    data = {"start": "2015-06-01", "end": "2015-10-30"}
    config = RunConfig(data=data, rule=rule, sizing={"max_weight": 1.0})
    made = Workshop(config, market).prepared({})
    stated = numbers(63, 2, config)
    whole = replay_many(made.market, made.rule, stated, made.calendar, engine="scalar").metrics[0]
    paths = HeldPaths(market.panel, config.costs, made.window)
    found = paths.outcome(np.arange(paths.n_rows), stated)
    assert found == (whole[RETURN], whole[ENTRIES])
    assert found[1] == 2


def test_after_a_jump_prices_go_on_by_each_rows_own_return(market: Market) -> None:
    panel, config = market.panel, RunConfig()
    first = panel.first_row("2015-06-01")
    paths = HeldPaths(panel, config.costs, (first, first + 400))
    way = np.concatenate([np.arange(10, 30), np.arange(200, 230), np.arange(395, 400), [0, 1]])
    found = paths.along(way)
    for name in range(2):
        has = panel.has_bar[first + way, name]
        own = panel.priced_rows(name)
        close = np.log(panel.close[:, name])
        before = own[np.searchsorted(own, first + way[has]) - 1]
        steps = close[first + way[has]] - close[before]
        steps[before < first] = 0.0  # what came before the window is not in it
        seen = np.diff(np.log(found.close[has, name]))
        np.testing.assert_allclose(seen, steps[1:], atol=1e-10)
        # An open keeps its distance from its own close.
        ratio = found.buy_price[has, name] / found.close[has, name]
        rows = first + way[has]
        np.testing.assert_allclose(ratio, panel.open[rows, name] / panel.close[rows, name])
    assert (np.diff(found.days) >= 0).all()


def test_the_table_has_each_entry_and_its_rank_among_random_dates(report: ViewReport) -> None:
    table = report.table.set_index("entry")
    assert list(table.index) == ["note", "rule", "regime", "peers"]
    assert table.loc["note", "first"] == "2015-06-01"
    assert table.loc["note", "entries"] == 2
    assert table.loc["peers", "entries"] == 2
    assert table["rank"].drop("peers").between(0.0, 1.0).all()
    assert np.isnan(table.loc["peers", "rank"])
    assert report.random["p05"] < report.random["mean"] < report.random["p95"]
    assert str(report.first) == "2012-01-03"
    plain = report.as_dict()
    assert plain["view"]["known_at"] == "2015-06-01T07:00Z"
    assert [row["entry"] for row in plain["table"]] == list(table.index)


def test_the_notes_return_is_that_of_its_names_less_costs(
    market: Market, report: ViewReport
) -> None:
    moved = report.by_name[report.by_name["is_pick"]]["return"]
    for name, seen in enumerate(moved):
        rows = market.panel.priced_rows(name)
        at = int(np.searchsorted(market.panel.session[rows, name], np.datetime64("2015-06-01")))
        opened = market.panel.open[rows, name]
        assert seen == pytest.approx(opened[at + 64] / opened[at + 1] - 1.0, rel=1e-12)
    note = report.table.set_index("entry").loc["note", "return"]
    # 95 % held in equal parts; costs of London and New York are below 1.2 %.
    assert 0.95 * moved.mean() - 0.012 < note < 0.95 * moved.mean() + 0.002


def test_the_regime_is_entered_where_its_spell_at_the_view_began(market: Market) -> None:
    # ON 2015-04-20 to 2016-01-18 (domain of the policy events, London sessions).
    config = from_names({"start": "2012-01-03"})
    study = ViewStudy(config, market, VIEW, 63)
    assert study.regime_on()["first"] == "2015-04-20"
    before = replace(VIEW, known_at=np.datetime64("2015-03-02T07:00", "ns"))
    assert ViewStudy(config, market, before, 63).regime_on()["first"] == "2015-04-20"
    from_may = from_names({"start": "2015-05-05"})
    row = ViewStudy(from_may, market, VIEW, 63).regime_on()
    assert row["first"] == "2015-05-05"
    assert "first day they may be bought" in row["about"]


def listed(market: Market, day: str, *, allowed: bool) -> Market:
    universe = replace(market.universe, valid_from=np.datetime64(day).item())
    return market._of(market.source, universe, market.parts, allowed, market.latency, None)


@pytest.mark.parametrize("allowed", [False, True])
def test_a_list_is_never_used_before_the_day_it_was_published(
    market: Market, allowed: bool
) -> None:
    config = from_names({"when_off": "ignore", "z_in": 0.8})
    late = listed(market, "2015-07-01", allowed=allowed)
    with pytest.raises(ConfigError, match=r"was published on 2015-07-01"):
        compare_entries(config, VIEW, hold=63, draws=20, market=late, peers=market)
    same = listed(market, "2015-06-01", allowed=allowed)
    found = compare_entries(config, VIEW, hold=63, draws=20, market=same, peers=market)
    assert str(found.first) == "2015-06-01"
    firsts = found.table["first"].dropna()
    assert (firsts >= "2015-06-01").all()


def test_data_that_end_too_early_and_rules_of_ones_own_are_refused(market: Market) -> None:
    after = replace(VIEW, known_at=np.datetime64("2025-12-20T07:00", "ns"))
    with pytest.raises(ConfigError, match=r"no name trades 20 sessions after the view"):
        compare_entries(RunConfig(), after, market=market, peers=market)
    with pytest.raises(ConfigError, match=r"views: accepted: the catch-up rule, got ViewHold"):
        compare_entries(RunConfig(rule=ViewHold()), VIEW, market=market)


def test_a_rule_from_a_date_is_named_in_its_config_and_replayed(market: Market) -> None:
    base = {"data": {"start": "2015-01-05", "end": "2016-06-30"}, "regime": {"regime": "none"}}
    config = RunConfig(**base, rule=FromDate(z_in=0.5, not_before="2015-09-01"))
    named = config.as_dict()
    assert named["rule"]["declared"] == "orebound.strategies.views:FromDate"
    assert build(named) == config
    found = compare(Workshop(config, market), {})
    assert found.difference is None
    assert found.orders["submitted"].min() >= np.datetime64("2015-09-01")


@pytest.mark.parametrize(
    "rule",
    [ViewHold(view_date="2015-06-01", hold=21), FromDate(z_in=0.8, not_before="2015-06-01")],
    ids=["hold", "from a date"],
)
def test_neither_strategy_looks_ahead(market: Market, rule: DeclaredRule) -> None:
    parameters = Parameters(rule, Regime(when_off="ignore"))
    found = check_lookahead(market, parameters, start="2015-04-01", end="2015-09-30", moments=3)
    assert found.is_clean, found.verdict
    assert found.decisions > 0


def note_rank(seed: int, draws: int, **keys: Any) -> float:
    """Return the note's rank among random dates in a world without drift."""
    generator = np.random.default_rng(seed)
    n = 500
    paths = np.column_stack([walk(generator, n, 0.3) for _ in range(2)])
    world = market_of(paths, walk(generator, n, 0.2))
    at = world.panel.closes[int(generator.integers(100, 350))]
    view = ViewEvent("X", at, "", "overweight", "made", "H", "made", "made")
    study = ViewStudy(from_names({"regime": "none", "seed": seed}), world, view, 40)
    observed = study.held("note", study.note, "")["return"]
    others = study.random_returns(draws, **keys)
    return float(np.mean(others < observed) + 0.5 * np.mean(others == observed))


def test_without_drift_the_notes_rank_is_uniform_in_a_few_worlds() -> None:
    ranks = [note_rank(seed, 30, block=40) for seed in range(40)]
    assert stats.kstest(ranks, "uniform").pvalue > 0.01


@pytest.mark.slow
@pytest.mark.parametrize("block", [20, 40])
def test_without_drift_the_notes_rank_is_uniform(block: int) -> None:
    ranks = [note_rank(1000 + seed, 199, block=block) for seed in range(200)]
    found = stats.kstest(ranks, "uniform")
    print(block, found)
    assert found.pvalue > 0.05


def test_a_pick_without_data_is_named_and_counted(shared_data: Path) -> None:
    data = {"source": "csv", "folder": str(shared_data / "prices"), "skip_missing": True}
    config = load(changes={"data": data | {"universe": "europe-2025"}})
    found = compare_entries(config, view_named("V001"), hold=20, draws=10)
    (said,) = [words for words in found.notes if "without data" in words]
    assert "names are held" in said
    assert "SSAB-A.ST: no data in" in said
