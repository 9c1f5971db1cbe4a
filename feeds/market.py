"""A market: a universe, its audited series and the panel they make."""

from __future__ import annotations

import pkgutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Unpack

import numpy as np
import pandas as pd

from .errors import ConfigError
from .factors import ExchangeRates
from .feed import PanelFeed
from .known import KnownSeries
from .lines import Line, name_lines, traded_by
from .market_options import MarketOptions, lists_options
from .market_parts import Parts, gather
from .market_words import gaps_in_words, series_frame
from .panel import DEFAULT_LATENCY, Panel, build_panel
from .series import Finding, Series
from .universe import Universe
from .universe_files import load_universe

#: The room above that dresses feeds with costs and signal lines; named, not imported, so that
#: imports keep running one way.
OUTFITTER = "orebound.strategies.outfit:dress"


def _unchanged(series: KnownSeries) -> KnownSeries:
    return series


@dataclass(frozen=True, eq=False)
class Market:
    """Everything a run knows about prices.

    Made by `Market.sample`, `Market.csv`, `Market.yahoo` or `Market.frames`.

    Attributes
    ----------
    source : str
        ``sample``, ``csv``, ``yahoo`` or ``frames``.
    universe : Universe
    parts : Parts
        The audited series by role, and what was left out.
    panel : Panel
    allow_hindsight : bool
        Whether runs may start before the universe's names were published.
    """

    source: str
    universe: Universe
    parts: Parts
    panel: Panel
    allow_hindsight: bool = False
    latency: np.timedelta64 = field(default=DEFAULT_LATENCY)
    end: Any = None  # the moment up to which time has passed; None: the last close
    _arranged: dict[tuple[Line, ...], Market] = field(init=False, repr=False, default_factory=dict)

    @classmethod
    def _load(
        cls,
        source: str,
        loader: Any,
        universe: str | Path | Universe,
        *,
        base_currency: str = "USD",
        skip_missing: bool = False,
        allow_hindsight: bool = False,
        metals: Mapping[str, str] | None = None,
        market: str | None = None,
        latency_minutes: float = 5.0,
        end: Any = None,
        extra: Sequence[str] = (),
        known: Mapping[str, str] | None = None,
        releases: Mapping[str, str] | None = None,
        hedges: Sequence[str] = (),
    ) -> Market:
        chosen = (
            universe
            if isinstance(universe, Universe)
            else load_universe(
                universe,
                source="yahoo" if source == "yahoo" else "csv",
                metals=metals,
                market=market,
            )
        )
        if source == "sample":
            # Its prices are invented: what happened to the real companies says nothing of them.
            chosen = replace(chosen, vetoes=())
        parts = gather(
            loader,
            chosen,
            base_currency=base_currency,
            skip_missing=skip_missing,
            extra=extra,
            known=known,
            releases=releases,
            hedges=hedges,
        )
        latency = np.timedelta64(round(latency_minutes * 60e9), "ns")
        whole = cls._of(source, chosen, parts, allow_hindsight, latency, None)
        return whole if end is None else whole.known_by(_end_of_day(end))

    @classmethod
    @lists_options(_load)
    def sample(
        cls, universe: str | Path | Universe = "nyse-miners", **options: Unpack[MarketOptions]
    ) -> Market:
        """Return the embedded synthetic market; everything made from it says so."""
        from .sources.loaders import SampleLoader

        return cls._load("sample", SampleLoader(), universe, **options)

    @classmethod
    @lists_options(_load)
    def csv(
        cls,
        folder: str | Path,
        universe: str | Path | Universe = "nyse-miners",
        **options: Unpack[MarketOptions],
    ) -> Market:
        """Return a market from a folder of local price files."""
        from .sources.loaders import CsvLoader

        return cls._load("csv", CsvLoader(Path(folder)), universe, **options)

    @classmethod
    @lists_options(_load)
    def yahoo(
        cls,
        universe: str | Path | Universe = "nyse-miners",
        *,
        store: Any = None,
        **options: Unpack[MarketOptions],
    ) -> Market:
        """Return a market from the local store that ``orebound fetch`` fills; no network."""
        from .sources.loaders import StoreLoader

        return cls._load("yahoo", StoreLoader(store), universe, **options)

    @classmethod
    @lists_options(_load)
    def frames(
        cls,
        frames: Mapping[str, pd.DataFrame],
        universe: str | Path | Universe = "nyse-miners",
        **options: Unpack[MarketOptions],
    ) -> Market:
        """Return a market from frames by symbol, columns as in local price files."""
        from .sources.loaders import FrameLoader

        return cls._load("frames", FrameLoader(frames), universe, **options)

    @classmethod
    def _of(
        cls,
        source: str,
        universe: Universe,
        parts: Parts,
        allow_hindsight: bool,
        latency: np.timedelta64,
        end: Any,
        lines: tuple[Line, ...] = (),
    ) -> Market:
        panel = build_panel(
            universe,
            traded_by(lines, parts.traded, parts.hedges) if lines else parts.traded,
            lines=lines,
            extra=parts.extra,
            known=parts.known,
            metals=parts.metals,
            market=parts.market,
            rates=ExchangeRates(parts.pairs, parts.base_currency),
            latency=latency,
            end=end,
        )
        return cls(source, universe, parts, panel, allow_hindsight, latency, end)

    # -- what it is ---------------------------------------------------------------------------

    @property
    def names(self) -> tuple[str, ...]:
        """Symbols of the listings that can be traded."""
        return self.panel.names

    @property
    def synthetic(self) -> bool:
        return any(series.facts.synthetic for series in self.parts.all_series().values())

    @property
    def excluded(self) -> dict[str, str]:
        """Symbols left out, with the reason."""
        return self.parts.excluded

    @property
    def warnings(self) -> tuple[str, ...]:
        """What its making had to assume or leave out, calendars that end too early among it."""
        last = self.panel.closes[-1]
        clocks = {series.clock for series in self.parts.all_series().values()}
        ended = sorted({words for one in clocks if (words := one.assumed(last))})
        return (*self.parts.warnings, *ended)

    @property
    def findings(self) -> tuple[Finding, ...]:
        """Everything the audit saw, in the order of the series."""
        return tuple(f for s in self.parts.all_series().values() for f in s.findings)

    def __repr__(self) -> str:
        synthetic = "synthetic " if self.synthetic else ""
        closes = self.panel.closes.astype("datetime64[D]")
        return (
            f"<{synthetic}Market {self.universe.name!r} from {self.source}: "
            f"{', '.join(self.names)}; {len(closes)} rows, {closes[0]} to {closes[-1]}>"
        )

    def _repr_html_(self) -> str:
        return f"<p>{repr(self)[1:-1]}</p>{self.frame().to_html(index=False)}"

    def frame(self) -> pd.DataFrame:
        """Return one row a series: role, symbol, rows, first and last session, unit, clock.

        Of a series with dates of release the sessions are those dates.
        """
        return series_frame(self.parts)

    def gaps_in_words(self, window: tuple[int, int]) -> list[str]:
        """Return what the traded listings' data lack between two panel rows: holes and ends."""
        first, last = self.panel.closes[[window[0], window[1] - 1]].astype("datetime64[D]")
        return gaps_in_words((series for _, series in self.parts.traded), first, last)

    # -- hindsight ----------------------------------------------------------------------------

    def check_start(self, start: Any) -> None:
        """Refuse a start before the universe's names were published.

        Raises
        ------
        ConfigError
            Unless the market was made with ``allow_hindsight=True``.
        """
        valid = self.universe.valid_from
        if valid is None or self.allow_hindsight or np.datetime64(start, "D") >= valid:
            return
        raise ConfigError(
            f"universe {self.universe.name!r} was published on {valid}; a run from "
            f"{np.datetime64(start, 'D')} would know its names in advance. Start on {valid} or "
            "later, or say --allow-hindsight (allow_hindsight=True), which the page will show"
        )

    def exposure_hindsight(self, start: Any) -> dict[str, str]:
        """Return the names whose exposures were published after `start`, with that date."""
        published = self.panel.exposure.published.astype("datetime64[D]")
        return {
            name: str(day)
            for name, day in zip(self.names, published, strict=True)
            if day > np.datetime64(start, "D")
        }

    # -- other times and worlds ---------------------------------------------------------------

    def known_by(self, moment: Any) -> Market:
        """Return the market as it was known at a UTC moment: later rows do not exist."""
        moment = np.datetime64(moment, "ns")
        return self.rebuilt(
            lambda series: series.known_by(moment), lambda known: known.until(moment), end=moment
        )

    def rebuilt(
        self,
        change: Callable[[Series], Series | None],
        change_known: Callable[[KnownSeries], KnownSeries] = _unchanged,
        end: Any = None,
    ) -> Market:
        """Return the market with every series changed; those changed to None are gone."""
        return self._of(
            self.source,
            self.universe,
            self.parts.changed(change, change_known),
            self.allow_hindsight,
            self.latency,
            end,
        )

    def arranged(self, lines: tuple[Line, ...] | None) -> Market:
        """Return the same parts with a panel of these columns; made once.

        Parameters
        ----------
        lines : tuple of Line or None
            None for the market's names.

        Raises
        ------
        ConfigError
            If the lines do not fit together, or trade what the market does not have.
        """
        lines = name_lines([s.symbol for _, s in self.parts.traded]) if lines is None else lines
        if lines == self.panel.lines:
            return self
        if lines not in self._arranged:
            made = self._of(
                self.source,
                self.universe,
                self.parts,
                self.allow_hindsight,
                self.latency,
                self.end,
                lines,
            )
            panel = replace(made.panel, n_declared=self.panel.n_declared)
            self._arranged[lines] = replace(made, panel=panel)
        return self._arranged[lines]

    # -- backtrader ---------------------------------------------------------------------------

    def add_to(
        self,
        cerebro: Any,
        *,
        start: Any = None,
        end: Any = None,
        rule: Any = None,
        regime: Any = None,
        costs: Any = None,
        fast: bool = True,
    ) -> list[PanelFeed]:
        """Add one feed a listing to a Cerebro, with signal lines and dated costs.

        Parameters
        ----------
        start, end : date-like, optional
            First possible decision and last session; earlier rows serve as warm-up only.
        rule, regime, costs : Rule, Regime, Costs, optional
            What the lines ``gap, z, beta, stimulus`` and the costs are made with; defaults
            otherwise. A `CatchUp` strategy computes its own signals from its own parameters.
        fast : bool
            Let runs take the fast lane (`feeds.fast_lane`), whose orders, cash and values equal
            backtrader's own bit by bit; a run that it does not cover warns and takes
            backtrader's own loop and broker. False never takes it.

        Raises
        ------
        ConfigError
            If nothing lies between start and end, or the start sees the future of the universe.
        """
        panel = self.panel if rule is None else self.arranged(rule.lines(self)).panel
        first = 0 if start is None else panel.first_row(start)
        last = panel.n_rows if end is None else panel.row_after(end)
        if first >= last:
            days = panel.closes.astype("datetime64[D]")
            raise ConfigError(f"{no_session(start, end)}: the market has {days[0]} to {days[-1]}")
        self.check_start(panel.closes[first])
        feeds = []
        for column, name in enumerate(panel.names):
            # backtrader's metaclass takes the params before __init__ is called.
            feed = PanelFeed(  # type: ignore[call-arg]
                panel=panel, column=column, first_row=first, end_row=last, fast=fast
            )
            if len(feed.rows):
                cerebro.adddata(feed, name=name)
                feeds.append(feed)
        pkgutil.resolve_name(OUTFITTER)(cerebro, feeds, rule=rule, regime=regime, costs=costs)
        return feeds


def no_session(start: Any, end: Any) -> str:
    """Return the words for a span without a session."""
    if end is None:
        return f"no session on or after start {start}"
    return f"no session {'' if start is None else f'from start {start} '}up to end {end}"


def _end_of_day(day: Any) -> np.datetime64:
    return np.datetime64(day, "D") + np.timedelta64(86_399, "s")
