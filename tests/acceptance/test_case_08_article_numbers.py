"""Case 8: the article's figures from real prices, in both forms, each under its name."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from orebound.sweeps import ArticleFigures, article_figures


@pytest.fixture(scope="module")
def figures(shared_data: Path) -> ArticleFigures:
    return article_figures("csv", str(shared_data / "prices"))


def measured(figures: ArticleFigures, claim: str, series: str, form: str, since: str = "") -> float:
    table = figures.table
    found = table[(table["id"] == claim) & (table["series"] == series) & (table["form"] == form)]
    found = found[found["stretch"].str.startswith(since)]
    assert len(found) == 1
    return float(found["measured"].iloc[0])


def test_miners_trail_metals_by_a_fifth_since_the_end_of_2023(figures: ArticleFigures) -> None:
    lag = measured(figures, "A05", "PICK on DBB", "ratio", "2023-12-29")
    assert lag == pytest.approx(-0.202, abs=0.01)


def test_miners_trail_europe_by_half_only_as_a_difference(figures: ArticleFigures) -> None:
    # 2022-12-30 is the last session of 2022: the article speaks of January 2023.
    ratio = measured(figures, "A04", "PICK on IEUR", "ratio", "2022-12-30")
    points = measured(figures, "A04", "PICK on IEUR", "points", "2022-12-30")
    assert ratio == pytest.approx(-0.285, abs=0.015)
    assert points == pytest.approx(-0.394, abs=0.015)
    assert measured(figures, "A04", "BHP on IEUR", "points") == pytest.approx(-0.478, abs=0.015)
    table = figures.table
    by_ratio = table[(table["id"] == "A04") & (table["form"] == "ratio")]
    assert by_ratio["measured"].min() > -0.40


def test_copper_to_11500_is_fifteen_percent_from_london_and_three_from_new_york(
    figures: ArticleFigures,
) -> None:
    assert measured(figures, "A11", "LME_CU", "change") == pytest.approx(0.147, abs=0.002)
    assert measured(figures, "A11", "LME_CU.cash", "change") == pytest.approx(0.1525, abs=0.002)
    # COMEX held the tariff premium: 11.3 % above London that day (domain.md 0.5).
    comex = measured(figures, "A11", "HG", "change")
    assert comex == pytest.approx(1.147 / 1.113 - 1.0, abs=0.003)


def test_what_came_of_copper_is_no_figure_of_the_article(figures: ArticleFigures) -> None:
    came = figures.table[figures.table["form"].str.startswith("what came")]
    assert came["said"].isna().all()
    assert any("8,590" in note and "2025-12-05" in note for note in came["note"])
    assert any("13,388" in note for note in came["note"])


def test_three_of_five_picks_are_not_what_the_article_says(figures: ArticleFigures) -> None:
    shares = {
        name: measured(figures, "A17", name, "weight") for name in ("RIO", "FRES", "SSAB", "NHY")
    }
    # domain.md A17: RIO 29 %, SSAB 0 %, FRES 41 %.
    assert shares == pytest.approx({"RIO": 0.29, "FRES": 0.41, "SSAB": 0.0, "NHY": 0.80})
    assert figures.verdicts["A17"].startswith("2 of 5")


def test_estimates_of_gold_producers_rise_most(figures: ArticleFigures) -> None:
    gold = measured(figures, "A19", "median of gold names", "EBITDA, log")
    base = measured(figures, "A19", "median of base-metal names", "EBITDA, log")
    assert gold > base
    # AU: 2.1 x ln(spot / mean of 126 sessions) of gold alone, by hand from the price file.
    assert measured(figures, "A19", "AU", "EBITDA, log") == pytest.approx(
        _gold_upgrade(figures), abs=0.005
    )


def _gold_upgrade(figures: ArticleFigures) -> float:
    folder = Path(__file__).resolve().parents[3] / "shared" / "data" / "prices"
    gold = pd.read_csv(folder / "GLD.csv", index_col="Date")["Close"].loc[:"2025-03-24"]
    silver = pd.read_csv(folder / "SLV.csv", index_col="Date")["Close"].loc[:"2025-03-24"]
    import math

    parts = ((2.058, gold), (0.042, silver))
    return sum(e * math.log(p.iloc[-1] / p.iloc[-126:].mean()) for e, p in parts)


def test_both_forms_stand_beside_each_other_and_are_never_unlabelled(
    figures: ArticleFigures,
) -> None:
    lags = figures.table[figures.table["id"].isin(["A04", "A05"])]
    forms = lags.groupby(["id", "series", "stretch"])["form"].apply(sorted)
    assert all(one == ["points", "ratio"] for one in forms)
    assert figures.absent == ()
