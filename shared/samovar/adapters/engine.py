"""onnxruntime itself, imported the way a service wants it: silent, and without a crash.

It reports what it does to its maker unless ORT_DISABLE_TELEMETRY is set before it is imported:
names and hashes of models, by way of a thread, an identifier and a database in the home folder.
"""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from samovar.errors import SettingsInvalid

CPU_LISTS = ("/sys/devices/system/cpu/possible", "/sys/devices/system/cpu/present")
_BEARS_HIDDEN_CPUS = (1, 26)
_TOO_OLD = (
    "onnxruntime {version} would end the process here: on arm64 it needs {file}, which this "
    "machine hides, as Lambda may; install onnxruntime 1.26 or later, or deploy for x86_64"
)


def hides_cpus(machine: str, lists: Sequence[str] = CPU_LISTS) -> bool:
    """Whether this is arm64 with none of Linux's lists of CPUs, as in some of Lambda's machines."""
    return machine == "aarch64" and not any(Path(each).exists() for each in lists)


def check_version(version: str) -> None:
    """For a machine that hides its CPUs: raises SettingsInvalid for an onnxruntime before 1.26.

    Such a one ends the process as it is imported, and says nothing that tells why
    (microsoft/onnxruntime #10038, #15650); later ones warn, and go on.
    """
    if tuple(int(part) for part in version.split(".")[:2]) < _BEARS_HIDDEN_CPUS:
        raise SettingsInvalid([_TOO_OLD.format(version=version, file=CPU_LISTS[0])])


def said_by(error: Exception) -> str:
    """A message of onnxruntime's without its code paths, and without folders of this machine."""
    import re  # compiled when there is something to say, not at every start

    said = str(error).strip().partition("\n")[0].rpartition(" : ")[2]
    return re.sub(r"(?:/[^\s/:'\"]+)+/", "", said)[:300]


def _load() -> Any:
    os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")
    if hides_cpus(os.uname().machine):
        from importlib.metadata import version  # 15 ms, and nearly nobody needs it

        check_version(version("onnxruntime"))
    import onnxruntime

    return onnxruntime


ort: Any = _load()
