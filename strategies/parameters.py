"""Every knob of the rule, once: type, bounds, unit and default, for Python, TOML and ``--set``.

Names are unique over the sections, so `CatchUp(z_in=1.5, memory_days=30)`, ``--set rule.z_in=1.5``
and ``[regime] memory_days = 30`` mean the same thing.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal

from pydantic import Field, ValidationError, model_validator

from orebound.feeds import ConfigError, Panel, unknown_name

from .declaration import DeclaredRule, RuleArrays
from .keys.basket import BasketKeys
from .keys.breadth import BreadthKeys
from .keys.carry import CarryKeys
from .keys.confirmation import ConfirmationKeys
from .keys.entry import EntryKeys
from .keys.filters import FilterKeys
from .keys.gap import GapKeys
from .keys.hedge import HedgeKeys
from .keys.leaving import LeavingKeys
from .keys.mode import ModeKeys
from .keys.overhang import OverhangKeys
from .keys.part import Part
from .keys.reversion import ReversionKeys
from .keys.series import SeriesKeys
from .keys.weights import WeightKeys
from .refusals import by_section, in_sentences
from .section import Section

if TYPE_CHECKING:
    from orebound.feeds import PolicyEvents

Sessions = int
Share = Annotated[float, Field(ge=0.0, le=1.0)]


#: Parts of the rule in the order in which their parameters are listed, swept and numbered; what
#: they leave to the rule itself comes last.
PARTS: tuple[type[Part], ...] = (
    *(GapKeys, BasketKeys, HedgeKeys, EntryKeys),
    *(ReversionKeys, ConfirmationKeys, BreadthKeys, SeriesKeys, LeavingKeys, ModeKeys),
)


class Rule(
    ModeKeys,
    LeavingKeys,
    SeriesKeys,
    BreadthKeys,
    ConfirmationKeys,
    ReversionKeys,
    EntryKeys,
    HedgeKeys,
    BasketKeys,
    GapKeys,
    DeclaredRule,
):
    """When to buy a laggard and when to let it go."""

    keeps_to_cap: ClassVar[bool] = True
    THRESHOLDS: ClassVar[tuple[str, ...]] = tuple(
        name for part in PARTS for name in part.THRESHOLDS
    )

    half_life_window: Sessions = Field(756, ge=252, le=2520, description="sessions of its estimate")
    volatility_window: Sessions = Field(63, ge=20, le=504, description="sessions, for the stop")
    max_missed: Sessions = Field(
        3, ge=0, le=20, description="missed sessions before data are stale"
    )
    min_coverage: float = Field(
        0.5, gt=0.0, le=1.0, description="least share of exposures with data"
    )

    @model_validator(mode="after")
    def _bounds_in_order(self) -> Rule:
        for low, high in (("beta_min", "beta_max"), ("time_stop_min", "time_stop_max")):
            if getattr(self, low) > getattr(self, high):
                got = f"{getattr(self, low)} > {getattr(self, high)}"
                raise ValueError(f"{low} must not exceed {high}, got {got}")
        return self

    @property
    def entry_trigger(self) -> Literal["z", "lag"]:
        """The trigger with ``auto`` resolved."""
        if self.trigger == "auto":
            return "lag" if self.gap in self.BY_LAG else "z"
        return self.trigger

    def arrays(
        self, panel: Panel, regime: Regime, events: PolicyEvents | None = None
    ) -> RuleArrays:
        """Return the catch-up rule's arrays: signals, what forbids an entry, the regime."""
        from .signal_lines import signals_of
        from .signals import rule_arrays

        return rule_arrays(panel, signals_of(panel, self, regime, events), self, regime)

    def numbers(self, of: Any) -> Mapping[str, Any]:
        """Return the thresholds as the engines read them."""
        enter_at = -(of.z_in if self.entry_trigger == "z" else of.lag_in)
        stated: dict[str, Any] = {"enter_at": enter_at}
        for part in PARTS:
            stated |= part.numbers_of_part(self, of)
        return stated


class Regime(OverhangKeys, FilterKeys):
    """Whether China stimulates, and what the rule does when it does not."""

    regime: Literal["level", "impulse", "none"] = Field(
        "level", description="decayed score with hysteresis, sum with a hold, or no filter"
    )
    memory_days: float = Field(60.0, gt=0.0, le=1000.0, description="half-life, calendar days")
    on_score: float = Field(4.0, gt=0.0, le=50.0, description="ON at this score or above")
    off_score: float = Field(1.5, ge=0.0, le=50.0, description="OFF at this score or below")
    impulse_window: Sessions = Field(20, ge=1, le=252, description="sessions of the impulse sum")
    impulse_on: float = Field(3.0, gt=0.0, le=50.0, description="impulse: ON at this sum or above")
    impulse_hold: Sessions = Field(120, ge=1, le=756, description="sessions ON after an impulse")
    day_cap: float = Field(4.0, gt=0.0, le=50.0, description="largest intensity of one session")
    judgement: bool = Field(True, description="count events scored by judgement")
    when_off: Literal["no_entries", "reduced", "ignore"] = Field(
        "no_entries", description="entries while the regime is not ON"
    )
    off_size: Share = Field(0.25, description="size multiplier while OFF, for when_off = reduced")

    @property
    def looks(self) -> bool:
        """Whether announcements or filters decide a state at all."""
        return self.regime != "none" or self.is_combined

    @model_validator(mode="after")
    def _hysteresis_in_order(self) -> Regime:
        if self.off_score >= self.on_score:
            raise ValueError(
                f"off_score must lie below on_score, got {self.off_score} >= {self.on_score}"
            )
        return self


class Sizing(WeightKeys):
    """How much of the book one name gets."""

    cash: float = Field(1_000_000.0, gt=0.0, description="starting cash, base currency")
    max_weight: float = Field(0.20, gt=0.0, le=1.0, description="largest weight of one name")
    cash_rate: float = Field(0.0, ge=-0.05, le=0.25, description="interest on cash a year, act/365")


class Costs(CarryKeys):
    """What trading costs; by listing, side and date where the listing says so."""

    commission_bps: float = Field(3.0, ge=0.0, le=500.0, description="of the consideration")
    spread_scale: float = Field(1.0, ge=0.0, le=20.0, description="times each half-spread")
    stamp_duty: float = Field(
        0.005, ge=0.0, le=0.05, description="UK rate on buys where the listing owes it"
    )
    ptm_levy: float = Field(1.50, ge=0.0, le=100.0, description="GBP a trade above the threshold")
    ptm_threshold: float = Field(10_000.0, ge=0.0, description="GBP")
    fx_bps: float = Field(1.5, ge=0.0, le=500.0, description="a conversion to the base currency")
    impact_bps: float = Field(
        10.0, ge=0.0, le=500.0, description="x sqrt(order / 1 % of average daily value)"
    )
    slippage_bps: float = Field(
        0.0, ge=0.0, le=500.0, description="moves each fill against the trader, in the bar's range"
    )
    instrument: Literal["cash", "cfd"] = Field("cash", description="a CFD owes no stamp duty")


SECTIONS: dict[str, type[Section]] = {
    "rule": Rule,
    "regime": Regime,
    "sizing": Sizing,
    "costs": Costs,
}
OWNER: dict[str, str] = {
    name: section for section, model in SECTIONS.items() for name in model.model_fields
}


def build(section: str, values: dict[str, Any]) -> Section:
    """Return a validated section.

    Raises
    ------
    ConfigError
        Naming the parameter, the value received and what is accepted, or the nearest valid name.
    """
    model = SECTIONS[section]
    for name in values:
        if name not in model.model_fields:
            raise ConfigError(
                unknown_name(
                    f"parameter in [{section}]",
                    name,
                    model.model_fields,
                    listed_by="orebound params",
                )
            )
    try:
        return model(**values)
    except ValidationError as error:
        raise ConfigError(in_sentences(error, section=section)) from None


def from_flat(values: dict[str, Any]) -> dict[str, Section]:
    """Return all sections from flat parameter names, defaults for the rest.

    Raises
    ------
    ConfigError
        If a name belongs to no section; the message lists the close names.
    """
    split = by_section(values, OWNER)
    return {section: build(section, split.get(section, {})) for section in SECTIONS}


def native_params(*sections: str) -> tuple[tuple[str, Any], ...]:
    """Return the defaults of some sections in backtrader's ``params`` form."""
    return tuple(
        (name, field.default)
        for section in sections
        for name, field in SECTIONS[section].model_fields.items()
    )
