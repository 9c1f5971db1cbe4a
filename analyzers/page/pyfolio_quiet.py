"""pyfolio, imported when it is asked for, its known complaints silenced by name."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

from pandas.errors import Pandas4Warning

#: What pyfolio, empyrical and seaborn say on import or with pandas 3, none of it about our data.
KNOWN: tuple[tuple[str, type[Warning]], ...] = (
    (r'Module "zipline\.assets" not found', UserWarning),
    (r"The inplace keyword in Series\.drop is deprecated", Pandas4Warning),
)


class PyFolioModules(NamedTuple):
    """The modules that are used; `periods` are the named market episodes."""

    plotting: Any
    pos: Any
    round_trips: Any
    timeseries: Any
    txn: Any
    periods: Any


@contextmanager
def quiet() -> Iterator[None]:
    """Let the known complaints pass unheard, and no other."""
    with warnings.catch_warnings():
        for message, category in KNOWN:
            warnings.filterwarnings("ignore", message=message, category=category)
        yield


def pyfolio_modules() -> PyFolioModules:
    """Return pyfolio's modules; importing them takes two seconds, so nobody else does."""
    with quiet():
        from pyfolio import interesting_periods, plotting, pos, round_trips, timeseries, txn
    return PyFolioModules(plotting, pos, round_trips, timeseries, txn, interesting_periods.PERIODS)
