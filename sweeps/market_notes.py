"""What every output of some markets says of them: what is left out, and what is hindsight."""

from __future__ import annotations

from collections.abc import Iterable

from orebound.feeds import Market


def market_notes(markets: Iterable[Market]) -> list[str]:
    """Return the distinct notes of some markets, in their order."""
    found: dict[str, None] = {}
    for market in markets:
        universe = market.universe
        if market.excluded:
            names = ", ".join(market.excluded)
            found[f"{universe.name}: left out for want of data: {names}"] = None
        if universe.hindsight:
            found[f"{universe.name}: {universe.hindsight}"] = None
        if market.allow_hindsight and universe.valid_from is not None:
            found[
                f"{universe.name} was made on {universe.valid_from}: earlier use is hindsight"
            ] = None
        found |= dict.fromkeys(market.warnings)
    return list(found)
