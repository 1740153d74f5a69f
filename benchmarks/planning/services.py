"""What the plans are for: a model, what its requests take, and what its callers expect."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from samovar_cli.planning.sizes import memories_mb
from samovar_cli.planning.work import Candidate, Work, scenario
from samovar_cli.simulate.scenario import Scenario

LATE = 0.01
"""The share of requests that may be late."""
SIZES = 32
"""Requests of a batch, at most: for plans, for the bound and for the rules of others."""
_SPEEDUP = ((2.0, 1.8), (4.0, 3.1), (6.0, 4.0))


@dataclass(frozen=True, slots=True)
class Service:
    """A model under a load."""

    name: str
    slo_s: float
    work: Work
    noises: tuple[float, ...] = (0.1, 0.2, 0.3)  # of its runs, that are looked at

    def memories_mb(self) -> Sequence[int]:
        """What the model fits into."""
        return memories_mb(self.work)

    def there(self, memory_mb: int) -> Scenario:
        """What a request takes in a function of so much memory."""
        return scenario(self.work, Candidate(memory_mb=memory_mb))

    def noisy(self, cv: float) -> "Service":
        """The same, whose runs vary by `cv`."""
        return replace(self, work=replace(self.work, noise=cv))


def _service(name: str, slo_s: float, run_s: float, shared_s: float, **more: float) -> Service:
    work = Work(run_s, shared_s, speedup=_SPEEDUP, most_batch=SIZES)
    found = replace(work, **more)  # type: ignore[arg-type]  # its fields
    return Service(name, slo_s, found, (0.2,) if found.gpu_speed else (0.1, 0.2, 0.3))


SERVICES: Mapping[str, Service] = {
    service.name: service
    for service in (
        # a small classifier, whose caller waits for it
        _service("label", 0.2, 0.03, 0.006, init_s=0.6, memory_mb=400),
        # a document that a job reads while somebody looks on; most of a run is its batch's
        _service("document", 10.0, 1.5, 1.2, init_s=1.5, memory_mb=900),
        # a recording that somebody comes back for
        _service("recording", 60.0, 4.0, 2.5, init_s=2.5, memory_mb=1700),
        # another, of a model that a GPU runs thirty times faster
        _service("film", 600.0, 12.0, 2.0, init_s=4.0, memory_mb=3000, gpu_speed=30.0),
    )
}
"""Name → a service; its noise is set by the case."""
