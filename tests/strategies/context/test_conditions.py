"""Conditions on known series: their grammar, their forms, and what is known when."""

from __future__ import annotations

import numpy as np
import pytest

from orebound.feeds import ConfigError, KnownSeries, known_as_of
from orebound.strategies.context import by_release, condition_states, joined, parse_conditions
from orebound.strategies.context.conditions import Condition, names_of, share_holding


def monthly(values: list[float], first: str = "2020-01", lag: int = 40) -> KnownSeries:
    """Return numbers released `lag` days after each month begins."""
    months = np.arange(len(values)) + np.datetime64(first, "M")
    periods = months.astype("datetime64[D]")
    return KnownSeries("x", periods, (periods + lag).astype("datetime64[ns]"), np.array(values))


def last(series: KnownSeries, form: str, count: int = 0) -> float:
    return float(by_release(series, form, count)[1][-1])


def state(text: str, series: KnownSeries, *times: str, max_age: float = 100.0) -> list[int]:
    closes = np.array(times, "datetime64[ns]")
    ((condition,),) = parse_conditions(text)
    return condition_states(condition, known_as_of(series, closes), closes, max_age).tolist()


# -- grammar --------------------------------------------------------------------------------------


def test_and_binds_before_or() -> None:
    found = parse_conditions("cpi:change6<0 and yield_sd:level < 1.5 or pmi:z24>-.5e0")
    assert found == (
        (Condition("cpi", "change", 6, False, 0.0), Condition("yield_sd", "level", 0, False, 1.5)),
        (Condition("pmi", "z", 24, True, -0.5),),
    )
    assert names_of(found) == ("cpi", "yield_sd", "pmi")
    assert str(found[0][0]) == "cpi:change6<0"
    assert parse_conditions("  ") == ()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("cpi", "cannot read 'cpi'"),
        ("cpi:level=1", "cannot read"),
        ("cpi:level<", "cannot read"),
        ("cpi:level<1 xor pmi:level>1", "accepted: 'and' or 'or' between two, got 'xor"),
        ("cpi:level<1 and", "got 'and'"),
        ("cpi:level<1 and ", "cannot read"),
        ("cpi:levl<1", "unknown form 'levl'; did you mean 'level'"),
        ("cpi:change<1", "accepted: change1 to change2520, got change"),
        ("cpi:percentile1<1", "accepted: percentile2 to"),
        ("cpi:level3<1", "level takes no number"),
        ("__import__('os'):level<1", "cannot read"),
        ("(cpi:level<1)", "cannot read"),
        ("x" * 1001, "at most 1000"),
    ],
)
def test_what_cannot_be_read_is_named(text: str, said: str) -> None:
    with pytest.raises(ConfigError, match=said):
        parse_conditions(text)


# -- forms ----------------------------------------------------------------------------------------


def test_forms_by_hand() -> None:
    series = monthly([float(k) for k in range(1, 26)])
    assert last(series, "level") == 25.0
    assert last(series, "change", 3) == 3.0
    assert last(series, "yoy") == pytest.approx(25.0 / 13.0 - 1.0, abs=1e-10)
    # 16 to 25: mean 20.5, sample variance 55/6.
    assert last(series, "z", 10) == pytest.approx(4.5 / np.sqrt(55.0 / 6.0), abs=1e-10)
    # Of 2 to 13 and of 14 to 25: sums 90 and 234.
    assert last(series, "impulse") == pytest.approx(144.0 / 90.0, abs=1e-10)


@pytest.mark.parametrize(
    ("values", "expected"),
    [(range(1, 11), 1.0), (range(10, 0, -1), 0.0), ([1, 2, 3, 4, 2], 0.375), ([5, 5, 5], 0.5)],
)
def test_percentiles_by_hand(values: list[float], expected: float) -> None:
    series = monthly([float(value) for value in values])
    assert last(series, "percentile", len(series)) == expected


def test_a_form_is_unknown_until_its_past_is_full() -> None:
    series = monthly([1.0, 2.0, 3.0, 5.0])
    assert by_release(series, "change", 3)[1].tolist()[:3] == pytest.approx(
        [np.nan] * 3, nan_ok=True
    )
    assert last(series, "change", 3) == 4.0
    assert np.isnan(last(series, "z", 5))


def test_a_missing_month_is_no_shorter_past() -> None:
    series = monthly([1.0, 2.0, 3.0, 4.0, 6.0])
    holed = series.where(np.array([True, True, False, True, True]))
    assert last(holed, "change", 1) == 2.0
    assert np.isnan(last(holed, "change", 2))
    assert last(holed, "change", 3) == 4.0
    assert np.isnan(last(holed, "percentile", 4))


def test_quarters_step_by_quarters_and_days_by_days() -> None:
    quarters = np.array(["2024-03-31", "2024-06-30", "2024-09-30"], "datetime64[D]")
    days = np.array(["2024-03-28", "2024-04-01", "2024-04-02"], "datetime64[D]")
    for periods in (quarters, days):
        times = (periods + 60).astype("datetime64[ns]")
        series = KnownSeries("x", periods, times, np.array([1.0, 2.0, 4.0]))
        assert last(series, "change", 2) == 3.0


def test_a_revision_reaches_no_further_back_than_its_release() -> None:
    first = monthly([1.0, 2.0, 3.0])
    series = KnownSeries(
        "x",
        np.append(first.ref_period, first.ref_period[0]),
        np.append(first.release_utc, np.datetime64("2020-05-01", "ns")),
        np.append(first.value, 2.5),
    )
    times, values = by_release(series, "change", 2)
    assert str(times[-1])[:10] == "2020-05-01"
    assert values[-2:].tolist() == [2.0, 0.5]
    assert np.array_equal(by_release(first, "change", 2)[1], values[:-1], equal_nan=True)


# -- states ---------------------------------------------------------------------------------------


def test_a_condition_is_known_from_the_release_and_until_it_is_stale() -> None:
    series = monthly([51.0])  # released 2020-02-10
    times = ("2020-02-09T23:59", "2020-02-10T00:00", "2020-05-20", "2020-05-21")
    assert state("x:level>50", series, *times) == [-1, 1, 1, -1]
    assert state("x:level<50", series, *times) == [-1, 0, 0, -1]
    assert state("x:level>51", series, times[1]) == [0]
    assert state("x:change1>0", series, times[1]) == [-1]


def test_what_is_unknown_decides_nothing_that_others_decide() -> None:
    conditions = parse_conditions("a:level>0 and b:level>0 or c:level>0")
    (a, b), (c,) = conditions
    grid = np.array(np.meshgrid([1, 0, -1], [1, 0, -1], [1, 0, -1], indexing="ij"), np.int8)
    states = dict(zip((a, b, c), grid.reshape(3, -1), strict=True))
    found = joined(conditions, states)
    for k, (x, y, z) in enumerate(grid.reshape(3, -1).T.tolist()):
        both = 0 if 0 in (x, y) else min(x, y)
        expected = 1 if 1 in (both, z) else (-1 if -1 in (both, z) else 0)
        assert found[k] == expected, (x, y, z)


def test_a_share_counts_what_is_known_to_hold_in_the_best_group() -> None:
    conditions = parse_conditions("a:level>0 and b:level>0 or c:level>0")
    (a, b), (c,) = conditions
    states = {a: np.array([1, 1, 0]), b: np.array([1, -1, 0]), c: np.array([0, 0, 1])}
    found = share_holding(conditions, {k: v.astype(np.int8) for k, v in states.items()})
    assert found.tolist() == [1.0, 0.5, 1.0]
