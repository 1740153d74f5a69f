"""What a model asks of a machine, and what there is to run it on: a plan's two sides. Pure."""

from dataclasses import dataclass

from samovar.profile import Profile

from samovar_cli.simulate.bill import Load
from samovar_cli.simulate.scenario import Scenario

FUNCTION, QUEUE, ENDPOINT = "function", "queue", "endpoint"
"""The lanes that samovar has, …"""
SERVERLESS, INSTANCE = "serverless", "instance"
"""… and two of SageMaker's that it has not: they are compared, not planned."""
_BYTES_A_KB = 1024
_ROOM = 1.1  # of the memory that a process was seen to take
NOISE, INIT_S = 0.2, 0.5
"""What is usual, where nobody measured it."""


@dataclass(frozen=True, slots=True)
class Work:
    """What a request to a model takes. Times in seconds, on one vCPU of x86_64."""

    run_s: float  # of one request alone
    shared_s: float = 0.0  # of that, what requests of one run pay once
    noise: float = NOISE  # of a run's time, from run to run: its coefficient of variation
    init_s: float = INIT_S  # of a function's cold start
    speedup: tuple[tuple[float, float], ...] = ()  # vCPUs → times faster than on one
    memory_mb: float = 0.0  # that a function needs
    request_bytes: int = 1000
    answer_bytes: int = 500
    gpu_speed: float = 0.0  # times faster than one vCPU; 0 where nobody measured it
    arm_speed: float = 0.0  # of a vCPU of arm64, times one of x86_64; 0 where nobody did
    most_batch: int = 32  # requests that one run takes at most
    wake_s: float = 300.0  # until an instance takes calls
    overhead_s: float = 0.01  # of gateway and network

    def run_of(self, size: int, times: float = 1.0) -> float:
        """How long `size` requests in one run take, where a machine is `times` as fast, seconds."""
        return (self.shared_s + (self.run_s - self.shared_s) * size) / times


@dataclass(frozen=True, slots=True)
class Candidate:
    """One way to run a model, in the terms of what is deployed."""

    lane: str = FUNCTION
    memory_mb: int = 1769  # of the function
    architecture: str = "x86_64"
    batch: int = 1  # requests of one run at most: of a worker, or of an instance
    window_s: int = 0  # that a worker's batch gathers, in SQS's whole seconds
    most: int = 1000  # environments at once
    provisioned: int = 0  # of them, always ready
    instance: str = "ml.g4dn.xlarge"
    instances: int = 1  # at most


def work_of(
    profile: Profile, request_bytes: int = 1000, answer_bytes: int = 500, most_batch: int = 32
) -> Work:
    """What a profile says a request of so many bytes takes; what it lacks is as usual."""
    run_s = (profile.request_ms + profile.kb_ms * request_bytes / _BYTES_A_KB) / 1000
    return Work(
        run_s,
        profile.shared_ms / 1000,
        profile.noise or NOISE,
        profile.init_ms / 1000 or INIT_S,
        profile.speedup,
        profile.memory_mb * _ROOM,
        request_bytes,
        answer_bytes,
        most_batch=most_batch,
    )


def scenario(work: Work, candidate: Candidate) -> Scenario:
    """The same for the simulator, which plays exactly what is planned."""
    arm = candidate.architecture == "arm64" and work.arm_speed
    times = work.arm_speed if arm else 1.0
    return Scenario(
        work.run_s / times,
        work.shared_s / times,
        work.noise,
        work.init_s / times,
        work.overhead_s,
        most=candidate.most,
        batch=candidate.batch,
        window_s=float(candidate.window_s),
        gpu_speed=work.gpu_speed or 1.0,
        gpu_batch=candidate.batch,
        instances=candidate.instances,
        wake_s=work.wake_s,
        load=_load(work, candidate),
        speedup=work.speedup,
        provisioned=candidate.provisioned,
    )


def _load(work: Work, candidate: Candidate) -> Load:
    return Load(
        candidate.memory_mb,
        candidate.architecture,
        work.request_bytes,
        work.answer_bytes,
        candidate.instance,
    )
