"""How long requests to a model take."""

from samovar.values import dataclass


@dataclass(frozen=True, slots=True)
class Profile:
    """What a request takes on one vCPU, as somebody measured it: zeros where nobody did.

    `n` requests of `kb` KB together, in one run, take
    `shared_ms + n * (request_ms - shared_ms) + kb * kb_ms`.

    A request to a model that generates takes `prefill_ms` for each token that it reads and
    `decode_ms` for each that it says; `request_ms` is then that of a usual one.
    """

    request_ms: float = 0.0  # one by itself
    kb_ms: float = 0.0  # more, for each KB of its body
    shared_ms: float = 0.0  # of request_ms, what requests of one run pay once
    memory_mb: float = 0.0  # of a whole process, at its most: with the model and its longest run
    error: float = 0.0  # by which share the line misses what was measured, on average
    speedup: tuple[tuple[float, float], ...] = ()  # vCPUs → how many times faster than on one
    noise: float = 0.0  # of a run's time, from run to run: its coefficient of variation
    init_ms: float = 0.0  # of a cold start: from the start of a process until it is ready
    prefill_ms: float = 0.0  # of a token of a prompt
    decode_ms: float = 0.0  # of a token that is said
