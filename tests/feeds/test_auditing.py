"""The audit: each rule refuses, masks, repairs or warns as stated, and names the place."""

import pickle
from datetime import date
from typing import Any

import numpy as np
import pandas as pd
import pytest

from orebound.feeds.auditing import audit
from orebound.feeds.clocks import clock
from orebound.feeds.errors import ConfigError
from orebound.feeds.refusal import AuditRefused
from orebound.feeds.series import RawSeries, Series
from orebound.feeds.universe import IdentityAnchor

from .audit_cases import clean, close_only, replaced, scaled, spoil


def outcomes(series: Series, rule: str) -> list[str]:
    return [finding.outcome for finding in series.findings if finding.rule == rule]


def refused(raw: RawSeries, words: str, **options: Any) -> AuditRefused:
    options.setdefault("role", "traded")
    with pytest.raises(AuditRefused, match=words) as caught:
        audit(raw, **options)
    return caught.value


def test_clean_series_passes_unchanged_without_a_finding() -> None:
    raw = clean()
    series = audit(raw, role="traded")
    assert series.findings == ()
    assert len(series.masked) == 0
    names = ["open", "high", "low", "close", "volume"]
    np.testing.assert_array_equal(series.frame[names].to_numpy(), raw.frame[names].to_numpy())
    assert series.facts.adjustment == "total_return"


def test_refusal_carries_findings_counts_and_survives_pickling() -> None:
    raw = clean()
    for row in range(10, 24):
        raw = spoil(raw, row, close=np.nan)
    error = refused(raw, r"RIO\.csv: refused for \d+ reasons: RIO\.csv, row 12, .* and \d+ more")
    assert error.exit_code == 3
    assert any(finding.outcome == "refused" for finding in error.findings)
    assert str(pickle.loads(pickle.dumps(error))) == str(error)


@pytest.mark.parametrize(
    ("row", "values", "words"),
    [
        (50, {"close": np.nan}, "row 52, .*column close: blank close"),
        (50, {"open": np.nan}, "row 52, .*blank price: no open"),
        (50, {"close": 0.0}, "row 52, .*zero price"),
        (50, {"open": 0.0}, "row 52, .*zero price: open at 0"),
        (50, {"close": -3.0}, "negative price: a close of -3 .*only futures"),
        (50, {"close": np.inf}, "row 52, .*column close: infinite price"),
        (50, {"high": 1.0}, "row 52, .*high below low"),
        (50, {"low": 0.5}, "row 52, .*column low: unit flip"),
        (50, {"open": 5000.0}, "row 52, .*column open: unit flip"),
    ],
)
def test_faults_of_a_traded_row_refuse_naming_it(
    row: int, values: dict[str, float], words: str
) -> None:
    refused(spoil(clean(), row, **values), words)


def test_signal_ignores_faults_of_the_range_but_says_so() -> None:
    raw = spoil(spoil(clean(), 50, open=0.0), 60, high=1.0)
    series = audit(raw, role="signal")
    assert outcomes(series, "zero price") == ["warned"]
    assert outcomes(series, "high below low") == ["warned"]
    assert len(series.frame) == len(raw.frame)
    assert np.isnan(series.frame["open"].iloc[50])


def test_close_outside_the_range_masks_the_traded_row() -> None:
    raw = clean()
    low = raw.frame.loc[50, "low"]
    series = audit(spoil(raw, 50, close=low * 0.97), role="traded")
    assert outcomes(series, "close outside range") == ["masked"]
    assert list(series.masked) == [raw.frame.loc[50, "date"]]
    assert raw.frame.loc[50, "date"] not in series.frame.index
    assert outcomes(series, "missing sessions") == []


@pytest.mark.parametrize(("edge", "factor"), [("high", 1.02), ("low", 0.98)])
def test_open_outside_the_range_masks_the_traded_row(edge: str, factor: float) -> None:
    raw = clean()
    series = audit(spoil(raw, 50, open=raw.frame.loc[50, edge] * factor), role="traded")
    assert outcomes(series, "open outside range") == ["masked"]
    assert len(series.frame) == 299


def test_more_than_one_percent_masked_rows_refuse() -> None:
    raw = clean()
    for row in (50, 80, 110, 140):
        raw = spoil(raw, row, close=raw.frame.loc[row, "low"] * 0.98)
    refused(raw, r"masked rows: 4 of 300 rows \(1\.3%\)")
    assert len(audit(raw, role="traded", allow=["masked rows"]).masked) == 4


def test_rounding_noise_is_clamped_and_said() -> None:
    raw = clean()
    raw = spoil(raw, 50, high=max(raw.frame.loc[50, ["open", "close"]]) * (1 - 5e-7))
    series = audit(raw, role="traded")
    assert outcomes(series, "rounding") == ["repaired"]
    assert (series.frame["high"] >= series.frame[["open", "close"]].max(axis=1)).all()


def test_blank_ends_are_trimmed_and_said() -> None:
    raw = spoil(spoil(clean(), 0, close=np.nan), 299, close=np.nan)
    series = audit(raw, role="traded")
    assert outcomes(series, "blank start") == ["repaired"]
    assert outcomes(series, "blank end") == ["repaired"]
    assert len(series.frame) == 298


def test_blank_row_on_a_holiday_is_dropped_with_a_warning() -> None:
    raw = clean()
    # Christmas Day 2016 was a Sunday, kept by New York on Monday the 26th.
    blank = raw.frame.iloc[[240]].assign(date=pd.Timestamp("2016-12-26"))
    blank[["open", "high", "low", "close", "volume"]] = np.nan
    frame = pd.concat([raw.frame, blank]).sort_values("date")
    series = audit(replaced(raw, frame), role="traded")
    assert outcomes(series, "blank close") == ["warned"]
    assert len(series.frame) == 300


def test_order_and_repetition_are_repaired_and_said() -> None:
    raw = clean()
    backwards = audit(replaced(raw, raw.frame.iloc[::-1]), role="traded")
    assert "newest first" in backwards.findings[0].detail
    twice = pd.concat([raw.frame, raw.frame.iloc[[10, 20]]])
    series = audit(replaced(raw, twice), role="traded")
    assert outcomes(series, "row order") == ["repaired"]
    assert outcomes(series, "repeated row") == ["repaired"]
    expected = audit(raw, role="traded").frame
    pd.testing.assert_frame_equal(series.frame, expected)
    pd.testing.assert_frame_equal(backwards.frame, expected)


def test_one_date_with_two_prices_is_refused_in_both_roles() -> None:
    raw = clean()
    other = raw.frame.iloc[[10]].assign(close=raw.frame.loc[10, "close"] * 1.001)
    spoiled = replaced(raw, pd.concat([raw.frame, other]))
    for role in ("traded", "signal"):
        refused(spoiled, "repeated date: stands twice", role=role)


def test_times_of_day_and_zones_become_session_dates() -> None:
    raw = clean(120)
    zoned = raw.frame.assign(date=raw.frame["date"].dt.tz_localize("Asia/Shanghai"))
    assert "time zone" in audit(replaced(raw, zoned), role="signal").findings[0].detail
    late = raw.frame["date"] + pd.to_timedelta(np.where(np.arange(120) % 2, 16, 0), unit="h")
    series = audit(replaced(raw, raw.frame.assign(date=late)), role="traded")
    assert "time of day cut off in 60 rows" in series.findings[0].detail
    assert len(series.frame) == 120


@pytest.mark.parametrize("factor", [100.0, 0.01, 107.0])
def test_unit_flips_are_refused_in_both_roles_and_can_be_allowed(factor: float) -> None:
    raw = scaled(clean(), factor, 100, 130)
    for role in ("traded", "signal"):
        refused(raw, "row 102, .*unit flip: .*pence and pounds", role=role)
    refused(scaled(clean(), factor, 100, 101), "unit flip")
    days = raw.frame.loc[[100, 130], "date"].dt.strftime("unit flip:%Y-%m-%d").tolist()
    assert outcomes(audit(raw, role="signal", allow=days), "unit flip") == ["warned"] * 2


@pytest.mark.parametrize("ratio", [2.0, 0.1, 1.5, 5.0])
def test_stated_split_missing_from_earlier_prices_is_refused(ratio: float) -> None:
    raw = clean()
    raw = replaced(raw, raw.frame.assign(splits=0.0))
    raw = spoil(raw, 150, splits=ratio)
    assert audit(raw, role="traded").findings == ()
    refused(scaled(raw, ratio, 0, 150), "row 152, .*split not adjusted")


def test_unstated_split_is_refused_and_a_confirmed_halving_passes() -> None:
    raw = scaled(clean(), 2.0, 0, 150)
    refused(raw, r"unconfirmed move: -4\d\.\d% in a day|unconfirmed move: -5\d\.\d% in a day")
    loud = spoil(raw, 150, volume=2e5)
    series = audit(loud, role="traded")
    assert outcomes(series, "large move") == ["warned"]
    day = raw.frame.loc[150, "date"]
    allowed = audit(raw, role="traded", allow=[f"unconfirmed move:{day:%Y-%m-%d}"])
    assert outcomes(allowed, "large move") == ["warned"]


def test_single_day_spike_is_masked_in_both_roles_and_a_wild_week_is_not() -> None:
    raw = scaled(clean(), 1.2, 150, 151)
    for role in ("traded", "signal"):
        series = audit(raw, role=role)  # type: ignore[arg-type]
        assert outcomes(series, "bad tick") == ["masked"]
        assert list(series.masked) == [raw.frame.loc[150, "date"]]
    # GameStop, 2021-01-22 to 02-02: closes as published, each day's range reaching its neighbours.
    closes = [65.01, 76.79, 147.98, 347.51, 193.60, 325.00, 225.00, 90.00]
    ranges = [(42, 77), (61, 159), (80, 150), (249, 380), (112, 483), (250, 414), (212, 322)]
    frame = clean(seed=1, level=40.0).frame
    for i, close in enumerate(closes):
        low, high = [*ranges, (74, 158)][i]
        frame.loc[150 + i, ["open", "high", "low", "close"]] = [close, high, low, close]
        frame.loc[150 + i, "volume"] = 1e6
    frame.loc[158:, ["open", "high", "low", "close"]] *= 90 / frame.loc[158, "close"]
    assert len(audit(replaced(clean(), frame), role="traded").masked) == 0


def test_a_move_that_comes_back_only_in_part_is_no_bad_tick() -> None:
    # As nickel in March 2022: up by a half, then down by less.
    raw = scaled(close_only(clean()), 1.4, 150)
    raw = scaled(raw, 0.8, 151)
    assert len(audit(raw, role="signal", kind="metal").masked) == 0


def test_negative_price_passes_for_a_future_by_permission_only() -> None:
    raw = clean(clock_name="COMEX settlement", unit="USD/bbl")
    raw = spoil(raw, 100, close=-37.6, low=-40.0)
    refused(raw, "negative price.*allow 'negative price'", role="signal")
    series = audit(raw, role="signal", allow=["negative price"])
    assert series.frame["close"].min() == -37.6
    refused(raw, "only futures may", role="signal", kind="metal", allow=["negative price"])


def swapped_pair(true: str, stamped: str) -> RawSeries:
    """Return a rising currency in which the row of one date bears another."""
    raw = clean(500, clock_name="FX day end 22:00 UTC", unit="USD per EUR", level=1.0)
    rise = np.exp(np.linspace(0, 1.0, 500))
    frame = close_only(raw).frame.set_index("date")
    frame["close"] *= rise
    level = frame["close"].asof(pd.Timestamp(true))
    frame = frame.drop(pd.Timestamp(true), errors="ignore")
    frame.loc[pd.Timestamp(stamped), "close"] = level
    return replaced(raw, frame.reset_index())


def test_swapped_day_and_month_are_moved_for_signals_and_refused_for_trades() -> None:
    # A Friday and a Monday, both sessions of the currency market.
    raw = swapped_pair(true="2017-06-02", stamped="2017-02-06")
    series = audit(raw, role="signal")
    assert outcomes(series, "swapped date") == ["repaired"]
    assert "2017-06-02; moved there" in next(f.detail for f in series.findings if f.row)
    assert pd.Timestamp("2017-06-02") in series.frame.index
    assert pd.Timestamp("2017-02-06") not in series.frame.index
    options = {"role": "traded", "kind": "fx"}
    fills = replaced(raw, raw.frame)
    fills = RawSeries(clean(fill="next_close", clock_name="XNYS").facts, fills.frame, True)
    refused(fills, "2017-02-06, .*swapped date: .*the level is that of 2017-06-02", **options)


def test_swapped_row_of_a_weekend_is_taken_out() -> None:
    # 2017-08-05 was a Saturday: the row cannot be put back.
    series = audit(swapped_pair(true="2017-08-05", stamped="2017-05-08"), role="signal")
    assert outcomes(series, "swapped date") == ["masked"]
    assert list(series.masked) == [pd.Timestamp("2017-05-08")]


def test_stray_weekend_row_is_dropped_for_signals_and_refused_for_trades() -> None:
    raw = clean()
    # 2016-07-10 was a Sunday.
    sunday = raw.frame.iloc[[128]].assign(date=pd.Timestamp("2016-07-10"))
    frame = pd.concat([raw.frame, sunday]).sort_values("date")
    series = audit(replaced(raw, frame), role="signal")
    assert outcomes(series, "weekend row") == ["repaired"]
    assert len(series.frame) == 300
    refused(replaced(raw, frame), "2016-07-10.*weekend row: a Sunday")


def test_many_weekend_rows_refuse_a_signal_too() -> None:
    raw = clean()
    sundays = pd.date_range("2016-02-07", periods=5, freq="7D")
    extra = raw.frame.iloc[:5].assign(date=sundays, close=raw.frame["close"].iloc[22])
    frame = pd.concat([raw.frame, extra]).sort_values("date")
    refused(replaced(raw, frame), "weekend row.*at most 3", role="signal")


def test_row_on_an_exchange_holiday_is_masked_for_trades_and_warned_of_for_signals() -> None:
    raw = clean()
    holiday = raw.frame.iloc[[246]].assign(date=pd.Timestamp("2016-12-26"))
    frame = replaced(raw, pd.concat([raw.frame, holiday]).sort_values("date"))
    assert outcomes(audit(frame, role="traded"), "no session") == ["masked"]
    assert outcomes(audit(frame, role="signal"), "no session") == ["warned"]


@pytest.mark.parametrize(
    ("lost", "rule", "outcome"),
    [(range(100, 101), "missing sessions", "warned"), (range(100, 106), "hole", "warned")],
)
def test_missing_sessions_and_holes_are_reported_with_dates(
    lost: range, rule: str, outcome: str
) -> None:
    raw = clean()
    series = audit(replaced(raw, raw.frame.drop(index=list(lost))), role="traded")
    found = [finding for finding in series.findings if finding.rule == rule]
    assert [finding.outcome for finding in found] == [outcome]
    assert str(raw.frame.loc[100, "date"].date()) in found[0].detail


def test_more_than_five_percent_scattered_missing_sessions_refuse() -> None:
    raw = clean()
    thin = replaced(raw, raw.frame.drop(index=list(range(10, 290, 17))))
    refused(thin, r"missing sessions: 17 of 300 sessions \(5\.67%\)")
    assert audit(thin, role="traded", allow=["missing sessions"]) is not None


def test_holidays_half_days_and_clock_changes_are_no_gaps() -> None:
    for clock_name in ("XNYS", "XLON", "XOSL", "XSHG", "XSTO"):
        assert audit(clean(1600, clock_name=clock_name), role="traded").findings == ()


def test_stale_run_is_warned_of_and_not_traded_from_its_tenth_row() -> None:
    raw = clean()
    frame = raw.frame.copy()
    price = frame.loc[99, "close"]
    frame.loc[100:114, ["open", "high", "low", "close"]] = price
    frame.loc[100:114, "volume"] = 0.0
    frame.loc[115:, ["open", "high", "low", "close"]] *= price / frame.loc[115, "close"]
    series = audit(replaced(raw, frame), role="traded")
    assert outcomes(series, "stale prices") == ["warned"]
    # Rows 99 to 114 are equal; the tenth of them is row 108.
    assert list(series.masked) == list(frame.loc[108:114, "date"])
    assert len(audit(replaced(raw, frame), role="signal").masked) == 0


def test_adj_close_scales_all_prices_and_keeps_the_raw_close() -> None:
    raw = clean()
    factor = np.where(np.arange(300) < 150, 0.9, 1.0)
    frame = raw.frame.assign(adj_close=raw.frame["close"] * factor)
    series = audit(replaced(raw, frame, None), role="traded")
    for name in ("open", "high", "low", "close"):
        np.testing.assert_allclose(series.frame[name], frame[name] * factor)
    np.testing.assert_array_equal(series.frame["raw_close"], frame["close"])
    assert series.facts.adjustment == "total_return"


def test_rows_before_adj_close_begins_are_cut_and_blanks_within_refuse() -> None:
    raw = clean()
    frame = raw.frame.assign(adj_close=raw.frame["close"])
    frame.loc[:49, "adj_close"] = np.nan
    series = audit(replaced(raw, frame, None), role="traded")
    assert outcomes(series, "Adj Close") == ["repaired"]
    assert len(series.frame) == 250
    frame.loc[200, "adj_close"] = np.nan
    refused(replaced(raw, frame, None), "row 202, .*adj_close: Adj Close: blank")
    assert len(audit(replaced(raw, frame, False), role="traded").frame) == 300


def test_share_without_any_word_on_dividends_is_refused() -> None:
    raw = clean()
    refused(replaced(raw, raw.frame, None), "adjustment: nothing says whether dividends")


def test_adj_close_that_ignores_a_paid_dividend_is_refused() -> None:
    raw = clean()
    frame = raw.frame.assign(adj_close=raw.frame["close"], dividends=0.0)
    frame.loc[150, "dividends"] = 2.0
    refused(replaced(raw, frame, None), "row 152, .*dividend not adjusted")
    share = 2.0 / frame.loc[149, "close"]
    frame.loc[:149, "adj_close"] *= 1 - share
    assert audit(replaced(raw, frame, None), role="traded") is not None


@pytest.mark.parametrize(("unit", "currency"), [("GBp", "GBP"), ("ZAc", "ZAR")])
def test_minor_units_reach_the_major_currency(unit: str, currency: str) -> None:
    raw = clean(unit=unit, currency=currency)
    series = audit(raw, role="traded")
    np.testing.assert_allclose(series.frame["close"], raw.frame["close"] / 100)
    assert (series.facts.factor, series.facts.unit) == (0.01, unit)


def test_another_company_under_the_ticker_is_refused_naming_both() -> None:
    raw = replaced(clean(), clean().frame, False)
    close = raw.frame.loc[10, "close"]
    day = raw.frame.loc[10, "date"].date()

    def anchor(price: float, on: date = day) -> IdentityAnchor:
        return IdentityAnchor("b-xnys", on, price, 0.1, "Barrick", "Barnes")

    refused(raw, "this is not Barrick, perhaps Barnes", anchors=[anchor(close * 0.4)])
    refused(raw, "this is not Barrick", anchors=[anchor(close * 1.2)])
    assert outcomes(audit(raw, role="traded", anchors=[anchor(close * 1.05)]), "identity") == []
    elsewhere = audit(raw, role="traded", anchors=[anchor(close, date(1990, 1, 2))])
    assert outcomes(elsewhere, "identity") == ["warned"]


def test_adjusted_prices_prove_identity_by_their_raw_close_only() -> None:
    raw = clean()
    day = raw.frame.loc[10, "date"].date()
    anchor = IdentityAnchor("b-xnys", day, 17.0, 0.1, "Barrick", "Barnes")
    assert outcomes(audit(raw, role="traded", anchors=[anchor]), "identity") == ["warned"]
    frame = raw.frame.assign(raw_close=17.1)
    assert outcomes(audit(replaced(raw, frame), role="traded", anchors=[anchor]), "identity") == []


def test_close_only_series_is_traded_only_at_the_next_close() -> None:
    refused(close_only(clean()), "close only: .*fill = 'next_close'")
    series = audit(close_only(clean(fill="next_close")), role="traded")
    assert series.is_close_only
    assert outcomes(series, "close only") == ["warned"]


def test_wrong_use_is_told_from_wrong_data() -> None:
    with pytest.raises(ConfigError, match=r"unknown role 'trade'.*'traded'"):
        audit(clean(), role="trade")  # type: ignore[arg-type]
    with pytest.raises(ConfigError, match="unknown kind 'share'"):
        audit(clean(), role="traded", kind="share")  # type: ignore[arg-type]
    with pytest.raises(ConfigError, match=r"unknown rule to allow 'unit flips'.*'unit flip'"):
        audit(clean(), role="traded", allow=["unit flips"])
    with pytest.raises(ConfigError, match="'tomorrow' is no date"):
        audit(clean(), role="traded", allow=["unit flip:tomorrow"])
    with pytest.raises(ConfigError, match="must be a list"):
        audit(clean(), role="traded", allow="unit flip")


@pytest.mark.parametrize("role", ["traded", "signal"])
def test_a_row_dated_after_today_is_refused_by_file_row_and_date(
    role: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    raw = clean()  # its first session is Monday 2016-01-04
    today = pd.Timestamp("2016-01-14 23:30", tz="America/New_York")
    monkeypatch.setattr(pd.Timestamp, "now", lambda zone: today.tz_convert(zone))
    words = (
        r"RIO\.csv, row 11, 2016-01-15, column date: future date: later than today, 2016-01-14 by "
        "America/New_York"
    )
    refused(raw, words, role=role)
    until = replaced(raw, raw.frame.iloc[:9])  # the 14th itself, where London has the 15th already
    assert audit(until, role=role).sessions[-1] == np.datetime64("2016-01-14")


def test_an_invented_series_may_lie_in_the_future(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pd.Timestamp, "now", lambda zone: pd.Timestamp("2016-01-14", tz=zone))
    assert len(audit(clean(synthetic=True), role="traded").frame) == 300


def test_sessions_past_a_calendar_s_end_are_said_as_a_finding_and_never_as_a_warning() -> None:
    shanghai = clock("XSHG")
    # 2026-12-31 is the last session that exchange_calendars 4.13 knows of Shanghai.
    days = shanghai.sessions("2025-01-02", "2027-12-31")[-300:]
    assert days[-1] > shanghai.horizon > days[0]
    raw = clean(clock_name="XSHG", synthetic=True)
    frame = raw.frame.assign(date=days.astype("datetime64[ns]"))
    series = audit(replaced(raw, frame), role="signal")
    (said,) = [f for f in series.findings if f.rule == "calendar"]
    assert said.detail.startswith(f"the XSHG calendar ends on {shanghai.horizon}: all weekdays")
