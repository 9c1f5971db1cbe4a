"""The console script: the imports take a second, and Ctrl-C may come within it."""

import sys

INTERRUPTED = 130


def main() -> None:
    """Run the command line `orebound`."""
    try:
        from orebound.scripts.main import main as run
    except KeyboardInterrupt:
        sys.stderr.write("interrupted: nothing was begun\n")
        sys.exit(INTERRUPTED)
    run()
