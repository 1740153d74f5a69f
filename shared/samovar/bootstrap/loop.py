"""The life of a function's process: a handler is made, and then asked, event after event."""

import importlib
import sys
from collections.abc import Callable, MutableMapping
from contextlib import closing, suppress
from typing import Any

import orjson

from samovar.bootstrap.runtime_api import Invocation, RuntimeApi, Stream
from samovar.bootstrap.wire import Broken
from samovar.edges.streaming import Opened

Open = Callable[[Any, Invocation], Opened]
_TRACE = "_X_AMZN_TRACE_ID"


def run(environment: MutableMapping[str, str]) -> None:
    """Answer events until there are none. Raises SystemExit where the function does not start."""
    with closing(RuntimeApi(environment["AWS_LAMBDA_RUNTIME_API"])) as api:
        try:
            opened = _opener(environment["_HANDLER"])
        except BaseException as error:  # noqa: BLE001 - SystemExit too: the platform is told
            _log(error)
            sys.stderr.write(f"{error}\n")  # an operator's, not a client's: a setting, a module
            api.fail_init(error)
            sys.exit(1)
        with suppress(Broken):  # the platform has gone: there is nobody to work for
            while True:
                invocation = api.next()
                environment[_TRACE] = invocation.trace_id
                answer(api, opened, invocation)


def _opener(name: str) -> Open:
    """What opens an answer: the `open` of the handler, which `name` leads to."""
    module, _, attribute = name.rpartition(".")
    handler = getattr(importlib.import_module(module.replace("/", ".")), attribute)
    opened: Open = handler.open
    return opened


def answer(api: RuntimeApi, opened: Open, invocation: Invocation) -> None:
    """One invocation, answered as far as there is somebody to answer."""
    try:
        reply = opened(orjson.loads(invocation.event), invocation)
    except Exception as error:  # noqa: BLE001 - no error of one event ends the process
        _log(error)
        api.fail(invocation.aws_request_id, error)
        return
    with closing(reply.pieces):
        try:
            stream = api.answer(invocation.aws_request_id, reply.prelude)
            with closing(stream):
                _send(stream, reply)
        except Broken:
            return  # whoever asked has gone: what is not made yet is not made


def _send(stream: Stream, reply: Opened) -> None:
    try:
        for piece in reply.pieces:
            stream.write(piece)
    except Broken:
        raise
    except Exception as error:  # noqa: BLE001 - told to the platform: half of it has been sent
        _log(error)
        stream.end(error)
    else:
        stream.end()


def _log(error: BaseException) -> None:
    """Where it happened, for the log; not what it says, which might be a client's words."""
    import traceback  # which a start does not wait for

    sys.stderr.write(f"{type(error).__name__}\n")
    traceback.print_tb(error.__traceback__)
