"""Whether a run's data are what they were: digests first, the market only where one differs."""

from __future__ import annotations

from hashlib import sha256
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from orebound.analyzers import RunRecord
from orebound.feeds import DataRefused, RawSeries, SeriesFacts, Store
from orebound.sweeps import restated_since
from tests.analyzers.made_runs import made_run, series

TEXT = b"Date,Close\n2024-01-08,10\n"


def made(folder: Path, **data: Any) -> RunRecord:
    rows = {"X": series("X", sha256=sha256(TEXT).hexdigest())} | data
    settings = {"data": {"source": "csv", "folder": str(folder)}}
    return made_run([], {"X": [10.0] * 10}, config=settings, source="csv", data=rows)


@pytest.fixture
def unread(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Reading the market is refused, and counted."""
    asked: list[str] = []

    def refuse(_config: Any) -> None:
        asked.append("read")
        raise DataRefused("X.csv: no such file")

    monkeypatch.setattr("orebound.sweeps.at_hand.load_market", refuse)
    return asked


def test_equal_digests_read_no_market(tmp_path: Path, unread: list[str]) -> None:
    (tmp_path / "X.csv").write_bytes(TEXT)
    assert restated_since(made(tmp_path)) == ()
    assert unread == []


def test_known_series_are_found_at_their_own_files(tmp_path: Path, unread: list[str]) -> None:
    (tmp_path / "X.csv").write_bytes(TEXT)
    (tmp_path / "cpi.csv").write_bytes(b"released,value\n")
    row = series("inflation", sha256=sha256(b"released,value\n").hexdigest())
    record = made(tmp_path, inflation=row)
    named = {"inflation": f"{tmp_path / 'cpi.csv'}:value"}
    record.info["config"]["data"]["series"] = named
    assert restated_since(record) == ()
    record.info["config"]["data"]["series"] = {"inflation": str(tmp_path / "cpi.csv")}
    assert restated_since(record) == ()
    assert unread == []


def test_a_column_of_a_series_is_in_that_series_file(tmp_path: Path, unread: list[str]) -> None:
    (tmp_path / "X.csv").write_bytes(TEXT)
    column = {"X.Stock": series("X.Stock", sha256=sha256(TEXT).hexdigest())}
    assert restated_since(made(tmp_path, **column)) == ()
    assert unread == []


def test_the_store_is_asked_for_its_digests(tmp_path: Path, unread: list[str]) -> None:
    facts = SeriesFacts("X", "yahoo", "USD", "USD", "XNYS", "total_return", sha256="a" * 64)
    frame = pd.DataFrame({"date": pd.to_datetime(["2024-01-08"]), "close": [10.0]})
    Store(tmp_path).save(RawSeries(facts, frame, None, ()))
    record = made(tmp_path, X=series("X"))
    record.info["source"] = record.info["config"]["data"]["source"] = "yahoo"
    assert restated_since(record) == ()
    record.info["data"]["X"]["sha256"] = "b" * 64
    assert restated_since(record)[0].status == "unknown"
    assert unread == ["read"]


@pytest.mark.parametrize("now", [b"", TEXT + b"2024-01-09,11\n", None])
def test_a_changed_or_absent_file_is_looked_at_in_full(
    tmp_path: Path, unread: list[str], now: bytes | None
) -> None:
    if now is not None:
        (tmp_path / "X.csv").write_bytes(now)
    (found,) = restated_since(made(tmp_path))
    assert unread == ["read"]
    assert str(found) == "data: unknown, cannot be read today: X.csv: no such file"


def test_a_record_from_elsewhere_names_no_device_and_no_path(
    tmp_path: Path, unread: list[str]
) -> None:
    (tmp_path / "X.csv").symlink_to("/dev/zero")
    assert restated_since(made(tmp_path))[0].status == "unknown"
    assert restated_since(made(tmp_path, **{"../X": series("../X")}))[0].status == "unknown"


def test_made_up_prices_and_frames_are_not_looked_for(tmp_path: Path, unread: list[str]) -> None:
    for source in ("sample", "frames"):
        record = made_run([], {"X": [10.0] * 10}, source=source)
        assert restated_since(record) == ()
    own = made(tmp_path)
    own.info["source"] = "yahoo"  # made on a market that its configuration does not name
    assert restated_since(own) == ()
    assert unread == []
