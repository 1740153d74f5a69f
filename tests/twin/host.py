"""The twin's parts in this process, for tests: a loop in a thread, functions, servers."""

import asyncio
import http.client
import json
import threading
from collections.abc import Callable, Coroutine
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar

from samovar_cli.twin.application import Application, Cors, Function, Route
from samovar_cli.twin.family import Family
from samovar_cli.twin.functions import Functions
from samovar_cli.twin.gateway import Gateway
from samovar_cli.twin.invocation import Invocation, Outcome, Throttled
from samovar_cli.twin.invoke_api import InvokeApi
from samovar_cli.twin.servers import Servers, listen, url_of
from samovar_cli.twin.site import Site

ROOT = Path(__file__).parent.parent.parent
DATA = ROOT / "tests" / "data" / "twin"
PYTHON = ROOT / ".venvs" / "lambda" / "bin" / "python"
_Result = TypeVar("_Result")


def function(logical: str, **fields: Any) -> Function:
    """A function of tests/data/twin, `probe` unless told otherwise."""
    arn = f"arn:aws:lambda:us-east-1:000000000000:function:app-{logical}"
    made = Function(logical=logical, name=f"app-{logical}", arn=arn, code="functions/probe")
    return replace(made, timeout_s=5, memory_mb=256, **fields)


APPLICATION = Application(
    functions=(
        function("Probe", layers=("layers/own",), environment={"SCRATCH": "/tmp/x", "OWN": "1"}),
        function("Plain"),
        replace(function("Hasty"), timeout_s=0.5),
        function("Reserved", reserved=1),
        function("Broken", code="functions/broken"),
        function("Leaves", code="functions/leaves"),
        function("Nowhere", code="functions/nowhere"),
    ),
    routes=(
        Route("ANY /{proxy+}", "Plain"),
        Route("GET /probe/{one}", "Probe"),
        Route("GET /hasty/sleep/{seconds}", "Hasty"),
        Route("GET /reserved/sleep/{seconds}", "Reserved"),
        Route("GET /broken", "Broken"),
    ),
    cors=Cors(("https://page.example",), ("GET",), ("x-one",), ("x-two",), 60),
)


class Host:
    """Functions and their doors, at work in a thread."""

    def __init__(self, state: Path) -> None:
        self.state = state
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever)
        self._family = Family()
        self._servers = Servers()
        self._thread.start()
        public, inner = listen(0), listen(0)
        self.url, self.lambda_url = url_of(public), url_of(inner)
        self.port = public.getsockname()[1]
        site = Site(
            DATA, PYTHON, state / "tmp", DATA / "models", self.lambda_url, self._family.group
        )
        self.functions = self.run(self._functions(site))
        self.run(self._servers.start(Gateway(APPLICATION, self.functions.invoke), public))
        doors = InvokeApi(APPLICATION, self.functions.invoke, retry_delays_s=(0.05, 0.05))
        self.run(self._servers.start(doors, inner))

    def run(self, work: Coroutine[Any, Any, _Result]) -> _Result:
        """The result of a coroutine in the loop."""
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(60)

    def invoke(self, name: str, event: object) -> Outcome | Throttled:
        """One invocation, past every door."""
        return self.run(self.functions.invoke(name, Invocation(json.dumps(event).encode())))

    def value(self, name: str, event: object) -> Any:
        """What a function answers."""
        outcome = self.invoke(name, event)
        assert isinstance(outcome, Outcome)
        assert not outcome.error, outcome.payload
        return json.loads(outcome.payload)

    def error(self, name: str, event: object) -> dict[str, Any]:
        """The error that an invocation ends in."""
        outcome = self.invoke(name, event)
        assert isinstance(outcome, Outcome)
        assert outcome.error == "Unhandled", outcome.payload
        error: dict[str, Any] = json.loads(outcome.payload)
        return error

    def log(self, name: str) -> str:
        """A function's log so far."""
        return (self.state / "logs" / f"{name}.log").read_text("utf-8")

    def http(
        self, method: str, path: str, body: bytes = b"", **headers: str
    ) -> tuple[int, dict[str, str], bytes]:
        """Status, headers in lower case and body of an HTTP request to the gateway."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        try:
            names = {name.replace("_", "-"): value for name, value in headers.items()}
            connection.request(method, path, body or None, names)
            answer = connection.getresponse()
            return answer.status, {k.lower(): v for k, v in answer.getheaders()}, answer.read()
        finally:
            connection.close()

    def stop(self) -> None:
        """End it all."""
        self.run(self._servers.stop())
        self.run(self.functions.stop())
        self._family.end()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    async def _functions(self, site: Site) -> Functions:
        return Functions(APPLICATION, site, slots=3, logs=self.state / "logs")


def together(calls: list[Callable[[], _Result]]) -> list[_Result]:
    """The results of calls that are made at the same time."""
    results: dict[int, _Result] = {}

    def run(index: int, call: Callable[[], _Result]) -> None:
        results[index] = call()

    threads = [threading.Thread(target=run, args=pair) for pair in enumerate(calls)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return [results[index] for index in range(len(calls))]
