"""One list of names around one view: what each way of entering it earned, through the replay."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from orebound.feeds import Market, ViewEvent
from orebound.strategies import FromDate, ViewHold, numbers_of, random_dates
from orebound.strategies.context import regime_states

from .config import RunConfig
from .prepared import Workshop
from .replay.many import replay_many
from .replay.totals import METRICS
from .view_paths import HeldPaths

#: Fewer sessions of holding than these compare nothing.
LEAST_HOLD = 20
RETURN, ENTRIES = METRICS.index("total_return"), METRICS.index("entries")


def covered(
    market: Market, view: ViewEvent, least: int = LEAST_HOLD
) -> tuple[Market | None, list[str]]:
    """Return a market of the names that trade so many sessions after a view, and the others.

    None where there is no such name.
    """
    panel = market.panel
    note = int(np.searchsorted(panel.closes, view.known_at))
    long = [int((panel.priced_rows(name) >= note).sum()) > least for name in range(panel.n_names)]
    left = [name for name, is_long in zip(panel.names, long, strict=True) if not is_long]
    if not left:
        return market, []
    if not any(long):
        return None, left
    traded = tuple(one for one, is_long in zip(market.parts.traded, long, strict=True) if is_long)
    universe = replace(market.universe, listings=tuple(listing for listing, _ in traded))
    parts = replace(market.parts, traded=traded)
    more = (market.allow_hindsight, market.latency, None)
    return market._of(market.source, universe, parts, *more), left


class ViewStudy:
    """One list of names around one view."""

    def __init__(self, config: RunConfig, market: Market, view: ViewEvent, hold: int) -> None:
        self.config, self.market, self.panel = config, market, market.panel
        self.notes: list[str] = []
        market.check_start(view.known_at)
        self.note = int(np.searchsorted(self.panel.closes, view.known_at))
        # One bar decides, and the last open sells.
        self.hold = min(hold, self._bars_after(self.note))
        if self.hold < hold:
            end = self.panel.closes[-1].astype("M8[D]")
            self.notes.append(f"the data end on {end}: held {self.hold} sessions of {hold}")
        self.notes += self._cut_short()
        self.begin = self._begin()
        closes = self.panel.closes.astype("M8[D]")
        self.first, self.last = closes[self.begin], closes[-1]
        sessions = self._bars_after(self.begin) + 1
        if sessions < 2 * self.hold:
            self.notes.append(
                f"random dates have {sessions} sessions to come from, fewer than two holds: they "
                "are nearly the same sessions, and a rank says next to nothing"
            )

    def _cut_short(self) -> list[str]:
        """Say which names are sold earlier because their data end."""
        panel, short = self.panel, []
        for name, symbol in enumerate(panel.names):
            own = panel.priced_rows(name)
            if int((own >= self.note).sum()) <= self.hold:
                short.append(f"{symbol} on {panel.session[own[-1], name]}")
        return [f"data end, and the name is sold: {', '.join(short)}"] if short else []

    def _begin(self) -> int:
        """Return the first row that any entry may be decided on."""
        start, valid = self.config.data.start, self.market.universe.valid_from
        begin = 0 if start is None else self.panel.first_row(start)
        if valid is not None:
            begin = max(begin, self.panel.first_row(valid))
            self.notes.append(
                f"the list was published on {valid}: no entry before it, random dates included"
            )
        return min(begin, self.note)

    def held(self, name: str, row: int, about: str) -> dict[str, Any]:
        """Return a row of the table: bought at a row of the panel and held."""
        end = self._end(row)
        found, entries = HeldPaths(self.panel, self.config.costs, (row, end)).outcome(
            np.arange(end - row), self._numbers()
        )
        return self._row(name, (row, end), entries, found, about)

    def ruled(self) -> dict[str, Any]:
        """Return the row of the rule over the sessions that the view is held."""
        moment = str(self.panel.closes[self.note].astype("M8[m]")) + "Z"
        rule = FromDate(**dict(self.config.rule), not_before=moment)
        window = (self.note, self._end(self.note))
        days = self.panel.closes[[window[0], window[1] - 1]].astype("M8[D]")
        data = self.config.data.model_copy(update={"start": days[0].item(), "end": days[1].item()})
        config = self.config.model_copy(update={"rule": rule, "data": data})
        made = Workshop(config, self.market).prepared({})
        numbers = numbers_of(rule, config.sizing, self.panel.n_declared)
        found = replay_many(made.market, made.rule, np.array([numbers]), made.calendar).metrics[0]
        said = "the rule's own entries, exits and sizes over the same sessions"
        return self._row("rule", window, found[ENTRIES], found[RETURN], said)

    def regime_on(self) -> dict[str, Any]:
        """Return the row of an entry when the regime turned ON: its spell at the view, or next."""
        if not self.config.regime.looks:
            return self._row("regime", None, 0, np.nan, "regime.regime is none: never ON")
        state = regime_states(self.panel, self.config.regime).state
        is_on = ((state == 1) & self.panel.has_bar).any(axis=1)
        is_off = ((state != 1) & self.panel.has_bar).any(axis=1) & ~is_on
        known = np.flatnonzero((is_on | is_off) & (np.arange(self.panel.n_rows) >= self.begin))
        on = known[is_on[known]]
        later = on[on >= self.note]
        place = int(np.searchsorted(known, self.note, side="right")) - 1
        row = int(later[0]) if len(later) else -1
        if place >= 0 and is_on[known[place]]:
            while place > 0 and is_on[known[place - 1]]:
                place -= 1
            row = int(known[place])
        if row < 0 or self._bars_after(row) < LEAST_HOLD:
            return self._row("regime", None, 0, np.nan, "not ON from the view on")
        said = "bought as the regime that held at the view turned ON"
        if row == self.begin and is_on[row]:
            said = "the regime was ON on the first day they may be bought"
        elif row > self.note:
            said = "bought as the regime next turned ON"
        return self.held("regime", row, said)

    def random_returns(self, draws: int, block: int) -> NDArray[np.float64]:
        """Return the returns of as many random dates, of the same costs."""
        paths = HeldPaths(self.panel, self.config.costs, (self.begin, self.panel.n_rows))
        length = paths.rows_of(self.hold + 2)
        step = length if block >= self.hold else paths.rows_of(block)
        seed = self.config.run.seed
        drawn = random_dates(paths.n_rows, length, draws=draws, block=step, seed=seed)
        numbers = self._numbers()
        return np.array([paths.outcome(path, numbers)[0] for path in drawn])

    def by_name(self, market: Market, *, is_pick: bool) -> pd.DataFrame:
        """Return each name's return from the open after the view to that of the exit."""
        panel, rows = market.panel, []
        for name, symbol in enumerate(panel.names):
            own = panel.priced_rows(name)
            own = own[own >= self.note]
            last = min(1 + self.hold, len(own) - 1)
            moved = np.nan
            if last > 1:
                moved = panel.open[own[last], name] / panel.open[own[1], name] - 1.0
            rows.append({"symbol": symbol, "is_pick": is_pick, "return": float(moved)})
        return pd.DataFrame(rows)

    def _numbers(self) -> NDArray[np.float64]:
        rule = ViewHold(hold=self.hold)
        sizing = self.config.sizing.model_copy(
            update={"max_weight": 1.0, "sizing": "equal", "conviction": False}
        )
        return np.array([numbers_of(rule, sizing, self.panel.n_names)])

    def _bars_after(self, row: int) -> int:
        return (
            max(
                int((self.panel.priced_rows(name) >= row).sum())
                for name in range(self.panel.n_names)
            )
            - 1
        )

    def _end(self, row: int) -> int:
        """Return the row after the one on which the last name is sold."""
        last = row
        for name in range(self.panel.n_names):
            own = self.panel.bar_rows(name)
            own = own[own >= row]
            if len(own):
                last = max(last, int(own[min(self.hold + 1, len(own) - 1)]))
        return last + 1

    def _row(
        self, name: str, window: tuple[int, int] | None, entries: float, found: float, about: str
    ) -> dict[str, Any]:
        days: list[Any] = [None, None]
        if window is not None:
            days = [
                str(self.panel.closes[row].astype("M8[D]")) for row in (window[0], window[1] - 1)
            ]
        values = (name, *days, int(entries), float(found), about)
        keys = ("entry", "first", "last", "entries", "return", "about")
        return dict(zip(keys, values, strict=True))
