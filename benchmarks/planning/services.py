"""What the plans are for: a model, what its requests take, and what its callers expect."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from samovar_cli.simulate.bill import Load
from samovar_cli.simulate.scenario import Scenario

LATE = 0.01
"""The share of requests that may be late."""
MEMORIES_MB = (512, 768, 1024, 1280, 1536, 1769, 2304, 3072, 3538, 5120, 7076, 10_240)


@dataclass(frozen=True, slots=True)
class Service:
    """A model under a load. Its scenario holds all that is not chosen."""

    name: str
    slo_s: float
    memory_mb: int  # that the model needs
    scenario: Scenario

    def memories_mb(self) -> tuple[int, ...]:
        """What the model fits into."""
        return tuple(memory for memory in MEMORIES_MB if memory >= self.memory_mb)

    def there(self, memory_mb: int) -> Scenario:
        """The scenario in a function of so much memory."""
        return replace(self.scenario, load=replace(self.scenario.load, memory_mb=memory_mb))

    def noisy(self, cv: float) -> "Service":
        """The same, whose runs vary by `cv`."""
        return replace(self, scenario=replace(self.scenario, noise=cv))


_SPEEDUP = ((2.0, 1.8), (4.0, 3.1), (6.0, 4.0))


def _service(name: str, slo_s: float, memory_mb: int, scenario: Scenario) -> Service:
    return Service(name, slo_s, memory_mb, replace(scenario, load=Load(memory_mb=memory_mb)))


SERVICES: Mapping[str, Service] = {
    service.name: service
    for service in (
        # a small classifier, whose caller waits for it
        _service("label", 0.2, 512, Scenario(0.03, 0.006, init_s=0.6, speedup=_SPEEDUP)),
        # a document that a job reads while somebody looks on: most of a run is its batch's
        _service("document", 10.0, 1024, Scenario(1.5, 1.2, init_s=1.5, speedup=_SPEEDUP)),
        # a recording that somebody comes back for; a GPU takes it twenty times faster
        _service(
            "recording", 60.0, 2048, Scenario(4.0, 1.0, init_s=2.5, gpu_speed=20.0, gpu_batch=8)
        ),
    )
}
"""Name → a service; its noise is set by the case."""
