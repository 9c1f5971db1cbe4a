"""The page of one run: numbers, panels and page order, kept apart."""

from .contract import RecordLike
from .sheet import render, write

__all__ = ["RecordLike", "render", "write"]
