"""Acting on a published view: buy and hold from its date, the rule from its date, random dates."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray
from pydantic import Field, field_validator

from orebound.feeds import Panel, PolicyEvents

from .declaration import DeclaredRule, RuleArrays, declared_arrays
from .parameters import Regime, Rule

#: The note that this package tests.
NOTE_DATE = "2025-03-24"
#: Calendar days from a view within which a name must have a bar to be bought.
LONGEST_WAIT = 10


def _checked_moment(value: str) -> str:
    """Return an ISO date or UTC minute as it is."""
    try:
        if len(value) >= len(NOTE_DATE) and not np.isnat(moment_of(value)):
            return value
    except ValueError:
        pass
    raise ValueError(
        f"accepted: a date as 2025-03-24 or a UTC time as 2025-03-24T07:00Z, got {value!r}"
    )


def moment_of(value: str) -> np.datetime64:
    """Return the UTC moment of a date, its first, or of a time."""
    return np.datetime64(value.removesuffix("Z"), "ns")


class ViewHold(DeclaredRule):
    """Buy each name once, at the first decision at or after a view, and hold it.

    One event is an anecdote: nothing may be calibrated on it.
    """

    THRESHOLDS: ClassVar[tuple[str, ...]] = ("hold",)

    hold: int = Field(252, ge=2, le=504, description="sessions from the open bought to that sold")
    view_date: str = Field(
        NOTE_DATE, description="the first decision at or after it buys; a date, or a UTC time"
    )
    invested: float = Field(
        1.0, gt=0.0, le=1.0, description="share of an equal part; below 1 leaves cash for costs"
    )

    @field_validator("view_date")
    @classmethod
    def _dated(cls, value: str) -> str:
        return _checked_moment(value)

    def arrays(
        self,
        panel: Panel,
        regime: Regime,  # noqa: ARG002 - a view waits for no regime
        events: PolicyEvents | None = None,  # noqa: ARG002
    ) -> RuleArrays:
        """Return one entry a name, at its first own bar at or after the view."""
        return entry_arrays(panel, moment_of(self.view_date), self.invested)

    def numbers(self, of: Any) -> Mapping[str, Any]:
        """Return the time stop alone: nothing else ends a hold."""
        # Decided at the close of the session before the open that sells.
        sessions = of.hold - 1
        return {"enter_at": -0.5, "time_stop_min": sessions, "time_stop_max": sessions}


def entry_arrays(panel: Panel, moment: np.datetime64, invested: float) -> RuleArrays:
    """Return the arrays of one entry a name at its first own bar from a moment on.

    A name without a bar within ten days is not bought, and its part stays cash.
    """
    own = panel.has_bar & ~panel.is_settlement
    first = int(np.searchsorted(panel.closes, moment))
    day = panel.closes.astype("M8[D]")
    until = day[min(first, panel.n_rows - 1)] + LONGEST_WAIT
    soon = (panel.closes >= moment) & (day <= until)
    return declared_arrays(
        panel,
        measure=np.where(first_bars(own & soon[:, None]), -1.0, np.nan),
        may_enter=np.ones((panel.n_rows, 1), bool),
        multiplier=invested,
        ready=own,
    )


def first_bars(chosen: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Return the first chosen row of each column, shape (n_rows, n_names)."""
    first: NDArray[np.bool_] = chosen & (np.cumsum(chosen, axis=0) == 1)
    return first


class FromDate(Rule):
    """The catch-up rule that enters nothing before a date."""

    not_before: str = Field(
        NOTE_DATE, description="no entry is decided before it; a date, or a UTC time"
    )

    @field_validator("not_before")
    @classmethod
    def _dated(cls, value: str) -> str:
        return _checked_moment(value)

    def arrays(
        self, panel: Panel, regime: Regime, events: PolicyEvents | None = None
    ) -> RuleArrays:
        """Return the rule's arrays, closed to entries before the date."""
        made = super().arrays(panel, regime, events)
        is_late = (panel.closes >= moment_of(self.not_before))[:, None]
        return RuleArrays(**{**vars(made), "may_enter": made.may_enter & is_late})


def random_dates(
    n_rows: int, length: int, *, draws: int, block: int, seed: int
) -> NDArray[np.int64]:
    """Return paths of rows by circular block bootstrap, shape (draws, length).

    Each begins at a random row and follows the next `block` rows, the first after the last, then
    jumps to another; with a block as long as the path it is a plain random date. In a market
    without drift the outcome of any given date is then as likely to be the best of them as the
    worst (Politis and Romano 1992).

    Raises
    ------
    ValueError
        If any of them is below 1.
    """
    for name, value in (("n_rows", n_rows), ("length", length), ("draws", draws), ("block", block)):
        if value < 1:
            raise ValueError(f"{name} must be at least 1, got {value}")
    generator = np.random.default_rng(seed)
    count = -(-length // block)
    begins = generator.integers(n_rows, size=(draws, count))
    steps = (begins[:, :, None] + np.arange(min(block, length))) % n_rows
    paths: NDArray[np.int64] = steps.reshape(draws, -1)[:, :length]
    return paths
