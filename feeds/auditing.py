"""The audit at the door: a raw series goes in, a judged one or a reasoned refusal comes out."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import replace

import numpy as np
import pandas as pd

from .audit_adjust import adjust, check_splits, convert_units
from .audit_case import Case, Role, check_allow
from .audit_moves import check_bad_ticks, check_large_moves, check_swapped_dates, check_unit_flip
from .audit_rows import (
    check_blank_close,
    check_dates,
    check_infinite,
    check_order,
    check_range,
    check_sign,
    check_tradable,
    check_volume,
)
from .audit_sessions import (
    check_future,
    check_holidays,
    check_missing,
    check_stale,
    check_weekends,
)
from .errors import ConfigError, unknown_name
from .refusal import AuditRefused
from .series import PRICE_COLUMNS, Adjustment, RawSeries, Series
from .units import Kind, check_unit, kind_of
from .universe import IdentityAnchor

ROLES = ("traded", "signal")
KINDS = ("equity", "etf", "index", "future", "fx", "metal")
MASKED_LIMIT = 0.01
EXTRAS = ("raw_close", "cash", "stock")

# In this order: each group of rules relies on what the ones before have settled.
ON_ROWS: tuple[Callable[[Case], None], ...] = (
    check_dates,
    check_order,
    check_infinite,
    check_blank_close,
    check_volume,
    check_sign,
    check_future,
)
ON_MOVES: tuple[Callable[[Case], None], ...] = (
    check_splits,
    check_unit_flip,
    check_tradable,
    check_range,
    check_weekends,
    check_swapped_dates,
    check_bad_ticks,
    check_large_moves,
)
ON_DAYS: tuple[Callable[[Case], None], ...] = (
    check_holidays,
    check_stale,
    check_missing,
)


def audit(
    raw: RawSeries,
    *,
    role: Role,
    kind: Kind | None = None,
    anchors: Sequence[IdentityAnchor] = (),
    allow: Collection[str] = (),
) -> Series:
    """Return the series as it may be used in its role, every repair said.

    Parameters
    ----------
    role : {"traded", "signal"}
        Traded series obey the strict rules on all four prices; signals use Close alone.
    kind : str or None
        What the instrument is; implied by clock and unit where None.
    anchors : sequence of IdentityAnchor
        Raw closes that prove which company the file belongs to; the tolerance is relative.
    allow : collection of str
        Rules waived, as ``"negative price"`` or for one day as ``"unit flip:2008-11-21"``;
        see ``orebound.feeds.audit_case.WAIVABLE``.

    Returns
    -------
    Series
        Close is never NaN, dates ascend and are unique; a clean series passes unchanged. Bad
        ticks are known by the day after, so the last row of a series cannot be judged a tick.

    Raises
    ------
    AuditRefused
        With all findings in ``.findings``; the message states the first five that refuse.
    """
    case = _open(raw, role, kind, allow)
    _run(case, ON_ROWS)
    check_identity(case, anchors)
    _stop_if_refused(case)
    _run(case, (*ON_MOVES, *ON_DAYS))
    _stop_if_refused(case)
    adjustment = adjust(case)
    _check_masked(case)
    _stop_if_refused(case)
    return _series(case, adjustment, convert_units(case))


def check_identity(case: Case, anchors: Sequence[IdentityAnchor]) -> None:
    """Refuse a file whose raw close on an anchor's date is another company's."""
    for anchor in anchors:
        rows = np.flatnonzero(case.dates == np.datetime64(anchor.date, "D"))
        found = _raw_close(case, int(rows[0])) if len(rows) else None
        if found is None:
            detail = f"no raw close on {anchor.date}: not proven to be {anchor.company}"
            case.say("identity", "warned", detail)
        elif abs(found / anchor.raw_close - 1) > anchor.tolerance:
            detail = (
                f"raw close {found:g}, but {anchor.company} closed at {anchor.raw_close:g}: this "
                f"is not {anchor.company}, perhaps {anchor.other_company}, which used the ticker"
            )
            case.say("identity", "refused", detail, int(rows[0]), "close")


def _raw_close(case: Case, at: int) -> float | None:
    if "raw_close" in case.frame and np.isfinite(value := case.column("raw_close")[at]):
        return float(value)
    return None if case.raw.is_adjusted else float(case.column("close")[at])


def _open(raw: RawSeries, role: Role, kind: Kind | None, allow: Collection[str]) -> Case:
    if role not in ROLES:
        raise ConfigError(unknown_name("role", str(role), ROLES))
    if kind is not None and kind not in KINDS:
        raise ConfigError(unknown_name("kind", str(kind), KINDS))
    check_unit(raw.facts.unit, raw.facts.currency)
    missing = [name for name in ("date", "close") if name not in raw.frame]
    if missing:
        raise ConfigError(f"{raw.facts.symbol}: the frame lacks {', '.join(missing)}")
    frame = raw.frame.reset_index(drop=True).copy()
    for name in PRICE_COLUMNS:
        if name not in frame:
            frame[name] = np.nan
    waived = check_allow(allow)
    return Case(raw, role, kind or kind_of(raw.facts), waived, frame, list(raw.findings))


def _run(case: Case, rules: Sequence[Callable[[Case], None]]) -> None:
    for rule in rules:
        if case.frame.empty:
            break
        rule(case)


def _stop_if_refused(case: Case) -> None:
    if case.frame.empty and not case.is_refused:
        case.say("no rows", "refused", "no row is left")
    if case.is_refused:
        raise AuditRefused(case.findings)


def _check_masked(case: Case) -> None:
    faulty = len(case.masked) - case.exempt
    total = len(case.frame) + faulty
    # One faulty row is no verdict on a file of less than a hundred.
    if faulty > max(1, MASKED_LIMIT * total):
        is_allowed = case.allows("masked rows") or not case.is_traded
        detail = f"{faulty} of {total} rows ({faulty / total:.1%}) are masked; at most 1 % may be"
        case.say("masked rows", "warned" if is_allowed else "refused", detail)


def _series(case: Case, adjustment: Adjustment, factor: float) -> Series:
    names = [*PRICE_COLUMNS, *(name for name in EXTRAS if name in case.frame)]
    index = pd.DatetimeIndex(case.frame["date"].to_numpy(), name="date").as_unit("ns")
    frame = case.frame[names].astype(float).set_axis(index)
    facts = replace(case.raw.facts, adjustment=adjustment, factor=factor)
    masked = pd.DatetimeIndex(sorted(case.masked)).as_unit("ns")
    return Series(facts, frame, masked, tuple(case.findings))
