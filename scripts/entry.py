"""The console script: the imports take a second, and Ctrl-C may come within it."""

import atexit
import gc
import sys

INTERRUPTED = 130


def main() -> None:
    """Run the command line `orebound`."""
    # What is imported stays until the end: looking it through for garbage, again and again while
    # it grows and once more before the process ends, would take half a second of every command.
    gc.disable()
    atexit.register(gc.freeze)
    try:
        from orebound.scripts.main import main as run
    except KeyboardInterrupt:
        sys.stderr.write("interrupted: nothing was begun\n")
        sys.exit(INTERRUPTED)
    gc.freeze()
    gc.enable()
    run()
