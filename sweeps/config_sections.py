"""Sections that only a run has: its data, its name and judgement, and whose rule it follows."""

from __future__ import annotations

import os
from datetime import date
from typing import Annotated, Any, Literal

from pydantic import (
    BeforeValidator,
    Field,
    GetPydanticSchema,
    field_validator,
    model_validator,
)
from pydantic_core import core_schema

from orebound.analyzers import checked_name
from orebound.strategies import DeclaredRule, Rule, Section


def _iso_date(value: Any) -> Any:
    """Return the date of an ISO text; anything else is left to the field's own check."""
    if not isinstance(value, str):
        return value
    try:
        return date.fromisoformat(value)
    except ValueError:
        raise ValueError("accepted: a date as YYYY-MM-DD") from None


Day = Annotated[date, BeforeValidator(_iso_date)]


class Data(Section):
    """Where prices come from and which part of them a run may use."""

    source: Literal["sample", "csv", "yahoo"] = Field(
        "sample", description="embedded market, a folder of files, or the local store"
    )
    folder: str = Field("", description="price folder for source csv; relative to the TOML file")
    universe: str = Field(
        "nyse-miners", description="which names are traded: a shipped list or a TOML file"
    )
    skip_missing: bool = Field(
        False, description="leave out names without data instead of refusing"
    )
    allow_hindsight: bool = Field(False, description="use a list before the day it was published")
    strict: bool = Field(False, description="refuse exposures that were published later")
    start: Day | None = Field(None, description="first possible decision; warm-up loads before it")
    end: Day | None = Field(None, description="last session")
    base_currency: str = Field("USD", pattern=r"^[A-Z]{3}$", description="currency of the book")
    latency_minutes: int = Field(5, ge=0, le=240, description="from a close to its decision")
    metals: dict[str, str] = Field({}, description="symbol to use for a metal, by metal")
    market: str = Field("", description="symbol of the market factor; empty: the universe's")
    extra: str = Field(
        "",
        description="further symbols, joined by +, SYMBOL.column for a column; filled with needs",
    )
    hedges: str = Field(
        "",
        description="metals, market or symbols of hedges, joined by +; filled with needs",
    )
    series: dict[str, str] = Field(
        {}, description="FILE.csv or FILE.csv:column with dates of release, by name"
    )
    releases: dict[str, str] = Field(
        {}, description="rule of release of a series whose file has no dates, by name"
    )

    @field_validator("universe")
    @classmethod
    def _safe_universe(cls, value: str) -> str:
        """Return a shipped name as it is, and a user's own TOML file as an absolute path."""
        if value.endswith(".toml"):
            return os.path.abspath(os.path.expanduser(value))
        return checked_name("universe", value)

    @field_validator("metals", "market")
    @classmethod
    def _safe_symbols(cls, value: Any) -> Any:
        for symbol in value.values() if isinstance(value, dict) else filter(None, [value]):
            checked_name("symbol", symbol)
        return value

    @field_validator("extra", "hedges")
    @classmethod
    def _safe_extra(cls, value: str) -> str:
        return "+".join(checked_name("symbol", one) for one in value.split("+")) if value else ""

    @field_validator("series")
    @classmethod
    def _local_series(cls, value: dict[str, str]) -> dict[str, str]:
        for name, place in value.items():
            checked_name("series", name)
            if "://" in place or not place:
                raise ValueError(f"accepted: a local file for {name}, got {place!r}")
        return {name: os.path.abspath(os.path.expanduser(place)) for name, place in value.items()}

    @field_validator("folder")
    @classmethod
    def _local_folder(cls, value: str) -> str:
        if "://" in value:
            raise ValueError("accepted: a local folder; only `orebound fetch` uses the network")
        return os.path.abspath(os.path.expanduser(value)) if value else ""

    @model_validator(mode="after")
    def _fits_together(self) -> Data:
        if self.source == "csv" and not self.folder:
            raise ValueError("data.folder is needed for source csv (--data DIR), got ''")
        if self.start and self.end and self.start > self.end:
            raise ValueError(f"start must not lie after end, got {self.start} > {self.end}")
        return self


class Run(Section):
    """How a run is named and judged."""

    name: str = Field("", description="the run's name; empty: the universe's")
    seed: int = Field(0, ge=0, lt=2**32, description="of the null's random entries")
    periods_per_year: int = Field(252, ge=1, le=366, description="to annualise")
    risk_free: float = Field(0.0, ge=-0.05, le=0.25, description="a year, in the Sharpe ratio")
    null_draws: int = Field(1000, ge=0, le=100_000, description="exposure-matched null portfolios")

    @field_validator("name")
    @classmethod
    def _safe_name(cls, value: str) -> str:
        return checked_name("run name", value) if value else value


def _rule_or_table(value: Any, handler: Any) -> Any:
    """Return a rule of one's own as it is; a table is the catch-up rule's."""
    return value if isinstance(value, DeclaredRule) else handler(value)


AnyRule = Annotated[
    DeclaredRule,
    GetPydanticSchema(
        lambda _source, handler: core_schema.no_info_wrap_validator_function(
            _rule_or_table,
            handler(Rule),
            serialization=core_schema.plain_serializer_function_ser_schema(
                lambda rule: rule.model_dump(mode="json")
            ),
        )
    ),
]
