"""The page's table of mean reversion: the figures of run.json, and nothing where there are none."""

from __future__ import annotations

import re
from typing import Any

import pandas as pd

from orebound.analyzers import RunRecord
from orebound.analyzers.page.sections_diagnostics import diagnostics_section

from .records import info, render

RIO = {
    **{"session": "2025-12-31", "beta_metal": 1.234, "beta_market": 0.567},
    **{"half_life": 61.4, "half_life_low": 27.2, "half_life_high": "inf"},
    **{"variance_ratio": 0.83, "variance_ratio_z": -1.21, "cointegration_p": 0.0421},
    "open": {"half_life_gate": 0.62},
}
NEM = {"session": "2025-12-31", "half_life": "inf", "half_life_low": 90.0, "half_life_high": "inf"}
RULE = {
    **{"gap": "cumulative", "gap_needs": "metal", "hedge": "ols", "hedge_returns": "weekly"},
    **{"half_life_gate": "soft", "variance_ratio_gate": "off", "cointegration_gate": "off"},
    **{"variance_ratio_horizon": 20, "half_life_window": 756},
}


def record(diagnostics: dict[str, Any] | None, **rule: Any) -> RunRecord:
    made = info()
    made["config"]["rule"] |= RULE | rule
    made["base_rates"] = {"RIO": {"sessions": 900, "observed": 0.11, "noise": 0.067}}
    if diagnostics is not None:
        made["diagnostics"] = diagnostics
    columns = ("date", "value", "cash", "gross", "net")
    return RunRecord(info=made, equity=pd.DataFrame({name: [] for name in columns}))


def printed(page: str) -> dict[str, str]:
    """Return the text of each keyed cell of the table."""
    found = re.findall(r'data-key="diagnostics\.([^"]+)"[^>]*>([^<]*)<', page)
    return {key: text.strip() for key, text in found}


def test_figures_of_the_record_are_printed_with_infinity_as_its_sign() -> None:
    cells = printed(render(record({"RIO": RIO, "NEM": NEM, "TECK": {}})))
    assert cells["RIO.beta_metal"] == "1.23"
    assert cells["RIO.half_life"] == "61"
    assert cells["RIO.interval"] == "27 to \u221e"
    assert cells["RIO.variance_ratio"] == "0.83"
    assert cells["RIO.cointegration_p"] == "0.042"
    assert cells["RIO.half_life_gate"] == "62\u202f%"
    assert cells["RIO.noise"] == "6.7\u202f%"
    assert cells["NEM.half_life"] == "\u221e"
    assert cells["NEM.cointegration_p"] == "n/a"
    assert not any(key.startswith("TECK") for key in cells), "it was never ready"
    assert "RIO.cointegration_gate" not in cells, "a gate that is off has no share"


def test_lead_names_form_ratios_and_gates() -> None:
    found = diagnostics_section(record({"RIO": RIO}))
    assert found is not None
    assert "Gap: cumulative, behind metal; ratios: ols on weekly returns" in found.lead
    assert found.lead.endswith("Gates: half life soft.")
    since = diagnostics_section(record({"RIO": RIO}, gap="anchored", anchor_date="2022-12-30"))
    assert since is not None
    assert "Gap: since 2022-12-30, behind metal; ratios: one for one, no market" in since.lead


def test_a_record_without_them_has_no_section() -> None:
    for without in (None, {}, {"TECK": {}}):
        assert diagnostics_section(record(without)) is None
        assert 'id="diagnostics"' not in render(record(without))
