"""What stands around a name: turns, metals, policy, series."""

from .conditions import (
    Condition,
    Conditions,
    condition_states,
    joined,
    panel_conditions,
    parse_conditions,
)
from .filters import READY, ReadyFilter, filter_states, markov_probability
from .markov import (
    MarkovFit,
    expanding_probabilities,
    filtered_probabilities,
    fit_markov,
    smoothed_probabilities,
)
from .ranks import rolling_percentile
from .series_forms import by_release
from .states import RegimeStates, on_spells, regime_states, two_kinds

__all__ = [
    "READY",
    "Condition",
    "Conditions",
    "MarkovFit",
    "ReadyFilter",
    "RegimeStates",
    "by_release",
    "condition_states",
    "expanding_probabilities",
    "filter_states",
    "filtered_probabilities",
    "fit_markov",
    "joined",
    "markov_probability",
    "on_spells",
    "panel_conditions",
    "parse_conditions",
    "regime_states",
    "rolling_percentile",
    "smoothed_probabilities",
    "two_kinds",
]
