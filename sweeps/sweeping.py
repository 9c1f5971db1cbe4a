"""A sweep from its configuration to its verdict; run again, it goes on where it stood."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from orebound.feeds import Market

from .sweep_config import SweepConfig
from .sweep_result import Sweep


class Tick(NamedTuple):
    """How far a sweep is; `words` say what happens, `is_note` whether they are worth keeping."""

    words: str
    done: int
    total: int
    is_note: bool = False


Progress = Callable[[Tick], None]


def sweep(
    config: SweepConfig,
    *,
    market: Market | None = None,
    out: Path | None = None,
    results: Path = Path("results"),
    jobs: int | None = None,
    verify: int | None = None,
    engine: str = "local",
    address: str = "",
    progress: Progress | None = None,
) -> Sweep:
    """Return a sweep's results; what is on disk already is not run again.

    Parameters
    ----------
    market : Market, optional
        Used instead of what ``[data]`` names.
    out : Path, optional
        The sweep directory; by default ``results/sweeps/<name>-<id>``, where the id stands for
        data, code and parameters: the same sweep finds itself again, a changed one starts anew.
        Another sweep found in `out` is put aside, never mixed with this one.
    jobs : int, optional
        Threads, and processes for runs through backtrader; by default one a core.
    verify : int, optional
        Combinations at random, and as many of the best, run again through real backtrader.
    engine : str
        ``local``, or ``dask`` with the `address` of a scheduler.
    progress : callable, optional
        Called with a `Tick` after each chunk and before each stage.

    Raises
    ------
    ConfigError, DataRefused
        Before anything runs.
    WorkersFailed
        If no process for runs through backtrader can be made ready.
    VerificationFailed
        If real backtrader does not confirm a combination.
    KeyboardInterrupt
        Within seconds; whole parts stay, and the same call goes on from them.
    """
    # The compiler and the store take a second to import, which a single backtest does not need.
    from .sweep_run import run_sweep

    return run_sweep(
        config,
        market=market,
        out=out,
        results=results,
        jobs=jobs,
        verify=verify,
        engine=engine,
        address=address,
        progress=progress,
    )


class Readied(NamedTuple):
    """The compiled replay on this machine.

    Attributes
    ----------
    width : int
        Combinations that run side by side in the lanes.
    seconds : dict of str to float
        What compiling each form took just now: ``lanes``, ``scalar``, ``legs`` (with hedge legs
        and caps of the book); 0 for one that was ready.
    """

    width: int
    seconds: dict[str, float]


def prepare_replay() -> Readied:
    """Compile what sweeps need for this processor where it is not yet; say of each form."""
    from .ahead import leave_mark, turn_to_compile
    from .judgement import make_ready
    from .replay.many import lane_width
    from .replay.ready import FORMS, compile_now, is_compiled

    made: dict[str, float] = {}
    with turn_to_compile():
        for form in FORMS:
            was_ready = is_compiled(form)
            seconds = compile_now(form)
            made[form] = 0.0 if was_ready else seconds
        make_ready()
        leave_mark()
    return Readied(lane_width(), made)


def open_sweep(path: str | Path, market: Market | None = None) -> Sweep:
    """Return a sweep from its directory.

    Parameters
    ----------
    market : Market, optional
        For sweeps that were given their market: needed for curves and trades only.
    """
    from .prepared import Workshop

    found = Sweep(Path(path))
    return found if market is None else Sweep(found.path, Workshop(found.config.base, market))
