"""Ready filters: each by hand, each known only from its release, and their combinations."""

from __future__ import annotations

from dataclasses import replace
from itertools import product
from pathlib import Path

import numpy as np
import pytest

from orebound.feeds import (
    AsOf,
    ConfigError,
    KnownSeries,
    Market,
    Panel,
    known_as_of,
    read_known,
)
from orebound.strategies import Regime, Rule, compute
from orebound.strategies.context import (
    READY,
    filter_states,
    markov_probability,
    rolling_percentile,
)
from orebound.strategies.context.filters import weekly_returns
from orebound.strategies.context.states import combined
from orebound.strategies.keys.filters import FILTERS
from tests.markets import real, small_sample

NAMES = ("pmi", "m1", "loans", "tsf")
COLUMNS = {"pmi": "manufacturing_pmi.csv:value", "m1": "money_supply.csv:m1_yoy"} | {
    "loans": "new_loans.csv:value",
    "tsf": "social_financing.csv:value",
}


@pytest.fixture(scope="module")
def panel() -> Panel:
    return small_sample("FCX", "RIO").panel


def with_known(panel: Panel, name: str, values: list[float], first: str = "2020-01") -> Panel:
    periods = (np.arange(len(values)) + np.datetime64(first, "M")).astype("datetime64[D]")
    series = KnownSeries(
        name, periods, (periods + 40).astype("datetime64[ns]"), np.array(values, float)
    )
    return replace(panel, known={name: known_as_of(series, panel.closes)})


def with_extra(panel: Panel, **values: np.ndarray) -> Panel:
    """Return the panel with series that have a number at each row."""
    n, made = panel.n_rows, {}
    for symbol, value in values.items():
        zeros = np.zeros(n, np.int64)
        made[symbol.replace("__", ".")] = AsOf(
            value, panel.closes, zeros, zeros.astype(bool), zeros
        )
    return replace(panel, extra=made)


def state_at(panel: Panel, name: str, time: str) -> int:
    row = np.searchsorted(panel.closes, np.datetime64(time, "ns"), side="right") - 1
    return int(filter_states(panel, Regime(filters=name))[name][row])


def test_every_name_of_the_key_is_ready_and_said_in_words() -> None:
    assert tuple(sorted(READY)) == FILTERS
    assert all(one.words for one in READY.values())


def test_pmi_is_on_above_fifty_or_rising_and_unknown_before(panel: Panel) -> None:
    # Released on the 9th or 10th of the month after: 49, 48, 47, 49.5 (+.5 over three), 46.
    made = with_known(panel, "pmi", [49.0, 48.0, 47.0, 49.5, 46.0])
    assert state_at(made, "pmi", "2020-02-07T23:00") == -1
    # Three months before January nothing is known: 49 alone decides nothing.
    assert state_at(made, "pmi", "2020-02-13T23:00") == -1
    assert state_at(made, "pmi", "2020-05-14T23:00") == 1
    assert state_at(made, "pmi", "2020-06-12T23:00") == 0
    above = with_known(panel, "pmi", [50.1])
    assert state_at(above, "pmi", "2020-02-13T23:00") == 1


def test_money_is_compared_with_three_months_before(panel: Panel) -> None:
    made = with_known(panel, "m1", [5.0, 4.0, 3.0, 5.5, 3.9])
    assert state_at(made, "m1", "2020-04-20T23:00") == -1
    assert state_at(made, "m1", "2020-05-14T23:00") == 1
    assert state_at(made, "m1", "2020-06-12T23:00") == 0
    with pytest.raises(ConfigError, match=r"growth over a year in %, got 154872; .*m1_yoy"):
        filter_states(with_known(panel, "m1", [154872.0]), Regime(filters="m1"))


@pytest.mark.parametrize(("name", "series"), [("credit_impulse", "loans"), ("tsf", "tsf")])
def test_credit_counts_two_years(panel: Panel, name: str, series: str) -> None:
    up = with_known(panel, series, [10.0] * 12 + [10.0] * 11 + [11.0], "2018-01")
    assert state_at(up, name, "2019-12-20T23:00") == -1
    assert state_at(up, name, "2020-01-15T23:00") == 1
    down = with_known(panel, series, [10.0] * 23 + [-9.0], "2018-01")
    assert state_at(down, name, "2020-01-15T23:00") == 0


def test_percentiles_by_hand() -> None:
    values = np.array([3.0, 1.0, 2.0, 2.0, 5.0, 0.0])
    found = rolling_percentile(values, 4, 2)
    # Against the three before: none; 3 above; 1 of 2 below; 1 below and a tie; all; none.
    assert found.tolist()[1:] == [0.0, 0.5, 0.5, 1.0, 0.0]
    assert np.isnan(found[0])


def test_low_stocks_are_on(panel: Panel) -> None:
    falling = with_extra(panel, LME_CU__stock=np.linspace(9e5, 1e5, panel.n_rows))
    rising = with_extra(panel, LME_CU__stock=np.linspace(1e5, 9e5, panel.n_rows))
    on = filter_states(falling, Regime(filters="lme_stocks"))["lme_stocks"]
    off = filter_states(rising, Regime(filters="lme_stocks"))["lme_stocks"]
    assert (on[:251] == -1).all()
    assert (on[251:] == 1).all()
    assert (off[251:] == 0).all()


def test_a_stale_series_says_nothing(panel: Panel) -> None:
    made = with_extra(panel, LME_CU__stock=np.linspace(9e5, 1e5, panel.n_rows))
    series = made.extra["LME_CU.stock"]
    missed = series.missed.copy()
    missed[500], missed[501] = 3, 4
    made = replace(made, extra={"LME_CU.stock": replace(series, missed=missed)})
    found = filter_states(made, Regime(filters="lme_stocks"))["lme_stocks"]
    assert found[499:503].tolist() == [1, 1, -1, 1]


def test_chinese_shares_are_on_after_a_rise_or_a_jump_upwards(panel: Panel) -> None:
    n = panel.n_rows
    wiggle = np.where(np.arange(n) % 2 == 0, 0.002, -0.002)
    moves = wiggle.copy()
    moves[400] = 0.02  # ten deviations, 2 % in 20 sessions
    moves[600] = -0.02
    moves[800:820] += 0.0027  # 5.5 % in twenty sessions
    made = with_extra(panel, CSI300=3000.0 * np.exp(np.cumsum(moves)))
    found = filter_states(made, Regime(filters="csi300"))["csi300"]
    assert (found[:20] == -1).all()
    assert found[399:406].tolist() == [0, 1, 1, 1, 1, 1, 0]
    assert (found[600:700] == 0).all()
    assert found[819] == 1
    assert found[801] == 0


def test_copper_over_gold_by_hand(panel: Panel) -> None:
    n = panel.n_rows
    gold = np.full(n, 100.0)
    copper = np.where(np.arange(n) < 300, 5000.0, 5001.0)
    found = filter_states(
        with_extra(panel, LME_CU=copper, GLD=gold), Regime(filters="copper_gold")
    )["copper_gold"]
    assert (found[:60] == -1).all()
    assert (found[60:300] == 0).all()
    assert (found[300:360] == 1).all()
    assert (found[360:] == 0).all()


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("pmi", "no series 'pmi' with dates of release: data.series.pmi = FILE.csv"),
        ("csi300", "regime filter csi300: the market has no CSI300; data.extra=CSI300 loads it"),
    ],
)
def test_a_filter_without_its_series_says_what_it_needs(panel: Panel, name: str, said: str) -> None:
    with pytest.raises(ConfigError, match=said):
        filter_states(panel, Regime(filters=name))


def test_unknown_filters_are_refused() -> None:
    with pytest.raises(ValueError, match="unknown regime filter 'pmx'; did you mean 'pmi'"):
        Regime(filters="pmx")
    with pytest.raises(ValueError, match="each regime filter once"):
        Regime(filters="pmi+pmi")


# -- Markov ---------------------------------------------------------------------------------------


def test_a_week_is_counted_from_the_first_row_after_it(panel: Panel) -> None:
    ends, returns = weekly_returns(panel)
    days = panel.closes.astype("datetime64[D]")
    # 1970-01-01 was a Thursday.
    weekday = (days.astype(int) + 3) % 7
    assert ((weekday[ends + 1] < weekday[ends]) | (days[ends + 1] - days[ends] > 6)).all()
    at = len(ends) // 2
    logs = [np.log(metal.value[ends[at]] / metal.value[ends[at - 1]]) for metal in panel.metal]
    assert returns[at] == pytest.approx(np.mean(logs), abs=1e-14)


def test_the_state_of_a_row_is_the_same_on_data_cut_at_it() -> None:
    market = small_sample("FCX")
    whole = markov_probability(market.panel)
    assert np.isfinite(whole).sum() > 3000
    for row in (1500, 2602):
        moment = market.panel.closes[row]
        cut = markov_probability(market.known_by(moment).panel)
        assert np.array_equal(cut, whole[: row + 1], equal_nan=True)


# -- combinations ---------------------------------------------------------------------------------


def test_combinations_by_truth_table() -> None:
    rows = np.array(list(product((True, False), (1, 0, -1), (1, 0, -1))), int)
    events = rows[:, :1].astype(bool)
    members = {"pmi": rows[:, 1].astype(np.int8), "m1": rows[:, 2].astype(np.int8)}
    for regime, combine in product(("level", "none"), ("any", "all", "vote")):
        settings = Regime(regime=regime, filters="pmi+m1", combine=combine, vote_share=0.5)
        found = combined(events, members, settings)[:, 0]
        for row, is_on in zip(rows.tolist(), found, strict=True):
            votes = [state for state in row[1:] if state >= 0]
            votes += [row[0]] if regime == "level" else []
            expected = {
                "any": any(votes),
                "all": bool(votes) and all(votes),
                "vote": bool(votes) and sum(votes) / len(votes) >= 0.5,
            }[combine]
            assert is_on == expected, (regime, combine, row)


def test_where_no_member_knows_the_regime_is_off(panel: Panel) -> None:
    made = with_known(panel, "pmi", [51.0])
    regime = Regime(regime="none", filters="pmi", combine="any")
    signals = compute(made, Rule(), regime)
    before = made.closes < np.datetime64("2020-02-10")
    has = made.has_bar
    assert (signals.state[before][has[before]] == 0).all()
    assert (signals.size_multiplier[before][has[before]] == 0.0).all()
    on = (made.closes > np.datetime64("2020-02-11")) & (made.closes < np.datetime64("2020-05-01"))
    assert (signals.state[on][has[on]] == 1).all()


def test_filters_that_are_only_shown_change_no_signal(panel: Panel) -> None:
    made = with_known(panel, "pmi", [51.0])
    plain = compute(panel, Rule(), Regime())
    shown = compute(made, Rule(), Regime(filters="pmi"))
    for name in ("state", "score", "size_multiplier", "blocked"):
        assert np.array_equal(getattr(plain, name), getattr(shown, name), equal_nan=True), name
    assert set(shown.more) - set(plain.more) == {"filter_pmi"}


# -- real history ---------------------------------------------------------------------------------


@pytest.mark.usefixtures("shared_data")
def test_states_of_the_real_monthly_files_equal_a_walk_through_sessions(shared_data: Path) -> None:
    base = real()
    files = {n: f"{shared_data / 'china'}/{place}" for n, place in COLUMNS.items()}
    market = Market.csv(shared_data / "prices", "nyse-miners", skip_missing=True, known=files)
    assert market.panel.n_rows == base.panel.n_rows
    states = filter_states(market.panel, Regime(filters="pmi+m1+credit_impulse+tsf"))
    series = {
        name: read_known(
            shared_data / "china" / place.split(":")[0], name, column=place.split(":")[1]
        )
        for name, place in COLUMNS.items()
    }
    rows = np.flatnonzero(market.panel.closes >= np.datetime64("2008-01-01"))[::37]
    for row in rows:
        for name, state in states.items():
            expected = walked(name, series, market.panel.closes[row])
            assert state[row] == expected, (name, market.panel.closes[row])
    known = {name: int((state >= 0).sum()) for name, state in states.items()}
    assert known["tsf"] > 2000
    assert known["pmi"] > 4000


def walked(name: str, series: dict[str, KnownSeries], moment: np.datetime64) -> int:
    """Return a filter's state from the rows public at one moment, looked up month by month."""
    source = {"credit_impulse": "loans"}.get(name, name)
    past = series[source].until(moment)
    if not len(past) or (moment - past.release_utc[-1]) > np.timedelta64(100, "D"):
        return -1
    months = past.ref_period.astype("datetime64[M]").astype(int)
    value = dict(zip(months.tolist(), past.value.tolist(), strict=True))
    now = max(value)
    if source in ("loans", "tsf"):
        sums = [[value.get(now - lag - k) for k in range(12)] for lag in (0, 12)]
        if None in sums[0] + sums[1]:
            return -1
        return int(sum(sums[0]) > sum(sums[1]))
    before = value.get(now - 3)
    if source == "pmi" and value[now] > 50.0:
        return 1
    return -1 if before is None else int(value[now] > before)
