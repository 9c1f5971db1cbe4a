"""Parts: whole or not there, and every kind of damage is noticed."""

from __future__ import annotations

import os
import subprocess
import sys
from datetime import date
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from orebound.sweeps.parts import (
    UNFINISHED,
    clear_unfinished,
    part_path,
    read_part,
    write_part,
)

KEY = "a" * 64


def table(value: float = 1.0) -> pa.Table:
    monthly = pa.FixedSizeListArray.from_arrays(pa.array(np.arange(6, dtype=np.float32)), 2)
    return pa.table(
        {
            "combination": pa.array([0, 1, 2], pa.int64()),
            "start": pa.array([date(2015, 1, 2), None, date(2016, 1, 4)], pa.date32()),
            "market_factor": pa.array([True, False, True]),
            "status": pa.array(["ok", "failed", "ok"], pa.string()),
            "sharpe": pa.array([value, np.nan, -np.inf]),
            "monthly": monthly,
        }
    )


def test_a_part_reads_back_as_it_was_written(tmp_path: Path) -> None:
    path = write_part(tmp_path, KEY, table())
    read = read_part(path, KEY)
    assert read is not None
    assert read.drop(["sharpe"]).equals(table().drop(["sharpe"]))
    np.testing.assert_array_equal(read["sharpe"].to_numpy(), table()["sharpe"].to_numpy())
    assert [one.name for one in tmp_path.iterdir()] == [part_path(tmp_path, KEY).name]
    assert path.stat().st_mode & 0o077 == 0


def test_a_damaged_byte_is_noticed_wherever_it_stands(tmp_path: Path) -> None:
    path = write_part(tmp_path, KEY, table())
    content = path.read_bytes()
    for place in range(0, len(content), 3):
        torn = bytearray(content)
        torn[place] ^= 0x10
        path.write_bytes(torn)
        assert read_part(path, KEY) is None, place


@pytest.mark.parametrize("length", [0, 3, 100, -1])
def test_a_torn_part_is_not_read(tmp_path: Path, length: int) -> None:
    path = write_part(tmp_path, KEY, table())
    path.write_bytes(path.read_bytes()[:length])
    assert read_part(path, KEY) is None


def test_a_part_of_zeros_and_an_absent_one_are_not_read(tmp_path: Path) -> None:
    path = write_part(tmp_path, KEY, table())
    path.write_bytes(bytes(path.stat().st_size))
    assert read_part(path, KEY) is None
    path.unlink()
    assert read_part(path, KEY) is None


def test_another_chunks_part_and_a_foreign_file_are_not_taken(tmp_path: Path) -> None:
    path = write_part(tmp_path, KEY, table())
    assert read_part(path, "b" * 64) is None
    pq.write_table(table(), path)
    assert read_part(path, KEY) is None


def test_a_changed_value_under_the_old_sum_is_noticed(tmp_path: Path) -> None:
    path = write_part(tmp_path, KEY, table())
    said = pq.read_schema(path).metadata
    nudged = table(float(np.nextafter(1.0, 2.0)))
    pq.write_table(nudged.replace_schema_metadata(said), path, compression="zstd")
    assert read_part(path, KEY) is None


def test_a_link_is_not_followed(tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    real = write_part(elsewhere, KEY, table())
    link = part_path(tmp_path, KEY)
    link.symlink_to(real)
    assert read_part(link, KEY) is None


def test_one_content_is_one_file_whoever_writes_it(tmp_path: Path) -> None:
    first = write_part(tmp_path, KEY, table()).read_bytes()
    assert write_part(tmp_path, KEY, table()).read_bytes() == first
    assert write_part(tmp_path, KEY, table(2.0)).read_bytes() != first


def test_any_parquet_reader_takes_a_part(tmp_path: Path) -> None:
    import duckdb

    path = write_part(tmp_path, KEY, table())
    with duckdb.connect() as connection:
        found = connection.from_parquet(str(path)).filter("status = 'ok'").fetchall()
    assert [row[0] for row in found] == [0, 2]


def test_the_order_on_disk_is_write_sync_rename_sync(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls: list[str] = []
    sync, replace = os.fsync, os.replace

    def noted_sync(descriptor: int) -> None:
        calls.append("sync folder" if os.path.isdir(f"/dev/fd/{descriptor}") else "sync file")
        sync(descriptor)

    def noted_replace(source: object, target: object) -> None:
        calls.append("rename")
        replace(source, target)  # type: ignore[arg-type]

    monkeypatch.setattr(os, "fsync", noted_sync)
    monkeypatch.setattr(os, "replace", noted_replace)
    write_part(tmp_path, KEY, table())
    assert calls == ["sync file", "rename", "sync folder"]


def test_a_failed_write_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(pq, "write_table", full)
    with pytest.raises(OSError, match="No space left"):
        write_part(tmp_path, KEY, table())
    assert list(tmp_path.iterdir()) == []


def test_what_a_dead_process_left_is_removed_and_a_living_ones_file_stays(tmp_path: Path) -> None:
    import socket

    done = subprocess.run([sys.executable, "-c", "import os; print(os.getpid())"],
                          capture_output=True, text=True, check=True)  # fmt: skip
    host = socket.gethostname().replace("~", "-")
    dead = tmp_path / f"~{host}~{done.stdout.strip()}~00{UNFINISHED}"
    alive = tmp_path / f"~{host}~{os.getpid()}~00{UNFINISHED}"
    other = tmp_path / f"~another-host~1~00{UNFINISHED}"
    for path in (dead, alive, other):
        path.write_text("")
    assert clear_unfinished(tmp_path) == 1
    assert sorted(tmp_path.iterdir()) == sorted([alive, other])
