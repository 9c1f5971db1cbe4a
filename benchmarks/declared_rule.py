"""The reference rule through the product's own doors: price files, a universe, a declared rule.

Nothing here is known to the package. `write_folder` puts the invented prices into files such as a
user has, and `ReferenceRule` declares the rule as a user does; `orebound sweep` runs it.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import pandas as pd
import tomli_w
from pydantic import Field

from benchmarks.reference_rule import COLUMNS, COMMISSION, REGIME_WINDOW, Prices, invent
from orebound.feeds import Panel
from orebound.strategies import DeclaredRule, RuleArrays, declared_arrays

#: The panel has one door for factors: the currencies come in beside the metals, without weight.
METALS = ("copper", "aluminium", "iron_ore", "gold", "silver", "zinc", "lead", "nickel")
RATES = ("molybdenum", "coal", "steel")
#: Stock backtrader's account begins with the prices, whatever the windows.
FIRST = date(2004, 1, 2)
UNIVERSE, SWEEP = "reference.toml", "sweep.toml"
CAST = {"currency": "USD", "unit": "USD", "mic": "XNYS", "adjusted": True}


class ReferenceRule(DeclaredRule):
    """Buy a miner that trails its metals while the benchmark trends and the metals rise."""

    THRESHOLDS: ClassVar[tuple[str, ...]] = ("z_in", "hold", "z_out", "z_stop")
    window: int = Field(60, ge=2, le=1000, description="bars of the gap's mean and deviation")
    lag: int = Field(20, ge=1, le=1000, description="bars of the basket's momentum")
    z_in: float = Field(1.5, gt=0.0, le=9.0, description="enter at z < -z_in")
    z_out: float = Field(0.3, ge=-9.0, le=9.0, description="leave at z > -z_out")
    z_stop: float = Field(4.0, gt=0.0, le=99.0, description="leave at z < -z_stop")
    hold: int = Field(40, ge=1, le=2000, description="leave after more bars than these")
    seed: int = Field(1, ge=0, description="of the invented weights")

    def arrays(self, panel: Panel, regime: Any, events: Any = None) -> RuleArrays:  # noqa: ARG002
        gap, basket, is_on, spell = known(panel, self.seed)
        windows = gap.rolling(self.window)
        z = ((gap - windows.mean()) / windows.std(ddof=1)).to_numpy()
        rises = np.zeros(basket.shape, bool)
        rises[self.lag :] = basket[self.lag :] > basket[: -self.lag]
        return declared_arrays(
            panel, measure=z, may_enter=is_on & rises, spell=np.where(is_on, spell, -1)
        )

    def numbers(self, of: Any) -> Mapping[str, Any]:
        return {
            "enter_at": np.nextafter(-of.z_in, -np.inf),
            "leave_above": -of.z_out,
            "leave_below": -of.z_stop,
            "time_stop_min": of.hold + 1,
            "time_stop_max": of.hold + 1,
            "sizes_on_known": 0.0,
            "needs_measure": 1.0,
        }


@lru_cache(maxsize=2)
def known(panel: Panel, seed: int) -> tuple[pd.DataFrame, Any, Any, Any]:
    """Return what no parameter enters: gaps, baskets, the regime and the number of its spell."""
    prices = _prices_of(seed)
    value = {name: np.log(one.value) for name, one in zip(panel.metals, panel.metal, strict=True)}
    basket = np.column_stack([value[name] for name in METALS]) @ prices.weights.T
    rates = np.column_stack([value[name] for name in RATES])
    own = np.where(prices.currency >= 0, rates[:, np.maximum(prices.currency, 0)], 0.0)
    assert panel.market is not None
    index = pd.Series(panel.market.value)
    is_on = (index > index.rolling(REGIME_WINDOW).mean()).to_numpy()
    spell = np.cumsum(np.diff(is_on, prepend=False) & is_on) - 1
    gap = pd.DataFrame(np.log(panel.known_close) + own - basket)
    return gap, basket, is_on[:, None], spell[:, None]


@lru_cache(maxsize=2)
def _prices_of(seed: int) -> Prices:
    """Return a short history: weights and currencies are drawn before any price."""
    return invent(300, seed)


def write_folder(prices: Prices, folder: Path) -> None:
    """Write price files, ``prices.toml`` and the universe of the invented prices."""
    folder.mkdir(parents=True, exist_ok=True)
    facts: dict[str, Any] = {}
    days = pd.DatetimeIndex(prices.days).strftime("%Y-%m-%d")
    kinds = {"M": prices.miners, "METAL": prices.metals, "INDEX": prices.benchmark,
             "RATE": prices.currencies}  # fmt: skip
    for stem, bars in kinds.items():
        for place in range(bars["close"].shape[1]):
            frame = pd.DataFrame({name.title(): bars[name][:, place] for name in COLUMNS})
            frame.insert(0, "Date", days)
            frame.to_csv(folder / f"{stem}{place}.csv", index=False)
            facts[f"{stem}{place}"] = CAST
    (folder / "prices.toml").write_text(tomli_w.dumps(facts))
    (folder / UNIVERSE).write_text(tomli_w.dumps(_universe(prices)))


def _universe(prices: Prices) -> dict[str, Any]:
    metals = {name: [f"METAL{k}"] for k, name in enumerate(METALS)}
    return {
        "name": "reference",
        "market": ["INDEX0"],
        "metals": metals | {name: [f"RATE{k}"] for k, name in enumerate(RATES)},
        "own": [
            {
                "symbol": f"M{k}",
                "mic": "XNYS",
                "currency": "USD",
                "half_spread_bps": 0.0,
                "exposures": [
                    {"valid_from": np.datetime64("2000-01-01").item(), "source": "invented"}
                    | {name: float(w) for name, w in zip(METALS, own, strict=True) if w}
                    | dict.fromkeys(RATES, 0.0)
                ],
            }
            for k, own in enumerate(prices.weights)
        ],
    }


#: 36 groups of 6,912: more combinations than the 250,000 of the target.
GRID: dict[str, Any] = {
    "window": [30, 40, 60, 90, 120, 180],
    "lag": [5, 10, 20, 40, 60, 120],
    "z_in": {"from": 1.0, "to": 2.1, "step": 0.1},
    "z_out": {"from": -0.1, "to": 0.6, "step": 0.1},
    "z_stop": [2.5, 3.0, 3.5, 4.0, 4.5, 5.0],
    "hold": {"from": 10, "to": 87, "step": 7},
}


def sweep_config(folder: Path, *, grid: Mapping[str, Any] = GRID, **own: Any) -> dict[str, Any]:
    """Return the sweep file of a folder made by `write_folder`."""
    return {
        "data": {
            "source": "csv",
            "folder": str(folder),
            "universe": str(folder / UNIVERSE),
            "start": FIRST,
        },
        "rule": {"declared": f"{__name__}:ReferenceRule"},
        "costs": {"commission_bps": COMMISSION * 1e4, "impact_bps": 0.0},
        "sweep": {"name": "reference", "idea": "reference", "parameters": dict(grid)} | own,
    }
