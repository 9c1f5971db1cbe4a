"""How one value is drawn."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

Random = np.random.Generator
Draw = Callable[[Random], Any]


def one_of(*values: Any) -> Draw:
    return lambda generator: values[int(generator.integers(len(values)))]


def between(low: float, high: float, digits: int = 3) -> Draw:
    return lambda generator: round(float(generator.uniform(low, high)), digits)


def whole(low: int, high: int) -> Draw:
    return lambda generator: int(generator.integers(low, high + 1))
