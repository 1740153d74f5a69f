"""What there is to run on here, said as it is: asked of the driver and of onnxruntime."""

import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

import onnxruntime as ort
from samovar.adapters.onnx import OnnxRunner, available_providers

CUDA = "CUDAExecutionProvider"


@dataclass(frozen=True, slots=True)
class Device:
    """The GPU's name ("" for none), the providers of this build, and those a session got.

    A build for CUDA whose libraries or driver do not fit falls back to the CPU in silence.
    """

    name: str
    providers: tuple[str, ...]
    used: tuple[str, ...] = ()

    @property
    def is_gpu(self) -> bool:
        """Whether sessions run on a GPU."""
        return bool(self.name) and CUDA in self.used

    def told(self) -> str:
        """What the numbers are numbers of."""
        build = f"onnxruntime {ort.__version__} with {', '.join(self.providers)}"
        if self.is_gpu:
            return f"On {self.name}, {build}."
        why = "no NVIDIA device answers here"
        if self.name:
            has = CUDA in self.providers
            why = "sessions fall back to the CPU" if has else "this build has no CUDA"
        return f"**Not on a GPU**: {why}. On the CPU provider, {build}."


def find_device(graph: Path) -> Device:
    """The first GPU that the driver knows, and what a session over `graph` runs on."""
    providers = available_providers()
    return Device(_ask("name"), providers, OnnxRunner(graph, providers=providers).providers)


def memory_of(process: int) -> str:
    """MiB of the GPU's memory that a process holds; "" where the driver does not say."""
    rows = _ask_all("pid,used_memory", "compute-apps")
    held = dict(row.split(", ", 1) for row in rows if ", " in row)
    return held.get(str(process), "")


def _ask(what: str) -> str:
    return next(iter(_ask_all(what, "gpu")), "")


def _ask_all(what: str, of: str) -> list[str]:
    if not shutil.which("nvidia-smi"):
        return []
    command = ["nvidia-smi", f"--query-{of}={what}", "--format=csv,noheader"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    return done.stdout.splitlines() if done.returncode == 0 else []
