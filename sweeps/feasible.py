"""Combinations whose parameters contradict each other, found before anything runs."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydantic import ValidationError

from orebound.feeds import ConfigError
from orebound.strategies import Rule, in_sentences

from .design import Design, runs_of
from .sweep_config import SweepConfig

#: Parameters that the sections' own validators compare with each other; a test holds it complete.
TOGETHER: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("data", ("start", "end")),
    ("data", ("source", "folder")),
    ("rule", ("beta_min", "beta_max")),
    ("rule", ("half_life_low", "half_life_high")),
    ("rule", ("time_stop_min", "time_stop_max")),
    ("rule", ("tranches", "mode", "trigger", "gap")),
    ("rule", ("mode", "exposures", "gap_needs", "market_factor", "gap")),
    ("rule", ("series_gate", "series_mode")),
    ("regime", ("off_score", "on_score")),
    ("regime", ("overhang_out", "overhang_in")),
    ("regime", ("overhang", "overhang_from")),
)


def without_impossible(design: Design, config: SweepConfig) -> Design:
    """Return the design without impossible combinations, or refuse it, as the sweep says.

    Raises
    ------
    ConfigError
        With their count and an example; or if nothing is left.
    """
    mask, example = impossible(design, config)
    count = int(mask.sum())
    if not count:
        return design
    if config.settings.impossible == "refuse":
        raise ConfigError(
            f"sweep: {count:,} of {len(design):,} combinations are impossible, as {example}; "
            'change the values, or say impossible = "drop" to leave them out'
        )
    if count == len(design):
        raise ConfigError(f"sweep: every combination is impossible, as {example}")
    return replace(design.kept(~mask), impossible=count)


def impossible(design: Design, config: SweepConfig) -> tuple[NDArray[np.bool_], str]:
    """Return which combinations are impossible, and one of them with its reason."""
    mask, example = np.zeros(len(design), bool), ""
    for section, names in _together(config):
        swept = [k for k, name in enumerate(design.names) if name in names]
        if not swept:
            continue
        columns = [design.codes[k] for k in swept]
        order, starts = runs_of(columns)
        bad = np.zeros(len(starts), bool)
        for number, place in enumerate(order[starts]):
            values = {design.names[k]: design.levels[k][design.codes[k][place]] for k in swept}
            said = _refusal(config, section, values)
            bad[number] = bool(said)
            if said and not example:
                example = f"{', '.join(f'{n} = {v}' for n, v in values.items())} ({said})"
        lengths = np.diff(np.append(starts, len(order)))
        mask[order] |= np.repeat(bad, lengths)
    return mask, example


def _together(config: SweepConfig) -> list[tuple[str, tuple[str, ...]]]:
    """Return the parameters to look at together; a rule of one's own may compare all of its."""
    rule = type(config.base.rule)
    if rule is Rule:
        return list(TOGETHER)
    others = [pair for pair in TOGETHER if pair[0] != "rule"]
    compares = bool(rule.__pydantic_decorators__.model_validators)
    return [*others, ("rule", tuple(rule.model_fields))] if compares else others


def _refusal(config: SweepConfig, section: str, values: dict[str, Any]) -> str:
    whole = dict(getattr(config.base, section)) | values
    try:
        config.base.sections[section].model_validate(whole, strict=True)
    except ValidationError as error:
        return in_sentences(error, section=section)
    return ""
