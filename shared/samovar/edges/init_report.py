"""The init report: where the time of a cold start went, one record at the end of its first request.

Phases follow one another, so that their sum is what the first caller waited for, but for the
time between the end of INIT and the first request:

    runtime    the process's start → samovar's first line: Python and the runtime client
    imports    samovar, numpy, onnxruntime and what a door needs beside them
    wiring     settings, stores and clients put together
    map        models opened, be it in INIT or during the first request
    first_run  the first request, less the models that were opened for it
"""

import os
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from samovar.model import Model

_NS_PER_MS = 1e6
_START_TICKS = 19  # of /proc/self/stat, after the name: it is field 22 of proc(5)
_METRICS = {
    "Namespace": "samovar",
    "Dimensions": [["function"]],
    "Metrics": [{"Name": "init_ms", "Unit": "Milliseconds"}],
}


def process_age_ms() -> float | None:
    """Milliseconds since this process was started; None where the system does not tell.

    As coarse as the kernel's clock ticks: see `resolution_ms`.
    """
    try:
        with open("/proc/self/stat", "rb") as file:  # noqa: PTH123 - on the way of a cold start
            after_name = file.read().rpartition(b")")[2].split()
        started_s = int(after_name[_START_TICKS]) / os.sysconf("SC_CLK_TCK")
        return max(time.clock_gettime(time.CLOCK_BOOTTIME) - started_s, 0.0) * 1000
    except (OSError, ValueError, IndexError, AttributeError):
        return None


def resolution_ms() -> float:
    """What `process_age_ms` may be too much by: a tick."""
    return 1000 / os.sysconf("SC_CLK_TCK")


class InitReport:
    """The phases of one process's start, from when this is made."""

    def __init__(
        self,
        perf_ns: Callable[[], int] = time.perf_counter_ns,
        age_ms: Callable[[], float | None] = process_age_ms,
    ) -> None:
        self._perf_ns = perf_ns
        self._runtime_ms = age_ms()
        self._last = perf_ns()
        self._spent_ns = dict.fromkeys(("imports", "wiring", "map", "first_run"), 0)
        self._models: list[dict[str, Any]] = []

    def mark(self, phase: str) -> None:
        """All since the last mark belongs to a phase."""
        now = self._perf_ns()
        self._spent_ns[phase] += now - self._last
        self._last = now

    def opened(self, model: "Model", took_ns: int) -> None:
        """A model has just been opened: that time is nobody else's."""
        self._spent_ns["map"] += took_ns
        self._last += took_ns
        opened = {"model": model.spec.name, "version": model.version, "form": model.form}
        self._models.append(opened | {"open_ms": took_ns / _NS_PER_MS, "_end": self._perf_ns()})

    def answered(self, start_ns: int) -> None:
        """The first request, which began at `start_ns`, has its answer."""
        opening_ms = sum(one["open_ms"] for one in self._models if one["_end"] > start_ns)
        took_ns = self._perf_ns() - start_ns
        self._spent_ns["first_run"] = max(took_ns - int(opening_ms * _NS_PER_MS), 0)

    def record(self, function: str, now_ms: int) -> dict[str, Any]:
        """The report as a line of the log, with its metric in it."""
        phases = {f"{phase}_ms": ns / _NS_PER_MS for phase, ns in self._spent_ns.items()}
        before = sum(phases.values()) - phases["first_run_ms"] + (self._runtime_ms or 0.0)
        return {
            "level": "INFO",
            "message": "init",
            "timestamp": now_ms,
            "service": "samovar",
            "function": function,
            "cold_start": True,
            "phases": {"runtime_ms": self._runtime_ms, **phases},
            "resolution_ms": {"runtime_ms": resolution_ms()},
            "models": [
                {key: value for key, value in one.items() if key != "_end"} for one in self._models
            ],
            "init_ms": before,
            "_aws": {"Timestamp": now_ms, "CloudWatchMetrics": [_METRICS]},
        }


START = InitReport()
"""That of this process. Importing this module is samovar's first line in a function."""
