"""How a twin is to run."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from samovar.errors import CommandFailed

ENDPOINT = "samovar-twin"
"""What the endpoint of the heavy lane is called here."""
LIVE_ENDPOINT = "samovar-twin-live"
"""What the one is called that answers in parts."""
STREAMING = ("url", "rest", "off")
"""The doors that stream, as the template's parameter names them."""


@dataclass(frozen=True, slots=True)
class Options:
    """How a twin is to run."""

    port: int = 8000  # 0 takes any that is free
    models: Path = Path("models")
    root: Path = Path()  # the folder of template.yaml
    state: Path = Path(".samovar")  # where the twin keeps its account, logs and scratch
    slots: int = 0  # environments that a function may have at once; 0 chooses by this machine
    fresh: bool = False  # begin with an empty account
    gpu: bool = True  # heavy jobs go to an endpoint of their own
    streaming: str = "url"  # the template's Streaming: url, rest or off
    chaos: str = ""  # what is to go wrong, as chaos.read_knobs reads it

    @property
    def parameters(self) -> Mapping[str, str]:
        """Parameters that differ from the template's defaults.

        A laptop has no identities to check, and may be told of jobs' ends itself; and the
        endpoint is there already, as far as the emulator is concerned, because it knows no
        SageMaker.
        """
        there = {"ExistingEndpoint": ENDPOINT, "StreamEndpoint": LIVE_ENDPOINT}
        gpu = {"Gpu": "on", **there} if self.gpu else {}
        own = {"AuthMode": "none", "Webhooks": "*, http://127.0.0.1", "Streaming": self.streaming}
        return {**own, **gpu}

    def resolved(self) -> "Options":
        """The same with whole paths and the number of slots settled."""
        return replace(
            self,
            models=self.models.resolve(),
            root=self.root.resolve(),
            state=self.state.resolve(),
            slots=self.slots or max(2, min(4, os.cpu_count() or 2)),
        )

    def check(self) -> None:
        """Raises CommandFailed when the twin's own files would lie among the application's."""
        if self.streaming not in STREAMING:
            raise CommandFailed(f"--streaming {self.streaming}: use one of {', '.join(STREAMING)}")
        inside = self.root.is_relative_to(self.state) or self.models.is_relative_to(self.state)
        if inside or self.state.is_relative_to(self.models):
            raise CommandFailed(
                f"--state-dir {self.state} holds the application: choose a folder of its own, "
                "such as .samovar"
            )
