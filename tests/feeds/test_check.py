"""`check data`: one outcome a file, one verdict line, one exit code."""

from pathlib import Path

import pytest

from orebound.feeds.check import check_data
from orebound.feeds.errors import ConfigError
from orebound.feeds.sources.stated import StatedFacts

from .audit_cases import clean

TOML = '["{name}"]\ncurrency = "USD"\nunit = "USD"\nmic = "XNYS"\nadjusted = true\n'


def write(folder: Path, name: str, seed: int = 1, drop: int | None = None) -> Path:
    frame = clean(60, seed=seed).frame.drop(columns="row")
    if drop is not None:
        frame.loc[drop, "close"] = float("nan")
    path = folder / f"{name}.csv"
    frame.to_csv(path, index=False)
    return path


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    write(tmp_path, "GOOD")
    write(tmp_path, "TRIM", drop=59)
    (tmp_path / "prices.toml").write_text("".join(TOML.format(name=n) for n in ("GOOD", "TRIM")))
    return tmp_path


def test_folder_report_has_one_outcome_a_file_and_exit_code_zero(folder: Path) -> None:
    report = check_data(folder)
    assert report.frame[["file", "outcome", "role", "rows"]].to_numpy().tolist() == [
        ["GOOD.csv", "accepted", "traded", 60],
        ["TRIM.csv", "repaired", "traded", 59],
    ]
    assert report.verdict == "data OK: 2 files, 1 accepted, 1 repaired, 0 refused"
    assert report.exit_code == 0
    assert report.findings_frame["rule"].tolist() == ["blank end"]


def test_one_refused_file_gives_exit_code_three_and_its_reason(folder: Path) -> None:
    write(folder, "TRIM", drop=30)
    (folder / "BAD.csv").write_text("Too Many Requests\n")
    report = check_data(folder)
    assert report.verdict == "data REFUSED: 3 files, 1 accepted, 0 repaired, 2 refused"
    assert report.exit_code == 3
    details = dict(report.frame[["symbol", "detail"]].to_numpy().tolist())
    assert "throttled" in details["BAD"]
    assert "row 32" in details["TRIM"]


def test_single_file_says_what_it_assumed_or_takes_stated_facts(tmp_path: Path) -> None:
    path = write(tmp_path, "some_vendor_file_with_a_name_far_too_long")
    (guessed,) = check_data(path).files
    assert guessed.outcome == "accepted"
    assert any("nothing states" in finding.detail for finding in guessed.findings)
    (stated,) = check_data(path, facts=StatedFacts("USD", "USD", "XNYS", True)).files
    assert (stated.role, stated.findings) == ("traded", ())
    assert len(stated.symbol) <= 32


def test_a_broken_prices_toml_refuses_the_files_in_words(folder: Path) -> None:
    (folder / "prices.toml").write_text(TOML.format(name="GOOD") + "adjust = true\n")
    report = check_data(folder)
    assert report.exit_code == 3
    assert "did you mean 'adjusted'" in report.frame["detail"].iloc[0]


def test_wrong_paths_and_options_are_config_errors(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(ConfigError, match=r"holds no \*\.csv file"):
        check_data(tmp_path / "empty")
    with pytest.raises(ConfigError, match="is a folder"):
        check_data(folder, symbol="GOOD")
    with pytest.raises(ConfigError, match="no such file or folder"):
        check_data(folder / "NONE.csv")
