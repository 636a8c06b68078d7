"""The command line's first steps: what ends it is heeded from here on.

``python -m variance`` is the same command line.
"""

from __future__ import annotations

import signal
import sys
from types import FrameType


def main() -> None:
    """Run the command line and exit; see `variance.cli.main`."""
    for signum in (signal.SIGTERM, signal.SIGHUP):
        if signal.getsignal(signum) is signal.SIG_DFL:
            signal.signal(signum, _stop)
    try:
        from variance.cli import main as run

        run()
    except KeyboardInterrupt:  # while it was still being imported
        sys.exit(128 + signal.SIGINT)


def _stop(signum: int, frame: FrameType | None) -> None:
    """Leave as after Ctrl-C: what is half done is undone."""
    del frame
    sys.exit(128 + signum)


if __name__ == "__main__":
    main()
