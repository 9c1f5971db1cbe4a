"""The process that draws with pyfolio: a task comes in, its work goes out, then it ends.

Run by `pyfolio_process.Drawer` alone; what passes through its pipes never was a file.
"""

from __future__ import annotations

import gc
import os
import pickle
import sys

from .pyfolio_quiet import pyfolio_modules
from .pyfolio_work import work


def main() -> None:
    """Import what is slow, wait for the task, answer."""
    gc.disable()  # it does one thing and ends
    # Whatever a library prints must not end up inside the answer.
    answer = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    # empyrical would import it to download prices, half a second for what is never asked.
    sys.modules["yfinance"] = None  # type: ignore[assignment]
    pyfolio_modules()
    task = sys.stdin.buffer.read()
    if not task:
        return
    with answer:
        pickle.dump(work(pickle.loads(task)), answer)  # noqa: S301 - the parent's own pipe


if __name__ == "__main__":
    main()
