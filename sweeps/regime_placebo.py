"""What the regime of one run is worth beside the same states at other times, for its page."""

from __future__ import annotations

from typing import Any

from orebound.analyzers.study import circular_shift
from orebound.feeds import Market, china_events

from .config import RunConfig


def regime_placebo(config: RunConfig, market: Market) -> dict[str, Any]:
    """Return the followed returns' p-values under ``run.null_draws`` moved regimes.

    What asks nothing of the replay takes a tenth of a second for a thousand draws; the Sharpe
    ratio, a replay a draw, is left to ``orebound placebo``.

    Returns
    -------
    dict
        ``draws`` and ``statistics``, a list of ``statistic, horizon, observed, mean, p05, p95,
        p_value``; empty where no regime decides or no draw is wanted.
    """
    if not config.regime.looks or not config.run.null_draws:
        return {}
    # The replay's modules load the compiler; nothing is compiled here.
    from .moved_states import HORIZONS, MovedStates

    stage = MovedStates(config, market, china_events())
    if len(stage.states) < 2:
        return {}
    rows, draws = [], 0
    for horizon in HORIZONS:
        found = circular_shift(
            stage.states,
            stage.followed(horizon),
            draws=config.run.null_draws,
            seed=config.run.seed,
        )
        draws = max(draws, found.draws)
        rows.append(
            {
                "statistic": f"relative_{horizon}",
                "horizon": horizon,
                "observed": found.observed,
                "mean": found.mean,
                "p05": found.quantile(0.05),
                "p95": found.quantile(0.95),
                "p_value": found.p_value,
            }
        )
    return {"draws": draws, "statistics": rows}
