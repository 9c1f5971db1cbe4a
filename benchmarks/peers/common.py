"""What every contestant shares: prices from a file, the rule's signals, two metrics.

Needs numpy and pandas only, so that it runs in each peer's own environment. The rule is that of
`benchmarks.reference_rule`; the arithmetic here is written again, and a test holds both equal.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import islice, product
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

Rule = Mapping[str, Any]
N_MINERS, REGIME_WINDOW = 12, 200
CASH, COMMISSION = 1_000_000.0, 0.001
SESSIONS_A_YEAR = 252
KINDS = ("miners", "metals", "benchmark", "currencies")
COLUMNS = ("open", "high", "low", "close", "volume")


@dataclass(frozen=True)
class Prices:
    """Bars by kind, each array of shape (n_days, n); weights of shape (n_miners, n_metals)."""

    days: np.ndarray
    miners: dict[str, np.ndarray]
    metals: dict[str, np.ndarray]
    benchmark: dict[str, np.ndarray]
    currencies: dict[str, np.ndarray]
    weights: np.ndarray
    currency: np.ndarray


@dataclass(frozen=True)
class Outcome:
    """What a run ends with; `digest` stands for every fill and every day's account, to the bit."""

    final_value: float
    fills: int
    sharpe: float | None = None
    drawdown: float | None = None
    digest: str | None = None


@dataclass(frozen=True)
class Swept:
    """How many combinations were run, and the outcome of the first, the default one, if known."""

    n: int
    first: Outcome | None


def swept(outcomes: Sequence[Outcome]) -> Swept:
    """Return what a sweep that ran its combinations one by one has to say."""
    return Swept(len(outcomes), outcomes[0])


def widened(rules: Sequence[Rule], n: int) -> list[dict[str, Any]]:
    """Return `n` combinations: the rules, then the same with other exits."""
    exits = product((0.0, 0.25, 0.5, 0.75, 1.0), np.arange(0.0, -0.4, -0.02).tolist())
    made = (
        {**rule, "z_out": rule["z_out"] + out, "z_stop": rule["z_stop"] + stop}
        for stop, out in exits
        for rule in rules
    )
    return list(islice(made, n))


class Contestant:
    """One library's form of the rule.

    Attributes
    ----------
    how : str
        Which of the library's interfaces is used, and why that one.
    lacks : tuple of str
        What of the rule it cannot express, or does otherwise.
    packages : tuple of str
        Distributions whose versions are recorded.
    compiles : bool
        Whether a first run, which is not counted, has to warm a compiler.
    """

    how = ""
    lacks: tuple[str, ...] = ()
    packages: tuple[str, ...] = ("numpy", "pandas")
    compiles = False

    def __init__(self, prices: Prices) -> None:
        """Keep the prices in the form that the library's users have them in."""
        self.prices = prices

    def run(self, rule: Rule) -> Outcome:
        """Return one run from prices to the final value; nothing is kept from earlier runs."""
        raise NotImplementedError

    def sweep(self, rules: Sequence[Rule]) -> Swept:
        """Run combinations with Sharpe ratio and drawdown of each; they may share work."""
        return swept([self.run(rule) for rule in rules])


def save(path: Path, prices: Any) -> None:
    """Write prices as plain arrays, which every version of numpy reads."""
    arrays = {"days": prices.days.astype("datetime64[ns]").astype(np.int64)}
    arrays |= {"weights": prices.weights, "currency": prices.currency}
    for kind in KINDS:
        arrays |= {f"{kind}_{name}": getattr(prices, kind)[name] for name in COLUMNS}
    np.savez(path, **arrays)


def load(path: Path) -> Prices:
    """Return the prices of a file that `save` wrote."""
    with np.load(path) as found:
        kinds = {kind: {name: found[f"{kind}_{name}"] for name in COLUMNS} for kind in KINDS}
        days = found["days"].astype("datetime64[ns]")
        return Prices(days=days, weights=found["weights"], currency=found["currency"], **kinds)


class Signals:
    """The rule's arrays of shape (n_days, n_miners), each made once for its own parameters."""

    def __init__(self, prices: Prices) -> None:
        held = np.maximum(prices.currency, 0)
        rates = np.log(prices.currencies["close"])[:, held]
        self.basket = np.log(prices.metals["close"]) @ prices.weights.T
        self.gap = pd.DataFrame(
            np.log(prices.miners["close"]) + np.where(prices.currency >= 0, rates, 0.0)
            - self.basket
        )  # fmt: skip
        index = pd.Series(prices.benchmark["close"][:, 0])
        self.regime = (index > index.rolling(REGIME_WINDOW).mean()).to_numpy()
        self._z: dict[int, np.ndarray] = {}
        self._allowed: dict[int, np.ndarray] = {}

    def z(self, window: int) -> np.ndarray:
        """Return the gap in sample standard deviations of its last `window` values."""
        if window not in self._z:
            rolling = self.gap.rolling(window)
            self._z[window] = ((self.gap - rolling.mean()) / rolling.std(ddof=1)).to_numpy()
        return self._z[window]

    def allowed(self, lag: int) -> np.ndarray:
        """Return where the regime is on and the basket stands above that of `lag` days ago."""
        if lag not in self._allowed:
            rises = np.zeros(self.basket.shape, dtype=bool)
            rises[lag:] = self.basket[lag:] > self.basket[:-lag]
            self._allowed[lag] = rises & self.regime[:, None]
        return self._allowed[lag]

    def entries(self, rule: Rule) -> np.ndarray:
        """Return where a flat miner is to be bought."""
        # Stock backtrader calls `next` only when its slowest indicator has its first value.
        out = (self.z(rule["window"]) < -rule["z_in"]) & self.allowed(rule["lag"])
        out[: max(REGIME_WINDOW, rule["window"], rule["lag"] + 1) - 1] = False
        return out

    def exits(self, rule: Rule) -> np.ndarray:
        """Return where a held miner is to be sold, whatever the days since its fill."""
        z = self.z(rule["window"])
        return (z > -rule["z_out"]) | (z < -rule["z_stop"])


def sharpe_and_drawdown(equity: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return yearly Sharpe ratios and deepest drawdowns of curves, one a column."""
    returns = np.diff(equity, axis=0) / equity[:-1]
    with np.errstate(divide="ignore", invalid="ignore"):  # no trade, no deviation: NaN
        sharpe = returns.mean(axis=0) / returns.std(axis=0, ddof=1) * np.sqrt(SESSIONS_A_YEAR)
    return sharpe, (1.0 - equity / np.maximum.accumulate(equity, axis=0)).max(axis=0)


def judged(equity: np.ndarray, fills: int) -> Outcome:
    """Return the outcome of one curve with its metrics."""
    sharpe, drawdown = sharpe_and_drawdown(np.asarray(equity, dtype=float))
    return Outcome(float(equity[-1]), fills, float(sharpe), float(drawdown))
