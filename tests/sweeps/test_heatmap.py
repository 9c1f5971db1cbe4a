"""Heat maps of a sweep against pandas, and plateaus against figures worked out by hand."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from orebound.feeds import ConfigError
from orebound.sweeps import Sweep, from_names, make_sweep_config, sweep
from orebound.sweeps.heatmap import _neighbours, draw_heatmap
from tests.markets import small_sample

BASE = {"end": date(2015, 6, 30), "regime": "none"}
PARAMETERS = {
    "z_in": [0.8, 1.0, 1.5],
    "capture": [0.5, 0.8],
    # The last window begins after the market ends: its rows fail.
    "start": [date(2014, 6, 2), date(2014, 9, 1), date(2044, 1, 4)],
}


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Sweep:
    """One finished sweep of 18 combinations, 6 of them failed."""
    given = {"parameters": PARAMETERS, "verify": 0}
    base = from_names({key: value for key, value in BASE.items() if key != "end"})
    out = tmp_path_factory.mktemp("heat") / "sweep"
    market = small_sample("FCX", "ANTO.L")
    return sweep(make_sweep_config(base, given), market=market, out=out)


@pytest.mark.parametrize("reduce", ["median", "mean", "max"])
@pytest.mark.parametrize("by", ["sharpe", "entries"])
def test_a_heat_map_is_a_pivot_table(finished: Sweep, by: str, reduce: Any) -> None:
    cells = finished.heatmap("z_in", "capture", by, reduce)
    expected = finished.frame.pivot_table(
        index="capture", columns="z_in", values=by, aggfunc=reduce
    )
    pd.testing.assert_frame_equal(cells, expected.astype(float), rtol=1e-12)


def test_failed_rows_leave_their_cells_empty(finished: Sweep) -> None:
    cells = finished.heatmap("z_in", "start")
    assert cells.shape == (3, 3)
    assert cells.isna().to_numpy().tolist() == [[False] * 3, [False] * 3, [True] * 3]
    counts = finished.heatmap("z_in", "start", reduce="count")
    assert counts.to_numpy().tolist() == [[2.0] * 3, [2.0] * 3, [0.0] * 3]


def test_a_plateau_beats_a_peak() -> None:
    nan = np.nan
    cells = pd.DataFrame(
        [[9.0, 1.0, 2.0, 3.0], [1.0, 1.0, 3.0, 3.0], [nan, 0.0, 3.0, 4.0]],
        index=pd.Index([1, 2, 3], name="y"), columns=pd.Index([1, 2, 3, 4], name="x"),
    )  # fmt: skip
    # The peak of 9 has 1, 1, 1 around it; an empty cell stays empty.
    expected = [[1.0, 2.0, 3.0, 3.0], [1.0, 2.0, 2.5, 3.0], [nan, 2.0, 3.0, 3.0]]
    # The 0 at the foot has 1, 1, 3 above and 3 beside it: half of them are 1, half 3.
    pd.testing.assert_frame_equal(
        _neighbours(cells), pd.DataFrame(expected, cells.index, cells.columns)
    )


def test_a_cell_without_neighbours_has_no_plateau() -> None:
    cells = pd.DataFrame([[1.0, np.nan, 2.0]])
    assert _neighbours(cells).isna().all(axis=None)


def test_the_neighbourhood_of_a_sweep_leaves_the_cell_itself_out(finished: Sweep) -> None:
    cells = finished.heatmap("z_in", "capture").to_numpy()
    around = finished.heatmap("z_in", "capture", neighbourhood=True).to_numpy()
    assert around[0, 0] == np.median([cells[0, 1], cells[1, 0], cells[1, 1]])


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("zin", "capture"), "unknown swept parameter 'zin'; did you mean 'z_in'"),
        (("z_in", "captures"), "unknown swept parameter 'captures'; did you mean 'capture'"),
        (("z_in", "z_in"), "x and y must be two parameters, got 'z_in' twice"),
        (("z_in", "capture", "sharp"), "unknown figure 'sharp'; did you mean 'sharpe'"),
        (("z_in", "capture", "status"), "unknown figure 'status'"),
        (("z_in", "capture", "sharpe", "meen"), "unknown reduce 'meen'; did you mean"),
    ],
)
def test_names_that_are_not_known_are_answered(
    finished: Sweep, arguments: tuple[str, ...], message: str
) -> None:
    with pytest.raises(ConfigError, match=message):
        finished.heatmap(*arguments)


def test_drawn_values_are_no_grid(tmp_path: Path) -> None:
    varied = {"z_in": {"from": 0.8, "to": 2.0}, "capture": [0.5, 0.8]}
    given = {"parameters": varied, "design": "random", "n": 150, "verify": 0}
    base = from_names({**BASE, "start": date(2014, 6, 2)})
    found = sweep(
        make_sweep_config(base, given), market=small_sample("FCX", "ANTO.L"), out=tmp_path / "s"
    )
    with pytest.raises(ConfigError, match="z_in has 150 values; a heat map takes at most 100"):
        found.heatmap("z_in", "capture")


def test_a_picture_names_its_axes_and_shows_what_is_empty(finished: Sweep) -> None:
    axes = finished.plot_heatmap("z_in", "start")
    assert (axes.get_xlabel(), axes.get_ylabel()) == ("z_in", "start")
    assert axes.get_title() == "median of sharpe"
    assert axes.patch.get_hatch()
    (mesh,) = axes.collections
    assert mesh.get_cmap().name == "cividis"
    assert np.ma.getmaskarray(mesh.get_array())[2].all()
    assert [text.get_text() for text in axes.get_xticklabels()] == ["0.8", "1.0", "1.5"]
    days = [text.get_text() for text in axes.get_yticklabels()]
    assert days == ["2014-06-02", "2014-09-01", "2044-01-04"]
    axes.figure.savefig(Path(finished.path.parent / "map.png"))


def test_a_picture_of_one_value_draws(finished: Sweep) -> None:
    cells = pd.DataFrame([[1.0, 1.0]], index=pd.Index([1], name="y"))
    assert len(draw_heatmap(cells, "all equal").texts) == 2


@pytest.mark.parametrize(
    ("values", "written"),
    [
        ([0.7561, 1.1, -0.001], ["0.76", "1.10", "0.00"]),
        ([12.0, 1250.0, 3.0], ["12", "1,250", "3"]),
        ([0.0123, 0.004, 0.0], ["0.0123", "0.0040", "0.0000"]),
    ],
)
def test_the_figures_of_a_picture_have_equal_decimals(
    values: list[float], written: list[str]
) -> None:
    cells = pd.DataFrame([values], index=pd.Index([1], name="y"))
    assert [text.get_text() for text in draw_heatmap(cells, "some").texts] == written


def test_the_legend_of_the_distribution_covers_nothing(finished: Sweep) -> None:
    figure = finished.plot()
    (axes,) = figure.axes
    figure.draw_without_rendering()
    legend, inside = axes.get_legend().get_window_extent(), axes.get_window_extent()
    assert legend.y1 < inside.y0
    assert legend.y0 >= 0
    assert legend.y1 < axes.xaxis.label.get_window_extent().y0


def test_the_distribution_marks_the_best_and_the_best_of_luck(finished: Sweep) -> None:
    (axes,) = finished.plot().axes
    said = [text.get_text() for text in axes.get_legend().get_texts()]
    assert said[0] == f"best {finished.frame['sharpe'].max():.2f}"
    assert said[1].startswith("best expected of")
    assert f"{finished.selection['expected_best']:.2f}" in said[1]
    assert "12 rows, 6 without a Sharpe ratio" in axes.get_title()
    assert sum(bar.get_height() for bar in axes.patches) == 12
