"""The one place where time zones end: every index becomes session dates.

A daily row stamped in its exchange's own zone belongs to that zone's date: midnight in Hong Kong is
16:00 of the day before in UTC, and converting first would shift every session by one.
"""

from __future__ import annotations

from typing import Any, TypeVar

import pandas as pd

Rows = TypeVar("Rows", "pd.Series[Any]", pd.DataFrame)


def to_session_dates(index: pd.Index[Any]) -> pd.DatetimeIndex:
    """Return the dates of an index as naive midnights, each in the zone it is stamped in.

    Parameters
    ----------
    index : Index of timestamps
        Naive or in one time zone; a time of day is dropped.

    Raises
    ------
    ValueError
        If it holds no timestamps, a missing one, or several zones.
    """
    if not isinstance(index, pd.DatetimeIndex):
        if len(index):
            raise ValueError(
                f"session dates need timestamps of one time zone, got {index.dtype} "
                f"beginning with {index[0]!r}"
            )
        index = pd.DatetimeIndex(index)
    if index.hasnans:
        raise ValueError(
            f"session dates must all be known, row {int(index.isna().argmax())} is not"
        )
    return index.tz_localize(None).normalize().as_unit("ns")


def by_session(rows: Rows) -> Rows:
    """Return rows under their session dates, oldest first.

    Raises
    ------
    ValueError
        If two rows are of one session, or `to_session_dates` refuses the index.
    """
    dates = to_session_dates(rows.index)
    if dates.has_duplicates:
        twice = dates[dates.duplicated()][0]
        raise ValueError(f"one row a session is accepted, {twice:%Y-%m-%d} has several")
    return rows.set_axis(dates, axis=0).sort_index()


def utc_midnights(index: pd.Index[Any]) -> pd.DatetimeIndex:
    """Return session dates as midnights in UTC, the form that pyfolio's own tables have."""
    return to_session_dates(index).tz_localize("UTC")
