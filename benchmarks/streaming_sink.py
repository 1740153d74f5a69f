"""Reads streams as fast as it can, in a process of its own: `python -m benchmarks.streaming_sink`.

It prints its port, and for each stream that has ended a line with its seconds from the first
byte to the last and its bytes. A connection is a runtime's answer, which is told 202.
"""

import socket
import sys
import time

_END = b"\r\n0\r\n\r\n"
_ACCEPTED = b"HTTP/1.1 202 Accepted\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
_BLOCK_BYTES = 1 << 20


def main() -> None:
    """Read streams until standard input ends."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        print(listening.getsockname()[1], flush=True)
        while True:
            with listening.accept()[0] as connection:
                print(*drained(connection), flush=True)
                connection.sendall(_ACCEPTED)


def drained(connection: socket.socket) -> tuple[float, int]:
    """Seconds from the first byte to the last of a body in chunks, and all of its bytes."""
    size, tail, start = 0, b"", 0.0
    while block := connection.recv(_BLOCK_BYTES):
        start = start or time.perf_counter()
        size += len(block)
        tail = (tail + block)[-len(_END) :]
        if tail == _END:
            break
    return time.perf_counter() - start, size


if __name__ == "__main__":
    sys.exit(main())
