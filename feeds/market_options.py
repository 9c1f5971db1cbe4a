"""What may be said of a market beside its source and its universe."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping, Sequence
from functools import wraps
from typing import Any, ParamSpec, TypedDict, TypeVar

from .errors import ConfigError, unknown_name

P = ParamSpec("P")
R = TypeVar("R")


class MarketOptions(TypedDict, total=False):
    """The keywords of every maker of a market; `ABOUT` says what each means."""

    base_currency: str
    skip_missing: bool
    allow_hindsight: bool
    metals: Mapping[str, str] | None
    market: str | None
    latency_minutes: float
    end: Any
    extra: Sequence[str]
    known: Mapping[str, str] | None
    releases: Mapping[str, str] | None
    hedges: Sequence[str]


ABOUT: dict[str, str] = {
    "base_currency": "Currency of cash, marks and returns.",
    "skip_missing": "Leave out names without data instead of refusing; `Market.excluded` says why.",
    "allow_hindsight": "Let runs start before the universe's names were published; pages say so.",
    "metals": "Series by commodity to use instead of the universe's, as ``{'copper': 'CPER'}``.",
    "market": "Series of the market factor to use instead of the universe's, as ``'SPY'``.",
    "latency_minutes": "Minutes from a close to the decision on it.",
    "end": "Last day that is known (UTC); later rows do not exist.",
    "extra": "Symbols to look at besides, for signals of one's own.",
    "known": "Files of dated releases by name, as ``{'cpi': 'cpi.csv'}``: docs/series.md.",
    "releases": "Rules of release of those files that state no dates, by name.",
    "hedges": "What hedge legs may trade: ``'metals'``, ``'market'`` or symbols.",
}


def lists_options(shown: Any) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Return a decorator that puts the options into signature and docstring and checks their names.

    Parameters
    ----------
    shown : callable or classmethod
        Its keywords that stand in `ABOUT` are the options, with their defaults.
    """
    wanted = inspect.signature(getattr(shown, "__func__", shown)).parameters
    options = [
        parameter.replace(kind=inspect.Parameter.KEYWORD_ONLY)
        for name, parameter in wanted.items()
        if name in ABOUT
    ]

    def decorate(maker: Callable[P, R]) -> Callable[P, R]:
        own = inspect.signature(maker)
        named = [one for one in own.parameters.values() if one.kind is not one.VAR_KEYWORD]
        known = [one.name for one in (*named, *options) if one.name != "cls"]

        @wraps(maker)
        def checked(*args: P.args, **kwargs: P.kwargs) -> R:
            for name in kwargs:
                if name not in known:
                    raise ConfigError(unknown_name(f"option of {maker.__name__}()", name, known))
            return maker(*args, **kwargs)

        checked.__signature__ = own.replace(parameters=[*named, *options])  # type: ignore[attr-defined]
        checked.__doc__ = f"{inspect.cleandoc(maker.__doc__ or '')}\n\n{_described(options)}"
        return checked

    return decorate


def _described(options: Sequence[inspect.Parameter]) -> str:
    lines = ["Options", "-------"]
    for one in options:
        lines += [
            f"{one.name} : {one.annotation}, default {one.default!r}",
            f"    {ABOUT[one.name]}",
        ]
    return "\n".join(lines)
