"""Why a forced exit was forced, in the record's words: engines know a threshold alone."""

from __future__ import annotations

import numpy as np
import pandas as pd

from orebound.feeds import Panel
from orebound.strategies import Exit, RuleArrays

THRESHOLD = Exit.THRESHOLD.name.lower()


def with_leave_words(
    frame: pd.DataFrame, panel: Panel, arrays: RuleArrays, *, decided: str, reason: str
) -> pd.DataFrame:
    """Return a table of orders or trades whose forced exits name what forced them.

    Parameters
    ----------
    decided, reason : str
        Columns of the moment of the decision and of its reason.
    """
    forced = np.flatnonzero(frame[reason].to_numpy() == THRESHOLD)
    if not len(forced) or not arrays.leave_reason.any():
        return frame
    rows = np.searchsorted(panel.closes + panel.latency, frame[decided].to_numpy()[forced])
    columns = [panel.names.index(symbol) for symbol in frame["symbol"].iloc[forced]]
    words = frame[reason].to_numpy(dtype=object, copy=True)
    for place, code in zip(forced, arrays.leave_reason[rows, columns], strict=True):
        words[place] = Exit(int(code)).name.lower() if code else THRESHOLD
    return frame.assign(**{reason: words})
