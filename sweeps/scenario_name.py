"""One name on a scenario's day: gap, betas, elasticities, residuals, and draws of them."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from orebound.feeds import Market
from orebound.strategies import (
    ScenarioSettings,
    Signals,
    cost_row,
    elasticities_known,
    half_life_draws,
    hedge_draws,
    mtm_upgrade,
)

from .config import RunConfig

Array = NDArray[np.float64]


def is_reference(market: Market) -> NDArray[np.bool_]:
    """Whether a row is a close of the first listing's exchange."""
    mics = np.array(
        [listing.mic == market.panel.listings[0].mic for listing in market.panel.listings]
    )
    flags = np.asarray(market.panel.has_bar[:, mics].any(axis=1), dtype=bool)
    return flags


def weights_at(market: Market, name: int, row: Any) -> Array:
    exposure = market.panel.exposure
    weights: Array = exposure.weights[exposure.at(market.panel.closes[[row]])[0], name]
    return weights


class NameKnown:
    """One name as it was known on its last own bar."""

    def __init__(
        self,
        market: Market,
        signals: Signals,
        rule: Any,
        config: RunConfig,
        name: int,
        rows: NDArray[np.int64],
        columns: list[int],
        deck_window: int,
        half_life_ends: tuple[float, float],
    ) -> None:
        self.market, self.rule, self.name = market, rule, name
        panel = market.panel
        self.listing, self.symbol = panel.listings[name], panel.names[name]
        self.row = int(panel.priced_rows(name)[-1])
        cell = (self.row, name)
        self.gap, self.half_life = float(signals.gap[cell]), float(signals.half_life[cell])
        self.z, self.lag = float(signals.z[cell]), float(signals.lag[cell])
        self.coverage = float(signals.coverage[cell])
        self.shown = {key: float(values[cell]) for key, values in signals.more.items()}
        self.half_life_low, self.half_life_high = half_life_ends
        self.beta_metal = float(signals.beta_metal[cell])
        self.beta_market = float(signals.beta_market[cell])
        weights = weights_at(market, name, self.row)
        total = panel.exposure.total[panel.exposure.at(panel.closes[[self.row]])[0], name]
        kept = weights[columns]
        # As in the basket: metals without data hand their weight to the others.
        self.weights = kept * (total / np.abs(kept).sum())
        self.elasticity, self.is_assumed = self._elasticity(columns)
        self.upgrade = self._upgrade(columns, deck_window)
        self._levels(signals)
        self.residual_rows = self._placed(rows)
        self.residual_sd = float(np.std(self.residual[-rule.gap_window :], ddof=1))
        self.costs = config.costs

    def _elasticity(self, columns: list[int]) -> tuple[Array, bool]:
        """Return EBITDA's elasticity by metal as published, and whether any was assumed."""
        panel = self.market.panel
        day = panel.session[self.row, self.name].item()
        known = elasticities_known(self.market.universe.issuer_of(self.listing), day)
        metals = [panel.metals[column] for column in columns]
        return np.array([known.values.get(metal, 0.0) for metal in metals]), known.is_assumed

    def _upgrade(self, columns: list[int], window: int) -> float:
        panel = self.market.panel
        reference = np.flatnonzero(is_reference(self.market))
        past = reference[reference <= self.row][-window:]
        prices = np.column_stack([panel.metal[column].value[past] for column in columns])
        return mtm_upgrade(self.elasticity, prices[-1], np.nanmean(prices, axis=0))

    def _levels(self, signals: Signals) -> None:
        """Keep the log indices of the current run and the residuals hedged the session before."""
        own = self.market.panel.priced_rows(self.name)
        run = signals.run[own, self.name]
        own = own[run == run[-1]]
        self.own = own[own <= self.row]
        self.equity = signals.ln_equity[self.own, self.name]
        self.basket = signals.ln_basket[self.own, self.name]
        self.index = signals.ln_market[self.own, self.name]
        metal = signals.beta_metal[self.own, self.name][:-1]
        market = signals.beta_market[self.own, self.name][:-1]
        hedged = metal * np.diff(self.basket) + market * np.diff(self.index)
        moves = np.diff(self.equity) - hedged
        self.residual = moves[np.isfinite(moves)]
        self.residual_rows_at = self.own[1:][np.isfinite(moves)]

    def _placed(self, rows: NDArray[np.int64]) -> Array:
        """Return the residuals on the scenario's rows, 0 on those without a bar of the name."""
        out = np.zeros(len(rows) - 1)
        place = np.searchsorted(rows[1:], self.residual_rows_at)
        inside = place < len(out)
        # Closes of another exchange fall between two rows and count on the later one.
        late = self.residual_rows_at > rows[0]
        np.add.at(out, place[inside & late], self.residual[inside & late])
        return out

    def draws(self, settings: ScenarioSettings) -> tuple[Array, Array, Array]:
        """Return draws of both hedge ratios and of the half-life."""
        rule = self.rule
        rng = np.random.default_rng([settings.seed, self.name, 1])
        window = slice(-rule.hedge_window, None)
        metal, market = hedge_draws(
            self.equity[window],
            self.basket[window],
            self.index[window] if np.ptp(self.index[window]) > 0.0 else None,
            horizon=rule.hedge_horizon,
            bounds=(rule.beta_min, rule.beta_max),
            draws=settings.draws,
            rng=rng,
        )
        pairs = min(len(self.equity), rule.half_life_window) - 1
        phi = 0.5 ** (1.0 / self.half_life) if self.half_life > 0.0 else 0.0
        return metal, market, half_life_draws(phi, pairs, draws=settings.draws, rng=rng)

    def round_trip(self) -> float:
        """Return the share of the value that buying and selling costs, impact apart."""
        panel = self.market.panel
        row = cost_row(
            self.listing,
            panel.session[self.row, self.name],
            self.costs,
            base_currency=panel.base_currency,
            rate=float(panel.rate[self.row, self.name]),
        )
        return 2.0 * (row.commission + row.spread + row.fx) + row.stamp_duty

    def facts(self) -> dict[str, Any]:
        """Return what the ranking shows of the name beside what it works out."""
        net = self.elasticity.sum()
        return {
            "symbol": self.symbol,
            "gap_now": self.gap,
            "z": self.z,
            "half_life": self.half_life,
            "half_life_low": self.half_life_low,
            "half_life_high": self.half_life_high,
            "beta_metal": self.beta_metal,
            "beta_market": self.beta_market,
            "elasticity": float(net),
            "elasticity_assumed": self.is_assumed,
            "mtm_upgrade": self.upgrade,
            "cost": self.round_trip(),
            "coverage": self.coverage,
            **self.shown,
        }
