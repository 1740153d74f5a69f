"""Which machine a measurement was taken on, in a line: what is measured holds for its like."""

import platform
from pathlib import Path

from samovar.adapters.machine import this_machine

from samovar_cli.terminal import one_line

_CPUS = Path("/proc/cpuinfo")
_NAMES = ("model name", "CPU part")  # of x86_64, and of arm64, which has a number


def machine_line() -> str:
    """The CPU, its architecture and the onnxruntime, as far as the system says."""
    machine = this_machine()
    name = _cpu_name() or platform.processor() or "a CPU"
    return one_line(f"{name}, {machine.architecture}, onnxruntime {machine.onnxruntime}")


def _cpu_name() -> str:
    said = _CPUS.read_text("utf-8", "replace") if _CPUS.is_file() else ""
    for line in said.splitlines():
        key, _, value = line.partition(":")
        if key.strip() in _NAMES:
            return value.strip()
    return ""
