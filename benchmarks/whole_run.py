"""One run of the reference rule in a process of its own: ``python -m benchmarks.whole_run ours``.

Prices are invented in the process, which both forms wait for alike. Prints the final value.
"""

from __future__ import annotations

import sys

from benchmarks import reference_rule as reference

FORMS = ("stock", "ours", "prices")


def main(form: str) -> None:
    """Run stock backtrader, ours, or nothing but the invention of the prices."""
    prices = reference.invent()
    if form == "prices":
        return
    if form == "stock":
        cerebro = reference.stock_cerebro(prices, reference.stock_frames(prices))
    else:
        panel = reference.panel_of(prices)
        cerebro = reference.our_cerebro(panel, reference.signals(prices))
    (strategy,) = cerebro.run()
    print(repr(strategy.equity[-1]))


if __name__ == "__main__":
    if sys.argv[1:] and sys.argv[1] in FORMS:
        main(sys.argv[1])
    else:
        sys.exit(f"accepted: one of {', '.join(FORMS)}")
