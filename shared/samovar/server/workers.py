"""Several processes behind one port: started, watched, started again, ended together."""

import os
import signal
import socket
import sys
import threading
import time
import traceback
from collections.abc import Callable, Sequence
from typing import NoReturn

_BACKLOG = 2048
_SOON_S = 5.0
"""A process that ends sooner could not begin; the next one waits, and after a few all end."""
_TRIES = 3
_WAIT_S = 1.0
_ENDS = (signal.SIGTERM, signal.SIGINT)

Serve = Callable[[socket.socket], None]


def listen(host: str, port: int, count: int = 1) -> list[socket.socket]:
    """Sockets that listen at one address, one a process; port 0 is any that is free.

    Where the kernel deals connections out (Linux), each process has a socket of its own, because
    of one that is shared, whoever wakes up first takes all that wait. Raises OSError.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    first = _bind(family, host, port, shared=False)  # refuses a port that another program has
    if count == 1 or not sys.platform.startswith("linux"):
        first.listen(_BACKLOG)
        return [first] * count
    port = first.getsockname()[1]
    first.close()
    found = [_bind(family, host, port, shared=True) for _ in range(count)]
    for each in found:
        each.listen(_BACKLOG)
    return found


def _bind(family: int, host: str, port: int, *, shared: bool) -> socket.socket:
    # asyncio turns Nagle's delay of 40 ms off only where the protocol is named.
    made = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    if shared:
        made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    try:
        made.bind((host, port))
    except BaseException:
        made.close()
        raise
    return made


class Workers:
    """Processes that serve, one a socket. They share no memory but what they map.

    This process does nothing else, and imports nothing that starts a thread: it forks.
    """

    def __init__(self, serve: Serve, sockets: Sequence[socket.socket]) -> None:
        self._serve = serve
        self._sockets = sockets
        self._running: dict[int, tuple[int, float]] = {}  # process: its place, since when
        self._failed = 0
        self._ending = False
        self._lifeline, self._own_end = os.pipe()

    def run(self) -> int:
        """Until SIGTERM or SIGINT, and then until each has ended; the exit status."""
        for number in _ENDS:
            signal.signal(number, self._end)
        for place in range(len(self._sockets)):
            self._start(place)
        while self._running:
            process, status = os.waitpid(-1, 0)
            self._ended(process, os.waitstatus_to_exitcode(status))
        return 1 if self._failed >= _TRIES else 0

    def _start(self, place: int) -> None:
        # A signal between the fork and the note of it would not reach the new process.
        signal.pthread_sigmask(signal.SIG_BLOCK, _ENDS)
        process = os.fork()
        if process == 0:
            self._be_worker(self._sockets[place])
        self._running[process] = place, time.monotonic()
        signal.pthread_sigmask(signal.SIG_UNBLOCK, _ENDS)

    def _be_worker(self, own: socket.socket) -> NoReturn:
        """What the new process does, to its end."""
        status = 1
        try:
            os.setpgid(0, 0)  # Ctrl-C is for the parent, which tells the others
            for number in _ENDS:
                signal.signal(number, signal.SIG_DFL)
            signal.pthread_sigmask(signal.SIG_UNBLOCK, _ENDS)
            os.close(self._own_end)
            threading.Thread(target=_follow, args=(self._lifeline,), daemon=True).start()
            for other in self._sockets:
                if other is not own:
                    other.close()
            self._serve(own)
            status = 0
        except BaseException:  # noqa: BLE001 - it must never come back into the parent's code
            traceback.print_exc()
        finally:
            sys.stdout.flush()
            os._exit(status)

    def _ended(self, process: int, status: int) -> None:
        """One of them has ended; another takes its place, and its socket with what waits there."""
        place, since_s = self._running.pop(process, (-1, 0.0))
        if self._ending or place < 0:
            return
        sys.stderr.write(f"worker {process} ended with status {status}\n")
        self._failed = self._failed + 1 if time.monotonic() - since_s < _SOON_S else 0
        if self._failed >= _TRIES:
            self._end()
            return
        if self._failed:
            time.sleep(_WAIT_S)
        if not self._ending:  # a signal may have come meanwhile
            self._start(place)

    def _end(self, *_signal: object) -> None:
        """Tell each to end; told again, they end at once."""
        self._ending = True
        for process in list(self._running):
            os.kill(process, signal.SIGTERM)
        for each in self._sockets:
            each.close()


def _follow(lifeline: int) -> None:
    """End when the parent does, however it ends."""
    os.read(lifeline, 1)
    os.kill(os.getpid(), signal.SIGTERM)
