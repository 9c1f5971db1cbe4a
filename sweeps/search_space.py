"""The axes of a sweep as optuna sees them: what it may ask for, and what it is told."""

from __future__ import annotations

import math
from typing import Any

from .axes import Axis
from .design import leaders_first
from .sweep_config import SweepConfig

#: One combination, in the order of the axes.
Values = tuple[Any, ...]


def open_study(seed: int) -> Any:
    """Return a study that holds nothing but what it is told, sampled by TPE.

    References
    ----------
    Bergstra, Bardenet, Bengio & Kegl, Algorithms for hyper-parameter optimization, NIPS 2011.
    """
    import optuna

    # Trials of one batch are asked for before any is told: those on their way count as poor, so
    # that the batch does not crowd in one place.
    sampler = optuna.samplers.TPESampler(seed=seed, constant_liar=True)
    before = optuna.logging.get_verbosity()
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    try:
        return optuna.create_study(direction="maximize", sampler=sampler)
    finally:
        optuna.logging.set_verbosity(before)


def ask(trial: Any, config: SweepConfig) -> Values:
    """Return the combination that a trial asks for; a parameter is asked for only where it varies.

    Elsewhere it keeps its base value, as in every other design.
    """
    values: dict[str, Any] = {}
    own = {axis.name: axis for axis in config.axes}
    free = [name for name in own if name not in config.conditions]
    for name in [*free, *leaders_first(config.conditions)]:
        needed = config.conditions.get(name, {})
        if all(values[other] in accepted for other, accepted in needed.items()):
            values[name] = _asked(trial, own[name])
        else:
            values[name] = getattr(getattr(config.base, own[name].section), name)
    return tuple(values[axis.name] for axis in config.axes)


def _asked(trial: Any, axis: Axis) -> Any:
    if axis.is_continuous:
        return trial.suggest_float(axis.name, axis.low, axis.high, log=axis.log)
    # Lists are asked for by place: what is ordered stays so, however its values are spaced.
    if isinstance(axis.levels[0], bool | str):
        return axis.levels[trial.suggest_categorical(axis.name, range(len(axis.levels)))]
    return axis.levels[trial.suggest_int(axis.name, 0, len(axis.levels) - 1)]


def tell(study: Any, trial: Any, figure: float | None) -> None:
    """Tell a trial's figure; None for one that failed.

    A combination without the figure, as one that never traded, is no failure: it is told as
    pruned, which the sampler ranks below every figure.
    """
    from optuna.trial import TrialState

    if figure is None:
        study.tell(trial, state=TrialState.FAIL)
    elif math.isnan(figure):
        study.tell(trial, state=TrialState.PRUNED)
    else:
        study.tell(trial, figure)
