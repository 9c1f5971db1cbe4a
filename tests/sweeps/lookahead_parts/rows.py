"""One row of the look-ahead matrix: a part switched on, and the market and months it is seen in."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from orebound.feeds import Market
from tests.markets import small_sample


@dataclass(frozen=True)
class Row:
    """Flat names of parameters, and where they are shown to look at nothing later.

    A row that is not `in_ci` is one part alone where another row has it beside others: soft gates
    let all of a run's signals be compared at once.
    """

    keys: Mapping[str, Any]
    market: Callable[[], Market] = field(default=lambda: small_sample("FCX", "ANTO.L"))
    start: str = "2014-09-01"
    end: str = "2016-06-30"
    in_ci: bool = True
