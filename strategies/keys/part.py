"""The base of the parameters of one part of a rule."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from ..section import Section


class Part(Section):
    """Fields of one part; `THRESHOLDS` names those that reach the engines as numbers.

    `numbers_of_part` says as which. A rule gathers both from its parts; what it does not find
    there changes arrays.
    """

    THRESHOLDS: ClassVar[tuple[str, ...]] = ()

    def numbers_of_part(self, of: Any) -> Mapping[str, Any]:  # noqa: ARG002 - none by default
        """Return fields of `Numbers` by plain arithmetic on the thresholds, attributes of `of`."""
        return {}
