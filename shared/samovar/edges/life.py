"""The life of a server's door: it warms up while it listens, works, and drains at its end."""

import asyncio
import threading
import time
from collections.abc import Callable

from samovar.edges.asgi import Receive, Send
from samovar.edges.observe import Observer
from samovar.errors import ModelNotReady, SamovarError, Unavailable


class Life:
    """`refusal` is what requests are refused with now; None while they are taken.

    Connections are taken at once. Models are opened by a thread of its own, so that a probe
    is answered meanwhile, and what cannot be opened is told to whoever asks.
    """

    def __init__(self, warm_up: Callable[[], None], observer: Observer, name: str) -> None:
        self.refusal: SamovarError | None = ModelNotReady("the models are being warmed up")
        self._warm_up = warm_up
        self._observer = observer
        self._name = name

    async def live(
        self, receive: Receive, send: Send, close: Callable[[], None], patience_s: float = 0.0
    ) -> None:
        """ASGI's lifespan, from the server's start to its end.

        For `patience_s` connections wait for a warm-up that is soon over, and see nothing of it.
        """
        await receive()
        # A daemon: the process may be told to end while a model is still being opened.
        warming = threading.Thread(target=self._begin, name="warm-up", daemon=True)
        warming.start()
        end_s = time.monotonic() + patience_s
        while warming.is_alive() and time.monotonic() < end_s:
            await asyncio.sleep(0.005)
        await send({"type": "lifespan.startup.complete"})
        await receive()
        close()
        await send({"type": "lifespan.shutdown.complete"})

    def end(self) -> None:
        """From now on, requests are refused."""
        self.refusal = Unavailable(f"the {self._name} is ending; send the request again")

    def _begin(self) -> None:
        warming, fault = self.refusal, None
        try:
            self._warm_up()
        except SamovarError as error:
            fault = ModelNotReady(f"a model cannot be served: {error.message}")
            self._observer.refuse("", fault.message, code=error.code)
        except Exception as error:  # noqa: BLE001 - the thread's last line of defence
            fault = ModelNotReady("a model cannot be served; the log tells why")
            self._observer.fault("", error)
        if self.refusal is warming:  # else the server is ending
            self.refusal = fault
