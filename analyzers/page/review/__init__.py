"""The page of a night: what is best, whether it is real, what broke, and every sweep's rows."""

from .encoding import column_of_codes, column_of_floats, column_of_whole, data_script, rounded
from .shown import NightView, SweepView, night_view
from .writing import DATA, PAGE, SCRIPT, render_review, review_script

__all__ = [
    "DATA",
    "PAGE",
    "SCRIPT",
    "NightView",
    "SweepView",
    "column_of_codes",
    "column_of_floats",
    "column_of_whole",
    "data_script",
    "night_view",
    "render_review",
    "review_script",
    "rounded",
]
