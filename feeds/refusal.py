"""The refusal that carries its evidence."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from .errors import DataRefused
from .series import Finding

SHOWN = 5


class AuditRefused(DataRefused):
    """Data turned away, with every finding and the refusing ones in words.

    Attributes
    ----------
    findings : tuple of Finding
        All that was seen; those with ``outcome == "refused"`` are the reasons.
    """

    def __init__(self, findings: Sequence[Finding]) -> None:
        self.findings = tuple(findings)
        super().__init__(_in_words(self.findings))

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self.findings,)


def refuse(file: str, rule: str, detail: str, **place: Any) -> AuditRefused:
    """Return the refusal for one fault, to be raised where it is seen."""
    return AuditRefused([Finding(file=file, rule=rule, outcome="refused", detail=detail, **place)])


def _in_words(findings: Sequence[Finding]) -> str:
    reasons = [finding for finding in findings if finding.outcome == "refused"]
    if not reasons:
        raise ValueError("a refusal needs at least one finding with outcome 'refused'")
    words = "; ".join(str(reason) for reason in reasons[:SHOWN])
    more = f"; and {len(reasons) - SHOWN} more" if len(reasons) > SHOWN else ""
    if len(reasons) == 1:
        return words
    return f"{reasons[0].file}: refused for {len(reasons)} reasons: {words}{more}"
