"""Numbers with a date of release, and series that are only looked at."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from orebound.feeds import ConfigError, DataRefused, Market, known_as_of, read_known
from orebound.sweeps.identity import data_key, market_digest
from orebound.sweeps.lookahead import other_world
from tests.feeds.worlds import series
from tests.markets import sample

TEXT = """ref_period,release_utc,value
2024-01-01,2024-01-31T01:30Z,49.2
2024-02-01,2024-02-29T01:30Z,49.1
2024-01-01,2024-03-05T00:00Z,49.9
"""


def file(tmp_path: Path, text: str = TEXT) -> Path:
    path = tmp_path / "pmi.csv"
    path.write_text(text)
    return path


def times(*texts: str) -> np.ndarray:
    return np.array(texts, "datetime64[ns]")


def test_a_number_is_known_from_its_release_on(tmp_path: Path) -> None:
    found = known_as_of(
        read_known(file(tmp_path), "pmi"),
        times("2024-01-31T01:29", "2024-01-31T01:30", "2024-02-01T01:30", "2024-03-01"),
    )
    assert found.value.tolist()[1:] == [49.2, 49.2, 49.1]
    assert np.isnan(found.value[0])
    assert np.isnat(found.released[0])
    assert found.age_days[2] == 1.0


def test_a_revision_of_an_older_period_moves_nothing_that_is_looked_at(tmp_path: Path) -> None:
    found = known_as_of(read_known(file(tmp_path), "pmi"), times("2024-03-06"))
    assert found.value[0] == 49.1
    assert len(found.history.until("2024-03-04")) == 2


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("ref_period,value\n2024-01-01,49\n", "column 'release_utc' is missing"),
        ("month,release_utc,value\n1,2024-01-31T01:30Z,49\n", "column 'ref_period' is missing"),
        (TEXT.replace("49.1", "n/a"), "row 3, column 'value': accepted: a finite number"),
        (TEXT.replace("2024-02-29T01:30Z", "soon"), "row 3, column 'release_utc'.*'soon'"),
        ("ref_period,release_utc,value\n", "no rows"),
    ],
)
def test_a_file_that_cannot_be_dated_is_refused(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(DataRefused, match=said):
        read_known(file(tmp_path, text), "cpi")


def test_a_rule_of_release_that_nobody_knows_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="unknown rule of release 'month_end'; did you mean"):
        read_known(file(tmp_path, "date,value\n2024-01,49\n"), "pmi", release="month_end")


def market(tmp_path: Path) -> Market:
    return Market.sample(extra=("GLD",), known={"pmi": str(file(tmp_path))})


def test_they_stand_in_frame_panel_and_identity(tmp_path: Path) -> None:
    made = market(tmp_path)
    frame = made.frame().set_index("role")
    assert frame.loc["extra GLD", "symbol"] == "GLD"
    assert len(frame.loc["known pmi", "sha256"]) == 64
    assert made.panel.extra["GLD"].value.shape == made.panel.closes.shape
    assert made.panel.known["pmi"].value.shape == made.panel.closes.shape
    assert market_digest(made) != market_digest(sample())
    assert data_key(made) != data_key(sample())


def test_a_market_without_any_is_the_one_of_before() -> None:
    # As it was before these roles existed, and since exposures to tariffs belong to a panel.
    assert market_digest(sample()).startswith("c71f36a9408b")


def test_they_are_cut_and_changed_with_the_rest(tmp_path: Path) -> None:
    made, moment = market(tmp_path), np.datetime64("2024-02-10", "ns")
    assert len(made.known_by(moment).parts.known["pmi"]) == 1
    generator = np.random.default_rng(0)
    other = other_world(made, moment, "perturb", generator)
    assert other.parts.known["pmi"].value[0] == 49.2
    assert other.parts.known["pmi"].value[1] != 49.1


def test_a_further_column_is_read_as_a_series_of_its_own() -> None:
    copper = series("CU", "LME official", "2024-01-02", "2024-03-28")
    copper = copper.__class__(copper.facts, copper.frame.assign(stock=np.arange(len(copper.frame))))

    class Loader:
        name = "frames"

        def has(self, symbol: str) -> bool:
            return symbol == "CU"

        def signal(self, symbol: str) -> object:
            return copper

        def where(self) -> str:
            return "the frames given"

    from orebound.feeds.market_parts import _extra

    stock = _extra(Loader(), "CU.stock")  # type: ignore[arg-type]
    assert stock.symbol == "CU.stock"
    assert stock.frame["close"].tolist() == list(range(len(copper.frame)))
    with pytest.raises(DataRefused, match=r"unknown column of CU 'stok'.*stock"):
        _extra(Loader(), "CU.stok")  # type: ignore[arg-type]
    with pytest.raises(DataRefused, match="no data for HG in the frames given"):
        _extra(Loader(), "HG")  # type: ignore[arg-type]
