"""What a folder of results holds: its nights, what is new in the last one, and what broke."""

from .causes import Failures, cause_of, grouped
from .entries import Basis, Entry, run_entry, sweep_entry
from .gathering import Night, gather, nights
from .nightly import Compared, Pair, best_of, cautions_between, compared, is_ranked

__all__ = [
    "Basis",
    "Compared",
    "Entry",
    "Failures",
    "Night",
    "Pair",
    "best_of",
    "cause_of",
    "cautions_between",
    "compared",
    "gather",
    "grouped",
    "is_ranked",
    "nights",
    "run_entry",
    "sweep_entry",
]
