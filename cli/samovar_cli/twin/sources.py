"""What calls functions beside HTTP: pollers of queues, and events that the emulator delivers."""

import asyncio

from samovar_cli.twin.application import Application
from samovar_cli.twin.deliveries import Deliveries
from samovar_cli.twin.poller import Poller


class EventSources:
    """An application's event sources, at work once they are started."""

    def __init__(self, application: Application, deliveries: Deliveries, slots: int) -> None:
        self.deliveries = deliveries
        self._application = application
        self._slots = slots
        self._pollers: list[Poller] = []

    async def start(self) -> None:
        """Poll the queues of the template's event source mappings."""
        self._pollers = await asyncio.to_thread(self._build)
        for poller in self._pollers:
            poller.start()

    async def stop(self) -> None:
        """Poll no more, and give up what is on its way."""
        await asyncio.gather(*(poller.stop() for poller in self._pollers))
        await self.deliveries.stop()

    def _build(self) -> list[Poller]:
        from samovar_cli.twin.sqs import queues  # boto3 takes most of a second to import

        mappings = self._application.mappings
        found = queues(self._application.aws_url, [mapping.queue_url for mapping in mappings])
        return [
            Poller(mapping, queue, self.deliveries, self._slots)
            for mapping, queue in zip(mappings, found, strict=True)
        ]
