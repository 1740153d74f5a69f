"""The emulator of a real-time endpoint for tests, in a thread."""

import asyncio
import os
import sys
import threading
from collections.abc import Coroutine
from pathlib import Path
from typing import Any, TypeVar

from samovar_cli.twin.chaos import Trouble
from samovar_cli.twin.deployment import client
from samovar_cli.twin.family import Family
from samovar_cli.twin.sagemaker.instance import Image, Instance
from samovar_cli.twin.sagemaker.live import LiveEndpoint, LiveLimits
from samovar_cli.twin.sagemaker.server import SageMakerRuntime
from samovar_cli.twin.servers import Servers, listen, url_of

_Result = TypeVar("_Result")
SCRIPTED = Path(__file__).parents[1] / "data" / "twin" / "stream_container.py"
NAME = "live"


class LiveHost:
    """One endpoint, `live`, at `url`; its container is scripted unless another is named."""

    def __init__(
        self,
        folder: Path,
        *,
        chaos: Trouble | None = None,
        limits: LiveLimits | None = None,
        part_bytes: int = 0,
        models: Path | None = None,
        command: tuple[str, ...] = (sys.executable, str(SCRIPTED)),
        **environment: str,
    ) -> None:
        self.told = folder / "told"
        self._family = Family()
        own = {"PATH": os.environ["PATH"], "TOLD": str(self.told), **environment}
        self.image = Image(
            models or folder, own, folder / "log", folder, self._family.group, command
        )
        self.instances: list[Instance] = []
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever)
        self._thread.start()
        listening = listen(0)
        self.url = url_of(listening)
        self._servers = Servers()
        self.endpoint = self.run(self._built(chaos, limits, part_bytes))
        door = SageMakerRuntime({}, chaos, {NAME: self.endpoint})
        self.run(self._servers.start(door, listening))
        self.client = client("sagemaker-runtime", self.url)

    def run(self, work: Coroutine[Any, Any, _Result]) -> _Result:
        """Something done in the emulator's loop."""
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(60)

    def stop(self) -> None:
        """End it all."""
        self.run(self._servers.stop())
        self.run(self.endpoint.stop())
        self._family.end()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()
        self.client.close()

    async def _built(self, *options: Any) -> LiveEndpoint:
        return LiveEndpoint(NAME, self._launch, *options)

    def _launch(self) -> Instance:
        self.instances.append(Instance(self.image))
        return self.instances[-1]
