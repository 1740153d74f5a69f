"""What a stream costs beside its tokens, and what starting costs: our runtime client and others.

A piece is a token's, as a model that generates says it; the pieces are made beforehand, so that
nothing but their way out is measured: written as OpenAI's event, sent to whoever reads. CPU
seconds are this process's, which sends; a process of its own reads.

Lambda's Web Adapter would stand before an HTTP server in the function. The server's part is
measured here with uvicorn and the same code. The adapter's own process, start and hop are not:
it is a binary from a registry of images that could not be had.
"""

import io
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Generator, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import orjson
import uvicorn
from samovar.adapters.clock import SystemClock
from samovar.bootstrap.loop import answer
from samovar.bootstrap.runtime_api import Invocation, RuntimeApi
from samovar.edges.observe import Observer
from samovar.edges.plain import PlainDoor
from samovar.edges.streaming import StreamDoor
from samovar.service import Service
from samovar.settings import Settings
from samovar.types import Payload
from samovar.wiring import build_store

from benchmarks.cold_processes import Once, infer_function, stream_function
from benchmarks.cold_server import served
from benchmarks.interleave import Sample, turned
from benchmarks.pace import Pace
from benchmarks.places import MEMORY_MB, ROOT, missing_function
from benchmarks.suite import Outcome, Suite, Target, difference, ratio

MODEL = "minilm-small"
_PIECES = 2_000
_BARE, _OURS, _SERVER = "a piece: bare loop", "a piece: our client", "a piece: uvicorn"
_INFER, _STREAM = "cold start: AWS's client", "cold start: our client"
_SERVED = "cold start: uvicorn"
_CHAT = orjson.dumps(
    {"model": "smollm2-int8", "stream": True, "messages": [{"role": "user", "content": "hello"}]}
).decode()
_EVENT = {
    "version": "2.0",
    "rawPath": "/v1/chat/completions",
    "headers": {"content-type": "application/json"},
    "requestContext": {"http": {"method": "POST"}, "requestId": "r", "stage": "$default"},
    "body": _CHAT,
    "isBase64Encoded": False,
}

_READ = """
import sys, urllib.request as ask
for _ in ask.urlopen(ask.Request(sys.argv[1], sys.argv[2].encode())): pass
"""


def said() -> Generator[bytes, None, None]:
    """The pieces of a long text, as a predictor streams them."""
    for number in range(_PIECES - 1):
        yield b'{"text":" word%d"}' % (number % 100)
    counts = {"prompt_tokens": 9, "completion_tokens": _PIECES, "total_tokens": _PIECES + 9}
    yield orjson.dumps({"finish_reason": "stop", "usage": counts})


def measure(pace: Pace) -> Outcome:
    """Seconds a piece, and seconds to the first answer of a fresh process."""
    cold: Mapping[str, Callable[[str], Once]] = {
        _INFER: infer_function,
        _STREAM: stream_function,
        _SERVED: served,
    }
    found: dict[str, list[tuple[float, float]]] = {}
    with _sink() as address, _served() as url:
        ways: dict[str, Callable[[], None]] = {
            _BARE: _bare,
            _OURS: lambda: _ours(address),
            _SERVER: lambda: _server(url),
        }
        for start in (*ways.values(), *(lambda c=c: c(MODEL) for c in cold.values())):
            start()  # the page cache, and code that is compiled when it is first run
        for number in pace:
            for row in turned([*ways, *cold], number):
                if row in ways:
                    took = _timed(ways[row])
                else:
                    once = cold[row](MODEL)
                    took = (once.wall_s, once.cpu_s)
                found.setdefault(row, []).append(took)
    rows = {row: _sample(row, times) for row, times in found.items()}
    return Outcome(rows, notes=(_NOTE,))


def _timed(way: Callable[[], None]) -> tuple[float, float]:
    """Wall and CPU seconds a piece, of this process."""
    wall_s, cpu_s = time.perf_counter(), time.process_time()
    way()
    return (time.perf_counter() - wall_s) / _PIECES, (time.process_time() - cpu_s) / _PIECES


def _sample(row: str, times: list[tuple[float, float]]) -> Sample:
    return Sample(row, tuple(wall for wall, _ in times), tuple(cpu for _, cpu in times))


def _bare() -> None:
    for _ in said():
        pass


def _ours(address: str) -> None:
    invocation = Invocation(orjson.dumps(_EVENT), "r", int(time.time() * 1000) + 60_000)
    door = StreamDoor(*_parts())
    answer(RuntimeApi(address), door.open, invocation)


def _server(url: str) -> None:
    """What is sent is read in a process of its own, as for our client."""
    command = [sys.executable, "-c", _READ, url, _CHAT]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)


class _Talker:
    """A host of models which say what was made beforehand."""

    def stream(self, _model: str, _version: str, _payload: Payload) -> Generator[bytes, None, None]:
        """The pieces."""
        return said()


def _parts() -> tuple[Service, Settings, Observer]:
    settings = Settings(models_dir=ROOT / "models", memory_mb=MEMORY_MB, log_level="ERROR")
    host: Any = _Talker()  # nothing else is asked of it
    service = Service(build_store(settings), host)
    return service, settings, Observer(settings, SystemClock(), io.StringIO())


@contextmanager
def _sink() -> Iterator[str]:
    """The address of a process that reads what a runtime sends."""
    command = [sys.executable, "-m", "benchmarks.streaming_sink"]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as sink:
        assert sink.stdout is not None  # noqa: S101 - tells the types
        yield f"127.0.0.1:{int(sink.stdout.readline())}"
        sink.kill()


@contextmanager
def _served() -> Iterator[str]:
    """The address of the same answers, from uvicorn in a thread of this process."""
    app = PlainDoor(*_parts(), lambda: None)
    config = uvicorn.Config(app, port=0, log_config=None, access_log=False, http="h11")
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    port = server.servers[0].sockets[0].getsockname()[1]
    yield f"http://127.0.0.1:{port}{_EVENT['rawPath']}"
    server.should_exit = True
    thread.join()


_NOTE = (
    "Not measured: Lambda's Web Adapter itself, which would stand before the server; and AWS. "
    f"A text has {_PIECES} pieces; cold starts are of {MODEL}, opened in INIT."
)
SUITE = Suite(
    name="streaming",
    says="A token's way out of a function, beside its making; and the start of the function.",
    measure=measure,
    rounds=11,
    budget_s=90,
    floors={_OURS: _BARE, _SERVER: _BARE, _STREAM: _INFER, _SERVED: _INFER},
    targets=(
        Target(
            "stream_piece",
            "a piece over the bare loop",
            difference(_OURS, _BARE, 1e6),
            100,
            "µs",
        ),
        Target(
            "stream_cold",
            "cold start under our client over AWS's",
            ratio(_STREAM, _INFER),
            1.05,
        ),
    ),
    regular=False,
    missing=missing_function,
)
