from __future__ import annotations

import csv
import io
import os
import stat
import time
import tomllib
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from orebound.analyzers.record import RunRecord, plain, read_run, write_run
from orebound.analyzers.record_tables import COLUMNS, from_csv, to_csv
from orebound.feeds import ConfigError, DataRefused
from orebound.sweeps.config import build


def test_a_record_reads_back_equal_to_the_last_bit(small_record: RunRecord, tmp_path: Path) -> None:
    found = read_run(write_run(small_record, tmp_path / "run"))
    assert found.info == small_record.info
    for table in COLUMNS:
        pd.testing.assert_frame_equal(
            getattr(found, table), getattr(small_record, table), check_exact=True
        )


@given(st.floats(allow_nan=False))
def test_every_float_survives_its_cell(number: float) -> None:
    frame = pd.DataFrame({"date": [pd.Timestamp("2024-01-02")], "rule": [number]})
    assert from_csv("baselines", to_csv(frame))["rule"].iloc[0].hex() == number.hex()


@example('"=')
@given(st.text(alphabet=st.characters(exclude_characters="\r\n", exclude_categories=["Cs"])))
def test_every_text_survives_and_none_is_a_formula(text: str) -> None:
    frame = pd.DataFrame(
        {"date": [pd.Timestamp("2024-01-02")], "kind": [text], "symbol": ["RIO"], "amount": [-1.0]}
    )
    written = to_csv(frame)
    _, (_, cell, *_) = csv.reader(io.StringIO(written))  # as a spreadsheet reads it
    assert not cell.startswith(("=", "+", "-", "@"))
    assert from_csv("cash", written)["kind"].iloc[0] == text


def test_numbers_in_csv_stay_numbers_and_formulas_get_an_apostrophe(
    small_record: RunRecord, tmp_path: Path
) -> None:
    folder = write_run(small_record, tmp_path / "run")
    line = (folder / "orders.csv").read_text().splitlines()[1]
    assert "'=entry" in line
    assert ",65.12345678901235," in line
    assert "2024-10-14T20:05:00Z" in line


def test_a_symbol_called_na_is_a_name_and_not_a_hole(small_record: RunRecord) -> None:
    positions = small_record.positions.assign(symbol="NA")
    assert from_csv("positions", to_csv(positions))["symbol"].tolist() == ["NA"]


def test_the_config_file_of_a_run_loads_as_the_same_config(
    small_record: RunRecord, tmp_path: Path
) -> None:
    folder = write_run(small_record, tmp_path / "run")
    values = tomllib.loads((folder / "config.toml").read_text())
    assert build(values) == build(small_record.info["config"])


def test_a_failing_page_leaves_nothing_behind(small_record: RunRecord, tmp_path: Path) -> None:
    def fail(record: RunRecord, path: Path) -> None:
        raise RuntimeError("no page")

    with pytest.raises(RuntimeError, match="no page"):
        write_run(small_record, tmp_path / "run", page=fail)
    assert list(tmp_path.iterdir()) == []


def test_files_are_readable_by_their_owner_only(small_record: RunRecord, tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        folder = write_run(small_record, tmp_path / "run")
    finally:
        os.umask(before)
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert {stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()} == {0o600}


def test_only_leftovers_of_a_day_ago_are_cleared(small_record: RunRecord, tmp_path: Path) -> None:
    old, new = tmp_path / ".unfinished-old", tmp_path / ".unfinished-new"
    old.mkdir()
    new.mkdir()
    os.utime(old, (time.time() - 90_000,) * 2)
    write_run(small_record, tmp_path / "run")
    assert (old.exists(), new.exists()) == (False, True)


def test_a_folder_that_holds_something_is_never_overwritten(
    small_record: RunRecord, tmp_path: Path
) -> None:
    write_run(small_record, tmp_path / "run")
    with pytest.raises(ConfigError, match="exists already; accepted: a new or an empty directory"):
        write_run(small_record, tmp_path / "run")


def test_a_missing_column_is_refused_by_file_and_column(small_record: RunRecord) -> None:
    with pytest.raises(DataRefused, match=r"trades\.csv: column exit_gap is missing"):
        replace(small_record, trades=small_record.trades.drop(columns="exit_gap"))


def test_a_damaged_cell_is_refused_by_file_row_and_column(
    small_record: RunRecord, tmp_path: Path
) -> None:
    folder = write_run(small_record, tmp_path / "run")
    path = folder / "equity.csv"
    path.write_text(path.read_text().replace("1000100.1", "10001oo.1"))
    with pytest.raises(
        DataRefused, match=r"equity\.csv, row 5, column value: accepted: a number, got '10001oo\.1'"
    ):
        read_run(folder)


def test_a_cut_line_is_refused(small_record: RunRecord, tmp_path: Path) -> None:
    folder = write_run(small_record, tmp_path / "run")
    path = folder / "equity.csv"
    path.write_text(path.read_text()[:-12])
    with pytest.raises(DataRefused, match=r"equity\.csv, row 5: accepted: 5 cells, got"):
        read_run(folder)


def test_a_missing_file_is_refused_by_name(small_record: RunRecord, tmp_path: Path) -> None:
    folder = write_run(small_record, tmp_path / "run")
    (folder / "signals.parquet").unlink()
    with pytest.raises(DataRefused, match=r"signals\.parquet: the file is missing"):
        read_run(folder)


def test_a_date_with_a_time_of_day_is_refused(small_record: RunRecord) -> None:
    late = small_record.equity.assign(date=small_record.equity["date"] + pd.Timedelta(hours=16))
    with pytest.raises(DataRefused, match=r"equity\.csv, column date: accepted: session dates"):
        replace(small_record, equity=late)


def test_json_holds_no_nan_and_no_infinity() -> None:
    assert plain({"a": float("nan"), "b": [float("inf")]}) == {"a": None, "b": ["inf"]}
