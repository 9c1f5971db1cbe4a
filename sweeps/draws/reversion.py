"""Draws of `ReversionKeys`."""

from __future__ import annotations

from .drawing import Draw

DRAWS: dict[str, Draw] = {}
