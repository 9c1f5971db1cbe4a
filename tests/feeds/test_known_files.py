"""Files of numbers with dates of release: what is read, and what is refused with its place."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from orebound.feeds import (
    ConfigError,
    DataRefused,
    Market,
    known_as_of,
    read_by_issuer,
    read_known,
    released,
)
from orebound.feeds.release_rules import release_rules


def file(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "series.csv"
    path.write_text(text)
    return path


def utc(*texts: str) -> np.ndarray:
    return np.array(texts, "datetime64[ns]")


def months(*texts: str) -> np.ndarray:
    return np.array(texts, "datetime64[D]")


# -- rules of release -----------------------------------------------------------------------------


def test_pmi_is_known_at_half_past_nine_in_beijing() -> None:
    # 09:30 Beijing is 01:30 UTC all year; 2024 ended on a Tuesday.
    assert released(months("2024-12-01"), "nbs_pmi") == utc("2024-12-31T01:30")
    assert released(months("2024-12-01"), "month_end_0930_beijing") == utc("2024-12-31T01:30")


@pytest.mark.parametrize(
    ("period", "day"),
    [
        ("2024-01-01", "2024-01-31"),  # dates that jin10 confirms (domain.md 3.3)
        ("2024-02-01", "2024-03-01"),
        ("2024-03-01", "2024-03-31"),
        ("2015-07-01", "2015-08-01"),  # 50.0, on a Saturday
        ("2017-02-01", "2017-03-01"),
        ("2017-03-01", "2017-03-31"),
    ],
)
def test_pmi_is_never_dated_before_it_was_out(period: str, day: str) -> None:
    found = released(months(period), "nbs_pmi")
    assert found.astype("datetime64[D]") == np.datetime64(day)


def test_money_is_known_at_the_end_of_the_sixteenth_of_the_next_month() -> None:
    found = released(months("2024-11-01", "2024-12-31"), "day16_2359_beijing")
    assert (found == utc("2024-12-16T15:59", "2025-01-16T15:59")).all()


def test_a_daily_series_is_known_a_business_day_later() -> None:
    # Friday to Monday, 23:59 in New York; Monday to Tuesday after the clocks changed.
    found = released(months("2025-03-07", "2025-03-10"), "next_business_day")
    assert (found == utc("2025-03-11T03:59", "2025-03-12T03:59")).all()


def test_a_vintage_is_held_back_to_the_end_of_its_day() -> None:
    periods, vintages = months("2024-11-01", "2024-11-01"), months("2024-12-13", "2025-02-20")
    found = released(periods, "day16_2359_beijing", vintages)
    assert (found == utc("2024-12-16T15:59", "2025-02-20T15:59")).all()


def test_every_rule_lies_after_the_period_it_speaks_of() -> None:
    periods = np.arange("2008-01", "2026-01", dtype="datetime64[M]").astype("datetime64[D]")
    ends = (periods.astype("datetime64[M]") + 1).astype("datetime64[D]") - 1
    for name in {rule.name for rule in release_rules()} - {"next_business_day"}:
        # The last day of a month at half past nine is the earliest of all.
        assert (released(periods, name).astype("datetime64[D]") >= ends).all(), name


# -- files ----------------------------------------------------------------------------------------

GOOD = "ref_period,release_utc,value\n2024-01,2024-02-10T09:00Z,1\n2024-02,2024-03-10T09:00Z,2\n"


def test_a_known_name_carries_its_rule_and_any_other_must_name_one(tmp_path: Path) -> None:
    path = file(tmp_path, "date,value\n2024-11-01,50.3\n2024-12-01,50.1\n")
    found = read_known(path, "pmi")
    assert found.release_rule == "nbs_pmi"
    assert found.release_utc[1] == utc("2024-12-31T01:30")
    with pytest.raises(DataRefused, match=r"'release_utc' is missing.*data\.releases\.ppi"):
        read_known(path, "ppi")
    by_rule = read_known(path, "ppi", release="china_activity")
    assert by_rule.release_utc[0] > utc("2024-12-18T15:58")


def test_a_file_that_says_when_keeps_its_word(tmp_path: Path) -> None:
    path = file(tmp_path, GOOD)
    assert read_known(path, "pmi").release_utc[0] == utc("2024-02-10T09:00")
    with pytest.raises(ConfigError, match="has a column release_utc; accepted: one of the two"):
        read_known(path, "pmi", release="nbs_pmi")


def test_two_vintages_are_each_known_in_their_time(tmp_path: Path) -> None:
    text = GOOD + "2024-02,2024-04-10T09:00Z,2.5\n"
    found = known_as_of(read_known(file(tmp_path, text), "cpi"), utc("2024-04-10T08:59"))
    assert found.value[0] == 2.0
    found = known_as_of(read_known(file(tmp_path, text), "cpi"), utc("2024-04-10T09:00"))
    assert found.value[0] == 2.5


def test_a_period_without_a_number_is_left_out_and_counted(tmp_path: Path) -> None:
    found = read_known(file(tmp_path, GOOD + "2024-03,2024-04-10T09:00Z,.\n"), "cpi")
    assert (len(found), found.blanks) == (2, 1)


def test_issuers_of_one_file_are_series_of_their_own(tmp_path: Path) -> None:
    text = (
        "issuer,ref_period,release_utc,value\n"
        "rio,2024-06-30,2024-07-31T06:00Z,5\nbhp,2024-06-30,2024-08-27T00:00Z,4\n"
    )
    found = read_by_issuer(file(tmp_path, text), "ev_ebitda")
    assert sorted(found) == ["ev_ebitda@bhp", "ev_ebitda@rio"]
    assert found["ev_ebitda@rio"].value.tolist() == [5.0]
    with pytest.raises(ConfigError, match="accepted: one series, got one by issuer"):
        read_known(file(tmp_path, text), "ev_ebitda")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "empty"),
        ("ref_period,release_utc,value\n", "no rows"),
        ("<html><body>429 Too Many Requests</body></html>\n", "column 'ref_period' is missing"),
        (GOOD.replace("value", "final"), "column 'value' is missing, got ref_period"),
        (GOOD + "2024-03,2024-04-10T09:00Z\n", "row 4: accepted: 3 cells, got 2"),
        (GOOD + "2024-03,2024-04-10T09:00Z,1,2\n", "row 4: accepted: 3 cells, got 4"),
        (GOOD + "2024-13,2024-04-10T09:00Z,1\n", "row 4, column 'ref_period'.*'2024-13'"),
        (GOOD + "31.03.2024,2024-04-10T09:00Z,1\n", "row 4, column 'ref_period'"),
        (GOOD + "2024-03,2024-04-10,1\n", "row 4, column 'release_utc'.*'2024-04-10'"),
        (GOOD + "2024-03,2024-04-10T09:00+08:00,1\n", "row 4, column 'release_utc'"),
        (GOOD + "2024-03,2024-04-10T09:00Z,inf\n", "row 4, column 'value'.*a finite number"),
        (GOOD + "2024-03,2024-04-10T09:00Z,1 234\n", "row 4, column 'value'"),
        (GOOD + "2024-02,2024-03-10T09:00Z,3\n", "row 4: 2024-02-01 was released.*row 3 already"),
        (GOOD + "2024-06,2024-04-10T09:00Z,3\n", "lies before the period it speaks of"),
        ("value,value\n1,2\n", "'value' stands twice"),
    ],
)
def test_what_cannot_be_read_is_refused_with_its_place(
    tmp_path: Path, text: str, said: str
) -> None:
    with pytest.raises(DataRefused, match=said):
        read_known(file(tmp_path, text), "cpi")


def test_months_stamped_with_their_own_first_day_are_a_leak(tmp_path: Path) -> None:
    rows = "".join(f"2024-{m:02}-01,2024-{m:02}-01T00:00Z,{m}\n" for m in range(1, 7))
    with pytest.raises(DataRefused, match="a stamp, not a release"):
        read_known(file(tmp_path, "ref_period,release_utc,value\n" + rows), "cpi")


def test_a_release_before_its_vintage_is_refused(tmp_path: Path) -> None:
    text = "ref_period,release_utc,value,vintage\n2024-01,2024-02-10T09:00Z,1,2024-03-01\n"
    with pytest.raises(DataRefused, match="lies before its vintage, 2024-03-01"):
        read_known(file(tmp_path, text), "cpi")


# -- real history ---------------------------------------------------------------------------------

#: Series of the folder, its column, and the UTC hour and day of the month it is usable from.
REAL = {
    "pmi": ("manufacturing_pmi.csv", "value"),
    "m1": ("money_supply.csv", "m1_yoy"),
    "loans": ("new_loans.csv", "value"),
    "tsf": ("social_financing.csv", "value"),
}


@pytest.mark.parametrize("name", REAL)
def test_no_month_of_the_real_files_is_known_before_its_release(
    shared_data: Path, name: str
) -> None:
    place, column = REAL[name]
    series = read_known(shared_data / "china" / place, name, column=column)
    assert len(series) > 130
    month = series.ref_period.astype("datetime64[M]")
    following = (month + 1).astype("datetime64[D]")
    # Beijing is eight hours ahead all year.
    first = {
        "pmi": following - 1 + np.timedelta64(90, "m"),
    }.get(name, following + 15 + np.timedelta64(15 * 60 + 59, "m"))
    assert (series.release_utc >= first.astype("datetime64[ns]")).all()
    minute = np.timedelta64(1, "m")
    for k in (0, 60, 100, len(series) - 1):
        before, at = (
            known_as_of(series, np.array([series.release_utc[k] - minute])),
            known_as_of(series, np.array([series.release_utc[k]])),
        )
        assert before.ref_period[0] != series.ref_period[k]
        assert at.ref_period[0] == series.ref_period[k]
        assert at.value[0] == series.value[k]


def test_a_market_holds_them_as_they_were_known(shared_data: Path) -> None:
    files = {n: f"{shared_data / 'china' / f}:{c}" for n, (f, c) in REAL.items()}
    panel = Market.sample(known=files).panel
    for name, known in panel.known.items():
        has = ~np.isnat(known.released)
        assert has.any(), name
        assert (known.released[has] <= panel.closes[has]).all()
        # Nothing newer was out: what is held is the last release at each row.
        place = np.searchsorted(known.history.release_utc, panel.closes, side="right") - 1
        assert np.array_equal(known.value[has], known.history.value[place[has]])
