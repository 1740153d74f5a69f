"""How fast a model runs where: on a share of a vCPU, on several, on an instance. Pure."""

import re
from collections.abc import Sequence

import numpy as np
from samovar.errors import CommandFailed

ONE_VCPU_MB = 1769
"""Memory of a function that comes with one vCPU; more and less come in proportion."""
_LARGE = {"medium": 1.0, "large": 2.0, "xlarge": 4.0}
_ACCELERATED = re.compile(r"(?:g|p|inf|trn)\d")


def times_faster(vcpus: float, speedup: Sequence[tuple[float, float]] = ()) -> float:
    """How many times faster than on one vCPU.

    `speedup` has measured points, vCPUs → times faster than on one; between them it is linear,
    and more vCPUs than were measured are taken to help no more. Less than one vCPU is as much
    slower: Lambda gives it as a share of the time.
    """
    if vcpus <= 1 or not speedup:
        return min(vcpus, 1.0)
    points = sorted({1.0: 1.0, **dict(speedup)}.items())
    return float(np.interp(vcpus, [at for at, _ in points], [times for _, times in points]))


def memory_vcpus(memory_mb: float) -> float:
    """The vCPUs that come with a function's memory."""
    return memory_mb / ONE_VCPU_MB


def instance_vcpus(instance: str) -> float:
    """The vCPUs of an instance type, by AWS's sizes: 2 of a large, 4 of an xlarge, 4 n of an
    nxlarge.

    Raises CommandFailed for a name that has no such size.
    """
    size = instance.rpartition(".")[2]
    if size in _LARGE:
        return _LARGE[size]
    found = re.fullmatch(r"(\d+)xlarge", size)
    if found is None:
        raise CommandFailed(f"{instance} is no instance type such as ml.m5.xlarge")
    return 4.0 * int(found[1])


def is_accelerated(instance: str) -> bool:
    """Whether it is of a family that has GPUs or accelerators: g, p, inf, trn."""
    return _ACCELERATED.match(instance.removeprefix("ml.")) is not None
