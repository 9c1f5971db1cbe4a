from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from orebound.analyzers.record import RunRecord, write_run
from orebound.analyzers.run_store import checked_name, list_runs, open_path, resolve, run_folder
from orebound.feeds import ConfigError

BAD_NAMES = [
    *("../../x", "..", ".", "", "/etc/passwd", "a/b", "a\\b", "<script>", "=HYPERLINK()", "+1"),
    *(
        "-x",
        "@x",
        "a b",
        "a\nb",
        "a\x00b",
        "x" * 33,
        "x" * 300,
        "РIO",
        "RIO’",
        "~",
        "~root",
        "$HOME",
    ),
    *("CON", "con", "nul.txt", "LPT1", "a%2fb", "a;b", "a|b", "a*", "a?", "\tA"),
]


@pytest.fixture
def results(small_record: RunRecord, tmp_path: Path) -> Path:
    root = tmp_path / "results"
    for identity, started in (
        ("aa11", "2026-01-01"),
        ("aa22", "2026-01-02"),
        ("bb33", "2025-06-01"),
    ):
        info = small_record.info | {"id": identity, "started": f"{started}T00:00:00+00:00"}
        write_run(replace(small_record, info=info), run_folder(root, info))
    return root


def test_latest_and_previous_go_by_the_start_and_not_by_the_name(results: Path) -> None:
    assert resolve("latest", results).name == "20260102T000000Z-nyse-miners-aa22"
    assert resolve("previous", results).name == "20260101T000000Z-nyse-miners-aa11"


def test_a_unique_beginning_of_name_or_id_is_enough(results: Path) -> None:
    assert resolve("2025", results).name.endswith("bb33")
    assert resolve("bb", results).name.endswith("bb33")


def test_an_ambiguous_beginning_lists_the_runs(results: Path) -> None:
    with pytest.raises(ConfigError, match=r"'aa' begins 2 runs; name one of: .*aa11.*aa22"):
        resolve("aa", results)


def test_an_unknown_beginning_is_refused(results: Path) -> None:
    with pytest.raises(ConfigError, match="unknown run 'zz'"):
        resolve("zz", results)


def test_no_runs_says_how_to_make_one(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="`orebound backtest` makes one"):
        resolve("latest", tmp_path / "none")


@pytest.mark.parametrize("name", BAD_NAMES)
def test_a_bad_name_neither_names_nor_finds_a_run(name: str, results: Path) -> None:
    with pytest.raises(ConfigError):
        resolve(name, results)
    with pytest.raises(ConfigError, match="must be 1 to 32 letters"):
        checked_name("run name", name)


def test_a_link_out_of_the_results_is_no_run(results: Path, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    resolve("bb33", results).rename(outside)
    (results / "linked").symlink_to(outside)
    assert [entry.path.name for entry in list_runs(results) if entry.path.name == "linked"] == []
    with pytest.raises(ConfigError, match="is not a run directory"):
        open_path(str(results / "linked"), results)


def test_a_directory_is_accepted_as_typed(results: Path) -> None:
    folder = resolve("bb33", results)
    assert open_path(str(folder), Path("elsewhere")) == folder.resolve()


def test_a_folder_without_a_run_is_passed_over(results: Path) -> None:
    (results / "sweeps").mkdir()
    (results / "broken").mkdir()
    (results / "broken" / "run.json").write_text("{")
    assert len(list_runs(results)) == 3
