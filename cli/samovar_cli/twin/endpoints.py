"""SageMaker of one twin: the endpoints that an application names, behind one address."""

import asyncio
from dataclasses import dataclass
from pathlib import Path
from socket import socket

from samovar_cli.twin.application import Application
from samovar_cli.twin.chaos import Trouble
from samovar_cli.twin.heavy import build_endpoint, build_live, endpoint_of, live_name
from samovar_cli.twin.sagemaker.kept import keep_calls, kept_calls
from samovar_cli.twin.sagemaker.live import LiveEndpoint
from samovar_cli.twin.sagemaker.runtime import Runtime
from samovar_cli.twin.sagemaker.server import SageMakerRuntime
from samovar_cli.twin.servers import Servers
from samovar_cli.twin.site import Site


@dataclass(frozen=True, slots=True)
class Folders:
    """Where endpoints find models, write logs, and keep calls from one start to the next."""

    models: Path
    logs: Path
    calls: Path


class Endpoints:
    """The heavy lane's, which sleeps, and the one that streams; neither where none is named."""

    def __init__(self, application: Application, folders: Folders, chaos: Trouble) -> None:
        self._config = endpoint_of(application)
        self._live_name = live_name(application)
        self._folders = folders
        self._chaos = chaos
        self._live: LiveEndpoint | None = None
        self.heavy: Runtime | None = None

    @property
    def are_named(self) -> bool:
        """Whether the application has any."""
        return self._config is not None or bool(self._live_name)

    async def start(self, servers: Servers, listening: socket, site: Site) -> None:
        """Serve them; instances start when they are called."""
        at, chaos = self._folders, self._chaos
        if not self.are_named:
            listening.close()
            return
        asleep: dict[str, Runtime] = {}
        if self._config is not None:
            self.heavy = asleep[self._config.name] = await asyncio.to_thread(
                build_endpoint, self._config, site, at.models, at.logs, chaos
            )
            self.heavy.accept(kept_calls(at.calls))
            self.heavy.start()
        live: dict[str, LiveEndpoint] = {}
        if self._live_name:
            self._live = build_live(self._live_name, site, at.models, at.logs, chaos)
            live[self._live_name] = self._live
        await servers.start(SageMakerRuntime(asleep, chaos, live), listening)

    async def reload(self) -> None:
        """Models or code have changed."""
        if self.heavy is not None:
            self.heavy.reload()
        if self._live is not None:
            await self._live.reload()

    async def stop(self) -> None:
        """End every instance; calls that nobody has answered are kept."""
        if self.heavy is not None:
            keep_calls(self._folders.calls, await self.heavy.stop())
        if self._live is not None:
            await self._live.stop()
