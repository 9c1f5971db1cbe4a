"""What holds of the audit for any series, spoiled in any way."""

import numpy as np
import pandas as pd
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from orebound.feeds.auditing import audit
from orebound.feeds.refusal import AuditRefused
from orebound.feeds.series import RawSeries

from .audit_cases import clean, close_only, replaced, scaled

PRICES = ("open", "high", "low", "close")
FEW = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
ROLES = st.sampled_from(["traded", "signal"])
SPOILED = st.lists(
    st.tuples(
        st.integers(0, 119),
        st.sampled_from([*PRICES, "volume"]),
        st.sampled_from([np.nan, 0.0, -1.0, np.inf, 0.5, 0.01, 1.3, 100.0]),
    ),
    max_size=6,
)
ORDERS = st.sampled_from(["as is", "reversed", "shuffled", "repeated"])


def spoiled(faults: list[tuple[int, str, float]], order: str, seed: int) -> RawSeries:
    """Return a walk with cells multiplied and rows in another order."""
    raw = clean(120, seed=seed)
    frame = raw.frame.copy()
    for row, column, factor in faults:
        with np.errstate(invalid="ignore"):
            frame.loc[row, column] *= factor
    if order == "reversed":
        frame = frame.iloc[::-1]
    if order == "shuffled":
        frame = frame.sample(frac=1, random_state=seed)
    if order == "repeated":
        frame = pd.concat([frame, frame.iloc[:5]])
    return replaced(raw, frame)


@FEW
@given(faults=SPOILED, order=ORDERS, role=ROLES, seed=st.integers(0, 50))
def test_what_passes_is_ordered_unique_finite_and_every_change_is_said(
    faults: list[tuple[int, str, float]], order: str, role: str, seed: int
) -> None:
    raw = spoiled(faults, order, seed)
    before = raw.frame.copy()
    try:
        series = audit(raw, role=role)  # type: ignore[arg-type]
    except AuditRefused:
        return
    finally:
        pd.testing.assert_frame_equal(raw.frame, before)
    frame = series.frame
    assert frame.index.is_monotonic_increasing
    assert frame.index.is_unique
    assert np.isfinite(frame["close"]).all()
    assert (frame["close"] > 0).all()
    assert not set(series.masked) & set(frame.index)
    said = {finding.rule for finding in series.findings}
    if order != "as is":
        assert "row order" in said
    lost = before["date"].nunique() - len(frame)
    assert (lost == 0) or said - {"row order", "repeated row"}
    if role == "traded":
        assert (frame["high"] >= frame[["open", "close", "low"]].max(axis=1)).all()


@FEW
@given(
    seed=st.integers(0, 10_000),
    role=ROLES,
    rows=st.integers(2, 200),
    clock_name=st.sampled_from(["XNYS", "XLON", "XSHG"]),
    is_close_only=st.booleans(),
)
def test_clean_series_is_never_changed(
    seed: int, role: str, rows: int, clock_name: str, is_close_only: bool
) -> None:
    raw = clean(rows, seed=seed, clock_name=clock_name)
    if is_close_only:
        raw, role = close_only(raw), "signal"
    series = audit(raw, role=role)  # type: ignore[arg-type]
    assert series.findings == ()
    expected = raw.frame[[*PRICES, "volume"]].to_numpy()
    np.testing.assert_array_equal(series.frame[[*PRICES, "volume"]].to_numpy(), expected)


def verdict(raw: RawSeries, role: str) -> list[tuple[str, str, int | None]]:
    try:
        findings = audit(raw, role=role).findings  # type: ignore[arg-type]
    except AuditRefused as error:
        findings = error.findings
    return [(finding.rule, finding.outcome, finding.row) for finding in findings]


@FEW
@given(
    faults=SPOILED,
    role=ROLES,
    seed=st.integers(0, 50),
    # Powers of two keep every ratio of two prices exactly.
    power=st.integers(-12, 12),
)
def test_scaling_all_prices_changes_no_verdict(
    faults: list[tuple[int, str, float]], role: str, seed: int, power: int
) -> None:
    raw = spoiled(faults, "as is", seed)
    assert verdict(scaled(raw, 2.0**power), role) == verdict(raw, role)


@FEW
@given(faults=SPOILED, role=ROLES, seed=st.integers(0, 50), order=ORDERS)
def test_a_passed_series_passes_again_without_a_repair(
    faults: list[tuple[int, str, float]], role: str, seed: int, order: str
) -> None:
    raw = spoiled(faults, order, seed)
    try:
        first = audit(raw, role=role)  # type: ignore[arg-type]
    except AuditRefused:
        return
    again = first.frame.reset_index().assign(row=np.arange(2, len(first.frame) + 2))
    second = audit(replaced(raw, again), role=role)  # type: ignore[arg-type]
    pd.testing.assert_frame_equal(second.frame, first.frame)
