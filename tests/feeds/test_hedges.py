"""Hedges: shipped, of a universe file, and what a market loads of them."""

from __future__ import annotations

from pathlib import Path

import pytest

from orebound.feeds import ConfigError, DataRefused, Hedge, Market, load_universe, shipped_hedges

TOP = 'listings = ["fcx-xnys", "nem-xnys"]\n'
OWN = """
[[hedge]]
for = ["copper", "zinc"]
symbol = "LME_CU"
mic = "LME official"
currency = "USD"
unit = "USD/t"
lot = 25
instrument = "future"
rolls_a_year = 12
"""


def universe_file(folder: Path, text: str) -> Path:
    path = folder / "own.toml"
    path.write_text(TOP + text)
    return path


def hedge_of(market: Market, symbol: str) -> Hedge:
    hedge = market.parts.hedges[symbol][0]
    assert isinstance(hedge, Hedge)
    return hedge


def test_no_shipped_hedge_is_comex_copper() -> None:
    assert {one.symbols["csv"] for one in shipped_hedges()} == {"GLD", "SLV", "DBB", "SPY", "IEUR"}


def test_a_market_has_the_hedges_asked_for_and_no_other() -> None:
    assert not Market.sample().parts.hedges
    assert set(Market.sample(hedges=("market",)).parts.hedges) == {"SPY"}
    market = Market.sample(hedges=("metals",))
    assert set(market.parts.hedges) == {"DBB", "GLD", "SLV"}
    assert {"copper", "aluminium", "zinc"} <= set(hedge_of(market, "DBB").of)
    assert "hedge DBB" in set(market.frame()["role"])
    assert market.names == Market.sample().names, "its columns are the names alone"
    assert any("no hedge for coal, iron_ore" in text for text in market.warnings)


def test_the_hedge_of_the_market_follows_the_factor_in_use() -> None:
    market = Market.sample("europe-2025", hedges=("market",))
    assert set(market.parts.hedges) == {"IEUR"}
    # Of IEUR the sample has closes alone.
    assert any("IEUR: only closes are known" in text for text in market.warnings)


def test_a_universe_file_brings_hedges_that_come_first(tmp_path: Path) -> None:
    path = universe_file(tmp_path, OWN)
    market = Market.sample(path, hedges=("metals",))
    own = hedge_of(market, "LME_CU")
    assert own.of == ("copper", "zinc")
    assert (own.lot, own.instrument, own.rolls_a_year) == (25, "future", 12)
    assert not {"copper", "zinc"} & set(hedge_of(market, "DBB").of), "what is left to the fund"
    cheap = universe_file(tmp_path, '[[hedge]]\nfor = "gold"\nsymbol = "GLD"\nborrow_bps = 15\n')
    assert load_universe(cheap).hedges[0].borrow_bps == 15.0
    assert load_universe(cheap).hedges[0].half_spread_bps == 1.0, "the shipped one's"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (OWN.replace("copper", "coper"), "coper.*copper"),
        (OWN.replace('for = ["copper", "zinc"]\n', ""), "for.*is missing"),
        (OWN.replace("LME official", "LME"), "exchange or clock"),
        (OWN.replace("lot = 25", "lot = 2.5"), "lot.*whole number"),
        (OWN.replace("rolls_a_year = 12", "rolls_a_year = 5"), "rolls_a_year.*one of"),
        (OWN.replace('"future"', '"swap"'), "instrument.*swap"),
        (OWN + "colour = 1\n", "colour"),
    ],
)
def test_a_faulty_hedge_of_a_file_is_named(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(ConfigError, match=said):
        load_universe(universe_file(tmp_path, text))


def test_a_hedge_that_nothing_provides_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataRefused, match=r"hedge.*GDL.*GLD"):
        Market.sample(hedges=("GDL",))
    stated = universe_file(tmp_path, OWN.replace("LME official", "XNYS"))
    with pytest.raises(DataRefused, match=r"stated to be USD on LME official.*\[\[hedge\]\]"):
        Market.sample(stated, hedges=("metals",))
