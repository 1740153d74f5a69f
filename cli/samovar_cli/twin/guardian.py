"""Run as a script: waits until its parent is gone, then ends its own process group.

The parent holds the other end of standard input and puts every process it starts into this
process's group. However the parent ends (SIGKILL too), the pipe closes and nothing is left.
"""

import os
import signal
import sys


def main() -> None:
    """Wait for the end of standard input, then kill the group."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    sys.stdin.buffer.read()
    os.killpg(0, signal.SIGKILL)


if __name__ == "__main__":
    main()
