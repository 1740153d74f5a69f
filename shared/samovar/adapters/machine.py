"""What this machine is, as far as compiled graphs care."""

import os
from functools import cache

from samovar.compiled import Machine, normal_architecture

_FEATURES = frozenset(
    {
        # x86_64: what onnxruntime's kernels are chosen by
        *("avx", "avx2", "fma", "f16c", "avx_vnni", "amx_tile", "amx_int8", "avx512f"),
        *("avx512bw", "avx512dq", "avx512vl", "avx512_vnni", "avx512_bf16", "avx512_fp16"),
        # aarch64
        *("asimddp", "asimdhp", "i8mm", "bf16", "sve", "sve2", "svei8mm", "svebf16", "sme"),
    }
)
_FIRST_CPU = 4096  # bytes of /proc/cpuinfo: one CPU's part, and CPUs are alike


@cache
def this_machine() -> Machine:
    """The architecture, the onnxruntime and the CPU of this process."""
    from samovar.adapters.engine import ort

    architecture = normal_architecture(os.uname().machine)
    return Machine(architecture, ort.__version__, _cpu_features())


def _cpu_features() -> tuple[str, ...]:
    """Sorted; empty on systems that do not tell, where no form for one CPU will fit."""
    try:
        with open("/proc/cpuinfo", "rb") as file:  # noqa: PTH123 - Path.open takes twice as long
            said = file.read(_FIRST_CPU).decode(errors="replace")
    except OSError:
        return ()
    for line in said.splitlines():
        key, _, value = line.partition(":")
        if key.strip() in ("flags", "Features"):
            return tuple(sorted(_FEATURES.intersection(value.split())))
    return ()
