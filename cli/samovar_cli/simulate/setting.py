"""A load and what there is for it. Pure; times in seconds."""

from dataclasses import dataclass, field

from samovar_cli.simulate.charges import Load
from samovar_cli.simulate.environments import Scaling
from samovar_cli.simulate.speed import (
    instance_vcpus,
    is_accelerated,
    memory_vcpus,
    times_faster,
)

_INIT_S = 10.0  # that Lambda waits for an environment


@dataclass(frozen=True, slots=True)
class Scenario:
    """What a request takes, and what there is to answer it."""

    run_s: float  # of one request alone on one vCPU
    shared_s: float = 0.0  # of that, what requests of a batch share
    noise: float = 0.2  # coefficient of variation of a run's time
    init_s: float = 0.5  # of a function's cold start
    overhead_s: float = 0.01  # of gateway and network
    most: int = 1000  # environments at once
    batch: int = 32  # messages of a worker's invocation at most
    window_s: float = 1.0
    gpu_speed: float = 10.0  # how much faster an instance of the endpoint is than one vCPU
    gpu_batch: int = 4  # calls that an instance answers at once
    instances: int = 1  # at most
    wake_s: float = 300.0
    load: Load = field(default_factory=Load)
    speedup: tuple[tuple[float, float], ...] = ()  # vCPUs → times faster than on one, measured
    provisioned: int = 0  # of `most`, environments that are always ready
    image_s: float = 5.0  # that a container's cold start takes more than a function's

    @property
    def slowness(self) -> float:
        """How much longer a run takes in the function than on one vCPU: below 1 if it has more."""
        return 1 / times_faster(memory_vcpus(self.load.memory_mb), self.speedup)

    @property
    def start_s(self) -> float:
        """A cold start as it is waited for and billed: one over 10 s is begun again, and longer."""
        return self.init_s if self.init_s <= _INIT_S else _INIT_S + self.init_s

    @property
    def instance_workers(self) -> int:
        """Runs at once on an instance: one on a GPU, elsewhere one on each vCPU."""
        name = self.load.instance
        return 1 if is_accelerated(name) else int(instance_vcpus(name))

    @property
    def instance_speed(self) -> float:
        """How much faster each of these is than a run on one vCPU of a function."""
        return self.gpu_speed if is_accelerated(self.load.instance) else 1.0

    @property
    def scaling(self) -> Scaling:
        """The rules of the function's environments."""
        return Scaling(most=self.most, ready=self.provisioned)
