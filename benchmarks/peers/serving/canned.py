"""What the client and the kernel take by themselves: one answer, sent again.

No parser and no event loop: bytes in until a request is whole, bytes out.
"""

import os
import re
import select
import socket

_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)


def main() -> None:
    """Serve until killed."""
    listener = socket.create_server(("127.0.0.1", int(os.environ["PORT"])))
    poll = select.epoll()
    poll.register(listener.fileno(), select.EPOLLIN)
    clients: dict[int, socket.socket] = {}
    parts: dict[int, bytes] = {}
    answer = b""
    while True:
        for number, _ in poll.poll():
            if number == listener.fileno():
                client = listener.accept()[0]
                client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                clients[client.fileno()], parts[client.fileno()] = client, b""
                poll.register(client.fileno(), select.EPOLLIN)
                continue
            got = parts[number] + (new := clients[number].recv(1 << 18))
            if not new:
                poll.unregister(number)
                clients.pop(number).close()
            elif whole(got):
                answer = answer or answered(got)
                clients[number].sendall(answer)
                got = b""
            parts[number] = got


def whole(got: bytes) -> bool:
    """Whether these bytes are a request to its end."""
    head = got.find(b"\r\n\r\n")
    length = _LENGTH.search(got, 0, head + 2) if head > 0 else None
    return length is not None and len(got) >= head + 4 + int(length[1])


def answered(request: bytes) -> bytes:
    """The answer of the bare handler, with a head around it."""
    from bare import infer

    body = infer(request.partition(b"\r\n\r\n")[2])
    head = f"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {len(body)}"
    return f"{head}\r\n\r\n".encode() + body


if __name__ == "__main__":
    main()
