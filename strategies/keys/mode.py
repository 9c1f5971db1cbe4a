"""What a position consists of."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, ClassVar, Literal

from pydantic import Field, model_validator

from orebound.feeds import ConfigError, Hedge, Line, Market, Panel

from ..legs import Legs, leg_symbol, legs_of_mode
from .part import Part

if TYPE_CHECKING:
    from ..declaration import RuleArrays

#: What each mode trades against a name.
HEDGED_BY: dict[str, tuple[str, ...]] = {
    "hedged_metal": ("metals",),
    "hedged_bench": ("market",),
    "two_factor": ("metals", "market"),
}


class ModeKeys(Part):
    """The mode of a trade: the miner alone, against its metals, the market or another miner."""

    #: How many parts a position of ``tranches = "thirds"`` is bought in.
    THIRDS: ClassVar[int] = 3

    mode: Literal["long_only", "hedged_metal", "hedged_bench", "two_factor", "cross_sectional"] = (
        Field(
            "long_only",
            description="buy laggards alone, or sell metals, the market or both against them; or "
            "buy the widest lags and sell the narrowest",
        )
    )
    cross_top: int = Field(
        3, ge=1, le=20, description="cross_sectional: names on either side that may be entered"
    )
    tranches: Literal["single", "thirds"] = Field(
        "single", description="buy at once, or a third at a time as the gap widens"
    )
    tranche_step: float = Field(
        0.5, gt=0.0, le=3.0, description="thirds: standard deviations from one to the next"
    )

    @model_validator(mode="after")
    def _tranches_fit(self) -> ModeKeys:
        if self.tranches == "single":
            return self
        if self.mode == "cross_sectional":
            raise ValueError(
                'tranches = "thirds" buys one name as its gap widens; accepted with '
                'mode = "cross_sectional": "single"'
            )
        trigger: Any = getattr(self, "entry_trigger", "z")
        if trigger != "z":
            raise ValueError(
                'tranches = "thirds" steps in standard deviations; accepted with an entry on the '
                'lag: "single"'
            )
        return self

    @model_validator(mode="after")
    def _hedge_fits(self) -> ModeKeys:
        of: Any = self
        wanted = self.hedges_needed()
        if not wanted:
            return self
        if "metals" in wanted and of.exposures != "fundamental":
            raise ValueError(
                f'mode = "{self.mode}" sells metals by stated exposures; accepted exposures: '
                f'"fundamental", got {of.exposures!r}'
            )
        if "metals" in wanted and of.gap_needs == "market":
            raise ValueError(
                f'mode = "{self.mode}" with gap_needs = "market": the gap has no metal to sell; '
                "accepted: metal, any, both"
            )
        has_market = of.gap_needs == "market" or (of.market_factor and of.gap not in of.UNHEDGED)
        if "market" in wanted and not has_market:
            raise ValueError(
                f'mode = "{self.mode}" sells the market by the gap\'s ratio to it, and this gap '
                "has none; accepted: market_factor = true and a gap other than "
                f"{', '.join(of.UNHEDGED)}"
            )
        return self

    def hedges_needed(self) -> tuple[str, ...]:
        """Return what the mode's legs trade, as ``data.hedges`` names it."""
        return HEDGED_BY.get(self.mode, ())

    def lines(self, market: Market) -> tuple[Line, ...] | None:
        """Return the columns that are traded; None for the market's names.

        Raises
        ------
        ConfigError
            If the mode sells hedges and the market was made without.
        """
        names = [series.symbol for _, series in market.parts.traded]
        own = [Line(name, 0, "name", name) for name in names]
        if self.mode == "cross_sectional":
            copies = [Line(f"{name}-short", 0, "short", name) for name in names]
        elif self.tranches == "thirds":
            copies = [
                Line(f"{name}-{part}", 0, "tranche", name)
                for part in range(2, self.THIRDS + 1)
                for name in names
            ]
        else:
            copies = []
        legs = list(self._leg_lines(market, [*own, *copies])) if self.hedges_needed() else []
        if not copies and not legs:
            return None
        return tuple(line._replace(column=k) for k, line in enumerate((*own, *copies, *legs)))

    def _leg_lines(self, market: Market, partners: list[Line]) -> Iterator[Line]:
        """Yield a leg for each partner and hedge of a commodity that it is exposed to."""
        parts, wanted = market.parts, self.hedges_needed()
        missing = [word for word in wanted if word not in parts.hedges_asked]
        if missing and not parts.hedges:
            raise ConfigError(
                f'rule.mode = "{self.mode}" trades hedges, and this market was made without: pass '
                f"hedges={wanted!r} to Market.sample, .csv, .yahoo or .frames"
            )
        listings = {series.symbol: listing for listing, series in parts.traded}
        for partner in partners:
            rows = market.universe.issuer_of(listings[partner.of]).exposures
            exposed = {row.commodity for row in rows}
            for symbol, (hedge, _series) in parts.hedges.items():
                assert isinstance(hedge, Hedge)
                of = set(hedge.of)
                is_wanted = ("metals" in wanted and of & exposed) or (
                    "market" in wanted and "market" in of
                )
                if is_wanted:
                    yield Line(leg_symbol(partner.symbol, symbol), 0, "leg", symbol)

    def legs(self, panel: Panel, arrays: RuleArrays) -> Legs | None:
        """Return the legs of a hedged mode, sized by the ratios of each row."""
        of: Any = self  # a part of the rule, whose other keys it reads
        wanted = self.hedges_needed()
        if not wanted:
            return None
        return legs_of_mode(
            panel,
            arrays.beta_metal,
            arrays.beta_market,
            wanted,
            min_coverage=of.min_coverage,
        )
