"""PyFolio items of several names, against the broker and inside pyfolio itself."""

from __future__ import annotations

import io
import warnings
from contextlib import redirect_stdout
from typing import Any

import backtrader as bt
import numpy as np
import pandas as pd
import pytest

from orebound.analyzers import Equity, Positions, PyFolio
from orebound.feeds import ConfigError

from .markets import Gambler, Scripted, frame_of, random_bars, run, two_exchanges

NAMES = ("A", "B", "C")


def three_names(sessions: int = 320) -> dict[str, pd.DataFrame]:
    days = pd.bdate_range("2022-01-03", periods=sessions)
    return {name: random_bars(number, days, 0.01) for number, name in enumerate(NAMES)}


def rotation() -> list[Any]:
    """Hold each name for 30 sessions, one after the other, in pairs that overlap."""
    starts = [(20 * step, NAMES[step % 3]) for step in range(14)]
    bought: list[Any] = [(row, name, 400, {}) for row, name in starts]
    return bought + [(row + 30, name, -400, {}) for row, name in starts]


def items(strategy: Any = Scripted, **options: Any) -> tuple[Any, Any]:
    result = run(three_names(), strategy, PyFolio, Equity, Positions, **options)
    return result, result.analyzers.getbyname("PyFolio").get_pf_items()


def test_positions_and_cash_add_up_to_the_brokers_value_for_every_name() -> None:
    result, (returns, positions, transactions, leverage) = items(script=rotation())
    assert list(positions.columns) == [*NAMES, "cash"]
    broker = np.array(list(result.values.values()))
    assert np.allclose(positions.sum(axis=1), broker, rtol=0, atol=1e-6)
    assert np.allclose(100_000 * (1 + returns).cumprod(), broker, rtol=0, atol=1e-6)
    held = positions[list(NAMES)].abs().sum(axis=1) / broker
    assert np.allclose(leverage, held)
    assert set(transactions["symbol"]) == set(NAMES)
    assert (transactions["value"] == -transactions["amount"] * transactions["price"]).all()


def test_every_index_is_a_session_at_midnight_utc() -> None:
    result = run(two_exchanges(2), Gambler, PyFolio, seed=1)
    for item in result.analyzers.getbyname("PyFolio").get_pf_items():
        assert str(item.index.tz) == "UTC"
        assert (item.index == item.index.normalize()).all()


def test_returns_agree_with_backtraders_own_on_one_exchange() -> None:
    cerebro = bt.Cerebro(stdstats=False)
    for name, frame in three_names(100).items():
        cerebro.adddata(bt.feeds.PandasData(dataname=frame), name=name)
    cerebro.broker.setcash(100_000)
    cerebro.addstrategy(Scripted, script=rotation())
    cerebro.addanalyzer(PyFolio, _name="PyFolio")
    cerebro.addanalyzer(bt.analyzers.TimeReturn, timeframe=bt.TimeFrame.Days, _name="stock")
    (result,) = cerebro.run()
    stock = result.analyzers.getbyname("stock").get_analysis()
    ours = frame_of(result, PyFolio)["return"]
    assert np.allclose(ours, list(stock.values()), rtol=0, atol=1e-12)


def test_no_trades_still_gives_typed_items() -> None:
    _, (returns, positions, transactions, leverage) = items(script=())
    assert (returns == 0).all()
    assert (positions["cash"] == 100_000).all()
    assert (leverage == 0).all()
    assert transactions.empty
    assert str(transactions.index.tz) == "UTC"


def test_other_timeframes_are_refused() -> None:
    cerebro = bt.Cerebro()
    cerebro.adddata(bt.feeds.PandasData(dataname=three_names(5)["A"]), name="A")
    cerebro.addstrategy(Scripted)
    cerebro.addanalyzer(PyFolio, timeframe=bt.TimeFrame.Weeks)
    with pytest.raises(ConfigError, match=r"timeframe must be bt\.TimeFrame\.Days"):
        cerebro.run()


def test_a_full_tear_sheet_is_drawn_of_several_names(monkeypatch: pytest.MonkeyPatch) -> None:
    _, (returns, positions, transactions, _) = items(script=rotation(), commission=0.001)
    # pyfolio and seaborn import IPython and use calls that pandas 4 deprecates; their warnings are
    # theirs, so they are silenced here and nowhere else.
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import matplotlib

        matplotlib.use("Agg")
        import pyfolio
        from matplotlib import pyplot

        shown = io.StringIO()
        with redirect_stdout(shown):
            pyfolio.create_full_tear_sheet(
                returns, positions=positions, transactions=transactions, round_trips=True
            )
        figures = [pyplot.figure(number) for number in pyplot.get_fignums()]
        axes = sum(len(figure.axes) for figure in figures)
        pyplot.close("all")
    assert axes >= 10
