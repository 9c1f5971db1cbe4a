"""The options of a market: shown by help, and never misread."""

from __future__ import annotations

import inspect
from typing import Any

import pytest

import orebound as ob
from orebound.feeds import ConfigError, Market, MarketOptions
from orebound.feeds.market_options import ABOUT

MAKERS = (Market.sample, Market.csv, Market.yahoo, Market.frames, ob.load_market)


@pytest.mark.parametrize("maker", MAKERS)
def test_every_option_stands_in_signature_and_docstring(maker: Any) -> None:
    names = set(inspect.signature(maker).parameters)
    assert set(ABOUT) == set(MarketOptions.__annotations__) <= names
    assert "options" not in names
    for name in ABOUT:
        assert f"\n{name} : " in inspect.getdoc(maker)
    assert "skip_missing : bool, default False\n    Leave out names" in inspect.getdoc(maker)


@pytest.mark.parametrize(
    ("maker", "given"),
    [
        (Market.sample, ()),
        (Market.csv, ("prices",)),
        (Market.yahoo, ()),
        (Market.frames, ({},)),
        (ob.load_market, ()),
    ],
)
def test_a_typo_names_the_nearest_option(maker: Any, given: tuple[Any, ...]) -> None:
    words = r"unknown option of \w+\(\) 'skip_mising'; did you mean 'skip_missing'\?"
    with pytest.raises(ConfigError, match=words):
        maker(*given, skip_mising=True)


def test_a_folder_that_no_source_reads_is_refused() -> None:
    with pytest.raises(ConfigError, match="folder belongs to source 'csv', got source 'sample'"):
        ob.load_market("sample", "prices")
    with pytest.raises(ConfigError, match="store belongs to source 'yahoo', got source 'csv'"):
        ob.load_market("csv", "prices", store="elsewhere")
    with pytest.raises(ConfigError, match="unknown source 'cvs'; did you mean 'csv'"):
        ob.load_market("cvs")
