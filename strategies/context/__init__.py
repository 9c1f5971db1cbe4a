"""What stands around a name: turns, metals, policy, series."""

from .markov import (
    MarkovFit,
    expanding_probabilities,
    filtered_probabilities,
    fit_markov,
    smoothed_probabilities,
)

__all__ = [
    "MarkovFit",
    "expanding_probabilities",
    "filtered_probabilities",
    "fit_markov",
    "smoothed_probabilities",
]
