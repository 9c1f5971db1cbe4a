"""The regime's table names what counted when, and what still weighs."""

import re

import pytest

from orebound.feeds import ConfigError, china_events
from orebound.strategies.parameters import Regime
from orebound.strategies.regime_sessions import regime_table


def test_the_pivot_stands_in_its_row() -> None:
    table = regime_table(start="2024-09-23", end="2024-09-27").set_index("date")
    assert table["state"].tolist() == ["OFF", "ON", "ON", "ON", "ON"]
    assert table.loc["2024-09-24", "events"].startswith("CN123 Pan Gongsheng package")
    assert table.loc["2024-09-23", "events"] == ""
    assert table.loc["2024-09-24", "behind"].startswith("CN123 +4.00, CN121 ")
    assert table.loc["2024-09-24", "score"] == pytest.approx(5.46, abs=0.005)


def test_contributions_halve_with_age() -> None:
    # 60 calendar days after the package of 2024-09-24.
    row = regime_table(start="2024-11-25", end="2024-11-25").iloc[0]
    assert row["behind"].startswith("CN123 +1.9")


def test_contributions_sum_to_the_score_where_no_cap_binds() -> None:
    table = regime_table(start="2025-03-24", end="2025-03-24", most=len(china_events()))
    parts = [float(part.split()[1]) for part in table.loc[0, "behind"].split(", ")]
    assert sum(parts) == pytest.approx(table.loc[0, "score"], abs=0.005 * len(parts))


def test_a_held_impulse_names_what_set_it_off() -> None:
    table = regime_table(start="2025-04-02", end="2025-04-10", regime=Regime(regime="impulse"))
    assert table["state"].tolist() == ["ON"] * 6 + ["OFF"]
    # Set off last in the twenty sessions to 2024-10-21, by what was announced from 2024-09-24 on.
    assert table.loc[0, "behind"].startswith("CN123 +4.00, CN124 +1.50")
    assert table.loc[6, "behind"] == "CN132 +0.75"


def test_tightening_reads_as_tight() -> None:
    table = regime_table(start="2011-04-18", end="2011-04-18")
    assert table.loc[0, "state"] == "TIGHT"
    assert "CN030 -1.00" in table.loc[0, "behind"]


def test_other_exchanges_have_their_own_sessions() -> None:
    # New York's close of the 26 December is known; London is shut on Boxing Day.
    assert len(regime_table("XNYS", "2024-12-26", "2024-12-26")) == 1
    assert regime_table("XLON", "2024-12-26", "2024-12-26").empty


def test_by_default_the_table_spans_the_announcements() -> None:
    table = regime_table()
    assert str(table["date"].iloc[0].date()) == "2007-12-05"
    named = re.findall(r"\bCN\d{3}\b", " ".join(table["events"]))
    assert sorted(named) == sorted(china_events().ids)


def test_a_start_after_the_end_is_refused() -> None:
    with pytest.raises(ConfigError, match="start must not lie after end"):
        regime_table(start="2025-01-02", end="2025-01-01")
