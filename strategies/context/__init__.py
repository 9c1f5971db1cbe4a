"""What stands beside a gap: its shape, its metal's momentum and tightness, the tariff premium."""

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
    "PremiumPath",
    "above_floor",
    "backwardation",
    "basket_momentum",
    "by_exposure",
    "by_session",
    "comex_premium",
    "days_of_use",
    "implied_probability",
    "is_tight",
    "metal_tightness",
    "panel_premium",
    "premium_path",
    "premium_z",
    "rolling_least",
    "rolling_percentile",
    "v_shape_of",
    "visible_stocks",
]
