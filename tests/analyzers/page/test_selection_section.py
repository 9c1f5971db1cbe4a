"""What the page says of how a run was found: the sweep's own judgement, or why it has none."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest

from orebound.analyzers import RunRecord
from orebound.analyzers.page.sections_selection import selection_section
from orebound.analyzers.page.text import LONGEST
from orebound.analyzers.page.views import Facts

from .records import info, render

WORDS = (
    "monthly returns of a random sample of 2,000 of 120,000 rows against cash, 1,000 stationary "
    "bootstraps of blocks of 3.4 months: p = 0.116 that none is better (0.104 to 0.131; White "
    "0.347)"
)
#: A record of before Hansen's test and the null sweep stood in it.
OLD = {
    **{"sweep": "real", "sweep_id": "ab", "idea": "catch-up", "combination": 7, "rank": 1},
    **{"by": "sharpe", "trials": 216, "ledger": 216, "effective": 73.0, "deflated": 0.9},
    **{"deflated_range": [0.89, 0.91], "pbo": 0.48, "pbo_range": [0.48, 0.48]},
    **{"expected_best": 0.61, "verdict": "best of 216: not evidence of an edge", "notes": {}},
}
NULL = {"p": 0.675, "p_range": [0.528, 0.822], "worlds": 39, "words": "..."}
NEW = OLD | {"spa": 0.116, "spa_words": WORDS, "null": NULL}


def record(selection: dict[str, Any]) -> RunRecord:
    columns = ("date", "value", "cash", "gross", "net")
    equity = pd.DataFrame({name: [] for name in columns})
    return RunRecord(info=info() | {"selection": selection}, equity=equity)


def said(selection: dict[str, Any]) -> dict[str, str]:
    """Return the printed values of the first list by key."""
    facts = selection_section(record(selection)).blocks[0]
    assert isinstance(facts, Facts)
    values = [value for _, value in facts.pairs]
    assert max(map(len, values)) <= LONGEST, "the page would cut it"
    return dict(zip(facts.keys, values, strict=True))


def test_hansens_p_and_the_null_sweeps_p_stand_in_plain_words() -> None:
    found = said(NEW)
    assert found["selection.spa"].startswith(
        "p 0.116: so likely is a best row as good as this sweep's where none of its rows earns "
        "more than cash on average. Rests on monthly returns of a random sample of 2,000"
    )
    assert "selection.spa_daily" not in found, "nobody asked for it"
    asked = said(NEW | {"spa_daily": {"p": 0.09, "words": "3,900 sessions from 2010-01-05"}})
    assert asked["selection.spa_daily"] == "p 0.090. Rests on 3,900 sessions from 2010-01-05."
    assert found["selection.null"] == (
        "p 0.675 (0.528 to 0.822): so often the best of the same combinations is at least as good "
        "on 39 drawn histories in which miners follow their metals and do not catch up."
    )


def test_a_figure_that_was_not_had_is_n_a_with_its_reason() -> None:
    why = {"spa": "a single combination", "null": "not run before this run was chosen"}
    found = said(OLD | {"spa": None, "spa_words": None, "null": None, "notes": why})
    assert found["selection.spa"] == "n/a (a single combination)"
    assert found["selection.null"] == "n/a (not run before this run was chosen)"
    # A sweep that is not finished was not judged, and says no more.
    bare = dict.fromkeys(("trials", "effective", "deflated", "pbo", "spa", "null", "verdict"))
    assert said(OLD | bare)["selection.spa"] == "n/a (not judged)"


def test_an_older_record_renders_and_says_that_it_does_not_know() -> None:
    found = said(OLD)
    assert found["selection.spa"] == "n/a (not recorded in this run.json)"
    assert found["selection.null"] == "n/a (not recorded in this run.json)"
    assert found["selection.pbo"].startswith("0.48 that the best in sample")
    assert "not recorded in this run.json" in render(record(OLD))


@pytest.mark.parametrize(
    ("selection", "keys"),
    [
        (
            {"sweep": None, "idea": "catch-up", "trials": 1, "ledger": 6},
            ["tried", "chosen", "mind"],
        ),
        ({"sweep": None, "idea": "catch-up", "trials": 1, "ledger": None}, ["tried", "chosen"]),
        ({}, ["tried", "chosen"]),
    ],
)
def test_a_run_that_no_sweep_chose_names_no_sweep(
    selection: dict[str, Any], keys: list[str]
) -> None:
    assert list(said(selection)) == [f"selection.{key}" for key in keys]
