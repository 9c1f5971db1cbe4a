"""No part of the thesis looks at the future: cut or change it, and the past stays as it was.

One row a value of a key; each module of ``lookahead_parts`` brings its own in ``ROWS``.
"""

from __future__ import annotations

import pkgutil
from importlib import import_module
from pathlib import Path

import pytest

from orebound.strategies import from_flat
from orebound.sweeps import Parameters
from orebound.sweeps.lookahead import LookaheadReport, check_lookahead
from tests.sweeps.lookahead_parts.rows import Row

FOLDER = Path(__file__).parent / "lookahead_parts"
ROWS: dict[str, Row] = {
    f"{module.name}: {name}": row
    for module in pkgutil.iter_modules([str(FOLDER)])
    if module.name != "rows"
    for name, row in import_module(f"tests.sweeps.lookahead_parts.{module.name}").ROWS.items()
}


def checked(row: Row, moments: int) -> LookaheadReport:
    parameters = Parameters(**from_flat(dict(row.keys)))
    return check_lookahead(row.market(), parameters, start=row.start, end=row.end, moments=moments)


@pytest.mark.parametrize("name", [name for name, row in ROWS.items() if row.in_ci])
def test_the_past_of_a_part_stays_as_it_was(name: str) -> None:
    report = checked(ROWS[name], 1)
    assert report.is_clean, report.verdict


@pytest.mark.slow
@pytest.mark.parametrize("name", ROWS)
def test_the_past_of_a_part_stays_as_it_was_at_sixty_moments(name: str) -> None:
    report = checked(ROWS[name], 60)
    assert report.is_clean, report.verdict
    print(name, report.verdict)
