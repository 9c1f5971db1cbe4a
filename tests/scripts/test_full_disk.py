"""A full or read-only disk: noticed before the work where it can be, and named by its path."""

from __future__ import annotations

import errno
import os
import shutil
import tempfile
from pathlib import Path
from typing import Any

import pytest

from orebound.analyzers import RunRecord, write_run
from orebound.feeds import ConfigError
from orebound.scripts.backtest import check_writable
from orebound.scripts.terminal import _sentence
from orebound.sweeps.ledger import Ledger
from orebound.sweeps.parts import write_text
from tests.analyzers.made_runs import made_run


def full(*_: Any, **__: Any) -> Any:
    raise OSError(errno.ENOSPC, "No space left on device")


def test_a_full_disk_is_named_by_the_path_it_was_met_at(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space left") as met:
        write_text(tmp_path / "sweep.json", "{}")
    assert _sentence(met.value) == f"{tmp_path / 'sweep.json'}: No space left on device"
    ledger = Ledger(tmp_path / "ledger.jsonl")
    with pytest.raises(OSError, match=r"ledger\.jsonl"):
        ledger.append(markets=["d"], idea="i", sweep="s", batch="b", trials=1, status="finished")
    assert [one.name for one in tmp_path.iterdir()] == ["ledger.jsonl"]


def test_a_run_that_the_disk_cannot_hold_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    record: RunRecord = made_run([], {"X": [10.0] * 10})

    def page(_: RunRecord, path: Path) -> None:
        path.write_text("begun")
        full()

    with pytest.raises(OSError, match="No space left") as met:
        write_run(record, tmp_path / "run", page=page)
    assert met.value.filename == str(tmp_path / "run")
    monkeypatch.setattr(Path, "write_text", full)
    with pytest.raises(OSError, match="No space left") as met:
        write_run(record, tmp_path / "run")
    assert met.value.filename == str(tmp_path / "run")
    assert not list(tmp_path.iterdir())


def test_a_results_folder_that_cannot_be_written_is_noticed_before_the_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    check_writable(tmp_path / "results" / "new")
    assert not list(tmp_path.iterdir()), "looking leaves nothing"
    usage = shutil.disk_usage(tmp_path)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage._replace(free=300_000))
    with pytest.raises(ConfigError, match=r"the disk has 300 kB left, a run takes 2.0 MB or more"):
        check_writable(tmp_path)
    monkeypatch.setattr(tempfile, "TemporaryFile", full)
    with pytest.raises(ConfigError, match=r"cannot be written to: No space left on device; name"):
        check_writable(tmp_path)
    file = tmp_path / "file"
    file.touch()
    monkeypatch.undo()
    with pytest.raises(ConfigError, match=r"file cannot be written to: Not a directory"):
        check_writable(file / "results")
