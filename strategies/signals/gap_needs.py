"""Which gap is needed: to the metal, to the market, to either or to both."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from ..rolling import Array
from .forms import Gap, Hedge, Stretch
from .registries import GAPS, HEDGES, OWN_HEDGES


@dataclass(frozen=True, eq=False)
class AgainstMarket(Stretch):
    """A run in which the market stands where the metal does, and nothing else is hedged."""

    @cached_property
    def stated_beta(self) -> Array:
        """The market, one for one, within the rule's bounds."""
        return np.clip(np.ones(len(self)), self.rule.beta_min, self.rule.beta_max)


def hedge_of(stretch: Stretch) -> Hedge:
    """Return the hedge that a rule's gap is measured with."""
    form = OWN_HEDGES.get(stretch.rule.gap, HEDGES[stretch.rule.hedge])
    return form(stretch)


def measured_gap(stretch: Stretch, market: Array) -> tuple[Hedge, Gap]:
    """Return hedge and gap of one run as `rule.gap_needs` says.

    ``metal``: the rule's gap. ``market``: the same form with the market in the metal's place;
    its ratio is the market's, the metal's is 0. ``both`` and ``any``: gap and hedge are the
    metal's, and what meets a threshold is the narrower or the wider of the two measures.

    Parameters
    ----------
    market : ndarray of shape (n,)
        The market's log returns; read unless the metal alone is needed.
    """
    need = stretch.rule.gap_needs
    if need == "market":
        other = _against(stretch, market)
        hedge = hedge_of(other)
        gap = GAPS[stretch.rule.gap](other, hedge)
        return Hedge(0.0 * hedge.beta_metal, hedge.beta_metal, hedge.absorbs), gap
    hedge = hedge_of(stretch)
    found = GAPS[stretch.rule.gap](stretch, hedge)
    if need == "metal":
        return hedge, found
    other = _against(stretch, market)
    beside = GAPS[stretch.rule.gap](other, hedge_of(other))
    pick = np.maximum if need == "both" else np.minimum
    lag = pick(found.lag, beside.lag)
    points = np.where(lag == found.lag, found.lag_points, beside.lag_points)
    points = np.where(np.isnan(lag), np.nan, points)
    return hedge, found._replace(z=pick(found.z, beside.z), lag=lag, lag_points=points)


def _against(stretch: Stretch, market: Array) -> Stretch:
    zero = np.zeros(len(stretch))
    return AgainstMarket(
        miner=stretch.miner,
        basket=market,
        market=zero,
        ln={"equity": stretch.ln["equity"], "basket": np.cumsum(market), "market": zero},
        has_market=False,
        sessions=stretch.sessions,
        weights=stretch.weights,
        metals=stretch.metals,
        rule=stretch.rule,
    )
