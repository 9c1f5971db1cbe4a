"""Real history and real glitches: every clean file passes, every dirty one gets its due."""

import time
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from orebound.feeds.auditing import audit
from orebound.feeds.check import CheckReport, FileCheck, check_data
from orebound.feeds.sources.csv_files import csv_series, read_csv
from orebound.feeds.universe_reference import shipped_listings

TRADED = set(
    ["AA", "AU", "B", "BHP", "FCX", "NEM", "RIO", "VALE", "SPY", "GLD", "GDX", "NHY.OL"]
    + ["AAL.L", "ANTO.L", "FRES.L", "GLEN.L", "HOC.L", "RIO.L"]
)


@pytest.fixture(scope="module")
def prices_report(shared_data: Path) -> CheckReport:
    return check_data(shared_data / "prices")


def outcome_of(shared_data: Path, name: str, **options: Any) -> FileCheck:
    report = check_data(shared_data / "dirty" / f"{name}.csv", **options)
    (file,) = report.files
    assert report.exit_code == (3 if file.outcome == "refused" else 0)
    return file


def said(file: FileCheck, rule: str) -> dict[str | None, str]:
    return {finding.date: finding.outcome for finding in file.findings if finding.rule == rule}


def test_every_file_of_real_history_is_accepted(prices_report: CheckReport) -> None:
    assert prices_report.count("refused") == 0
    assert len(prices_report.files) == 44
    assert prices_report.exit_code == 0
    by_role = {file.symbol for file in prices_report.files if file.role == "traded"}
    assert by_role == TRADED


def test_real_large_moves_pass_and_are_named(prices_report: CheckReport) -> None:
    files = {file.symbol: file for file in prices_report.files}
    assert "2008-11-21" in said(files["AU"], "large move")
    nickel = files["LME_NI"]
    assert said(nickel, "unconfirmed move") == {"2022-03-07": "warned"}
    assert said(nickel, "hole")["2022-03-28"] == "warned"
    assert all(not said(file, "bad tick") for file in files.values())


def test_known_holes_and_masked_rows_are_reported(prices_report: CheckReport) -> None:
    files = {file.symbol: file for file in prices_report.files}
    for symbol in ("RIO.L", "ANTO.L"):
        assert "2021-04-28" in said(files[symbol], "hole")
    # Six closes below the day's range (net of a dividend) and one row on Maundy Thursday 2017.
    assert files["NHY.OL"].masked == 7
    assert sum(file.masked for file in files.values()) < 15


def test_clean_us_lines_pass_without_any_finding(prices_report: CheckReport) -> None:
    files = {file.symbol: file for file in prices_report.files}
    silent = {symbol for symbol, file in files.items() if not file.findings}
    assert {"AA", "BHP", "FCX", "NEM", "RIO", "VALE", "SPY", "GLD", "GDX", "XME"} <= silent


def test_traded_values_are_the_file_s_own(shared_data: Path) -> None:
    path = shared_data / "prices" / "RIO.csv"
    plain = pd.read_csv(path, parse_dates=["Date"], index_col="Date")
    series = csv_series(path.parent, "RIO", role="traded")
    for name in ("Open", "High", "Low", "Close", "Volume"):
        assert (series.frame[name.lower()].to_numpy() == plain[name].to_numpy()).all()
    pence = csv_series(path.parent, "AAL.L", role="traded")
    assert pence.frame["close"].iloc[-1] == pytest.approx(26.43)


def test_one_long_file_is_audited_in_fifty_milliseconds(shared_data: Path) -> None:
    raw = read_csv(shared_data / "prices" / "BHP.csv")
    audit(raw, role="traded")
    times = []
    for _ in range(5):
        start = time.process_time()
        audit(raw, role="traded")
        times.append(time.process_time() - start)
    assert min(times) < 0.05


def test_swapped_days_are_moved_or_taken_out_saying_so(shared_data: Path) -> None:
    file = outcome_of(shared_data, "eurusd_day_month_swapped_2008")
    # Three of the five August days were Saturdays and a Sunday and cannot be put back.
    assert said(file, "swapped date") == {
        "2008-01-08": "repaired",
        "2008-02-08": "masked",
        "2008-09-08": "masked",
        "2008-10-08": "masked",
        "2008-12-08": "repaired",
    }


def test_sunday_bar_is_dropped_and_the_tariff_crash_stays(shared_data: Path) -> None:
    file = outcome_of(shared_data, "copper_sunday_bar_and_tariff_crash_2025")
    assert said(file, "weekend row") == {"2025-07-13": "repaired"}
    assert not said(file, "bad tick")
    assert file.masked == 0


def test_zero_range_of_an_index_leaves_its_close(shared_data: Path) -> None:
    file = outcome_of(shared_data, "index_zero_open_2025")
    assert set(said(file, "zero price")) == {"2025-08-11", "2025-08-12", "2025-09-01"}
    assert file.rows == 44


def test_other_company_under_the_ticker_is_refused(shared_data: Path) -> None:
    file = outcome_of(shared_data, "reused_ticker_B_is_barnes_not_barrick")
    assert file.outcome == "refused"
    assert "Barrick" in file.detail
    assert "Barnes" in file.detail
    barrick = shipped_listings()["b-xnys"].anchors
    series = csv_series(shared_data / "prices", "B", role="traded", anchors=barrick)
    assert not [finding for finding in series.findings if finding.rule == "identity"]


def test_negative_oil_needs_a_permission(shared_data: Path) -> None:
    file = outcome_of(shared_data, "oil_negative_price_2020")
    assert file.outcome == "refused"
    assert "2020-04-20" in file.detail
    file = outcome_of(shared_data, "oil_negative_price_2020", allow=["negative price"])
    assert (file.outcome, file.rows) == ("accepted", 64)


def test_nickel_suspension_is_a_hole_and_its_move_is_real(shared_data: Path) -> None:
    file = outcome_of(shared_data, "lme_nickel_suspension_2022")
    assert file.outcome == "accepted"
    assert said(file, "unconfirmed move") == {"2022-03-07": "warned"}
    assert said(file, "hole") == {"2022-03-28": "warned"}


@pytest.mark.parametrize(
    ("name", "days"),
    [
        ("usdcny_bad_tick_2011", {"2011-07-18"}),
        ("iron_ore_bad_ticks_2015", {"2015-06-23", "2015-09-07", "2015-10-08"}),
    ],
)
def test_single_day_spikes_are_masked(shared_data: Path, name: str, days: set[str]) -> None:
    file = outcome_of(shared_data, name)
    assert set(said(file, "bad tick")) == days
    assert file.masked == len(days)


def test_close_net_of_its_dividend_is_masked(shared_data: Path) -> None:
    file = outcome_of(shared_data, "nhy_close_net_of_dividend_2023")
    assert said(file, "close outside range") == {"2023-05-10": "masked"}
    assert file.role == "traded"


def test_day_first_dates_are_read_as_such(shared_data: Path) -> None:
    file = outcome_of(shared_data, "ddmmyyyy_dates")
    assert said(file, "date format") == {None: "repaired"}
    assert (file.first, file.last) == ("2015-07-01", "2015-12-15")


@pytest.mark.parametrize("name", ["too_many_requests", "header_only"])
def test_what_a_throttled_download_leaves_is_refused(shared_data: Path, name: str) -> None:
    assert outcome_of(shared_data, name).outcome == "refused"
