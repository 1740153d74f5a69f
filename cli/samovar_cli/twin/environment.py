"""An execution environment: one process, one invocation at a time, as Lambda runs it."""

import asyncio
import itertools
import math
import os
import time

from samovar_cli.twin.application import Function
from samovar_cli.twin.invocation import Invocation, Outcome, failure
from samovar_cli.twin.logs import FunctionLog, ProcessLog
from samovar_cli.twin.process import FunctionProcess, spawn
from samovar_cli.twin.runtime_api import RuntimeApi, deadline_ms
from samovar_cli.twin.site import Site

_INIT_LIMIT_S = 10.0
_NUMBERS = itertools.count(1)


class Environment:
    """One process of a function and the platform's side of it."""

    def __init__(self, function: Function, site: Site, log: FunctionLog) -> None:
        self._function = function
        self._site = site
        self._log = ProcessLog(log)
        self._api = RuntimeApi(function.arn)
        self._process: FunctionProcess | None = None
        self._init_ms: float | None = None  # told in the first report only

    @property
    def alive(self) -> bool:
        """Whether it can take an invocation."""
        gone = self._process is None or self._process.gone
        return not gone and not self._api.refused

    @property
    def pid(self) -> int:
        """Its process; 0 before INIT."""
        return self._process.pid if self._process else 0

    async def start(self) -> Outcome | None:
        """INIT, until the process asks for its first event; the error when it does not."""
        began = time.perf_counter()
        name = f"{self._function.logical}-{os.getpid()}-{next(_NUMBERS)}"
        self._log.line(f"INIT_START Runtime Version: {self._function.runtime} (local)")
        try:
            address = await self._api.open()
            self._process = await spawn(self._function, self._site, name, address, self._log)
            fault = await self._initialised(self._process)
        except OSError as fault_of_spawn:  # no such interpreter or folder, no more processes
            fault = failure("Runtime.InvalidEntrypoint", str(fault_of_spawn))
        self._init_ms = (time.perf_counter() - began) * 1000
        if fault is not None:
            text = fault.payload.decode("utf-8", "replace")
            self._log.line(f"INIT_REPORT Init Duration: {self._init_ms:.2f} ms Error: {text}")
        return fault

    async def invoke(self, invocation: Invocation) -> Outcome:
        """The answer. An invocation that runs over its time takes the process with it."""
        process = self._running()
        self._log.begin()
        self._log.line(f"START RequestId: {invocation.request_id} Version: $LATEST")
        began = time.perf_counter()
        answer = self._api.send(invocation, deadline_ms(self._function.timeout_s))
        if invocation.killed_after_s is not None:
            asyncio.get_running_loop().call_later(invocation.killed_after_s, process.kill, answer)
        await asyncio.wait(
            (answer, process.exited),
            timeout=self._function.timeout_s,
            return_when=asyncio.FIRST_COMPLETED,
        )
        took_ms = (time.perf_counter() - began) * 1000
        outcome = answer.result() if answer.done() else self._lost(invocation.request_id)
        self._log.line(self._report(invocation.request_id, took_ms))
        if not answer.done():
            await process.end()
        return Outcome(outcome.payload, outcome.error, self._log.tail())

    async def stop(self) -> None:
        """End the process, and all that belongs to it here."""
        if self._process is not None:
            await self._process.end()
        await self._api.close()
        self._log.close()

    def _running(self) -> FunctionProcess:
        assert self._process is not None  # noqa: S101 - started before it is invoked
        return self._process

    async def _initialised(self, process: FunctionProcess) -> Outcome | None:
        limit_s = _INIT_LIMIT_S + self._function.timeout_s
        await asyncio.wait(
            (self._api.ready, process.exited),
            timeout=limit_s,
            return_when=asyncio.FIRST_COMPLETED,
        )
        if self._api.ready.done():
            return self._api.ready.result()
        if process.exited.done():
            return failure("Runtime.ExitError", f"Runtime exited {process.how()}")
        return failure("Sandbox.Timedout", f"INIT took longer than {limit_s:g} seconds")

    def _lost(self, request_id: str) -> Outcome:
        """The error of an invocation without an answer: the process exited, or ran out of time."""
        process = self._running()
        if process.exited.done():
            kind, message = "Runtime.ExitError", f"Runtime exited {process.how()}"
        else:
            limit_s = self._function.timeout_s
            kind, message = "Sandbox.Timedout", f"Task timed out after {limit_s:.2f} seconds"
        self._log.line(f"RequestId: {request_id} Error: {message}")
        return failure(kind, message, request_id)

    def _report(self, request_id: str, took_ms: float) -> str:
        peak_mb, size_mb = self._running().peak_mb(), self._function.memory_mb
        parts = [
            f"END RequestId: {request_id}\nREPORT RequestId: {request_id}",
            f"Duration: {took_ms:.2f} ms",
            f"Billed Duration: {math.ceil(took_ms + (self._init_ms or 0))} ms",
            f"Memory Size: {size_mb} MB",
            f"Max Memory Used: {peak_mb} MB",
        ]
        if self._init_ms is not None:
            parts.append(f"Init Duration: {self._init_ms:.2f} ms")
            self._init_ms = None
        if peak_mb > size_mb:
            parts.append("Error: over its memory size, Lambda would have ended it")
        return "\t".join(parts)
