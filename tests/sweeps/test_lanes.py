"""The lanes equal the scalar replay: every order, value, metric and monthly sum, bit for bit."""

from __future__ import annotations

import os
import subprocess
import sys
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from orebound.strategies import Numbers, RuleArrays, numbers_of
from orebound.sweeps import Parameters
from orebound.sweeps.parity import crowded
from orebound.sweeps.replay import many as module
from orebound.sweeps.replay.arrays import market_arrays, numbered, row_calendar, rule_rows
from orebound.sweeps.replay.compiling import compiled
from orebound.sweeps.replay.inputs import (
    LOG_COLUMNS,
    LOG_COST,
    LOG_NAME,
    LOG_PRICE,
    LOG_ROW,
    LOG_SIZE,
    LOG_STATUS,
    MARGIN_ON_SUBMISSION,
    WAITING,
    MarketArrays,
    RowCalendar,
    RuleRows,
)
from orebound.sweeps.replay.lane_inputs import BUY_RATE, FILL, lane_inputs
from orebound.sweeps.replay.lane_state import FIELDS, MASKS
from orebound.sweeps.replay.lanes import candidates, replay_block
from orebound.sweeps.replay.many import (
    aligned,
    flags_of,
    lane_width,
    replay_many,
    runs_in_lanes,
)
from orebound.sweeps.replay.ready import KEPT, is_compiled
from orebound.sweeps.replay.scalar import replay
from orebound.sweeps.replay.sources import digest_of, stamp
from orebound.sweeps.replay.totals import METRICS
from tests.markets import real_late_listings
from tests.sweeps.random_worlds import random_market, random_parameters

Group = tuple[MarketArrays, RuleRows, RowCalendar, np.ndarray]


def random_group(seed: int, n: int) -> Group:
    """Return the arrays of one random market and rule, and many random thresholds for them.

    Of a rule that may enter often, whatever else is drawn: gates are the scalar form's as well.
    """
    generator = np.random.default_rng(seed)
    while True:  # a new market each time: one that is short and full of holes never has as many
        market = random_market(generator, names=int(generator.integers(2, 6)))
        if generator.random() < 0.4:
            market = crowded(market, n_declared=1)
        group = group_of(market, random_parameters(generator), generator, n)
        if np.isfinite(group[1].free_measure).sum() > 400:
            return group


def group_of(market: Any, base: Parameters, generator: np.random.Generator, n: int) -> Group:
    panel, window = market.panel, (0, market.panel.n_rows)
    arrays: RuleArrays = base.rule.arrays(panel, base.regime)
    if generator.random() < 0.3:
        direction = generator.choice([-1.0, 1.0], panel.n_names)
        arrays = RuleArrays(**{**vars(arrays), "direction": direction})
    # What is owed by the day is not the lanes'.
    costs = base.costs.model_copy(update={"borrow_bps": 0.0, "financing_bps": 0.0})
    return (
        market_arrays(panel, costs, window),
        rule_rows(arrays, window),
        row_calendar(panel, window, risk_free=float(generator.choice([0.0, 0.02]))),
        np.array([random_numbers(base, generator, panel.n_declared) for _ in range(n)]),
    )


def random_numbers(base: Parameters, generator: np.random.Generator, n_declared: int) -> Numbers:
    other = random_parameters(generator)
    thresholds = {name: getattr(other.rule, name) for name in type(base.rule).THRESHOLDS}
    rule = base.rule.model_copy(update=thresholds)
    sizing = other.sizing.model_copy(update={"cash_rate": 0.0})
    numbers = numbers_of(rule, sizing, n_declared)
    if generator.random() < 0.3:
        level = float(generator.uniform(-0.5, 0.7))
        numbers = numbers._replace(leave_above=-level, leave_below=-float(generator.uniform(1, 3)))
    return numbers


def assert_equal(group: Group, width: int) -> int:
    """Assert that both forms agree, and return the orders they sent."""
    market, rule, calendar, numbers = group
    slow = replay_many(market, rule, numbers, calendar, engine="scalar")
    fast = replay_many(market, rule, numbers, calendar, engine="lanes", width=width)
    for place, name in enumerate(METRICS):
        np.testing.assert_array_equal(
            fast.metrics[:, place], slow.metrics[:, place], err_msg=name, strict=True
        )
    np.testing.assert_array_equal(fast.monthly, slow.monthly)
    return int(slow.metrics[:, METRICS.index("orders")].sum())


#: The width of this processor's registers; that of others compiles the block once more.
OWN_OR_SLOW = [
    pytest.param(width, marks=() if width == lane_width() else pytest.mark.slow)
    for width in (8, 16)
]


@pytest.mark.parametrize("width", OWN_OR_SLOW)
def test_metrics_and_months_equal_the_scalar_replay_on_random_markets(width: int) -> None:
    # 19 combinations: whole blocks and one that is filled up.
    assert sum(assert_equal(random_group(seed, 19), width) for seed in range(4)) > 1_500


@pytest.mark.slow
@pytest.mark.parametrize("width", [8, 16])
def test_metrics_and_months_equal_the_scalar_replay_on_a_thousand_markets(width: int) -> None:
    assert sum(assert_equal(random_group(seed, 19), width) for seed in range(10_000, 11_000)) > 0


@pytest.mark.slow
@pytest.mark.usefixtures("shared_data")
def test_metrics_and_months_equal_the_scalar_replay_on_real_mixed_exchanges() -> None:
    market, generator = real_late_listings(), np.random.default_rng(5)
    for _ in range(20):
        assert_equal(group_of(market, random_parameters(generator), generator, 50), 16)


def lane_orders(group: Group, width: int) -> tuple[list[list[tuple[Any, ...]]], np.ndarray]:
    """Return the orders of each lane of one block in the order in which they ended, and curves."""
    market, rule, calendar, numbers = group
    every_row = calendar._replace(session_rows=np.arange(len(market.days)))
    lanes = lane_inputs(market, rule, every_row)
    given = lanes.market
    own, entering = aligned(numbers.size), aligned(given.n_rows)
    own[:] = numbers.T.ravel()
    state, masks = aligned((FIELDS * given.n_names + 2) * width), aligned(MASKS * given.n_names)
    curve, totals = aligned(given.n_rows * width), aligned(given.n_totals * width)
    seen, log = aligned(max(given.n_spells, 1) * width), np.zeros((100_000, 7))
    at = [one.ctypes.data for one in (own, entering, state, masks, curve, totals, seen)]
    candidates(given, float(numbers[:, 0].max()), at[1])
    replay_block(
        (0,) * width, given, at[0], flags_of(numbers), at[1], at[2], at[3], at[4], at[5], at[6], log
    )
    rows = log[1 : int(log[0, 0]) + 1]
    # The lanes check and fill in one pass; of a row the scalar form logs the checks first.
    rows = rows[np.lexsort((rows[:, 3] != MARGIN_ON_SUBMISSION, rows[:, 4]))]
    orders = [[tuple(one[1:]) for one in rows if one[0] == lane] for lane in range(width)]
    return orders, curve.reshape(-1, width)


def scalar_orders(group: Group, k: int) -> tuple[list[tuple[Any, ...]], np.ndarray]:
    market, rule, _, numbers = group
    equity, log = np.empty(len(market.days)), np.zeros((100_000, LOG_COLUMNS))
    n = replay(market, rule, Numbers(*numbers[k]), equity, log)
    orders = []
    for order in log[:n][log[:n, LOG_STATUS] != WAITING]:
        is_filled = order[LOG_STATUS] == 1
        money = (order[LOG_PRICE], order[LOG_COST]) if is_filled else (0.0, 0.0)
        orders.append((order[LOG_NAME], order[LOG_SIZE], order[LOG_STATUS], order[LOG_ROW], *money))
    return orders, equity


@pytest.mark.parametrize("width", OWN_OR_SLOW)
def test_orders_and_the_value_of_every_row_equal_the_scalar_replay(width: int) -> None:
    total = 0
    for seed in range(300, 303):
        group = random_group(seed, width)
        orders, curves = lane_orders(group, width)
        for lane in range(width):
            expected, equity = scalar_orders(group, lane)
            assert orders[lane] == expected, (seed, lane)
            np.testing.assert_array_equal(curves[:, lane], equity)
            total += len(expected)
    assert total > 1_000


def test_interest_and_many_names_stay_scalar_and_leave_the_others_in_the_lanes() -> None:
    market, rule, calendar, numbers = random_group(1, 4)
    place = {name: k for k, name in enumerate(Numbers._fields)}
    assert runs_in_lanes(market, rule, numbers).all()
    mixed = numbers.copy()
    mixed[1, place["cash_rate"]] = 0.02
    assert runs_in_lanes(market, rule, mixed).tolist() == [True, False, True, True]
    found = replay_many(market, rule, mixed, calendar)
    assert found.in_lanes.tolist() == [True, False, True, True]
    slow = replay_many(market, rule, mixed, calendar, engine="scalar")
    np.testing.assert_array_equal(found.metrics, slow.metrics)
    np.testing.assert_array_equal(found.monthly, slow.monthly)
    mixed[1, place["cash_rate"]], mixed[1, place["needs_measure"]] = 0.0, 1.0
    assert not runs_in_lanes(market, rule, mixed).any(), "a group follows one rule"
    owing = market._replace(short_rate=market.long_rate + 0.004)
    long = np.ones(market.close.shape[1])
    assert not runs_in_lanes(owing, rule._replace(direction=-long), numbers).any()
    assert runs_in_lanes(owing, rule._replace(direction=long), numbers).all()
    capped = rule._replace(most_value=np.full_like(rule.multiplier, 1e5))
    assert not runs_in_lanes(market, capped, numbers).any()
    wide = market._replace(close=np.ones((3, 64)))
    assert not runs_in_lanes(wide, rule, numbers).any()


def wide_group(names: int, seed: int) -> Group:
    """Return a random market made of many copies of a few names, each moved a little in time."""
    market, rule, calendar, numbers = random_group(seed, 19)
    width = market.close.shape[1]
    chosen = np.arange(names) % width

    def spread_out(arrays: Any, rows: int) -> Any:
        return type(arrays)(
            *(
                one[:, chosen].copy() if getattr(one, "ndim", 0) >= 2 and len(one) >= rows else one
                for one in arrays
            )
        )

    n_rows = len(market.days)
    generator = np.random.default_rng(seed)
    wide = spread_out(rule, n_rows)
    noise = generator.normal(0.0, 0.3, wide.measure.shape)
    measure = np.where(np.isnan(wide.free_measure), np.nan, wide.measure + noise)
    wide = wide._replace(
        measure=wide.measure + noise,
        free_measure=measure,
        lowest=np.fmin.reduce(measure, axis=1),
        direction=rule.direction[chosen].copy(),
    )
    none = np.zeros(names)
    market = market._replace(short_rate=none, long_rate=none)
    return spread_out(market, n_rows), wide, calendar, numbers


@pytest.mark.parametrize(
    "names", [33, *(pytest.param(n, marks=pytest.mark.slow) for n in (31, 32, 63))]
)
@pytest.mark.slow
def test_many_names_are_as_good_as_few(names: int) -> None:
    assert assert_equal(wide_group(names, seed=names), 8) > 1_000


def test_numbers_beyond_the_usual_are_the_same_in_both_forms() -> None:
    market, rule, calendar, numbers = random_group(7, 8)
    place = {name: k for k, name in enumerate(Numbers._fields)}
    numbers[:, place["time_stop_min"]] = [0.0, 0.3, 1.0, 2.5, 0.1 * 3 * 10, 3.0, 5.0, 7.0]
    numbers[:, place["time_stop_max"]] = [0.0, 0.3, 1.0, 2.5, 0.1 * 3 * 10, np.inf, 5.5, 1e18]
    numbers[:, place["cool_down"]] = [0.0, 0.5, 1e9, 3.0, 0.0, 0.0, 2.5, 0.0]
    assert assert_equal((market, rule, calendar, numbers), 8) > 300


def test_episodes_count_by_their_own_numbers_however_they_are_numbered() -> None:
    market, rule, calendar, numbers = random_group(3, 8)
    # Stretches of 80 rows with a pause between, numbered without gaps and like dates.
    stretch = np.arange(len(market.days)) // 80
    own = np.repeat(np.where(stretch % 2, -1, stretch // 2)[:, None], rule.spell.shape[1], axis=1)
    count = int(own.max()) + 1
    rule = rule._replace(spell=own, n_spells=count)
    plain = replay_many(market, rule, numbers, calendar).metrics
    slow = replay_many(market, rule, numbers, calendar, engine="scalar").metrics
    np.testing.assert_array_equal(slow, plain)
    dense, found = numbered(np.where(own >= 0, 20_150_101 + 1_000 * own, -1))
    assert found == count
    again = replay_many(market, rule._replace(spell=dense, n_spells=count), numbers, calendar)
    np.testing.assert_array_equal(again.metrics, plain)
    assert np.nanmax(plain[:, METRICS.index("regime_episodes")]) > 1


def test_a_full_log_grows_and_loses_no_combination(monkeypatch: pytest.MonkeyPatch) -> None:
    market, rule, calendar, numbers = random_group(4, 5)
    expected = replay_many(market, rule, numbers, calendar, engine="scalar").metrics
    monkeypatch.setattr(module, "FIRST_LOG", 3)
    found = replay_many(market, rule, numbers, calendar, engine="scalar").metrics
    np.testing.assert_array_equal(found, expected)
    assert expected[:, METRICS.index("orders")].max() > 12


def test_a_planted_difference_in_the_lanes_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    groups = (random_group(seed, 8) for seed in range(2, 40))
    group = next(one for one in groups if assert_equal(one, 8))  # one that trades
    real = module.lane_inputs

    def dearer(*arguments: Any) -> Any:
        inputs = real(*arguments)
        inputs.arrays.fill.reshape(-1, FILL)[:, BUY_RATE] *= 1.0 + 1e-9
        return inputs

    monkeypatch.setattr(module, "lane_inputs", dearer)
    with pytest.raises(AssertionError, match="final_value"):
        assert_equal(group, 8)


def test_the_replay_knows_whether_it_is_compiled(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # A kernel of one line in the place of the lanes, which take half a minute; that compiling ahead
    # leaves the lanes on disk stands in the test of what is compiled ahead.
    file = tmp_path / "kernel.py"
    file.write_text("def doubled(x):\n    return 2.0 * x\n")

    def fresh() -> Any:
        spec = spec_from_file_location("kernel", file)
        assert spec is not None
        assert spec.loader is not None
        loaded = module_from_spec(spec)
        spec.loader.exec_module(loaded)
        kernel = compiled(loaded.doubled)
        monkeypatch.setitem(KEPT, "lanes", kernel)
        return kernel

    kernel = fresh()
    assert not is_compiled("lanes")
    assert kernel(1.5) == 3.0
    assert is_compiled("lanes")
    fresh()
    assert is_compiled("lanes"), "found on disk by one that has compiled nothing"


def test_compiled_code_is_tied_to_every_source_it_is_made_of(tmp_path: Path) -> None:
    room = Path(str(module.__file__)).parent
    copies = []
    for path in room.glob("*.py"):
        copies.append(tmp_path / path.name)
        copies[-1].write_bytes(path.read_bytes())
    before = digest_of(copies)
    assert before == digest_of(reversed(copies)), "the order of files is not theirs to decide"
    for path in copies:
        whole = path.read_bytes()
        path.write_bytes(whole + b"\n")
        assert digest_of(copies) != before, path.name
        path.write_bytes(whole)
    assert replay._cache._cache_file._source_stamp == stamp()  # type: ignore[attr-defined]


def test_what_is_compiled_ahead_is_what_a_sweep_calls() -> None:
    code = (
        "from orebound.sweeps import from_names, prepare_replay\n"
        "from orebound.sweeps.prepared import Workshop\n"
        "from orebound.sweeps.replay.many import sweep_lanes, sweep_scalar, replay_many\n"
        "from orebound.sweeps.replay.ready import is_compiled\n"
        "from orebound.sweeps.replay.scalar import replay\n"
        "from orebound.sweeps.rerun import run_again\n"
        "from orebound.strategies import numbers_of\n"
        "from tests.markets import small_sample\n"
        "import numpy as np\n"
        "prepare_replay()\n"
        "print(is_compiled('lanes'), is_compiled('scalar'))\n"
        "made = Workshop(from_names({'start': '2016-01-04'}), small_sample('FCX')).prepared({})\n"
        "run_again(made)\n"
        "numbers = np.array([numbers_of(made.config.rule, made.config.sizing, 1)])\n"
        "for engine in ('lanes', 'scalar'):\n"
        "    replay_many(made.market, made.rule, numbers, made.calendar, engine=engine)\n"
        "print(*(len(one.signatures) for one in (replay, sweep_lanes, sweep_scalar)))\n"
    )
    root = str(Path(__file__).parents[2])
    environment = dict(os.environ) | {"PYTHONPATH": root}
    command = [sys.executable, "-c", code]
    done = subprocess.run(command, env=environment, check=True, capture_output=True, text=True)
    assert done.stdout.split() == ["True", "True", "1", "1", "1"]
