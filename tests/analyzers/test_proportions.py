"""Wilson's interval: against statsmodels, and where the usual error would be nothing."""

from __future__ import annotations

import math

import pytest
from statsmodels.stats.proportion import proportion_confint

from orebound.analyzers import wilson_interval


@pytest.mark.parametrize(("hits", "n"), [(0, 1), (1, 1), (11, 11), (9, 13), (40, 80), (3, 400)])
@pytest.mark.parametrize("confidence", [0.8, 0.95])
def test_it_is_statsmodels_wilson_interval(hits: int, n: int, confidence: float) -> None:
    expected = proportion_confint(hits, n, alpha=1.0 - confidence, method="wilson")
    assert wilson_interval(hits / n, n, confidence) == pytest.approx(expected, abs=1e-12)


def test_eleven_hits_in_eleven_trials_leave_three_quarters_possible() -> None:
    # By hand for share 1: low = n / (n + z^2), with z = 1.959964.
    low, high = wilson_interval(1.0, 11)
    assert (low, high) == (pytest.approx(11 / (11 + 1.959964**2), abs=1e-6), 1.0)


def test_without_a_trial_nothing_is_known() -> None:
    assert all(math.isnan(end) for end in (*wilson_interval(0.5, 0), *wilson_interval(math.nan, 3)))


@pytest.mark.parametrize(
    ("share", "n", "confidence", "words"),
    [
        (1.5, 3, 0.95, "share must lie within 0 and 1, got 1.5"),
        (0.5, -1, 0.95, "n must be 0 or more, got -1"),
        (0.5, 3, 1.0, "confidence must lie between 0 and 1, got 1.0"),
    ],
)
def test_what_cannot_be_is_refused(share: float, n: int, confidence: float, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        wilson_interval(share, n, confidence)
