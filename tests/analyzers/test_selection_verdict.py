"""The sentence about the best of many trials: plain, complete, never in favour of a gap."""

from __future__ import annotations

from typing import Any

import pytest

from orebound.analyzers import missed_limits, selection_verdict


def test_the_sentence_of_a_search_that_found_nothing() -> None:
    # The example that the users gave.
    assert selection_verdict(
        120_000, 340.2, deflated=0.41, overfitting=0.63, regime_episodes=4
    ) == (
        "best of 120,000 (effective 340); deflated Sharpe probability 0.41; PBO 0.63; "
        "4 regime episodes: not evidence of an edge"
    )


def test_the_sentence_of_an_edge() -> None:
    best = {"sharpe": 1.234, "sharpe_error": 0.31}
    assert selection_verdict(500, deflated=0.991, overfitting=0.05, best=best) == (
        "best of 500; Sharpe ratio 1.23 ± 0.31; deflated Sharpe probability 0.99; PBO 0.05: "
        "evidence of an edge"
    )


def test_a_probability_below_one_is_not_printed_as_one() -> None:
    said = selection_verdict(500, deflated=0.99997, overfitting=0.05)
    assert "deflated Sharpe probability above 0.99; PBO" in said
    assert "probability 1.00" in selection_verdict(500, deflated=1.0, overfitting=0.05)


@pytest.mark.parametrize(
    ("figures", "judged"),
    [
        ({}, "evidence of an edge"),
        ({"deflated": 0.95, "overfitting": 0.2, "regime_episodes": 5}, "evidence of an edge"),
        ({"deflated": 0.94}, "not evidence of an edge"),
        ({"overfitting": 0.21}, "not evidence of an edge"),
        ({"regime_episodes": 4}, "not evidence of an edge"),
        ({"regime_episodes": None}, "evidence of an edge"),
        ({"deflated": None}, "not judged, a figure is missing"),
        ({"overfitting": None}, "not judged, a figure is missing"),
        ({"deflated": None, "overfitting": 0.6}, "not evidence of an edge"),
    ],
)
def test_every_figure_can_refuse_and_none_can_be_left_out(
    figures: dict[str, Any], judged: str
) -> None:
    given = {"deflated": 0.99, "overfitting": 0.1, "regime_episodes": 9, **figures}
    assert selection_verdict(100, 20.0, **given).split(": ")[-1] == judged


def test_a_missing_figure_is_named() -> None:
    sentence = selection_verdict(100, deflated=None, overfitting=None, regime_episodes=1)
    assert "deflated Sharpe probability n/a; PBO n/a; 1 regime episode:" in sentence


def test_a_single_trial_needs_no_overfitting() -> None:
    assert selection_verdict(1, deflated=0.97, overfitting=None) == (
        "the only trial; deflated Sharpe probability 0.97: evidence of an edge"
    )


def test_rounding_never_contradicts_the_judgement() -> None:
    sentence = selection_verdict(100, deflated=0.94996, overfitting=0.20004)
    assert "probability 0.94996; PBO 0.20004: not evidence" in sentence


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"n_trials": 0}, "n_trials must be at least 1, got 0"),
        ({"n_effective": 101.0}, "n_effective must lie between 1 and n_trials 100, got 101.0"),
        ({"deflated": float("nan")}, "deflated must be a probability or None, got nan"),
        ({"overfitting": 1.2}, "overfitting must be a probability or None, got 1.2"),
        ({"regime_episodes": -1}, "regime_episodes must not be negative, got -1"),
        ({"best": {"sharpe": float("inf")}}, "best must hold finite figures or None"),
    ],
)
def test_figures_that_cannot_be_are_refused(arguments: dict[str, Any], message: str) -> None:
    given = {"n_trials": 100, "deflated": 0.5, "overfitting": 0.5, **arguments}
    with pytest.raises(ValueError, match=message):
        selection_verdict(**given)


@pytest.mark.parametrize(
    ("figures", "judged"),
    [
        ({"overfitting_range": (0.05, 0.19)}, "evidence of an edge"),
        ({"overfitting_range": (0.21, 0.4)}, "not evidence of an edge"),
        (
            {"overfitting_range": (0.15, 0.25)},
            "undecided, PBO may be above 0.2 within sampling error",
        ),
        (
            {"deflated_range": (0.94, 0.99)},
            "undecided, the deflated Sharpe probability may be below 0.95 within sampling error",
        ),
        ({"deflated_range": (0.1, 0.9), "overfitting_range": (0.1, 0.3)}, "not evidence of"),
        ({"overfitting_range": (0.1, 0.3), "regime_episodes": 2}, "not evidence of an edge"),
    ],
)
def test_a_limit_within_the_sampling_error_is_undecided(
    figures: dict[str, Any], judged: str
) -> None:
    given = {"deflated": 0.97, "overfitting": 0.19, **figures}
    assert selection_verdict(100, 20.0, **given).split(": ")[-1].startswith(judged)


def test_the_range_of_a_sampled_figure_is_told() -> None:
    sentence = selection_verdict(9, deflated=0.97, overfitting=0.3, overfitting_range=(0.25, 0.36))
    assert "PBO 0.30 (0.25 to 0.36): not evidence of an edge" in sentence
    with pytest.raises(ValueError, match="overfitting_range must be two probabilities, lower"):
        selection_verdict(9, deflated=0.97, overfitting=0.3, overfitting_range=(0.4, 0.3))


def test_every_limit_that_is_missed_is_named_with_its_figure() -> None:
    assert missed_limits((0.3, 0.41), (0.21, 0.63), 4) == [
        "deflated Sharpe probability 0.41 at best, at least 0.95 needed",
        "PBO 0.21 at best, at most 0.2 accepted",
        "4 regime episodes, at least 5 needed",
    ]
    assert missed_limits((0.41, 0.411), (0.63, 0.63), None) == [
        "deflated Sharpe probability 0.41, at least 0.95 needed",
        "PBO 0.63, at most 0.2 accepted",
    ], "a range that prints as one figure is one"
    assert missed_limits((0.9, 0.96), (0.1, 0.3), 5) == [], "open within sampling error"
    assert missed_limits(None, None, None) == []


@pytest.mark.parametrize(
    ("p", "between", "judged"),
    [
        (0.01, (0.0, 0.03), "evidence of an edge"),
        (0.01, None, "evidence of an edge"),
        (
            0.05,
            (0.0, 0.15),
            "undecided, the null sweep's p may be above 0.05 within sampling error",
        ),
        (0.3, (0.2, 0.4), "not evidence of an edge"),
        (None, None, "evidence of an edge"),
    ],
)
def test_worlds_without_an_edge_may_refuse(p: Any, between: Any, judged: str) -> None:
    said = selection_verdict(
        100, 20.0, deflated=0.99, overfitting=0.1, null_p=p, null_range=between
    )
    assert said.split(": ")[-1] == judged
    assert ("null sweep p" in said) == (p is not None)


def test_the_limit_of_the_null_sweep_is_named_where_it_is_missed() -> None:
    assert missed_limits(None, None, None, (0.2, 0.4)) == [
        "null sweep p 0.200 at best, at most 0.05 accepted"
    ]
    with pytest.raises(ValueError, match=r"null_p must be a probability or None, got 1\.5"):
        selection_verdict(2, deflated=0.9, overfitting=0.1, null_p=1.5)


def test_a_rule_that_was_not_shown_to_read_no_future_is_never_evidence() -> None:
    given: dict[str, Any] = {"deflated": 0.999, "overfitting": 0.0}
    assert selection_verdict(100, **given, past_only=True).endswith(": evidence of an edge")
    said = selection_verdict(100, **given, past_only=False)
    assert "; look-ahead of the rule was not checked: not judged" in said
    assert "evidence of an edge" not in said
    weak = selection_verdict(100, deflated=0.4, overfitting=0.0, past_only=False)
    assert weak.endswith(": not evidence of an edge")
