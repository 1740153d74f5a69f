"""The machine's time behind the Clock port."""

import time


class SystemClock:
    """Wall and monotonic time of the machine."""

    def now_ns(self) -> int:
        """Wall time, nanoseconds since the epoch."""
        return time.time_ns()

    def perf_ns(self) -> int:
        """Monotonic time in nanoseconds."""
        return time.perf_counter_ns()
