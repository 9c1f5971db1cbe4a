"""The modes of a trade on one configuration: long alone, hedged, and one miner against another."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, get_args

import numpy as np
import pandas as pd

from orebound.analyzers import joined_trades, own_lines, summary, trade_summary
from orebound.analyzers.study import capture_efficiency, capture_ratio
from orebound.feeds import ConfigError, DataRefused, Market
from orebound.strategies import Regime, Rule, arrays_of, signals_of

from .cerebro_run import Outcome, Parameters, backtest
from .config import RunConfig, build
from .engine import load_market
from .modes_record import modes_record
from .regime_record import regime_record
from .signal_frames import signal_frame
from .windows import end_row, first_ready, refuse_hindsight

#: Every mode, the miner alone first: it decides where all of them start.
MODES: tuple[str, ...] = get_args(Rule.model_fields["mode"].annotation)
COLUMNS = (
    *("mode", "engine", "total_return", "cagr", "volatility", "sharpe", "sharpe_error"),
    *("max_drawdown", "turnover", "costs", "borrow", "rolls", "financing"),
    *("entries", "closed", "hit_rate", "capture", "capture_error", "captured", "efficiency"),
    *("net_beta_metal", "net_beta_market", "legging", "orphans", "episodes", "note"),
)
OF_SUMMARY = ("total_return", "cagr", "volatility", "sharpe", "sharpe_error", "max_drawdown")
Progress = Callable[[str], None]


def compare_modes(
    config: RunConfig,
    *,
    market: Market | None = None,
    modes: tuple[str, ...] = MODES,
    progress: Progress | None = None,
) -> pd.DataFrame:
    """Return one row a mode of the same configuration, each through real backtrader.

    All start where the first mode could first decide, unless the configuration says where.

    Parameters
    ----------
    market : Market, optional
        Used instead of what ``config.data`` names; it needs the hedges.
    modes : tuple of str

    Returns
    -------
    DataFrame
        Return, risk and costs of the account; entries and hits of trades with their legs' money;
        mean capture ratio and efficiency; mean net betas while invested; `episodes` are distinct
        regime episodes with an entry. A mode that the configuration or the data do not allow has
        no figures and the reason in `note`.

    Raises
    ------
    ConfigError, DataRefused
        If the first mode cannot run.
    """
    if not isinstance(config.rule, Rule):
        raise ConfigError("`orebound modes` compares modes of the catch-up rule, not of your own")
    tell = progress or (lambda _stage: None)
    loaded: dict[str, Market] = {}
    rows: list[dict[str, Any]] = []
    start: Any = config.data.start
    for mode in modes:
        tell(mode.replace("_", " "))
        try:
            chosen = in_mode(config, mode)
            key = chosen.data.model_dump_json()
            read = market or loaded.setdefault(key, loaded.get(key) or load_market(chosen))
            start = start or _first(chosen, read)
            rows.append({"mode": mode} | _figures(chosen, read, start))
        except (ConfigError, DataRefused) as error:
            if not rows:
                raise
            rows.append({"mode": mode, "engine": "", "note": str(error)})
    return pd.DataFrame(rows, columns=list(COLUMNS))


def in_mode(config: RunConfig, mode: str) -> RunConfig:
    """Return a configuration in another mode; its needs of data follow."""
    values = config.as_dict()
    values["rule"]["mode"] = mode
    values["data"].pop("hedges")
    return build(values)


def _first(config: RunConfig, market: Market) -> Any:
    market = market.arranged(config.rule.lines(market))
    known = arrays_of(config.rule, market.panel, config.regime, config.sizing)
    return first_ready(market, known.ready)


def _figures(config: RunConfig, market: Market, start: Any) -> dict[str, Any]:
    rule = config.rule
    assert isinstance(rule, Rule)
    market = market.arranged(rule.lines(market))
    refuse_hindsight(config, market, start)
    parameters = Parameters(rule, config.regime, config.sizing, config.costs)
    outcome = backtest(market, parameters, start=start, end=config.data.end)
    window = (market.panel.first_row(start), end_row(market, config))
    signals = signals_of(market.panel, rule, config.regime)
    told = modes_record(
        market, rule, outcome, signal_frame(market.panel, signals, rule, window), always=True
    )
    return _of_account(config, outcome) | _of_trades(outcome) | {
        "engine": "backtrader",
        **{name: 0.0 - told["carry"].get(kind, 0.0) for name, kind in CARRIED.items()},
        **{f"net_beta_{name}": told["net_beta"][name] for name in ("metal", "market")},
        "legging": len(told["legging"]),
        "orphans": told["orphans"],
        "episodes": _episodes(config.regime, market, outcome, window),
        "note": "",
    }  # fmt: skip


CARRIED = {"borrow": "borrow", "rolls": "roll", "financing": "financing"}


def _of_account(config: RunConfig, outcome: Outcome) -> dict[str, Any]:
    found = summary(
        outcome.equity,
        risk_free=config.run.risk_free,
        periods_per_year=config.run.periods_per_year,
        orders=outcome.orders,
    )
    figures = {name: found[name].value for name in (*OF_SUMMARY, "turnover")}
    return figures | {"costs": float(outcome.orders["cost"].sum())}


def _of_trades(outcome: Outcome) -> dict[str, Any]:
    trades = joined_trades(outcome.trades)
    ratio, found = capture_ratio(trades), trade_summary(outcome.trades)
    earned = capture_efficiency(trades).dropna()
    return {
        "entries": len(trades),
        "closed": int((trades["status"] == "closed").sum()),
        "hit_rate": found["hit_rate"].value,
        "capture": ratio.mean,
        "capture_error": ratio.error,
        "captured": ratio.n,
        "efficiency": float(earned.mean()) if len(earned) else np.nan,
    }


def _episodes(
    regime: Regime, market: Market, outcome: Outcome, window: tuple[int, int]
) -> int | None:
    """Return the distinct regime episodes with an entry, None where no regime is looked at."""
    if not regime.looks:
        return None
    told = regime_record(regime, market, own_lines(outcome.trades), window)
    return int(told["episodes_with_entries"])
