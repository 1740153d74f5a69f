"""The loads: three that are generated, and two that were recorded where they are at hand."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from samovar_cli.simulate.arrivals import diurnal, mmpp, poisson
from samovar_cli.simulate.traces import read_trace

HOUR_S = 3600.0
AZURE = {f"Azure, {name}": f"AzureLLMInferenceTrace_{name}.csv" for name in ("code", "conv")}
"""Name → the file of a recorded trace."""


@dataclass(frozen=True, slots=True)
class Trace:
    """When requests come, seconds from the start, ascending; and how long it lasts."""

    times: NDArray[np.float64]
    seconds: float


def generated(seed: int) -> Mapping[str, Callable[[], Trace]]:
    """Name → a trace that is made when it is asked for, the same for the same seed."""

    def rng(number: int) -> np.random.Generator:
        return np.random.default_rng((seed, number))

    return {
        "Poisson, 0.5/s": lambda: Trace(poisson(0.5, 8 * HOUR_S, rng(0)), 8 * HOUR_S),
        "Poisson, 20/s": lambda: Trace(poisson(20, HOUR_S / 3, rng(1)), HOUR_S / 3),
        "MMPP, 2 ↔ 200/s": lambda: Trace(mmpp((2, 200), 30, HOUR_S / 5, rng(2)), HOUR_S / 5),
        "a day, 0.6/s": lambda: Trace(diurnal(0.6, 24 * HOUR_S, rng(3)), 24 * HOUR_S),
    }


def recorded(folder: Path) -> Mapping[str, Callable[[], Trace]]:
    """The Azure LLM inference traces of 2023 (CC-BY 4.0) that lie in a folder."""
    paths = {name: folder / file for name, file in AZURE.items()}
    return {name: _reader(path) for name, path in paths.items() if path.exists()}


def _reader(path: Path) -> Callable[[], Trace]:
    def read() -> Trace:
        times = read_trace(path, "TIMESTAMP")
        return Trace(times, float(times[-1]))

    return read
