"""What stands beside a gap: its shape, its metals, the tariff premium, China's regime, series."""

from .breadth import recovering, share_recovering
from .conditions import (
    Condition,
    Conditions,
    condition_states,
    joined,
    panel_conditions,
    parse_conditions,
)
from .cycle import PHASES, cycle_label, cycle_path, sahm
from .derived import DERIVED, Derived, derived_values
from .filters import READY, ReadyFilter, filter_states, markov_probability
from .markov import (
    MarkovFit,
    expanding_probabilities,
    filtered_probabilities,
    fit_markov,
    smoothed_probabilities,
)
from .momentum import above_floor, basket_momentum
from .neglect import neglect_percentile, neglect_score, relative_percentile, volume_shares
from .premium import (
    PremiumPath,
    by_session,
    comex_premium,
    implied_probability,
    panel_premium,
    premium_path,
    premium_z,
)
from .rerating import Rerating, rerating_parts
from .series_forms import at_releases, by_release
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
from .valuation import Valuation, ebitda_at_spot, free_cash_flow_at_spot, panel_valuation

__all__ = [
    "DERIVED",
    "PHASES",
    "READY",
    "Condition",
    "Conditions",
    "Derived",
    "MarkovFit",
    "PremiumPath",
    "ReadyFilter",
    "RegimeStates",
    "Rerating",
    "Valuation",
    "above_floor",
    "at_releases",
    "backwardation",
    "basket_momentum",
    "by_exposure",
    "by_release",
    "by_session",
    "comex_premium",
    "condition_states",
    "cycle_label",
    "cycle_path",
    "days_of_use",
    "derived_values",
    "ebitda_at_spot",
    "expanding_probabilities",
    "filter_states",
    "filtered_probabilities",
    "fit_markov",
    "free_cash_flow_at_spot",
    "implied_probability",
    "is_tight",
    "joined",
    "markov_probability",
    "metal_tightness",
    "neglect_percentile",
    "neglect_score",
    "on_spells",
    "panel_conditions",
    "panel_premium",
    "panel_valuation",
    "parse_conditions",
    "premium_path",
    "premium_z",
    "recovering",
    "regime_states",
    "relative_percentile",
    "rerating_parts",
    "rolling_least",
    "rolling_percentile",
    "sahm",
    "share_recovering",
    "smoothed_probabilities",
    "two_kinds",
    "v_shape_of",
    "visible_stocks",
    "volume_shares",
]
