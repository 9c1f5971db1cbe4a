"""Tariff overhang and scheduled decisions."""

from __future__ import annotations

from ..section import Section


class OverhangKeys(Section):
    """What stands over a name, and what the rule does about it."""
