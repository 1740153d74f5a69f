"""The application's functions with their environments."""

import asyncio
from collections.abc import Mapping
from pathlib import Path

from samovar.errors import CommandFailed

from samovar_cli.twin.application import Application, Function
from samovar_cli.twin.environment import Environment
from samovar_cli.twin.invocation import Invocation, Outcome, Throttled
from samovar_cli.twin.logs import FunctionLog
from samovar_cli.twin.pool import Pool
from samovar_cli.twin.site import Site


class Functions:
    """Every function of an application, ready to be invoked."""

    def __init__(self, application: Application, site: Site, slots: int, logs: Path) -> None:
        self.application = application
        self._site = site
        self._logs = {
            function.logical: FunctionLog(logs / f"{function.logical}.log")
            for function in application.functions
        }
        self._pools = {
            function.logical: self._pool(function, slots) for function in application.functions
        }

    async def invoke(self, logical: str, invocation: Invocation) -> Outcome | Throttled:
        """What a function makes of an event; KeyError for a function that there is not."""
        return await self._pools[logical].invoke(invocation)

    async def prewarm(self) -> Mapping[str, Outcome]:
        """One environment behind each route; the errors of those whose INIT fails, by name."""
        names = [function.logical for function in self.application.routed()]
        faults = await asyncio.gather(*(self._pools[name].prewarm() for name in names))
        return {name: fault for name, fault in zip(names, faults, strict=True) if fault}

    async def restart(self) -> Mapping[str, Outcome]:
        """New environments in place of all there are; what is being answered is finished."""
        await asyncio.gather(*(pool.retire() for pool in self._pools.values()))
        return await self.prewarm()

    async def stop(self) -> None:
        """End every process."""
        await asyncio.gather(*(pool.stop() for pool in self._pools.values()))
        for log in self._logs.values():
            log.close()

    def _pool(self, function: Function, slots: int) -> Pool:
        log = self._logs[function.logical]
        return Pool(lambda: Environment(function, self._site, log), slots, function.reserved)


def check_started(faults: Mapping[str, Outcome], logs: Path) -> None:
    """Raises CommandFailed with the reason of each function that does not start."""
    if faults:
        reasons = "\n".join(
            f"  {name}: {fault.payload.decode('utf-8', 'replace')}\n  its log: {logs / name}.log"
            for name, fault in faults.items()
        )
        raise CommandFailed(f"functions do not start:\n{reasons}")
