"""What stands beside a gap: its shape, its metals, the tariff premium, China's regime, series."""

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
from .momentum import above_floor, basket_momentum
from .premium import (
    PremiumPath,
    by_session,
    comex_premium,
    implied_probability,
    panel_premium,
    premium_path,
    premium_z,
)
from .series_forms import by_release
from .states import RegimeStates, on_spells, regime_states, two_kinds
from .tightness import (
    backwardation,
    by_exposure,
    days_of_use,
    is_tight,
    metal_tightness,
    rolling_percentile,
    visible_stocks,
)
from .v_shape import rolling_least, v_shape_of

__all__ = [
    "READY",
    "Condition",
    "Conditions",
    "MarkovFit",
    "PremiumPath",
    "ReadyFilter",
    "RegimeStates",
    "above_floor",
    "backwardation",
    "basket_momentum",
    "by_exposure",
    "by_release",
    "by_session",
    "comex_premium",
    "condition_states",
    "days_of_use",
    "expanding_probabilities",
    "filter_states",
    "filtered_probabilities",
    "fit_markov",
    "implied_probability",
    "is_tight",
    "joined",
    "markov_probability",
    "metal_tightness",
    "on_spells",
    "panel_conditions",
    "panel_premium",
    "parse_conditions",
    "premium_path",
    "premium_z",
    "regime_states",
    "rolling_least",
    "rolling_percentile",
    "smoothed_probabilities",
    "two_kinds",
    "v_shape_of",
    "visible_stocks",
]
