"""Draws of `WeightKeys`."""

from __future__ import annotations

from .drawing import Draw

DRAWS: dict[str, Draw] = {}
