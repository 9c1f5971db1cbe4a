"""The article's table on prices made by hand."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from orebound.analyzers.study import NOTE, absent_symbols, article_table, article_verdicts

START = pd.Timestamp("2023-12-29")


def prices(*points: tuple[str, float]) -> pd.Series[float]:
    days, values = zip(*points, strict=True)
    return pd.Series(values, index=pd.to_datetime(days))


@pytest.fixture
def table() -> pd.DataFrame:
    return article_table(
        {
            "PICK": prices(("2023-12-29", 100.0), ("2025-03-24", 160.0)),
            "DBB": prices(("2023-12-29", 20.0), ("2025-03-21", 40.0)),
            "LME_CU": prices(
                ("2025-03-24", 10_000.0), ("2025-06-02", 9_000.0), ("2026-05-04", 12_000.0)
            ),
        }
    )


def test_a_difference_in_points_is_not_a_ratio(table: pd.DataFrame) -> None:
    # +60 % against +100 %: 20 % behind as a ratio, 40 points as a difference.
    rows = table[(table["series"] == "PICK on DBB") & table["stretch"].str.startswith("2023-12-29")]
    assert dict(zip(rows["form"], rows["measured"], strict=True)) == pytest.approx(
        {"ratio": -0.20, "points": -0.40}
    )
    assert rows.set_index("form")["away"]["ratio"] == pytest.approx(0.0)


def test_absent_series_and_stretches_say_so_and_measure_nothing(table: pd.DataFrame) -> None:
    europe = table[table["series"] == "PICK on IEUR"]
    assert europe["measured"].isna().all()
    assert europe["note"].str.contains("no data: IEUR").all()
    early = table[
        (table["series"] == "PICK on DBB") & table["stretch"].str.startswith("2023-11-30")
    ]
    assert early["measured"].isna().all()
    assert early["note"].str.contains("no close within ten days").all()
    assert "IEUR" in absent_symbols({"PICK": None})


def test_what_came_of_copper_is_shown_and_not_judged(table: pd.DataFrame) -> None:
    copper = table[table["id"] == "A11"].set_index("form")
    assert copper.loc["what came: low", "measured"] == pytest.approx(-0.10)
    assert copper.loc["what came: mean", "measured"] == pytest.approx(0.20)
    assert np.isnan(copper.loc["what came: mean", "said"])
    assert "first close at 11,500: 2026-05-04" in copper.loc["what came: low", "note"]


def test_verdicts_name_the_nearest_definition(table: pd.DataFrame) -> None:
    said = article_verdicts(table)
    assert said["A05"].startswith("about -20 % is nearest to -20.0% (ratio) of PICK on DBB")
    assert "points -40.0 to -40.0" in said["A05"]
    assert said["A04"] == "no series at hand"
    assert said["A13"].startswith("by copper alone, in this order: ANTO")


def test_copper_at_11500_lifts_ebitda_by_the_elasticity(table: pd.DataFrame) -> None:
    rows = table[table["id"] == "A13"].set_index("series")
    # Antofagasta: elasticity 1.8 on copper, +14.7 %.
    assert rows.loc["ANTO", "measured"] == pytest.approx(1.8 * 0.147)
    assert pd.Timestamp("2025-03-24") == NOTE
