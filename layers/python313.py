"""Where a CPython 3.13, the functions' runtime, lies on this machine. Prints it, or exits 1.

It is needed to compile a layer's modules ahead of time and to make a Lambda image to test
in, never to build: without one the layers work and start slower.
"""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

VARIABLE = "SAMOVAR_PYTHON313"
_PROBE = "import sys; print(sys.version_info[:2] == (3, 13) and sys.executable or '')"


def find() -> Path | None:
    """The interpreter that SAMOVAR_PYTHON313 names, else `python3.13`; None without either."""
    return next((found for path in _candidates() if (found := _answers(path))), None)


def _candidates() -> Iterator[str]:
    if chosen := os.environ.get(VARIABLE):
        yield chosen
        return
    if on_path := shutil.which("python3.13"):
        yield on_path
        # A version manager's stand-in runs only what is switched on: look behind it.
        beside = Path(on_path).parent.parent / "versions"
        yield from sorted(map(str, beside.glob("3.13.*/bin/python3.13")), reverse=True)


def _answers(path: str) -> Path | None:
    try:
        result = subprocess.run(
            [path, "-c", _PROBE], capture_output=True, text=True, timeout=20, check=True
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return Path(result.stdout.strip()) if result.stdout.strip() else None


if __name__ == "__main__":
    interpreter = find()
    print(interpreter or f"no python3.13 on PATH and no {VARIABLE}")
    sys.exit(0 if interpreter else 1)
