"""The windows of a walk forward: months to choose on, months between, months to test on."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from .block_sums import Ints


@dataclass(frozen=True)
class Window:
    """One choice: train on ``[start, end)``, test on ``[test, stop)``, in months."""

    start: int
    end: int
    test: int
    stop: int

    @property
    def train_months(self) -> slice:
        """The months it chooses on."""
        return slice(self.start, self.end)

    @property
    def test_months(self) -> slice:
        """The months it is tested on."""
        return slice(self.test, self.stop)


@dataclass(frozen=True)
class WindowPlan:
    """Lengths in months; an anchored plan always trains from the first month on."""

    train: int
    test: int
    embargo: int
    is_anchored: bool = False

    def check(self, n_months: int) -> None:
        """Refuse lengths that leave nothing to choose on or to test."""
        for name, value, least in (
            ("train_months", self.train, 1),
            ("test_months", self.test, 1),
            ("embargo_months", self.embargo, 0),
        ):
            if value < least:
                raise ValueError(f"{name} must be at least {least}, got {value}")
        if self.train + self.embargo >= n_months:
            raise ValueError(
                f"train_months {self.train} and embargo_months {self.embargo} leave no month to "
                f"test of {n_months}"
            )

    def windows(self, n_months: int) -> Iterator[Window]:
        """Yield the windows of so many months, the last test cut where they end."""
        for first in range(self.train + self.embargo, n_months, self.test):
            end = first - self.embargo
            start = 0 if self.is_anchored else end - self.train
            yield Window(start, end, first, min(first + self.test, n_months))


def testable(
    windows: list[Window], sessions: Ints, months: Sequence[Any]
) -> tuple[list[Window], str]:
    """Return the windows without a last test too short for a Sharpe ratio, and a note of it."""
    last, note = windows[-1], ""
    if sessions[last.test_months].sum() < 2 and len(windows) > 1:
        windows = windows[:-1]
        note = f"not tested: {months[last.test]} and after, fewer than 2 sessions"
    for window in windows:
        for side, span in (("train", window.train_months), ("test", window.test_months)):
            if (count := int(sessions[span].sum())) < 2:
                raise ValueError(
                    f"sessions_per_month leave {count} sessions to {side} on from month "
                    f"{months[span.start]}, at least 2 are needed"
                )
    return windows, note
