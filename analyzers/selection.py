"""One plain sentence about the best of many trials, with the figures behind it."""

from __future__ import annotations

import math
from collections.abc import Mapping

# Thresholds of the sentence: domain case 15 asks noise below and a planted edge beyond them.
LEAST_DEFLATED = 0.95
MOST_OVERFIT = 0.2
# Five gains in five episodes are the fewest that a fair coin gives less than once in 20 times.
LEAST_EPISODES = 5
#: How often worlds without an edge may hold a best as good.
MOST_BY_CHANCE = 0.05
NOT_EVIDENCE = "not evidence of an edge"
LOOKAHEAD_UNCHECKED = "look-ahead of the rule was not checked"
Range = tuple[float, float]


def selection_verdict(
    n_trials: int,
    n_effective: float | None = None,
    *,
    deflated: float | None,
    overfitting: float | None,
    deflated_range: Range | None = None,
    overfitting_range: Range | None = None,
    null_p: float | None = None,
    null_range: Range | None = None,
    regime_episodes: int | None = None,
    best: Mapping[str, float | None] | None = None,
    past_only: bool | None = None,
) -> str:
    """Return whether the best of a search is evidence of an edge, in one sentence.

    It is only where the deflated Sharpe probability is at least 0.95, the probability of backtest
    overfitting at most 0.20, where the rule has a regime at least 5 distinct episodes were traded
    and, where the null sweep was run, its p-value is at most 0.05. A missing figure is named and
    never counts in favour, and neither does a rule of one's own that was not shown to read no
    future. Where sampling leaves it open on which side of its limit a figure lies,
    the sentence says undecided.

    Parameters
    ----------
    n_trials, n_effective
        Everything ever tried on this data and idea, and what it is worth in independent trials.
    deflated, overfitting : float or None
        Probabilities: `deflated_sharpe_ratio` and `OverfittingResult.pbo`; None where they do not
        exist. A single trial needs no `overfitting`.
    deflated_range, overfitting_range : pair of float, optional
        Between which figures sampling leaves each; exact without.
    null_p, null_range : optional
        p-value of the best among the bests of worlds without an edge, and between which figures
        their number leaves it; not asked for where the null sweep was not run.
    regime_episodes : int, optional
        Distinct ON episodes that hold an entry of the best; None for a rule without a regime.
    best : mapping, optional
        ``sharpe`` and ``sharpe_error`` of the best, a year.
    past_only : bool, optional
        Whether rows of a rule of one's own were shown to read no future; None for a rule that
        tests prove.
    """
    _check(n_trials, n_effective, regime_episodes)
    _check_probability("deflated", deflated)
    _check_probability("overfitting", overfitting)
    _check_probability("null_p", null_p)
    ranges = {"deflated": deflated_range, "overfitting": overfitting_range, "null": null_range}
    _check_ranges(ranges)
    clauses = [
        _tried(n_trials, n_effective),
        _sharpe(best or {}),
        f"deflated Sharpe probability {_probability(deflated, LEAST_DEFLATED)}"
        f"{_between(deflated_range, LEAST_DEFLATED)}",
        ""
        if n_trials == 1
        else f"PBO {_probability(overfitting, MOST_OVERFIT)}"
        f"{_between(overfitting_range, MOST_OVERFIT)}",
        ""
        if null_p is None
        else f"null sweep p {_probability(null_p, MOST_BY_CHANCE)}"
        f"{_between(null_range, MOST_BY_CHANCE)}",
        _episodes(regime_episodes),
        LOOKAHEAD_UNCHECKED if past_only is False else "",
    ]
    deflated_at = deflated_range or _point(deflated)
    overfit_at = None if n_trials == 1 else overfitting_range or _point(overfitting)
    null_at = null_range or _point(null_p)
    judged = _judgement(deflated_at, overfit_at, null_at, regime_episodes, is_single=n_trials == 1)
    if past_only is False and judged != NOT_EVIDENCE:
        judged = "not judged, a rule that reads the future is as good; --verify 1 checks it"
    return f"{'; '.join(filter(None, clauses))}: {judged}"


def _check(n_trials: int, n_effective: float | None, regime_episodes: int | None) -> None:
    if n_trials < 1:
        raise ValueError(f"n_trials must be at least 1, got {n_trials}")
    if n_effective is not None and not 1 <= n_effective <= n_trials:
        raise ValueError(
            f"n_effective must lie between 1 and n_trials {n_trials}, got {n_effective}"
        )
    if regime_episodes is not None and regime_episodes < 0:
        raise ValueError(f"regime_episodes must not be negative, got {regime_episodes}")


def _check_probability(name: str, value: float | None) -> None:
    if value is not None and not 0.0 <= value <= 1.0:
        raise ValueError(f"{name} must be a probability or None, got {value}")


def _check_ranges(ranges: Mapping[str, Range | None]) -> None:
    for name, pair in ranges.items():
        if pair is not None and not 0.0 <= pair[0] <= pair[1] <= 1.0:
            raise ValueError(f"{name}_range must be two probabilities, lower first, got {pair}")


def _point(value: float | None) -> Range | None:
    return None if value is None else (value, value)


def _judgement(
    deflated: Range | None,
    overfit: Range | None,
    null: Range | None,
    episodes: int | None,
    *,
    is_single: bool,
) -> str:
    if missed_limits(deflated, overfit, episodes, null):
        return NOT_EVIDENCE
    if deflated is None or (overfit is None and not is_single):
        return "not judged, a figure is missing"
    open_ones = []
    if deflated[0] < LEAST_DEFLATED:
        open_ones.append(f"the deflated Sharpe probability may be below {LEAST_DEFLATED:g}")
    if overfit is not None and overfit[1] > MOST_OVERFIT:
        open_ones.append(f"PBO may be above {MOST_OVERFIT:g}")
    if null is not None and null[1] > MOST_BY_CHANCE:
        open_ones.append(f"the null sweep's p may be above {MOST_BY_CHANCE:g}")
    if open_ones:
        return f"undecided, {' and '.join(open_ones)} within sampling error"
    return "evidence of an edge"


def _at_best(best: float, worst: float, form: str) -> str:
    """Return the better end of a range, as such where the range prints as more than one figure."""
    said = format(best, form)
    return said if said == format(worst, form) else f"{said} at best"


def missed_limits(
    deflated: Range | None,
    overfit: Range | None,
    episodes: int | None,
    null: Range | None = None,
) -> list[str]:
    """Return which limits of the verdict are missed beyond sampling error, in words."""
    missed = []
    if deflated is not None and deflated[1] < LEAST_DEFLATED:
        said = _at_best(deflated[1], deflated[0], ".2f")
        missed.append(f"deflated Sharpe probability {said}, at least {LEAST_DEFLATED:g} needed")
    if overfit is not None and overfit[0] > MOST_OVERFIT:
        missed.append(f"PBO {_at_best(*overfit, '.2f')}, at most {MOST_OVERFIT:g} accepted")
    if null is not None and null[0] > MOST_BY_CHANCE:
        missed.append(f"null sweep p {_at_best(*null, '.3f')}, at most {MOST_BY_CHANCE:g} accepted")
    if episodes is not None and episodes < LEAST_EPISODES:
        missed.append(f"{episodes} regime episodes, at least {LEAST_EPISODES} needed")
    return missed


def _tried(n_trials: int, n_effective: float | None) -> str:
    if n_trials == 1:
        return "the only trial"
    effective = "" if n_effective is None else f" (effective {n_effective:,.0f})"
    return f"best of {n_trials:,}{effective}"


def _sharpe(best: Mapping[str, float | None]) -> str:
    sharpe, error = best.get("sharpe"), best.get("sharpe_error")
    if sharpe is None:
        return ""
    if not math.isfinite(sharpe) or (error is not None and not math.isfinite(error)):
        raise ValueError(f"best must hold finite figures or None, got {dict(best)}")
    return f"Sharpe ratio {sharpe:.2f}{'' if error is None else f' ± {error:.2f}'}"


def _probability(value: float | None, threshold: float) -> str:
    """Return two digits, or as many as show on which side of the threshold it is.

    1.00 only where it is 1: 0.99997 is a probability below it.
    """
    if value is None:
        return "n/a"
    if f"{value:.2f}" == "1.00" and value < 1.0:
        return "above 0.99"
    for digits in range(2, 16):
        shown = f"{value:.{digits}f}"
        if (float(shown) < threshold) == (value < threshold) and (float(shown) > threshold) == (
            value > threshold
        ):
            return shown
    return repr(value)


def _between(pair: Range | None, threshold: float) -> str:
    """Return the range of a sampled figure; nothing where both ends read the same."""
    if pair is None:
        return ""
    low, high = (_probability(value, threshold) for value in pair)
    return "" if low == high else f" ({low} to {high})"


def _episodes(count: int | None) -> str:
    if count is None:
        return ""
    return f"{count} regime {'episode' if count == 1 else 'episodes'}"
