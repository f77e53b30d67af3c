"""Where the command starts, also as `python -m labs`."""

import gc
import os

GC_THRESHOLD = 200_000
"""Objects between two garbage collections. A check makes 115,000 that live until its end: to look through them once
took a tenth of its CPU time."""


def main() -> None:
    """Runs the command line and ends the process with its exit code."""
    os.umask(0o077)  # progress, records and receipts are nobody else's
    gc.set_threshold(GC_THRESHOLD)
    from labs import cli

    cli.main()


if __name__ == "__main__":
    main()
