"""What there is to run on here, said as it is: asked of the driver and of onnxruntime."""

import shutil
import subprocess
from dataclasses import dataclass

import onnxruntime as ort
from samovar.adapters.onnx import available_providers

CUDA = "CUDAExecutionProvider"


@dataclass(frozen=True, slots=True)
class Device:
    """The GPU's name ("" for none), and the providers of this build of onnxruntime."""

    name: str
    providers: tuple[str, ...]

    @property
    def is_gpu(self) -> bool:
        """Whether there is a GPU and a build that can use one."""
        return bool(self.name) and CUDA in self.providers

    def told(self) -> str:
        """What the numbers are numbers of."""
        build = f"onnxruntime {ort.__version__} with {', '.join(self.providers)}"
        if self.is_gpu:
            return f"On {self.name}, {build}."
        why = "this build has no CUDA" if self.name else "no NVIDIA device answers here"
        return f"**Not on a GPU**: {why}. On the CPU provider, {build}."


def find_device() -> Device:
    """The first GPU that the driver knows."""
    return Device(_ask("name"), available_providers())


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
