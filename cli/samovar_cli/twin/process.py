"""One process of a function, under AWS's own runtime client, or what its wrapper starts."""

import asyncio
import contextlib
import os
import re
import shutil
import signal
import subprocess
from pathlib import Path
from typing import Any

from samovar_cli.twin.application import Function
from samovar_cli.twin.logs import ProcessLog
from samovar_cli.twin.site import Site, variables

_WRAPPER = "AWS_LAMBDA_EXEC_WRAPPER"
_PEAK = re.compile(r"VmHWM:\s+(\d+) kB")


class FunctionProcess:
    """A running process with the folder that is its /tmp."""

    def __init__(self, process: asyncio.subprocess.Process, tmp: Path) -> None:
        self._process = process
        self._tmp = tmp
        self.exited = asyncio.ensure_future(process.wait())
        """Done when the process is gone."""

    @property
    def pid(self) -> int:
        """Its number."""
        return self._process.pid

    @property
    def gone(self) -> bool:
        """Whether it has ended: the system knows a moment before `exited` does."""
        if self.exited.done():
            return True
        try:
            os.kill(self.pid, 0)
        except ProcessLookupError:
            return True
        return False

    def how(self) -> str:
        """How it ended, in Lambda's words."""
        code = self.exited.result()
        if code < 0:
            return f"with error: signal: {signal.Signals(-code).name.removeprefix('SIG').lower()}"
        return f"with error: exit status {code}" if code else "without providing a reason"

    def peak_mb(self) -> int:
        """The most memory it has held, in MB; 0 where the system does not tell."""
        try:
            status = Path(f"/proc/{self.pid}/status").read_text("ascii")
        except OSError:
            return 0
        found = _PEAK.search(status)
        return -(-int(found[1]) // 1024) if found else 0

    def kill(self, unless: "asyncio.Future[Any]") -> None:
        """SIGKILL, out of the blue, unless what it was at is done."""
        if not unless.done():
            with contextlib.suppress(ProcessLookupError):
                self._process.kill()

    async def end(self) -> None:
        """Kill it and remove its folder."""
        with contextlib.suppress(ProcessLookupError):
            self._process.kill()
        await asyncio.wait((self.exited,))
        shutil.rmtree(self._tmp, ignore_errors=True)


async def spawn(
    function: Function, site: Site, name: str, api: str, log: ProcessLog
) -> FunctionProcess:
    """Start a process that asks `api` for events and sees only what its function may see."""
    tmp = site.scratch / name
    tmp.mkdir(parents=True, exist_ok=True)
    environment = {**variables(function, site, tmp), "AWS_LAMBDA_RUNTIME_API": api}
    wrapper = environment.get(_WRAPPER)  # called with the command that it stands before
    process = await asyncio.create_subprocess_exec(
        *([wrapper] if wrapper else []),
        str(site.python),
        "-m",
        "awslambdaric",
        function.handler,
        cwd=site.root / function.code,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=log.output,
        stderr=log.output,
        process_group=site.group,
    )
    log.release()
    return FunctionProcess(process, tmp)
