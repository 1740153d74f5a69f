"""The machine's time behind the Clock port."""

import time


class SystemClock:
    """Wall time since the epoch and monotonic time of the machine, in nanoseconds."""

    now_ns = staticmethod(time.time_ns)
    perf_ns = staticmethod(time.perf_counter_ns)
