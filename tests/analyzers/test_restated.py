"""Whether a series was restated, merely went on, or was scaled by later dividends."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd
import pytest

from orebound.analyzers import flagged, stale_series
from orebound.analyzers.page.banners import cautions
from orebound.analyzers.record import RunRecord
from orebound.analyzers.restated import series_changes, values_changed
from tests.analyzers.made_runs import DAYS, made_run, series

VALUES = pd.Series([10.0, 11.0, 12.0, 13.0], index=DAYS[:4])


def status(a: dict[str, object], b: dict[str, object], then: pd.Series, now: pd.Series) -> str:
    (found,) = series_changes({"X": a}, {"X": b}, {"X": then}, {"X": now})
    return found.status


def test_a_series_that_went_on_is_longer() -> None:
    more = pd.concat([VALUES, pd.Series([14.0], index=DAYS[4:5])])
    later = series("X", sha256="b", last="2024-01-22")
    assert status(series("X"), later, VALUES, more) == "longer"
    assert status(later, series("X"), more, VALUES) == "shorter"
    earlier = series("X", sha256="b", first="2023-12-01")
    assert status(series("X"), earlier, VALUES, VALUES) == "longer"


def test_a_value_of_a_day_that_both_have_is_restated() -> None:
    now = VALUES.copy()
    now.iloc[2] = 12.6
    assert values_changed(VALUES, now) == (
        "restated",
        "1 of 4 values that both saw, from 2024-01-10 to 2024-01-10, by up to +5.00%",
    )
    later = series("X", sha256="b", last="2024-01-22")
    assert status(series("X"), later, VALUES, now) == "restated"


def test_later_dividends_scale_every_value() -> None:
    found = values_changed(VALUES, VALUES * 0.97)
    assert found is not None
    assert found[0] == "rescaled"
    assert "0.97" in found[1]


def test_days_that_came_or_went_within_both_spans_are_restated() -> None:
    found = values_changed(VALUES, VALUES.drop(DAYS[1]))
    assert found == (
        "restated",
        "1 days gone and 0 come within the days that both have, the first on 2024-01-09",
    )


def test_noise_below_the_tolerance_is_none() -> None:
    noisy = VALUES * (1.0 + pd.Series([1e-7, -1e-7, 0.0, 5e-8], index=DAYS[:4]))
    assert values_changed(VALUES, noisy, tolerance=2e-4) is None
    assert values_changed(VALUES, noisy) is not None


def test_another_digest_over_the_same_days_is_restated_whatever_was_seen() -> None:
    assert status(series("X"), series("X", sha256="b"), VALUES, VALUES) == "restated"


def test_equal_digests_need_no_look_and_missing_ones_are_unknown() -> None:
    assert status(series("X"), series("X"), VALUES, VALUES * 2) == "equal"
    assert status({"role": "X"}, series("X"), VALUES, VALUES) == "unknown"


def test_another_unit_is_another_series() -> None:
    (found,) = series_changes({"X": series("X")}, {"X": series("X", unit="GBp")}, {}, {})
    assert str(found) == "X: other, unit USD in A, GBp in B"
    assert found.is_restated


def test_metals_and_pairs_are_found_by_what_the_rule_calls_them() -> None:
    rows = {
        "LME_CU": series("LME_CU", role="metal copper"),
        "USDCNY": series("USDCNY", role="fx USDCNY"),
    }
    changed = {name: row | {"sha256": "b"} for name, row in rows.items()}
    then = {"copper": VALUES, "CNYUSD": VALUES}
    now = {"copper": VALUES, "CNYUSD": VALUES * 2.0}
    found = series_changes(rows, changed, then, now)
    assert [one.status for one in found] == ["restated", "rescaled"]
    assert "every close that both saw agrees" in found[0].detail


def test_a_flag_is_a_caution_and_stays_out_of_the_record() -> None:
    record = made_run([], {"X": [10.0] * 10})
    (found,) = series_changes({"X": series("X")}, {"X": series("X", sha256="b")}, {}, {})
    marked = flagged(record, [found])
    (caution,) = [one for one in cautions(marked) if one.name == "Data restated since"]
    assert "X: restated, another digest over the same days" in caution.text
    assert caution.is_loud
    assert flagged(record, []) is record
    assert not [one for one in cautions(record) if one.name == "Data restated since"]


@pytest.fixture(scope="module")
def on_sample() -> tuple[RunRecord, object]:
    from tests.markets import small_sample

    market = small_sample("FCX", "RIO")
    panel, rows = market.panel, slice(-40, None)
    closes = panel.closes[rows]
    frames = []
    for k, name in enumerate(panel.names):
        known = pd.DataFrame({"date": panel.session[rows, k], "symbol": name, "time": closes})
        frames.append(known.assign(known_close=panel.known_close[rows, k]))
    base = made_run([], {"FCX": [1.0] * 10})
    frame = pd.concat(frames).astype({"date": "datetime64[ns]"})
    absent = [name for name in base.signals.columns if name not in frame]
    data = {str(row["symbol"]): row for row in market.frame().astype(str).to_dict("records")}
    record = replace(
        base, signals=frame.assign(**dict.fromkeys(absent, 0)), info=base.info | {"data": data}
    )
    return record, market


def test_the_market_a_run_was_made_on_is_not_stale(on_sample) -> None:  # type: ignore[no-untyped-def]
    record, market = on_sample
    assert stale_series(record, market) == ()


def test_a_close_changed_in_the_market_at_hand_is_found(on_sample) -> None:  # type: ignore[no-untyped-def]
    record, market = on_sample

    def change(one):  # type: ignore[no-untyped-def]
        if one.symbol != "FCX":
            return one
        frame = one.frame.copy()
        frame.iloc[-3, frame.columns.get_loc("close")] *= 1.001
        return replace(one, frame=frame, facts=replace(one.facts, sha256="b"))

    (found,) = stale_series(record, market.rebuilt(change))
    assert (found.symbol, found.status) == ("FCX", "restated")
    assert "1 of 40 values that both saw" in found.detail
    assert "+0.10%" in found.detail


def test_a_series_that_is_gone_is_stale(on_sample) -> None:  # type: ignore[no-untyped-def]
    record, market = on_sample
    left = market.rebuilt(lambda one: None if one.symbol == "LME_CU" else one)
    (found,) = stale_series(record, left)
    assert str(found) == "LME_CU: no longer in the data at hand"
    assert [(found.symbol, found.status)] == [("LME_CU", "only_in_a")]
