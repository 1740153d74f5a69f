"""Where something was measured."""

import os
import platform
import subprocess
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

_TOLD = ("avx512_vnni", "avx_vnni", "avx512f", "avx2", "asimddp", "i8mm")
"""Features of a CPU by which onnxruntime chooses its kernels."""


def machine() -> dict[str, str]:
    """Date, commit, CPU and versions."""
    return {
        "date": datetime.now(UTC).date().isoformat(),
        "commit": commit(),
        "cpu": cpu(),
        "cores": str(os.cpu_count()),
        "python": platform.python_version(),
        "onnxruntime": onnxruntime_version(),
    }


def onnxruntime_version() -> str:
    """Of onnxruntime, or of its build for a GPU; "" where there is none."""
    for package in ("onnxruntime", "onnxruntime-gpu"):
        try:
            return version(package)
        except PackageNotFoundError:
            continue
    return ""


def commit() -> str:
    """The short name of the commit that is checked out."""
    asked = ["git", "rev-parse", "--short", "HEAD"]
    return subprocess.run(asked, capture_output=True, text=True, check=False).stdout.strip()


def cpu() -> str:
    """Its name, and those of its features that matter here."""
    info = Path("/proc/cpuinfo")
    if not info.exists():
        return platform.processor()
    lines = (line.partition(":") for line in info.read_text("utf-8").splitlines())
    fields = {name.strip(): value.strip() for name, _, value in lines}
    flags = f"{fields.get('flags', '')} {fields.get('Features', '')}".split()
    told = next((flag for flag in _TOLD if flag in flags), "")
    name = fields.get("model name", platform.machine())
    return f"{name} ({told})" if told else name
