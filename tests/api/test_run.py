from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from matplotlib.figure import Figure

import orebound as ob
from orebound.analyzers.record import RunRecord
from orebound.feeds import ConfigError


@pytest.fixture
def run(small_record: RunRecord) -> ob.Run:
    return ob.Run(small_record)


def test_a_saved_run_opens_again_equal(run: ob.Run, tmp_path: Path) -> None:
    saved = run.save(tmp_path / "run")
    found = ob.open_run(tmp_path / "run")
    assert saved.path == tmp_path / "run"
    assert (found.metrics, found.verdict) == (run.metrics, run.verdict)
    assert found.equity.equals(run.equity)
    assert (tmp_path / "run" / "tearsheet.html").is_file()


def test_saving_a_run_twice_returns_the_one_that_stands(run: ob.Run, tmp_path: Path) -> None:
    saved = run.save(tmp_path / "run")
    before = (tmp_path / "run" / "run.json").stat().st_mtime_ns
    assert saved.save().path == run.save(tmp_path / "run").path == saved.path
    assert (tmp_path / "run" / "run.json").stat().st_mtime_ns == before
    other = ob.Run(replace(run.record, info=run.info | {"id": "ff00ff00"}))
    with pytest.raises(ConfigError, match=r"exists|empty"):
        other.save(tmp_path / "run")


def test_a_symbol_may_be_typed_in_any_case(run: ob.Run) -> None:
    found = run.explain("bhp", "2024-10-14")
    assert (found.symbol, found.verdict) == ("BHP", run.explain("BHP", "2024-10-14").verdict)
    with pytest.raises(ConfigError, match="unknown symbol in this run 'bhpp'; known: BHP, RIO"):
        run.explain("bhpp", "2024-10-14")


def test_frames_are_copies_indexed_by_session_date(run: ob.Run) -> None:
    changed = run.trades
    changed["symbol"] = "changed"
    assert run.trades["symbol"].tolist() == ["RIO"]
    assert run.equity.index.name == "date"
    assert run.metrics == {"sharpe": 0.5}


def test_plot_returns_a_figure_with_every_curve(run: ob.Run) -> None:
    figure = run.plot()
    assert isinstance(figure, Figure)
    assert [line.get_label() for line in figure.axes[0].lines] == ["rule", "market"]


def test_html_is_escaped_and_says_that_the_market_is_synthetic(run: ob.Run) -> None:
    run.info["verdict"] = "<script>alert(1)</script>"
    shown = run._repr_html_()
    assert "<script>" not in shown
    assert "synthetic market" in shown


def test_explain_answers_from_the_record(run: ob.Run) -> None:
    assert "does not trail far enough" in run.explain("BHP", "2024-10-14").verdict


def test_wrong_names_are_refused_with_the_nearest() -> None:
    with pytest.raises(ConfigError, match="unknown parameter 'zin'; did you mean 'z_in'"):
        ob.backtest(zin=1.5)
    with pytest.raises(ConfigError, match="unknown source 'sampel'; did you mean 'sample'"):
        ob.load_market("sampel")
    with pytest.raises(ConfigError, match="needs the folder of the price files"):
        ob.load_market("csv")
    with pytest.raises(AttributeError, match="has no attribute 'bactest'"):
        ob.bactest  # noqa: B018
