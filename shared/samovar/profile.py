"""How long requests to a model take."""

from samovar.values import dataclass


@dataclass(frozen=True, slots=True)
class Profile:
    """What a request takes on one vCPU, as somebody measured it: zeros where nobody did."""

    request_ms: float = 0.0
    kb_ms: float = 0.0  # more, for each KB of its body
