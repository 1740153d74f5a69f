"""An account in moto, behind a real port."""

import threading
from collections.abc import Callable, Iterable, Iterator
from typing import Any


def moto_url() -> Iterator[str]:
    """Where it listens, until it is closed: a fixture does `yield from` it."""
    from moto.server import (  # seconds of imports, for those who need it alone
        DomainDispatcherApplication,
        MotoRequestHandler,
        create_backend_app,
    )
    from werkzeug.serving import make_server

    app = in_turn(DomainDispatcherApplication(create_backend_app))
    server = make_server("127.0.0.1", 0, app, threaded=True, request_handler=MotoRequestHandler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


def in_turn(app: Callable[..., Iterable[bytes]]) -> Callable[..., Iterable[bytes]]:
    """The application with one request at a time. moto looks (is the condition met, is the
    message visible) and then writes, with nothing to hold off another request in between;
    AWS has no such gap.
    """
    turn = threading.Lock()

    def answer(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        with turn:
            return app(environ, start_response)

    return answer
