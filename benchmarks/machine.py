"""Where something was measured."""

import os
import platform
import subprocess
from datetime import UTC, datetime
from importlib.metadata import version
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
        "onnxruntime": version("onnxruntime"),
    }


def commit() -> str:
    """The short name of the commit that is checked out."""
    asked = ["git", "rev-parse", "--short", "HEAD"]
    return subprocess.run(asked, capture_output=True, text=True, check=False).stdout.strip()


def cpu() -> str:
    """Its name, and those of its features that matter here."""
    info = Path("/proc/cpuinfo")
    if not info.exists():
        return platform.processor()
    fields = dict(
        (part.strip() for part in line.split(":", 1))
        for line in info.read_text("utf-8").splitlines()
        if ":" in line
    )
    flags = f"{fields.get('flags', '')} {fields.get('Features', '')}".split()
    told = next((flag for flag in _TOLD if flag in flags), "")
    name = fields.get("model name", platform.machine())
    return f"{name} ({told})" if told else name
