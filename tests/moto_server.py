"""An account in moto, behind a real port."""

from collections.abc import Iterator


def moto_url() -> Iterator[str]:
    """Where it listens, until it is closed: a fixture does `yield from` it."""
    from moto.server import ThreadedMotoServer  # seconds of imports, for those who need it alone

    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()
