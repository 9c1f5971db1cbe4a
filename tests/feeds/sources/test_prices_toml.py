"""`prices.toml`: every key is known, typed and consistent, or the message says what is."""

from pathlib import Path

import pytest

from orebound.feeds.errors import ConfigError
from orebound.feeds.sources.prices_toml import read_prices_toml
from orebound.feeds.sources.stated import StatedFacts, guessed_facts, known_facts

GOOD = '["RIO.L"]\ncurrency = "GBP"\nunit = "GBp"\nmic = "XLON"\n'


def write(folder: Path, text: str) -> Path:
    (folder / "prices.toml").write_text(text)
    return folder


def test_absent_file_states_nothing(tmp_path: Path) -> None:
    assert read_prices_toml(tmp_path) == {}


def test_sections_become_stated_facts(tmp_path: Path) -> None:
    text = GOOD + 'adjusted = false\n["CU"]\ncurrency = "USD"\nunit = "USD/t"\n'
    text += 'clock = "LME official"\nfill = "next_close"\n'
    assert read_prices_toml(write(tmp_path, text)) == {
        "RIO.L": StatedFacts("GBP", "GBp", "XLON", False),
        "CU": StatedFacts("USD", "USD/t", "LME official", None, "next_close"),
    }


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (GOOD + "adjust = true\n", r"\[RIO\.L\]: unknown key 'adjust'; did you mean 'adjusted'"),
        (GOOD + 'adjusted = "no"\n', "adjusted must be true or false, got 'no'"),
        (GOOD + "fill = 'now'\n", "fill must be 'next_open' or 'next_close', got 'now'"),
        (GOOD + 'clock = "LME official"\n', "exactly one of mic"),
        ('["X"]\ncurrency = "GBP"\n', "exactly one of mic"),
        ('["X"]\nmic = "XLON"\n', "currency is missing"),
        ('["X"]\ncurrency = "pounds"\nmic = "XLON"\n', "three capital letters.*'pounds'"),
        ('["X"]\ncurrency = "USD"\nunit = "GBp"\nmic = "XLON"\n', "'GBp' does not fit .*'USD'"),
        ('["X"]\ncurrency = "USD"\nmic = "XNYE"\n', "unknown exchange or clock 'XNYE'.*'XNYS'"),
        ('["../X"]\ncurrency = "USD"\nmic = "XNYS"\n', "symbol '../X' is not accepted"),
        ('currency = "USD"\n', "stands outside a section"),
        ("[broken", "not a TOML file"),
    ],
)
def test_mistakes_are_refused_in_words(tmp_path: Path, text: str, words: str) -> None:
    with pytest.raises(ConfigError, match=words) as caught:
        read_prices_toml(write(tmp_path, text))
    assert "prices.toml" in str(caught.value)


def test_yahoo_names_state_their_own_facts() -> None:
    assert known_facts("EURUSD").unit == "USD per EUR"  # type: ignore[union-attr]
    assert known_facts("USDCNY=X").currency == "CNY"  # type: ignore[union-attr]
    assert known_facts("HG=F").unit == "USD/lb"  # type: ignore[union-attr]
    assert known_facts("RIO") is None


def test_a_guess_always_says_what_it_assumed() -> None:
    for name in ("usdcny_bad_tick", "iron_ore", "ABC", "whatever_file"):
        assert guessed_facts(name).assumed
