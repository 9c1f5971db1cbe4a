"""A view on one metal carried through to miners: what each is expected to do, and how surely.

What is expected is worked out in closed form; the spread around it is simulated. All of it is
conditional on the view, which may be wrong: the same shocks without it stand beside.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from .scenario_ebitda import log_ebitda
from .scenario_equity import decay, expected_log_return
from .scenario_paths import expected_shortfall, weighted_quantiles
from .scenario_settings import Estimates, ScenarioInputs, ScenarioSettings
from .scenario_simulation import Simulation, simulate
from .scenario_uncertainty import kendall_tau

Array = NDArray[np.float64]
PARTS = ("metal", "market", "gap", "multiple")
FAN = (0.05, 0.25, 0.5, 0.75, 0.95)
#: Sessions between two lines of the fan.
MONTH = 21


@dataclass(frozen=True, eq=False)
class ScenarioResult:
    """What a scenario says.

    Attributes
    ----------
    ranking : DataFrame
        One row a name, best first: ``expected_log`` and its parts ``metal, market, gap, multiple``
        in logs; ``expected`` = expm1 of it; ``p_hurdle, es95, sd, days_to_close, share_closed``;
        ``score`` = expected / es95, ``rank, rank_by_gap, quartile``, and its facts.
    paths : DataFrame
        Quantiles of the target metal over today's price, a month apart, with and without the view.
    stability : DataFrame
        By name: how often first and in the best quartile, 5 to 95 % of the expected return, over
        draws of hedge ratio and half-life.
    tau : ndarray of shape (n_draws,)
        Kendall's tau of each draw's ranking by expected return with the one shown.
    value_of_view : DataFrame
        By name: expected and chance to beat the hurdle with the view and without.
    simulation : Simulation
    returns, returns_no_view : ndarray of shape (n_paths, n_names)
        Log returns over the horizon; those under the view carry the simulation's weights.
    """

    ranking: pd.DataFrame
    paths: pd.DataFrame
    stability: pd.DataFrame
    tau: Array
    value_of_view: pd.DataFrame
    simulation: Simulation
    returns: Array
    returns_no_view: Array


def run_scenario(inputs: ScenarioInputs, settings: ScenarioSettings) -> ScenarioResult:
    """Return what a view means for each name."""
    used = inputs.draws if settings.parameters == "drawn" else inputs.estimates
    drawn = simulate(
        replace(inputs.shocks, half_life=used.half_life),
        inputs.ratio,
        sessions=inputs.sessions,
        stretch=inputs.stretch,
        method=settings.method,
        volatility=settings.volatility,
        block=settings.block,
        n=settings.paths,
        seed=settings.seed,
    )
    with_view = factors_of(inputs, settings, drawn, drawn.view[:, -1])
    even = np.full(len(drawn.weights), 1.0 / len(drawn.weights))
    parts: dict[bool, dict[str, Array]] = {}
    returns: dict[bool, Array] = {}
    for is_view, factors in ((True, with_view), (False, drawn.factors)):
        weights = drawn.weights if is_view else even
        parts[is_view] = _parts(inputs, settings, used, factors, weights, drawn, is_view=is_view)
        returns[is_view] = returns_of(inputs, settings, used, factors, drawn.gap)
    ranking = _ranking(inputs, settings, parts[True], returns[True], drawn)
    stability, tau = _stability(inputs, settings, used, parts[True], drawn)
    beaten = {
        is_view: ((np.expm1(returns[is_view]) > settings.hurdle) * w[:, None]).sum(axis=0)
        for is_view, w in ((True, drawn.weights), (False, even))
    }
    value = pd.DataFrame(
        {
            "symbol": inputs.names,
            "expected": np.expm1(sum(parts[True].values())),
            "expected_no_view": np.expm1(sum(parts[False].values())),
            "p_hurdle": beaten[True],
            "p_hurdle_no_view": beaten[False],
        }
    )
    value["difference"] = value["expected"] - value["expected_no_view"]
    order = ranking["symbol"].tolist()
    value = value.set_index("symbol").loc[order].reset_index()
    stability = stability.set_index("symbol").loc[order].reset_index()
    return ScenarioResult(
        ranking, _fan(drawn), stability, tau, value, drawn, returns[True], returns[False]
    )


def factors_of(
    inputs: ScenarioInputs, settings: ScenarioSettings, drawn: Simulation, target: Array
) -> Array:
    """Return the factors' log returns under a view: its metal moved, others by their loading."""
    moved = (target - drawn.factors[:, inputs.shocks.target])[:, None]
    return drawn.factors + moved * _loading(inputs, settings)


def _loading(inputs: ScenarioInputs, settings: ScenarioSettings) -> Array:
    if settings.others == "joint":
        return inputs.shocks.loading
    own = np.zeros_like(inputs.shocks.loading)
    own[inputs.shocks.target] = 1.0
    return own


def _shares(settings: ScenarioSettings) -> tuple[float, float]:
    """Return the weight of the measured beta and of the one by EBITDA."""
    by_ebitda = {"empirical": 0.0, "average": 0.5, "fundamental": 1.0}[settings.beta]
    return 1.0 - by_ebitda, by_ebitda


def returns_of(
    inputs: ScenarioInputs,
    settings: ScenarioSettings,
    used: Estimates,
    factors: Array,
    gap: Array,
) -> Array:
    """Return log returns of the names by path, shape (n_paths, n_names)."""
    measured, by_ebitda = _shares(settings)
    net = settings.ev_to_equity * (settings.permanence - settings.compression)
    metals, market = factors[:, :-1], factors[:, -1]
    out = np.empty((len(factors), len(inputs.names)))
    draw = np.arange(len(factors)) % len(used.half_life)
    for k in range(len(inputs.names)):
        basket = (metals * inputs.weights[k]).sum(axis=1)
        out[:, k] = measured * used.beta_metal[draw, k] * basket
        out[:, k] += used.beta_market[draw, k] * market
        if by_ebitda:
            out[:, k] += by_ebitda * net * log_ebitda(inputs.elasticity[k], metals)
        out[:, k] += gap[:, k] - inputs.shocks.gap[k]
    return out


def _parts(
    inputs: ScenarioInputs,
    settings: ScenarioSettings,
    used: Estimates,
    factors: Array,
    weights: Array,
    drawn: Simulation,
    *,
    is_view: bool,
) -> dict[str, Array]:
    """Return the parts of the expected log return, shape (n_names,) each."""
    target = drawn.view[:, -1] if is_view else np.zeros(len(weights))
    means = _loading(inputs, settings) * float((weights * target).sum())
    measured, by_ebitda = _shares(settings)
    basket = (inputs.weights * means[:-1]).sum(axis=1)
    metal = measured * used.beta_metal.mean(axis=0) * basket
    multiple = np.zeros(len(inputs.names))
    if by_ebitda:
        # Curved in price, so its mean over paths and not its value at their mean.
        ebitda = np.array(
            [(weights * log_ebitda(e, factors[:, :-1])).sum() for e in inputs.elasticity]
        )
        scaled = by_ebitda * settings.ev_to_equity * ebitda
        metal = metal + settings.permanence * scaled
        multiple = -settings.compression * scaled
    left = decay(used.half_life, inputs.sessions).mean(axis=0)
    return {
        "metal": metal,
        "market": used.beta_market.mean(axis=0) * means[-1],
        "gap": inputs.shocks.gap * (left - 1.0),
        "multiple": multiple,
    }


def _ranking(
    inputs: ScenarioInputs,
    settings: ScenarioSettings,
    parts: dict[str, Array],
    returns: Array,
    drawn: Simulation,
) -> pd.DataFrame:
    simple, weights = np.expm1(returns), drawn.weights
    log = np.sum(list(parts.values()), axis=0)
    expected = np.expm1(log)
    shortfall = np.array([expected_shortfall(column, weights) for column in simple.T])
    mean = (weights[:, None] * returns).sum(axis=0)
    closed, days = _closing(drawn)
    frame = pd.DataFrame(
        {
            "symbol": inputs.names,
            "expected": expected,
            "expected_log": log,
            **{part: parts[part] for part in PARTS},
            "sd": np.sqrt((weights[:, None] * (returns - mean) ** 2).sum(axis=0)),
            "p_hurdle": ((simple > settings.hurdle) * weights[:, None]).sum(axis=0),
            "es95": shortfall,
            "score": np.divide(
                expected, shortfall, out=np.full(len(log), np.inf), where=shortfall > 0.0
            ),
            "days_to_close": days,
            "share_closed": closed,
        }
    ).merge(inputs.facts, on="symbol", how="left", validate="one_to_one")
    frame["rank_by_gap"] = frame["gap"].rank(ascending=False, method="first").astype(int)
    frame = frame.sort_values(["score", "symbol"], ascending=[False, True]).reset_index(drop=True)
    frame.insert(0, "rank", np.arange(1, len(frame) + 1))
    frame["quartile"] = 1 + (4 * (frame["rank"] - 1)) // len(frame)
    return frame


def _closing(drawn: Simulation) -> tuple[Array, Array]:
    """Return by name the share of paths that closed 80 % in time, and the median sessions to it.

    Both NaN without a lag; the sessions infinite where fewer than half of the paths closed.
    """
    has_lag = ~np.isnan(drawn.closed[0])
    closed = (np.isfinite(drawn.closed) * drawn.weights[:, None]).sum(axis=0)
    days = np.sort(np.where(np.isnan(drawn.closed), np.inf, drawn.closed), axis=0)
    middle = days[(len(days) - 1) // 2]
    return np.where(has_lag, closed, np.nan), np.where(has_lag, middle, np.nan)


def _stability(
    inputs: ScenarioInputs,
    settings: ScenarioSettings,
    used: Estimates,
    parts: dict[str, Array],
    drawn: Simulation,
) -> tuple[pd.DataFrame, Array]:
    """Return how the ranking by expected return holds under other estimates."""
    names = len(inputs.names)
    means = _loading(inputs, settings) * float((drawn.weights * drawn.view[:, -1]).sum())
    measured, _ = _shares(settings)
    basket = (inputs.weights * means[:-1]).sum(axis=1)
    # What EBITDA gives does not depend on the draws.
    fixed = parts["metal"] - measured * used.beta_metal.mean(axis=0) * basket + parts["multiple"]
    logs = fixed + expected_log_return(
        measured * inputs.draws.beta_metal,
        basket,
        inputs.draws.beta_market,
        means[-1],
        gap=inputs.shocks.gap,
        half_life=inputs.draws.half_life,
        sessions=inputs.sessions,
    )
    places = (-logs).argsort(axis=1).argsort(axis=1)
    best = max(1, names // 4)
    frame = pd.DataFrame(
        {
            "symbol": inputs.names,
            "expected_p05": np.expm1(np.quantile(logs, 0.05, axis=0)),
            "expected_p95": np.expm1(np.quantile(logs, 0.95, axis=0)),
            "share_first": (places == 0).mean(axis=0),
            "share_best_quartile": (places < best).mean(axis=0),
        }
    )
    return frame, kendall_tau(sum(parts.values()) + np.zeros(names), logs)


def _fan(drawn: Simulation) -> pd.DataFrame:
    even = np.full(len(drawn.weights), 1.0 / len(drawn.weights))
    sessions = drawn.view.shape[1]
    # A month apart, and the horizon: a fan is looked at, not read day by day.
    shown = np.unique([*range(MONTH - 1, sessions, MONTH), sessions - 1])
    view = np.exp(weighted_quantiles(drawn.view[:, shown], drawn.weights, FAN))
    free = np.exp(weighted_quantiles(drawn.walk[:, shown], even, FAN))
    columns: dict[str, Any] = {"session": shown + 1}
    columns |= {f"p{share * 100:02.0f}": view[k] for k, share in enumerate(FAN)}
    columns |= {f"no_view_p{share * 100:02.0f}": free[k] for k, share in enumerate(FAN)}
    return pd.DataFrame(columns)
