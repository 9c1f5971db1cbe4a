"""The store: what is loaded is what was saved, or a refusal."""

import json
import multiprocessing
import os
import signal
import time
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest

from orebound.feeds import store as store_module
from orebound.feeds.errors import ConfigError, DataRefused
from orebound.feeds.series import Finding, RawSeries, SeriesFacts
from orebound.feeds.store import Store, store_folder


def raw(symbol: str = "RIO", rows: int = 40, level: float = 10.0) -> RawSeries:
    facts = SeriesFacts(symbol, "yahoo", "USD", "USD", "XNYS", "raw", fetched_at="2024-03-01")
    close = level + np.arange(rows) / 7
    frame = pd.DataFrame(
        {
            "row": np.arange(rows),
            "date": pd.bdate_range("2024-01-02", periods=rows).as_unit("ns"),
            **dict.fromkeys(("open", "high", "low", "close"), close),
            "volume": np.where(np.arange(rows) % 5, 1e6, np.nan),
        }
    )
    finding = Finding("RIO", "dialect", "repaired", "seen", "RIO", 3, "2024-01-04", "close")
    return RawSeries(facts, frame, None, (finding,))


def assert_same(left: RawSeries, right: RawSeries) -> None:
    pd.testing.assert_frame_equal(left.frame, right.frame, check_exact=True)
    assert (left.facts, left.is_adjusted, left.findings) == (
        right.facts,
        right.is_adjusted,
        right.findings,
    )


def leftovers(folder: Path) -> list[str]:
    return [file.name for file in folder.iterdir() if file.suffix != ".parquet"]


def test_what_is_loaded_is_what_was_saved(tmp_path: Path) -> None:
    store = Store(tmp_path / "deep" / "store")
    path = store.save(raw())
    assert path == tmp_path / "deep" / "store" / "RIO.parquet"
    assert_same(store.load("RIO"), raw())
    assert store.list() == ["RIO"]
    assert leftovers(store.root) == []
    assert path.stat().st_mode & 0o777 == 0o600


def test_root_follows_argument_then_variable_then_cache(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("OREBOUND_DATA", raising=False)
    assert store_folder().name == "orebound"
    monkeypatch.setenv("OREBOUND_DATA", str(tmp_path / "env"))
    assert Store().root == tmp_path / "env"
    assert Store(tmp_path).root == tmp_path
    assert Store().list() == []


def test_every_flipped_byte_is_refused_naming_the_file(tmp_path: Path) -> None:
    store = Store(tmp_path)
    path = store.save(raw())
    payload = path.read_bytes()
    for offset in range(0, len(payload), 7):
        broken = bytearray(payload)
        broken[offset] ^= 1 << (offset % 8)
        path.write_bytes(broken)
        with pytest.raises(DataRefused, match=r"RIO\.parquet: sha256"):
            store.load("RIO")
    for cut in (0, 1, len(payload) // 2, len(payload) - 1):
        path.write_bytes(payload[:cut])
        with pytest.raises(DataRefused, match="sha256"):
            store.load("RIO")


def test_metadata_states_version_and_facts_to_any_reader(tmp_path: Path) -> None:
    path = Store(tmp_path).save(raw())
    about = json.loads(pq.read_metadata(path).metadata[b"orebound"])
    assert about["schema_version"] == store_module.SCHEMA_VERSION
    assert about["facts"]["unit"] == "USD"
    assert about["facts"]["fetched_at"] == "2024-03-01"


def test_other_schema_version_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(store_module, "SCHEMA_VERSION", 0)
    Store(tmp_path).save(raw())
    monkeypatch.undo()
    with pytest.raises(DataRefused, match="schema version 0; this store reads 1"):
        Store(tmp_path).load("RIO")


def test_absent_linked_and_renamed_files_are_refused(tmp_path: Path) -> None:
    store = Store(tmp_path)
    with pytest.raises(DataRefused, match="not in the store"):
        store.load("RIO")
    path = store.save(raw())
    (tmp_path / "LINK.parquet").symlink_to(path)
    with pytest.raises(DataRefused, match="cannot be opened"):
        store.load("LINK")
    path.rename(tmp_path / "BHP.parquet")
    with pytest.raises(DataRefused, match="holds 'RIO', not 'BHP'"):
        store.load("BHP")


@pytest.mark.parametrize(
    "symbol",
    ["../../etc/x", "/etc/passwd", "..", "", "A/B", "A\x00", "A\n", "NUL", "A" * 33, "<script>"],
)
def test_no_symbol_escapes_the_root(tmp_path: Path, symbol: str) -> None:
    store = Store(tmp_path / "store")
    with pytest.raises(ConfigError, match="is not accepted"):
        store.save(raw(symbol))
    with pytest.raises(ConfigError, match="is not accepted"):
        store.load(symbol)
    assert list(tmp_path.iterdir()) == []


def write_often(folder: str, level: float, times: int) -> None:
    for _ in range(times):
        Store(folder).save(raw(rows=4000, level=level))


def test_two_writers_at_once_leave_one_whole_file(tmp_path: Path) -> None:
    spawn = multiprocessing.get_context("spawn")
    Store(tmp_path).save(raw(rows=4000, level=10.0))
    writers = [
        spawn.Process(target=write_often, args=(str(tmp_path), level, 12)) for level in (10.0, 20.0)
    ]
    for writer in writers:
        writer.start()
    seen = set()
    while any(writer.is_alive() for writer in writers):
        seen.add(float(Store(tmp_path).load("RIO").frame["close"].iloc[0]))
    for writer in writers:
        writer.join()
        assert writer.exitcode == 0
    assert seen <= {10.0, 20.0}
    assert leftovers(tmp_path) == []


def test_killed_writer_leaves_a_whole_file_and_its_leftover_is_swept(tmp_path: Path) -> None:
    spawn = multiprocessing.get_context("spawn")
    Store(tmp_path).save(raw(rows=4000))
    writer = spawn.Process(target=write_often, args=(str(tmp_path), 20.0, 100_000))
    writer.start()
    # Until its first file shows that it is writing.
    deadline = time.monotonic() + 60
    while Store(tmp_path).load("RIO").frame["close"].iloc[0] != 20.0:
        assert time.monotonic() < deadline
        time.sleep(0.01)
    time.sleep(0.05)
    assert writer.pid is not None
    os.kill(writer.pid, signal.SIGKILL)
    writer.join()
    assert_same(Store(tmp_path).load("RIO"), raw(rows=4000, level=20.0))
    stale = tmp_path / f"{store_module.TEMPORARY}abandoned"
    stale.write_bytes(b"half")
    for file in tmp_path.glob(f"{store_module.TEMPORARY}*"):
        os.utime(file, (1, 1))
    Store(tmp_path).save(raw(rows=4000))
    assert leftovers(tmp_path) == []


def test_failed_write_leaves_the_old_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = Store(tmp_path)
    store.save(raw())

    def full_disk(_descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full_disk)
    with pytest.raises(OSError, match="No space left"):
        store.save(raw(level=99.0))
    assert_same(store.load("RIO"), raw())
    assert leftovers(tmp_path) == []
