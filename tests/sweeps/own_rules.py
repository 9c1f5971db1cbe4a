"""Rules of one's own, as a user writes them: declared by arrays and numbers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

import numpy as np
from pydantic import Field

from orebound.feeds import Panel
from orebound.strategies import DeclaredRule, RuleArrays, declared_arrays


class Reversion(DeclaredRule):
    """Buy what fell under its own mean; every other name is sold short above it, if asked."""

    THRESHOLDS: ClassVar[tuple[str, ...]] = ("z_in", "z_out", "z_stop", "hold", "pause")
    window: int = Field(20, ge=2, le=250, description="own bars")
    z_in: float = Field(1.0, gt=0.0, le=5.0)
    z_out: float = Field(0.2, ge=-3.0, le=3.0)
    z_stop: float = Field(3.0, gt=0.0, le=9.0)
    hold: int = Field(30, ge=1, le=500)
    pause: int = Field(0, ge=0, le=100)
    shorts: bool = False
    on_marks: bool = False

    def arrays(self, panel: Panel, regime: Any, events: Any = None) -> RuleArrays:
        measure = np.full((panel.n_rows, panel.n_names), np.nan)
        direction = np.ones(panel.n_names)
        for name in range(panel.n_names):
            rows = panel.bar_rows(name)
            close = np.log(panel.known_close[rows, name])
            for k in range(self.window - 1, len(rows)):
                own = close[k - self.window + 1 : k + 1]
                spread = own.std(ddof=1)
                measure[rows[k], name] = (own[-1] - own.mean()) / spread if spread else 0.0
            if self.shorts and name % 2:
                direction[name] = -1.0
                measure[:, name] *= -1.0
        measure = np.round(measure, 10)
        may_enter = np.isfinite(measure)
        return declared_arrays(panel, measure=measure, may_enter=may_enter, direction=direction)

    def numbers(self, of: Any) -> Mapping[str, Any]:
        return {
            "enter_at": np.nextafter(-of.z_in, -np.inf),
            "leave_above": -of.z_out,
            "leave_below": -of.z_stop,
            "time_stop_min": of.hold + 1,
            "time_stop_max": of.hold + 1,
            "cool_down": of.pause,
            "sizes_on_known": 0.0 if self.on_marks else 1.0,
            "needs_measure": 1.0,
        }


class Lacking(DeclaredRule):
    """A rule without numbers."""

    def arrays(self, panel: Panel, regime: Any, events: Any = None) -> RuleArrays:
        return declared_arrays(panel, measure=np.zeros(()), may_enter=np.zeros((), bool))


class Clashing(Reversion):
    """A field that the sizing owns."""

    cash: float = 1.0


class Needing(Reversion):
    """A field without a default."""

    level: float


class Mistaken(Reversion):
    """A number that no engine knows."""

    def numbers(self, of: Any) -> Mapping[str, Any]:
        return {"enter_at": -of.z_in, "leave_abov": of.z_out}


class Misnamed(Reversion):
    """A threshold that is no field."""

    THRESHOLDS: ClassVar[tuple[str, ...]] = ("z_inn",)


class Foreseeing(DeclaredRule):
    """Buy what will rise within ten bars: a rule that nobody could have followed."""

    THRESHOLDS: ClassVar[tuple[str, ...]] = ("z_in", "hold")
    z_in: float = Field(1.0, gt=0.0, le=6.0)
    hold: int = Field(10, ge=1, le=500)

    def arrays(self, panel: Panel, regime: Any, events: Any = None) -> RuleArrays:
        measure = np.full((panel.n_rows, panel.n_names), np.nan)
        for name in range(panel.n_names):
            rows = panel.bar_rows(name)
            close = np.log(panel.known_close[rows, name])
            measure[rows[:-10], name] = np.round(-(close[10:] - close[:-10]) / 0.03, 10)
        return declared_arrays(panel, measure=measure, may_enter=np.isfinite(measure))

    def numbers(self, of: Any) -> Mapping[str, Any]:
        return {"enter_at": -of.z_in, "time_stop_max": of.hold}


class Counting(Foreseeing):
    """Knows by number a row that a shorter history has not."""

    def arrays(self, panel: Panel, regime: Any, events: Any = None) -> RuleArrays:
        level = float(panel.known_close[2_600].sum())
        return declared_arrays(panel, measure=-level, may_enter=True)
