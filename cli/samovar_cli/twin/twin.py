"""The whole twin: emulator, functions and servers, started and ended together."""

import asyncio
import os
import shutil
from pathlib import Path

from samovar.errors import CommandFailed

from samovar_cli.twin.application import Application
from samovar_cli.twin.chaos import trouble
from samovar_cli.twin.deliveries import Deliveries
from samovar_cli.twin.emulator import Emulator
from samovar_cli.twin.endpoints import Endpoints, Folders
from samovar_cli.twin.family import Family
from samovar_cli.twin.functions import Functions, check_started
from samovar_cli.twin.gateway import Gateway
from samovar_cli.twin.invoke_api import InvokeApi
from samovar_cli.twin.layers import build_layers, missing_layers
from samovar_cli.twin.models import ModelsBucket, layer_view
from samovar_cli.twin.options import Options
from samovar_cli.twin.sagemaker.runtime import Runtime
from samovar_cli.twin.servers import Servers, listen, listen_beside, url_of
from samovar_cli.twin.site import Site
from samovar_cli.twin.sources import EventSources
from samovar_cli.twin.stack import Stack, relocated
from samovar_cli.twin.state import Running, remove_state, write_state
from samovar_cli.twin.steps import Steps
from samovar_cli.twin.stream_gateway import StreamGateway, front_url


class Twin:
    """One running application. Nothing of it outlives this process."""

    def __init__(self, options: Options, steps: Steps) -> None:
        self._options = options
        self._steps = steps
        self._servers = Servers()
        self._family: Family | None = None
        self._functions: Functions | None = None
        self._emulator: Emulator | None = None
        self._application: Application | None = None
        self._sources: EventSources | None = None
        self._chaos = trouble(options.chaos, options.state / "logs" / "chaos.log")
        self._endpoints: Endpoints | None = None

    async def start(self) -> Running:
        """All of it up, models in place, a warm environment behind each route.

        Raises CommandFailed with what stands in the way.
        """
        public, inner, events, sagemaker = map(listen, (self._options.port, 0, 0, 0))
        stream = listen_beside(self._options.port)
        self._family = Family()
        stack = self._stack()
        application = await self._deployed(stack, self._family)
        await self._install_layers(application)
        self._emulator = stack.emulator(self._family)
        self._application = application = relocated(application, self._emulator.url)
        kept = Folders(self._options.models, self._logs, self._calls)
        self._endpoints = Endpoints(application, kept, self._chaos)
        addresses = (url_of(public), url_of(inner), self._emulator.url)
        endpoint_url = url_of(sagemaker) if self._endpoints.are_named else ""
        running = Running(os.getpid(), *addresses, endpoint_url, front_url(application, stream))
        site = self._site(running, self._family)
        self._functions = Functions(application, site, self._options.slots, self._logs)
        invoke = self._functions.invoke
        deliveries = Deliveries(invoke, self._chaos)
        self._sources = EventSources(application, deliveries, self._options.slots)
        await self._start_processes(self._emulator, self._functions, url_of(events))
        await self._upload_models()
        await self._endpoints.start(self._servers, sagemaker, site)
        await self._servers.start(InvokeApi(application, deliveries), events)
        await self._servers.start(InvokeApi(application, invoke), inner)
        await self._servers.start(Gateway(application, invoke), public)
        if application.front is None:
            stream.close()
        else:
            door = StreamGateway(application.front, application.api_id, invoke)
            await self._servers.start(door, stream)
        await self._sources.start()
        write_state(self._options.state, running)
        return running

    async def reload(self) -> None:
        """Models and code as they lie now, in new environments."""
        if self._functions is not None:
            self._view_models()
            await self._upload_models()
            if self._endpoints is not None:
                await self._endpoints.reload()
            check_started(await self._functions.restart(), self._logs)

    async def stop(self) -> None:
        """End it all; the account's state is kept."""
        await self._servers.stop()
        if self._sources is not None:
            await self._sources.stop()
        if self._endpoints is not None:
            await self._endpoints.stop()
        if self._functions is not None:
            await self._functions.stop()
        if self._emulator is not None:
            await asyncio.to_thread(self._emulator.stop)
        if self._family is not None:
            remove_state(self._options.state)
            self._family.end()
        shutil.rmtree(self._scratch, ignore_errors=True)

    @property
    def endpoint(self) -> Runtime | None:
        """The heavy lane's, where the application has one."""
        return self._endpoints.heavy if self._endpoints else None

    @property
    def _logs(self) -> Path:
        return self._options.state / "logs"

    @property
    def _calls(self) -> Path:
        return self._options.state / "aws" / "endpoint-calls.json"

    @property
    def _scratch(self) -> Path:
        return self._options.state / "tmp"

    def _python(self, environment: str) -> Path:
        python = self._options.root / ".venvs" / environment / "bin" / "python"
        if not python.exists():
            raise CommandFailed(f"{python} is not there: `make run` sets it up")
        return python

    async def _deployed(self, stack: Stack, family: Family) -> Application:
        known = None if self._options.fresh else stack.known()
        if known is not None:
            return known
        with self._steps.step("deploying template.yaml"):
            return await asyncio.to_thread(stack.deploy, family)

    async def _install_layers(self, application: Application) -> None:
        folders = {layer for function in application.functions for layer in function.layers}
        root, python = self._options.root, self._python("lambda")
        missing = missing_layers(root, sorted(folders), python)
        if missing:
            with self._steps.step("installing the functions' layers"):
                await asyncio.to_thread(build_layers, root, missing, python)

    def _stack(self) -> Stack:
        options = self._options
        python = self._python("ministack")
        return Stack(
            options.root / "template.yaml", options.state / "aws", python, options.parameters
        )

    def _site(self, running: Running, family: Family) -> Site:
        shutil.rmtree(self._scratch, ignore_errors=True)
        return Site(
            root=self._options.root,
            python=self._python("lambda"),
            scratch=self._scratch,
            models=self._view_models(),
            aws_url=running.aws_url,
            sagemaker_url=running.sagemaker_url,
            group=family.group,
        )

    def _view_models(self) -> Path:
        return layer_view(self._options.models, self._options.state / "models")

    async def _start_processes(
        self, emulator: Emulator, functions: Functions, events_url: str
    ) -> None:
        """`events_url`: Lambda's Invoke API for what event sources deliver."""
        names = [function.name for function in functions.application.functions]
        invoke_urls = {
            name: f"{events_url}/2015-03-31/functions/{name}/invocations" for name in names
        }
        with self._steps.step("starting the AWS emulator and the functions"):
            emulator.start(invoke_urls)
            waiting = asyncio.to_thread(emulator.wait)
            _, faults = await asyncio.gather(waiting, functions.prewarm())
        check_started(faults, self._logs)

    async def _upload_models(self) -> None:
        if self._application is None or self._emulator is None:
            return
        record = self._options.state / "aws" / "uploads.json"
        bucket = ModelsBucket.of(self._application, record)
        if bucket is not None and bucket.stale(self._options.models):
            with self._steps.step("putting models that are not bundled to their bucket"):
                await asyncio.to_thread(bucket.fill, self._options.models, self._emulator.url)
