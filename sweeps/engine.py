"""One configured run: market, backtest, what stands beside it, and the record of it all."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import numpy as np

from orebound.analyzers import (
    NullResult,
    RunRecord,
    forced_notes,
    order_hash,
    own_lines,
    summary,
    trade_summary,
    verdict,
)
from orebound.feeds import ConfigError, Market, Universe
from orebound.strategies import Rule, Signals, arrays_of, signals_of
from orebound.strategies.signals import spread_diagnostics

from .beside import base_rates, baselines, basket_notes, null_of
from .cerebro_run import Outcome, Parameters, backtest
from .config import RunConfig
from .leave_words import with_leave_words
from .modes_record import modes_record
from .overhang_record import overhang_record, premium_findings
from .provenance import provenance
from .regime_placebo import regime_placebo
from .regime_record import regime_record
from .run_selection import Selection, declared
from .signal_frames import input_frame, signal_frame
from .windows import end_row, first_ready, refuse_hindsight

Progress = Callable[[str], None]


def load_market(config: RunConfig, universe: Universe | None = None) -> Market:
    """Return the market that a configuration names, of other names where they are given."""
    data = config.data
    names = data.universe if universe is None else universe
    options: dict[str, Any] = {
        "base_currency": data.base_currency,
        "skip_missing": data.skip_missing,
        "allow_hindsight": data.allow_hindsight,
        "metals": dict(data.metals),
        "market": data.market or None,
        "latency_minutes": data.latency_minutes,
        "extra": tuple(filter(None, data.extra.split("+"))),
        "hedges": tuple(filter(None, data.hedges.split("+"))),
        "known": dict(data.series),
        "releases": dict(data.releases),
    }
    if data.source == "sample":
        return Market.sample(names, **options)
    if data.source == "csv":
        return Market.csv(data.folder, names, **options)
    return Market.yahoo(names, store=data.folder or None, **options)


def execute(
    config: RunConfig,
    *,
    market: Market | None = None,
    command: str = "",
    progress: Progress | None = None,
    selection: Selection | None = None,
) -> RunRecord:
    """Return the record of one run through real backtrader.

    Parameters
    ----------
    market : Market, optional
        Used instead of the one that ``config.data`` names.
    command : str
        What the user typed, for the record.
    progress : callable, optional
        Called with a few words before each stage.
    selection : callable, optional
        Gives what ``selection`` of the record holds, from the market; else one trial, no ledger.

    Raises
    ------
    DataRefused, ConfigError
        Before anything runs, if data or configuration cannot be used.
    """
    rule = _catch_up(config)
    began, started = time.perf_counter(), datetime.now(UTC)
    tell = progress or (lambda _stage: None)
    tell("reading the market")
    market = market or load_market(config)
    market = market.arranged(rule.lines(market))
    parameters = Parameters(config.rule, config.regime, config.sizing, config.costs)
    signals = signals_of(market.panel, rule, config.regime)
    start = config.data.start or first_ready(market, signals.ready)
    refuse_hindsight(config, market, start)
    window = (market.panel.first_row(start), end_row(market, config))
    dates: dict[str, Any] = {"start": start, "end": config.data.end}
    tell("backtest through backtrader")
    outcome = _in_words(backtest(market, parameters, **dates), market, config)
    tell("baselines")
    curves = baselines(market, parameters, outcome, window, **dates)
    tell("random entries")
    null = null_of(
        market.panel,
        signals,
        own_lines(outcome.trades),
        window,
        draws=config.run.null_draws,
        seed=config.run.seed,
    )
    shown = signal_frame(market.panel, signals, rule, window)
    info = _info(config, market, outcome, signals, null, window, start)
    info |= {"mode": modes_record(market, rule, outcome, shown)}
    info |= {"selection": (selection or declared())(market), "command": command}
    info |= {"started": started.isoformat(timespec="seconds")}
    return RunRecord(
        info=info | {"seconds": round(time.perf_counter() - began, 3)},
        equity=outcome.equity,
        orders=outcome.orders,
        costs=outcome.costs,
        trades=outcome.trades,
        positions=outcome.positions,
        cash=outcome.cash,
        baselines=curves,
        signals=shown,
        inputs=input_frame(market, *window),
    )


def _in_words(outcome: Outcome, market: Market, config: RunConfig) -> Outcome:
    """Return the outcome whose forced exits name what forced them."""
    panel = market.panel
    known = arrays_of(config.rule, panel, config.regime, config.sizing)
    orders = {"decided": "submitted", "reason": "reason"}
    trades = {"decided": "exit_decision", "reason": "exit_reason"}
    return replace(
        outcome,
        orders=with_leave_words(outcome.orders, panel, known, **orders),
        trades=with_leave_words(outcome.trades, panel, known, **trades),
    )


def _catch_up(config: RunConfig) -> Rule:
    """Return the catch-up rule of a configuration; its record holds gaps, regimes and closings."""
    if type(config.rule) is Rule:
        return config.rule
    raise ConfigError(
        "the record and page of one run are those of the catch-up rule; a rule of your own runs "
        "in `orebound sweep`, `orebound check lookahead` and, as DeclaredStrategy, in any Cerebro"
    )


def _info(
    config: RunConfig,
    market: Market,
    outcome: Outcome,
    signals: Signals,
    null: NullResult,
    window: tuple[int, int],
    start: Any,
) -> dict[str, Any]:
    panel = market.panel
    metrics = summary(
        outcome.equity,
        risk_free=config.run.risk_free,
        periods_per_year=config.run.periods_per_year,
        orders=outcome.orders,
    ) | trade_summary(outcome.trades)
    own = own_lines(outcome.trades)
    regime = regime_record(config.regime, market, own, window)
    dated = config.model_copy(update={"data": config.data.model_copy(update={"start": start})})
    if moved := regime_placebo(dated, market):
        regime["placebo"] = moved
    late = market.exposure_hindsight(start)
    # What changes the meaning of the figures most stands first, in every output.
    notes = [
        *forced_notes(own),
        *market.gaps_in_words(window),
        *basket_notes(market, window),
        *market.warnings,
    ]
    if _catch_up(config).exposures == "regression" and late:
        # Fitted weights are of the past, but which metals are fitted and covered is carried back.
        notes.append(f"which metals are fitted is carried back for {', '.join(late)}")
        late = {}
    # The record says when a run could first decide, so that running it again starts there too.
    resolved = config.as_dict()
    resolved["data"]["start"] = str(start)
    return {
        "id": secrets.token_hex(4),
        "source": market.source,
        "synthetic": market.synthetic,
        "config": resolved,
        "data": _data(market),
        **provenance(),
        "seed": config.run.seed,
        "sessions": len(outcome.equity),
        "rows": window[1] - window[0],
        "orders": outcome.orders["status"].value_counts().to_dict(),
        "order_hash": order_hash(outcome.orders),
        "metrics": {
            name: {"value": m.value, "n": m.n, "unit": m.unit, "note": m.note}
            for name, m in metrics.items()
        },
        "warnings": notes,
        "universe": _universe(market, late),
        "hindsight_exposure": late,
        "first_decisions": _first_decisions(market, outcome, window),
        "base_rates": base_rates(panel, signals, _catch_up(config), window),
        "diagnostics": spread_diagnostics(panel, signals, _catch_up(config), window),
        "null": _null(null),
        "findings": [
            {"file": f.file, "symbol": f.symbol, "row": f.row, "date": f.date, "column": f.column}
            | {"rule": f.rule, "outcome": f.outcome, "detail": f.detail}
            for f in (*market.findings, *premium_findings(market))
        ],
        "regime": regime,
        "overhang": overhang_record(market, config.regime, own, window),
        "verdict": verdict(
            own,
            null,
            metrics,
            regime["episodes_with_entries"] if config.regime.looks else None,
        ),
    }


def _data(market: Market) -> dict[str, Any]:
    frame = market.frame()
    frame["first"], frame["last"] = frame["first"].astype(str), frame["last"].astype(str)
    out: dict[str, Any] = {}
    for row in frame.to_dict("records"):
        out.setdefault(str(row["symbol"]), row)  # looked at as well: it keeps its first role
    return out


def _universe(market: Market, late: dict[str, str]) -> dict[str, Any]:
    universe = market.universe
    rows = [
        {"symbol": name, "issuer": issuer.name, "commodity": row.commodity, "weight": row.weight}
        | {"valid_from": str(row.valid_from), "source": row.source, "confidence": row.confidence}
        for name, column in _names(market).items()
        for issuer in (universe.issuer_of(market.panel.listings[column]),)
        for row in issuer.exposures
    ]
    return {
        "name": universe.name,
        "description": universe.description,
        "valid_from": universe.valid_from,
        "hindsight": universe.hindsight,
        "allow_hindsight": market.allow_hindsight,
        "names": list(_names(market)),
        "excluded": market.excluded,
        "stand_ins": market.parts.stand_ins,
        "hindsight_exposure": late,
        "exposures": rows,
    }


def _names(market: Market) -> dict[str, int]:
    """Return the columns of the names that are decided on, without hedge legs."""
    return {line.symbol: line.column for line in market.panel.lines if line.kind != "leg"}


def _first_decisions(
    market: Market, outcome: Outcome, window: tuple[int, int]
) -> dict[str, str | None]:
    panel, ready = market.panel, outcome.signals.ready
    out: dict[str, str | None] = {}
    for name, k in _names(market).items():
        rows = window[0] + np.flatnonzero(ready[window[0] : window[1], k])
        out[name] = str(panel.session[rows[0], k]) if len(rows) else None
    return out


def _null(null: NullResult) -> dict[str, Any]:
    spread = null.distribution
    has = len(spread) > 0
    return {
        "statistic": null.statistic,
        "observed": null.observed,
        "p_value": null.p_value,
        "mean": float(spread.mean()) if has else None,
        "p05": float(np.quantile(spread, 0.05)) if has else None,
        "p95": float(np.quantile(spread, 0.95)) if has else None,
        "trades": null.n_trades,
        "draws": null.draws,
        "note": null.note,
    }
