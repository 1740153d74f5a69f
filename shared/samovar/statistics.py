"""What a process has done with a model, in the counts of the protocol's statistics extension."""

from dataclasses import dataclass


@dataclass(slots=True)
class ModelStatistics:
    """Requests answered and refused, with the nanoseconds they took; lives with the process."""

    success_count: int = 0
    success_ns: int = 0
    fail_count: int = 0
    fail_ns: int = 0
    last_inference_ms: int = 0

    def succeeded(self, duration_ns: int, now_ns: int) -> None:
        """One request answered, at a wall time."""
        self.success_count += 1
        self.success_ns += duration_ns
        self.last_inference_ms = now_ns // 1_000_000

    def failed(self, duration_ns: int) -> None:
        """One request refused."""
        self.fail_count += 1
        self.fail_ns += duration_ns
