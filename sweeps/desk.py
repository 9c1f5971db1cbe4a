"""The table a desk wants on a day: how far each miner trails, and whether the rule would buy."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from orebound.feeds import Market, Panel, china_events, clock
from orebound.strategies import (
    Regime,
    Rule,
    RuleArrays,
    Signals,
    arrays_of,
    contributions,
    numbers_of,
    signals_of,
    stimulus_path,
)

from .beside import base_rates
from .config import RunConfig
from .desk_book import RunningBook, book_records, running_book
from .desk_funds import fund_lags
from .known_market import at_close_of, catch_up_rule, half_life_ends
from .lags import Lag, lag_between
from .signal_frames import input_frame, signal_frame

#: The article's own date for metals: the lag since it stands beside the rolling one.
ANCHOR = np.datetime64("2023-12-29")
#: Announcements shown behind the regime, and the least that must be left of one.
MOST_EVENTS, LEAST_LEFT = 6, 0.05


@dataclass(frozen=True, eq=False)
class DeskTable:
    """What the rule knows on a day.

    Attributes
    ----------
    day : datetime64[D]
    anchor : datetime64[D]
        Date that the anchored lags look back to.
    window : int
        Sessions that the rolling ones do.
    synthetic : bool
    table : DataFrame
        By name, widest lag first: ``symbol, session, behind`` (sessions of its exchange since then,
        up to the day: 0 unless the row is stale), ``lag_ratio, lag_points`` (rolling),
        ``anchored_ratio, anchored_points`` (since the anchor), ``gap, z, half_life, half_life_low,
        half_life_high`` (its 95 % interval), ``beta_metal, beta_market, coverage, score, state,
        weight`` (of the book, what the rule would buy starting flat; not a position), ``is_in,
        by_lag`` (whether the literal lag would be enough), ``base_rate, noise_rate, why``, and
        what the gates that are on show.
    funds : DataFrame
        Funds against their metal: ``fund, metal, session, lag_ratio, lag_points, anchored_ratio,
        anchored_points``; those whose series are at hand.
    events : DataFrame
        Behind the regime: ``id, date, kind, intensity, left, description``.
    inputs : DataFrame
        ``series, kind, known_at, age_days, missed, market_closed``.
    book : RunningBook or None
        What the rule, run up to the day, holds and orders; None where it was not asked for.
    remarks : tuple of str
        Where forms of the lag disagree, and what else a reader must know.
    left_out : dict of str to str
    """

    day: np.datetime64
    anchor: np.datetime64
    window: int
    synthetic: bool
    config: RunConfig
    table: pd.DataFrame
    funds: pd.DataFrame
    events: pd.DataFrame
    inputs: pd.DataFrame
    book: RunningBook | None
    remarks: tuple[str, ...]
    left_out: dict[str, str]

    def as_dict(self) -> dict[str, Any]:
        """Return the table and all beside it by name, sessions as ISO text."""
        return {
            "date": str(self.day),
            "anchor": str(self.anchor),
            "synthetic": self.synthetic,
            "config": self.config.as_dict(),
            "names": _records(self.table),
            "funds": _records(self.funds),
            "events": _records(self.events),
            "inputs": _records(self.inputs),
            **({} if self.book is None else {"book": book_records(self.book)}),
            "remarks": list(self.remarks),
            "left_out": self.left_out,
        }


def _records(frame: pd.DataFrame) -> list[dict[str, Any]]:
    dated = {
        name: column.astype("datetime64[s]").dt.strftime("%Y-%m-%d")
        for name, column in frame.items()
        if name == "session" and len(frame)
    }
    return [
        {str(key): value for key, value in row.items()}
        for row in frame.assign(**dated).to_dict("records")
    ]


def desk_table(
    market: Market, config: RunConfig, day: Any = None, *, anchor: Any = ANCHOR, book: bool = True
) -> DeskTable:
    """Return the desk's table after the closes of a day, the data's last by default.

    Parameters
    ----------
    anchor : date
        Date that the anchored lags look back to.
    book : bool
        Run the rule up to the day, for what it holds and orders.

    Raises
    ------
    ConfigError
        For a day outside the data, or a rule without gap and half-life.
    """
    cut, known = at_close_of(market, day)
    rule, regime = catch_up_rule(config), config.regime
    cut = cut.arranged(rule.lines(cut))
    signals = signals_of(cut.panel, rule, regime)
    anchor = np.datetime64(anchor, "D")
    table = _table(cut, signals, config, rule, anchor, known)
    funds = fund_lags(market, config, known, window=rule.gap_window, anchor=anchor)
    inputs = input_frame(cut, cut.panel.n_rows - 1, cut.panel.n_rows).drop(columns=["time"])
    return DeskTable(
        day=known,
        anchor=anchor,
        window=rule.gap_window,
        synthetic=cut.synthetic,
        config=config,
        table=table,
        funds=funds,
        events=_events(cut, regime, known),
        inputs=inputs,
        book=running_book(cut, config) if book else None,
        remarks=tuple(_remarks(table, funds, rule, cut, known)),
        left_out=dict(cut.excluded),
    )


def _table(
    market: Market,
    signals: Signals,
    config: RunConfig,
    rule: Rule,
    anchor: np.datetime64,
    day: np.datetime64,
) -> pd.DataFrame:
    panel = market.panel
    numbers = numbers_of(rule, config.sizing, panel.n_declared)
    arrays = arrays_of(rule, panel, config.regime, config.sizing)
    enters = arrays.may_enter & (arrays.measure <= numbers.enter_at)
    frame = signal_frame(panel, signals, rule, (0, panel.n_rows)).groupby("symbol").last()
    rates = base_rates(panel, signals, rule, (0, panel.n_rows))
    ends = half_life_ends(panel, signals, rule)
    lines = []
    for column in panel.targets:  # a copy or a leg of a name stands in its own row
        symbol = panel.names[column]
        row = int(panel.priced_rows(column)[-1])
        last: Any = frame.loc[symbol]
        is_in = bool(enters[row, column])
        weight = numbers.weight * float(arrays.multiplier[row, column]) if is_in else 0.0
        behind = _behind(panel, row, column, day)
        why = _why(last, rule, is_in) + (_size(arrays, row, column) if is_in else "")
        rolling = _own_lag(panel, signals, column, row, window=rule.gap_window)
        anchored = _own_lag(panel, signals, column, row, since=anchor)
        lines.append(
            {
                "symbol": symbol,
                "session": panel.session[row, column],
                "behind": behind,
                "lag_ratio": rolling.ratio,
                "lag_points": rolling.points,
                "anchored_ratio": anchored.ratio,
                "anchored_points": anchored.points,
                **{key: float(last[key]) for key in ("gap", "z", "half_life")},
                "half_life_low": ends[symbol][0],
                "half_life_high": ends[symbol][1],
                **{key: float(last[key]) for key in ("beta_metal", "beta_market", "coverage")},
                "score": float(last["score"]),
                "state": str(last["state"]),
                "weight": weight,
                "is_in": is_in,
                "by_lag": bool(rolling.ratio <= -rule.lag_in),
                "base_rate": rates[symbol]["observed"],
                "noise_rate": rates[symbol]["noise"],
                "why": f"{why}; {_stale(symbol, panel.session[row, column], behind)}"
                if behind
                else why,
                **{name: float(values[row, column]) for name, values in signals.more.items()},
            }
        )
    table = pd.DataFrame(lines)
    return table.sort_values(["z", "symbol"], na_position="last").reset_index(drop=True)


def _own_lag(
    panel: Any, signals: Signals, name: int, row: int, *, window: int = 0, since: Any = None
) -> Lag:
    """Return how a name's run of returns did against its basket, over sessions or since a date."""
    rows = panel.priced_rows(name)
    rows = rows[rows <= row]
    run = signals.run[rows, name]
    rows = rows[(run == run[-1]) & (run >= 0)]
    if since is not None:
        place = int(np.searchsorted(panel.session[rows, name], since, side="right")) - 1
    else:
        place = len(rows) - 1 - window
    if place < 0:
        return Lag(np.nan, np.nan)
    ends = rows[[place, -1]]
    return lag_between(np.exp(signals.ln_equity[ends, name]), np.exp(signals.ln_basket[ends, name]))


def _why(last: Any, rule: Rule, is_in: bool) -> str:
    if not is_in:
        return str(last["reason"])
    if rule.entry_trigger == "z":
        met = f"trails by z {last['z']:.2f}, {-rule.z_in:g} or less is needed"
    else:
        met = f"lags by {last['lag']:.1%}, {-rule.lag_in:.0%} or less is needed"
    return f"{met}; regime {last['state']}"


def _behind(panel: Panel, row: int, column: int, day: np.datetime64) -> int:
    """Return how many sessions of its exchange a name's last priced row lies before the day."""
    own = clock(panel.listings[column].mic)
    return len(own.sessions(panel.session[row, column].astype("datetime64[D]") + 1, day))


def _stale(symbols: str, session: Any, behind: int) -> str:
    sessions = "session" if behind == 1 else "sessions"
    day = np.datetime64(session, "D")
    return f"last session of {symbols} is {day}, {behind} {sessions} behind"


def _size(arrays: RuleArrays, row: int, column: int) -> str:
    """Say what is left of a full position, where gates or sizing change it."""
    share = float(arrays.multiplier[row, column])
    return "" if share == 1.0 else f"; {share:.2g} of its full size"


def _events(market: Market, regime: Regime, day: np.datetime64) -> pd.DataFrame:
    """Return the announcements of which most is left on the first exchange's session."""
    columns = ("id", "date", "kind", "intensity", "left", "description")
    listing = market.panel.listings[0]
    path = stimulus_path(clock(listing.mic), day, regime, china_events())
    parts = contributions(path, int(path.place(day)), regime)
    order = np.argsort(-np.abs(parts), kind="stable")[:MOST_EVENTS]
    events = path.events
    weights = events.weights(regime.judgement)
    lines = [
        {
            "id": events.ids[i],
            "date": str(events.known_at[i].astype("datetime64[D]")),
            "kind": events.kind[i],
            "intensity": float(weights[i]),
            "left": float(parts[i]),
            "description": events.description[i],
        }
        for i in order
        if abs(parts[i]) >= LEAST_LEFT
    ]
    return pd.DataFrame(lines, columns=list(columns))


def _remarks(
    table: pd.DataFrame, funds: pd.DataFrame, rule: Rule, market: Market, day: np.datetime64
) -> list[str]:
    limit = -rule.lag_in
    remarks = []
    late_rows = table[table["behind"] > 0]
    if len(late_rows):
        groups = late_rows.groupby(["session", "behind"], sort=False)
        words = [
            _stale(", ".join(rows["symbol"]), rows["session"].iloc[0], int(rows["behind"].iloc[0]))
            for _, rows in groups
        ]
        remarks.append(
            f"Stale rows, whose figures and regime are of that session and not of {day}: "
            f"{'; '.join(words)}; no order can follow from them"
        )
    both = [
        (str(row["symbol"]), row["lag_ratio"], row["anchored_ratio"])
        for row in table.to_dict("records")
    ]
    both += [
        (f"{row['fund']} on {row['metal']}", row["lag_ratio"], row["anchored_ratio"])
        for row in funds.to_dict("records")
    ]
    apart = [
        f"{name} {rolling:+.1%} rolling, {anchored:+.1%} since the anchor"
        for name, rolling, anchored in both
        if (rolling <= limit) != (anchored <= limit) and np.isfinite([rolling, anchored]).all()
    ]
    if apart:
        remarks.append(f"Rolling and anchored lags disagree about {limit:.0%}: {'; '.join(apart)}")
    if rule.entry_trigger == "z":
        is_wide = table["z"] <= -rule.z_in
        alone = table.loc[is_wide & ~table["by_lag"]]
        if len(alone):
            said = "; ".join(
                f"{row['symbol']} z {row['z']:.2f} with {row['beta_metal']:.2f} of the metal and "
                f"{row['beta_market']:.2f} of the market off, one for one {row['lag_ratio']:+.1%}"
                for row in alone.to_dict("records")
            )
            remarks.append(f"Trails by z but not by a literal {rule.lag_in:.0%}: {said}")
    late = market.exposure_hindsight(day)
    if late:
        remarks.append(f"Exposures published later are carried back for {', '.join(sorted(late))}")
    return remarks
