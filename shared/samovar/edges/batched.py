"""Infer and predict by requests that wait for one another, and run together."""

import time

from samovar.edges.batcher import Batcher
from samovar.edges.inference import Visit, payload_of, response_of
from samovar.edges.invocations import Wanted
from samovar.edges.invoker import Invoker, Models
from samovar.edges.messages import Response
from samovar.settings import Settings


class Batched:
    """Answers in the batcher's thread; the loop only waits."""

    def __init__(self, models: Models, batcher: Batcher, settings: Settings) -> None:
        self._batcher = batcher
        self._invoker = Invoker(models, batcher, settings)
        self._settings = settings

    async def take(self, visit: Visit) -> Response:
        """The answer of one request. Raises SamovarError."""
        timeout_s = self._settings.timeout_s
        deadline_s = time.monotonic() + timeout_s
        payload = payload_of(visit, self._settings.max_body_bytes)
        wanted = Wanted(visit.target.model, visit.target.version, timeout_s)
        return response_of(visit, await self._invoker.run(wanted, payload, deadline_s))

    def close(self) -> None:
        """Run what waits, and take no more."""
        self._batcher.close()
