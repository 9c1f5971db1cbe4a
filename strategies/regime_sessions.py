"""The regime session by session, with the announcements behind it, as a table to read."""

from __future__ import annotations

from typing import Any, cast

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from orebound.feeds import ConfigError, PolicyEvents, china_events, clock

from .parameters import Regime, build
from .regime import STATE_NAMES, Scores, StimulusPath, stimulus_path

LEAST_SHARE = 0.005


def regime_table(
    mic: str = "XLON",
    start: Any = None,
    end: Any = None,
    regime: Regime | None = None,
    *,
    events: PolicyEvents | None = None,
    most: int = 3,
) -> pd.DataFrame:
    """Return the regime of each session with the announcements that made it.

    Parameters
    ----------
    mic : str
        Exchange whose closes decide when an announcement first counts.
    start, end : date, optional
        First and last session; by default from the first announcement to a week after the last,
        so that the table does not depend on the day it is made.
    regime : Regime, optional
    most : int
        How many announcements `behind` names at most.

    Returns
    -------
    DataFrame
        ``date, score, state`` (ON, OFF, TIGHT), ``events`` (those that first count that session,
        id and description) and ``behind`` (those that contribute most, with their contribution:
        what is left of each intensity, before the day cap; while an impulse is held, those of the
        window that last set it off).

    Raises
    ------
    ConfigError
        If `start` lies after `end`, or the exchange is unknown.
    """
    regime = cast(Regime, build("regime", {})) if regime is None else regime
    events = china_events() if events is None else events
    first, last = _bounds(start, end, events)
    path = stimulus_path(clock(mic), last, regime, events)
    lo = int(np.searchsorted(path.sessions, first))
    places = range(lo, len(path.sessions))
    return pd.DataFrame(
        {
            "date": pd.DatetimeIndex(path.sessions[lo:].astype("datetime64[ns]")),
            "score": path.score[lo:],
            "state": [STATE_NAMES[int(path.state[place])] for place in places],
            "events": [_news(path, place) for place in places],
            "behind": [_behind(path, place, regime, most) for place in places],
        }
    )


def _bounds(start: Any, end: Any, events: PolicyEvents) -> tuple[np.datetime64, np.datetime64]:
    if not len(events) and (start is None or end is None):
        raise ConfigError("regime_table needs start and end where there are no events")
    # An event in the night or before a weekend counts days later; a week finds its session.
    first = np.datetime64(start if start is not None else events.known_at[0], "D")
    last = np.datetime64(end if end is not None else events.known_at[-1] + np.timedelta64(7, "D"))
    last = last.astype("datetime64[D]")
    if first > last:
        raise ConfigError(f"start must not lie after end, got {first} > {last}")
    return first, last


def _news(path: StimulusPath, place: int) -> str:
    texts = path.events.description
    return "; ".join(
        f"{path.events.ids[i]} {texts[i]}" for i in np.flatnonzero(path.counted == place)
    )


def contributions(path: StimulusPath, place: int, regime: Regime) -> Scores:
    """Return what is left of each event's intensity at a session, before the day cap."""
    weights = path.events.weights(regime.judgement)
    if regime.regime == "impulse":
        age = _held_since(path, place, regime) - path.counted
        return np.where((age >= 0) & (age < regime.impulse_window), weights, 0.0)
    age = place - path.counted
    counted = np.minimum(path.counted, place)
    days = (path.sessions[place] - path.sessions[counted]).astype(np.int64)
    return np.where(age >= 0, weights * 0.5 ** (days / regime.memory_days), 0.0)


def _held_since(path: StimulusPath, place: int, regime: Regime) -> int:
    """Return the session that last set off the impulse still held, else the session itself."""
    first = max(place - regime.impulse_hold + 1, 0)
    armed = np.flatnonzero(path.score[first : place + 1] >= regime.impulse_on)
    return first + int(armed[-1]) if len(armed) else place


def _behind(path: StimulusPath, place: int, regime: Regime, most: int) -> str:
    parts = contributions(path, place, regime)
    order: NDArray[np.intp] = np.argsort(-np.abs(parts), kind="stable")[:most]
    return ", ".join(
        f"{path.events.ids[i]} {parts[i]:+.2f}" for i in order if abs(parts[i]) >= LEAST_SHARE
    )
