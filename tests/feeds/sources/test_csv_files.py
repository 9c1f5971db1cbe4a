"""Local CSV files: what is read, repaired and refused, and where the message points."""

import os
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from orebound.feeds.auditing import audit
from orebound.feeds.errors import ConfigError, DataRefused
from orebound.feeds.refusal import AuditRefused
from orebound.feeds.sources import door
from orebound.feeds.sources.csv_files import csv_series, read_csv
from orebound.feeds.sources.stated import StatedFacts

USD = StatedFacts("USD", "USD", "XNYS", True)
HEADER = "Date,Open,High,Low,Close,Volume\n"
ROWS = "2024-01-02,10,11,9,10.5,100\n2024-01-03,10.5,11,10,10.25,120\n"


def write(folder: Path, text: str | bytes, name: str = "RIO.csv") -> Path:
    path = folder / name
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return path


def refusal(path: Path | str, **options: object) -> str:
    with pytest.raises(DataRefused) as caught:
        read_csv(path, facts=USD, **options)  # type: ignore[arg-type]
    return str(caught.value)


def rules(raw: object) -> list[tuple[str, str]]:
    return [(finding.rule, finding.outcome) for finding in raw.findings]  # type: ignore[attr-defined]


def test_plain_file_is_read_exactly_and_without_findings(tmp_path: Path) -> None:
    raw = read_csv(write(tmp_path, HEADER + ROWS), facts=USD)
    assert raw.frame["close"].tolist() == [10.5, 10.25]
    assert raw.frame["row"].tolist() == [2, 3]
    assert raw.frame["date"].tolist() == [pd.Timestamp("2024-01-02"), pd.Timestamp("2024-01-03")]
    assert (raw.facts.symbol, raw.facts.file, raw.findings) == ("RIO", "RIO.csv", ())
    assert len(raw.facts.sha256) == 64


def test_header_case_and_order_do_not_matter(tmp_path: Path) -> None:
    text = "date,CLOSE,high, Low ,open\n2024-01-02,10.5,11,9,10\n"
    raw = read_csv(write(tmp_path, text), facts=USD)
    assert raw.frame.loc[0, ["open", "high", "low", "close"]].tolist() == [10, 11, 9, 10.5]
    assert np.isnan(raw.frame.loc[0, "volume"])


def test_official_lme_file_closes_at_three_months(tmp_path: Path) -> None:
    text = "date,cash_settlement,three_month,lme_stock\n2022-02-01,23300.0,22750.0,89364.0\n"
    raw = read_csv(write(tmp_path, text), facts=StatedFacts("USD", "USD/t", "LME official"))
    assert raw.frame.loc[0, ["close", "cash", "stock"]].tolist() == [22750, 23300, 89364]


def test_vendor_blanks_become_nan(tmp_path: Path) -> None:
    text = HEADER + "2024-01-02,null,N/A,-,10.5,\n"
    raw = read_csv(write(tmp_path, text), facts=USD)
    assert raw.frame.loc[0, ["open", "high", "low", "volume"]].isna().all()


@pytest.mark.parametrize(
    ("payload", "rule"),
    [
        (b"\xef\xbb\xbf" + (HEADER + ROWS).encode(), "byte-order mark"),
        ((HEADER + ROWS).replace("\n", "\r\n").encode(), "line ends"),
        ((HEADER + "\n" + ROWS).encode(), "blank line"),
        ((HEADER + ROWS).replace(",", "\t").encode(), "dialect"),
        ((HEADER + ROWS).replace(",", ";").replace(".", ",").encode(), "dialect"),
    ],
)
def test_repairs_are_said_and_change_no_number(tmp_path: Path, payload: bytes, rule: str) -> None:
    raw = read_csv(write(tmp_path, payload), facts=USD)
    assert (rule, "repaired") in rules(raw)
    assert raw.frame["close"].tolist() == [10.5, 10.25]


def test_declared_dialect_settles_an_ambiguous_comma(tmp_path: Path) -> None:
    text = "Date;Close\n2024-01-02;1,234\n2024-01-03;1,250\n"
    path = write(tmp_path, text)
    assert "declare the dialect" in refusal(path)
    raw = read_csv(path, facts=USD, dialect="semicolon, decimal comma")
    assert raw.frame["close"].tolist() == [1.234, 1.25]


def test_yfinance_three_line_header_is_flattened(tmp_path: Path) -> None:
    text = "Price,Close,Volume\nTicker,RIO,RIO\nDate,,\n2024-01-02,10.5,100\n"
    raw = read_csv(write(tmp_path, text), facts=USD)
    assert ("header", "repaired") in rules(raw)
    assert raw.frame["row"].tolist() == [4]
    assert raw.frame["close"].tolist() == [10.5]


def test_day_first_dates_are_repaired_only_where_proven(tmp_path: Path) -> None:
    proven = "Date,Close\n01/07/2015,1\n13/07/2015,2\n"
    raw = read_csv(write(tmp_path, proven), facts=USD)
    assert raw.frame["date"].tolist() == [pd.Timestamp("2015-07-01"), pd.Timestamp("2015-07-13")]
    assert ("date format", "repaired") in rules(raw)
    open_text = "Date,Close\n01/07/2015,1\n02/07/2015,2\n"
    assert "may be day-first or month-first" in refusal(write(tmp_path, open_text))
    mixed = "Date,Close\n13/07/2015,1\n07/14/2015,2\n"
    assert "others month-first" in refusal(write(tmp_path, mixed))


def test_utc_times_take_the_date_of_the_venue(tmp_path: Path) -> None:
    # Midnight in Shanghai is 16:00 UTC of the day before.
    text = "Date,Close\n2024-01-01 16:00:00+00:00,1\n2024-01-03,2\n"
    raw = read_csv(write(tmp_path, text), facts=StatedFacts("CNY", "CNY", "XSHG", True))
    assert raw.frame["date"].tolist() == [pd.Timestamp("2024-01-02"), pd.Timestamp("2024-01-03")]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "RIO.csv: empty file"),
        (HEADER, "row 1: no rows"),
        (ROWS, "row 1: no header"),
        ("Too Many Requests\n", "error page.*throttled"),
        ("<!DOCTYPE html><p>Error</p>\n", "error page: an HTML"),
        ('{"chart": {"error": "x"}}\n', "error page: a JSON answer"),
        ("nothing here\n", "no header"),
        ("Date,Open\n2024-01-02,1\n", "column close: missing column.*'Open'"),
        ("Date,Close,close\n2024-01-02,1,1\n", "column close: duplicate column"),
        ("Date,Close,Three_Month\n2024-01-02,1,1\n", "column close: duplicate column"),
        (HEADER + ROWS + "2024-01-04,10,11\n", "row 4: cut file: 3 cells where the header has 6"),
        (HEADER + "2024-01-02,10,11\n" + ROWS, "row 2: shape: 3 cells"),
        (HEADER + "2024-01-02,10,11,9,ten,100\n", "row 2, column close: number: 'ten'"),
        (HEADER + '2024-01-02,10,11,9,"1,234.5",100\n', "column close.*thousands commas"),
        (HEADER + "2024-13-02,10,11,9,10,100\n", "row 2, column date.*'2024-13-02' is no date"),
        (HEADER + "2024-01-02,10,11,9,1_0,100\n", "row 2, column close: number: '1_0'"),
        (HEADER + "2024-01-02,10,11,9,10,\x00\n", "row 2: encoding: a NUL byte"),
        (HEADER.encode("utf-16"), "UTF-16"),
        (HEADER.encode() + b"2024-01-02,\xff,1,1,1,1\n", "row 2: encoding: byte 0xff"),
        (b"\x1f\x8b\x08\x00", "compressed or binary"),
        ("Date," + "x," * 80 + "Close\n", "columns; at most 64"),
    ],
)
def test_refusals_name_cause_and_place(tmp_path: Path, text: str | bytes, words: str) -> None:
    path = write(tmp_path, text)
    with pytest.raises(AuditRefused, match=words) as caught:
        read_csv(path, facts=USD)
    assert "RIO.csv" in str(caught.value)


def test_number_cut_at_the_end_of_the_file_is_refused(tmp_path: Path) -> None:
    text = "Date,Close\n2024-01-02,123.1\n2024-01-03,123.4"
    raw = read_csv(write(tmp_path, text), facts=USD)
    assert ("cut file", "warned") in rules(raw)
    assert "row 3, column close: cut file" in refusal(write(tmp_path, text[:-3]))


def test_sidecar_digest_vouches_or_refuses(tmp_path: Path) -> None:
    path = write(tmp_path, HEADER + ROWS)
    digest = read_csv(path, facts=USD).facts.sha256
    write(tmp_path, f"{digest}  RIO.csv\n", "RIO.csv.sha256")
    assert read_csv(path, facts=USD).findings == ()
    write(tmp_path, HEADER + ROWS.replace("10.25", "10.26"))
    assert "sha256" in refusal(path)


def test_only_regular_files_below_the_root_are_read(tmp_path: Path) -> None:
    inside, outside = tmp_path / "data", write(tmp_path, HEADER + ROWS, "OUT.csv")
    inside.mkdir()
    (inside / "LINK.csv").symlink_to(outside)
    assert "leads out of the data folder" in refusal(inside / "LINK.csv")
    (inside / "DIR.csv").mkdir()
    assert "not a regular file" in refusal(inside / "DIR.csv")
    os.mkfifo(inside / "PIPE.csv")
    assert "not a regular file" in refusal(inside / "PIPE.csv")
    assert "not a regular file" in refusal("/dev/zero")
    assert "a URL is not read" in refusal("http://127.0.0.1/RIO.csv")
    assert "a URL is not read" in refusal(Path("http://127.0.0.1/RIO.csv"))
    assert "leads out" in refusal(inside / ".." / "OUT.csv", root=inside)
    assert "no such file" in refusal(inside / "NONE.csv")


def test_oversized_files_lines_and_row_counts_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "a line of over" in refusal(write(tmp_path, b"x" * (2**20 + 1)))
    rows = "2024-01-02,1\n" * 100_002
    assert "more than 100,000 rows" in refusal(write(tmp_path, "Date,Close\n" + rows))
    path = write(tmp_path, b"")
    os.truncate(path, 257 * 2**20)
    assert "at most 268,435,456" in refusal(path)
    monkeypatch.setattr(door, "MAX_FILE", 10)
    assert "at most 10 are read" in refusal(write(tmp_path, HEADER + ROWS))


def test_a_bomb_is_refused_fast_and_in_little_memory(tmp_path: Path) -> None:
    path = write(tmp_path, b"x")
    with path.open("wb") as stream:
        for _ in range(200):
            stream.write(b"1" * 2**20)
    # VmHWM and not ru_maxrss: the latter keeps the high mark of the process that forked.
    code = (
        "import sys; from orebound.feeds.sources.door import read_regular\n"
        "from orebound.feeds.errors import DataRefused\n"
        "try: read_regular(sys.argv[1])\n"
        "except DataRefused: pass\n"
        "status = open('/proc/self/status').read()\n"
        "print(status.split('VmHWM:')[1].split()[0])"
    )
    start = time.process_time()
    assert "a line of over" in refusal(path)
    assert time.process_time() - start < 2
    done = subprocess.run(
        [sys.executable, "-c", code, str(path)], capture_output=True, text=True, check=True
    )
    assert int(done.stdout) < 300 * 1024


@pytest.mark.parametrize(
    "symbol", ["../x", "<script>", "=X()", "A" * 33, "A\n", "\u0410A", "CON", "", ".RIO", "-RIO"]
)
def test_symbols_that_could_escape_are_refused(tmp_path: Path, symbol: str) -> None:
    path = write(tmp_path, HEADER + ROWS)
    with pytest.raises(ConfigError, match=r"symbol .* is not accepted"):
        read_csv(path, symbol=symbol, facts=USD)


def test_file_without_stated_facts_is_refused_naming_the_file_to_write(tmp_path: Path) -> None:
    path = write(tmp_path, HEADER + ROWS, "XYZ.csv")
    with pytest.raises(DataRefused, match=r"write them into prices\.toml .*\[\"XYZ\"\]"):
        read_csv(path)


def test_yahoo_suffix_states_facts_and_says_they_are_assumed(tmp_path: Path) -> None:
    raw = read_csv(write(tmp_path, HEADER + ROWS, "RIO.L.csv"))
    assert (raw.facts.currency, raw.facts.unit, raw.facts.clock_name) == ("GBP", "GBp", "XLON")
    assert ("facts", "warned") in rules(raw)


def test_folder_loader_audits_and_converts_pence(tmp_path: Path) -> None:
    write(tmp_path, HEADER + ROWS, "RIO.L.csv")
    toml = '["RIO.L"]\ncurrency = "GBP"\nunit = "GBp"\nmic = "XLON"\nadjusted = false\n'
    write(tmp_path, toml, "prices.toml")
    series = csv_series(tmp_path, "RIO.L", role="traded")
    assert series.frame["close"].tolist() == pytest.approx([0.105, 0.1025])
    assert series.facts.factor == 0.01
    assert series.facts.adjustment == "raw"
    assert any("dividends are missing" in finding.detail for finding in series.findings)


def test_a_missing_low_is_said_once_and_as_what_it_is(tmp_path: Path) -> None:
    days = pd.bdate_range("2024-01-02", periods=12)
    text = "Date,Open,High,Close,Volume\n"
    text += "".join(f"{day:%Y-%m-%d},10,11,10.5,100\n" for day in days)
    raw = read_csv(write(tmp_path, text), facts=USD)
    with pytest.raises(DataRefused) as caught:
        audit(raw, role="traded")
    assert str(caught.value) == (
        "RIO.csv, column low: missing column: the header lacks Low; a traded series needs Open, "
        "High, Low and Close [refused]"
    )
