"""Why Yahoo gave nothing that can be used."""

from __future__ import annotations

from typing import Literal

from ..errors import DataRefused

Cause = Literal[
    "unknown symbol",
    "throttled",
    "time-out",
    "empty result",
    "truncated answer",
    "server error",
    "no connection",
    "wrong company",
    "unusable facts",
]


class DownloadRefused(DataRefused):
    """A download that may not replace what is stored.

    Parameters
    ----------
    symbol : the symbol asked for
    cause : one of `Cause`; only ``throttled`` and ``time-out`` are worth asking again
    detail : what was asked, what came, what is accepted
    """

    def __init__(self, symbol: str, cause: Cause, detail: str) -> None:
        super().__init__(f"yahoo, {symbol}: {cause}: {detail}; nothing was stored")
        self.symbol = symbol
        self.cause: Cause = cause
        self.detail = detail
