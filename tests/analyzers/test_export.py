"""The workbook, opened again: typed cells, exact numbers, and nothing that runs."""

from __future__ import annotations

import zipfile
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from xml.etree import ElementTree

import openpyxl
import pytest

from orebound.analyzers import EXPORT_SHEETS, RunRecord, export_run
from orebound.analyzers.workbook import MOST_CHARACTERS, written
from orebound.feeds import ConfigError

MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
#: Texts that a spreadsheet, or its user pressing return in the cell, would run.
PAYLOADS = (
    '=HYPERLINK("http://x","y")',
    "+1+1",
    "-2+3",
    "@SUM(A1)",
    "\t=1+1",
    "\r=1+1",
    "\n=1+1",
    "'=1+1",
    "=cmd|'/c calc'!A0",
    "#REF!",
)


@pytest.fixture
def hostile(small_record: RunRecord) -> RunRecord:
    """The small run with a payload wherever a text can stand."""
    row = small_record.orders.iloc[0]
    orders = small_record.orders.loc[[0] * len(PAYLOADS)].assign(reason=PAYLOADS, symbol=PAYLOADS)
    info = small_record.info | {"warnings": list(PAYLOADS), "command": PAYLOADS[0]}
    info["config"] = info["config"] | {"run": {"name": PAYLOADS[1]}}
    info["metrics"] = {PAYLOADS[0]: {"value": 1.0, "n": 1, "unit": PAYLOADS[2], "note": "@x"}}
    info["data"] = {PAYLOADS[3]: {"role": PAYLOADS[0], "=1+1": 2}}
    assert row["reason"] == "=entry"
    return replace(small_record, info=info, orders=orders)


def sheet_xml(path: Path) -> list[ElementTree.Element]:
    with zipfile.ZipFile(path) as archive:
        names = [name for name in archive.namelist() if name.startswith("xl/worksheets/sheet")]
        return [ElementTree.fromstring(archive.read(name)) for name in names]


def cells(path: Path, sheet: str) -> list[list[object]]:
    book = openpyxl.load_workbook(path)
    return [list(row) for row in book[sheet].iter_rows(values_only=True)]


def test_no_cell_of_the_workbook_is_a_formula(hostile: RunRecord, tmp_path: Path) -> None:
    path = export_run(hostile, tmp_path / "out.xlsx")
    roots = sheet_xml(path)
    assert len(roots) == len(EXPORT_SHEETS)
    for root in roots:
        assert root.findall(f".//{MAIN}f") == []
        assert {cell.get("t") for cell in root.iter(f"{MAIN}c")} <= {"inlineStr", "n", "b", None}
    with zipfile.ZipFile(path) as archive:
        parts = archive.namelist()
        assert not [name for name in parts if "vba" in name or "external" in name.lower()]
        book = ElementTree.fromstring(archive.read("xl/workbook.xml"))
        relations = b"".join(archive.read(name) for name in parts if name.endswith(".rels"))
    assert book.findall(f".//{MAIN}definedName") == []
    assert b'TargetMode="External"' not in relations


def test_texts_like_formulas_stay_texts_when_they_are_edited(
    hostile: RunRecord, tmp_path: Path
) -> None:
    path = export_run(hostile, tmp_path / "out.xlsx", only=("orders",))
    sheet = openpyxl.load_workbook(path)["orders"]
    heads = [cell.value for cell in sheet[1]]
    for place, payload in enumerate(PAYLOADS, start=2):
        cell = sheet.cell(place, heads.index("symbol") + 1)
        assert cell.data_type == "s"
        assert cell.value == payload.replace("\r", "\n")
        assert bool(cell.quotePrefix) == (payload != "#REF!")


def test_numbers_dates_and_times_are_what_they_were(
    small_record: RunRecord, tmp_path: Path
) -> None:
    path = export_run(small_record, tmp_path / "out.xlsx")
    sheet = openpyxl.load_workbook(path)["orders"]
    head, row = ([*line] for line in sheet.iter_rows(max_row=2))
    found = {one.value: two for one, two in zip(head, row, strict=True)}
    assert found["price"].value == 65.123456789012345
    assert found["cost"].value == 0.1 + 0.2
    assert found["size"].value == 3000
    assert found["submitted (UTC)"].value == datetime(2024, 10, 14, 20, 5)
    assert found["session"].value == datetime(2024, 10, 14)
    assert found["session"].number_format == "yyyy-mm-dd"
    assert found["submitted (UTC)"].number_format == "yyyy-mm-dd hh:mm:ss"
    assert found["value"].number_format == "#,##0.00"
    assert found["reason"].value == "=entry"
    assert sheet.freeze_panes == "B2"
    assert head[0].font.bold
    assert sheet.column_dimensions["A"].width >= len("2024-10-14 20:05")


def test_what_is_no_number_is_empty_and_infinity_is_a_word(
    small_record: RunRecord, tmp_path: Path
) -> None:
    path = export_run(small_record, tmp_path / "out.xlsx")
    heads, row = cells(path, "trades")[:2]
    found = dict(zip(heads, row, strict=True))
    assert (found["exit_price"], found["exit_date"], found["half_life"]) == (None, None, "inf")


def test_every_table_has_its_rows_and_metrics_their_units(
    small_record: RunRecord, tmp_path: Path
) -> None:
    path = export_run(small_record, tmp_path / "out.xlsx")
    book = openpyxl.load_workbook(path)
    assert tuple(book.sheetnames) == EXPORT_SHEETS
    for table in ("equity", "orders", "costs", "trades", "positions", "signals", "inputs", "cash"):
        assert book[table].max_row - 1 == len(getattr(small_record, table))
    assert cells(path, "metrics") == [["metric", "value", "n", "unit", "note"],
                                      ["sharpe", 0.5, 3, None, None]]  # fmt: skip
    settings = dict(cells(path, "settings")[1:])
    assert settings["rule.z_in"] == small_record.info["config"]["rule"]["z_in"]
    assert settings["rule.market_factor"] is True


def test_a_share_is_written_as_one(small_record: RunRecord, tmp_path: Path) -> None:
    metrics = {"total_return": {"value": 0.25, "n": 3, "unit": "fraction", "note": ""}}
    record = replace(small_record, info=small_record.info | {"metrics": metrics})
    path = export_run(record, tmp_path / "out.xlsx", only=("metrics",))
    cell = openpyxl.load_workbook(path)["metrics"]["B2"]
    assert (cell.value, cell.number_format) == (0.25, "0.00%")


def test_an_existing_file_is_replaced_by_force_alone(
    small_record: RunRecord, tmp_path: Path
) -> None:
    path = tmp_path / "out.xlsx"
    path.write_text("mine", encoding="utf-8")
    with pytest.raises(ConfigError, match=r"out.xlsx exists already; --force"):
        export_run(small_record, path, only=("metrics",))
    assert path.read_text(encoding="utf-8") == "mine"
    export_run(small_record, path, force=True, only=("metrics",))
    assert openpyxl.load_workbook(path).sheetnames == ["metrics"]
    assert [one.name for one in tmp_path.iterdir()] == ["out.xlsx"]
    assert path.stat().st_mode & 0o077 == 0


def test_places_that_cannot_hold_a_workbook_are_refused(
    small_record: RunRecord, tmp_path: Path
) -> None:
    (tmp_path / "link.xlsx").symlink_to(tmp_path / "elsewhere.xlsx")
    (tmp_path / "folder.xlsx").mkdir()
    for name, said in (
        ("out.csv", "accepted: a file that ends in .xlsx"),
        ("none/out.xlsx", "no such folder"),
        ("link.xlsx", "no plain file"),
        ("folder.xlsx", "no plain file"),
    ):
        with pytest.raises(ConfigError, match=said):
            export_run(small_record, tmp_path / name, force=True)
    with pytest.raises(ConfigError, match="unknown sheet 'trade'; did you mean 'trades'"):
        export_run(small_record, tmp_path / "x.xlsx", only=("trade",))


def test_a_table_longer_than_a_sheet_goes_on_in_the_next(
    small_record: RunRecord, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("orebound.analyzers.export.MOST_ROWS", 4)
    path = export_run(small_record, tmp_path / "out.xlsx", only=("equity",))
    book = openpyxl.load_workbook(path)
    assert [(sheet.title, sheet.max_row) for sheet in book] == [("equity", 4), ("equity 2", 2)]


@pytest.mark.parametrize(
    ("text", "there"),
    [
        ("a\x00b\x1fc", "a\ufffdb\ufffdc"),
        ("a\r\nb\rc", "a\nb\nc"),
        ("\ud800x", "\ufffdx"),
        ("_x0041_", "_x005F_x0041_"),
        ("plain é 铜", "plain é 铜"),
    ],
)
def test_a_text_is_written_as_a_cell_can_hold_it(text: str, there: str) -> None:
    assert written(text) == there


def test_a_text_too_long_for_a_cell_says_how_long_it_was() -> None:
    cut = written("x" * 40_000)
    assert len(cut) == MOST_CHARACTERS
    assert cut.endswith("... (40,000 characters, all of them in the run directory)")


def test_first_and_last_session_of_the_data_are_dates(
    small_record: RunRecord, tmp_path: Path
) -> None:
    data = {"RIO": {"symbol": "RIO", "first": "2010-01-04", "last": "2025-07-08", "rows": 3900}}
    data["NEW"] = {"symbol": "NEW", "first": "None", "last": "None", "rows": 0}
    record = replace(small_record, info=small_record.info | {"data": data})
    book = openpyxl.load_workbook(export_run(record, tmp_path / "out.xlsx", only=("data",)))
    head, rio, new = book["data"].iter_rows()
    place = [cell.value for cell in head].index("first")
    first, last = rio[place : place + 2]
    assert (first.value, last.value) == (datetime(2010, 1, 4), datetime(2025, 7, 8))
    assert first.is_date
    assert first.number_format == "yyyy-mm-dd"
    assert new[place].value == "None"
