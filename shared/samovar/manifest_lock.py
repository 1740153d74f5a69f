"""What both files of a model may record: its files' sha256, its tensors, how long it takes."""

import math
import re
from typing import Any

from samovar.manifest_report import Report
from samovar.profile import Profile
from samovar.types import DTYPES, Signature, TensorSpec

_SHA256 = re.compile(r"[0-9a-f]{64}")
_FILE = re.compile(r"[A-Za-z0-9][\w.-]*(/[A-Za-z0-9_][\w.-]*)+")


def read_files(report: Report) -> dict[str, str]:
    """`version/file` → sha256 in hex."""
    files = report.section("files")
    for name, digest in files.items():
        if not _FILE.fullmatch(name) or ".." in name:
            report.add(("files", name), f"{name!r} must be written as version/file")
        if not isinstance(digest, str) or not _SHA256.fullmatch(digest):
            report.add(("files", name), f"{name!r} needs its sha256 in 64 hex digits")
    return files


def read_signatures(report: Report) -> dict[str, Signature]:
    """Version → its tensors."""
    found = {}
    for version, sides in report.section("signature").items():
        try:
            found[version] = Signature(_specs(sides["inputs"]), _specs(sides["outputs"]))
        except (KeyError, TypeError, ValueError):
            report.add(
                ("signature", version),
                f"signature {version!r} needs inputs and outputs, each a list of "
                "{ name, datatype, shape }",
            )
    return found


def read_profile(report: Report) -> Profile:
    """How long a request takes, as `[profile]` says it; zeros where it does not."""
    said = report.section("profile")
    found: Profile = report.build(("profile",), said, Profile)
    for key in said:
        value = getattr(found, key, 0.0)
        if key != "speedup" and not 0 <= value < math.inf:
            report.add(("profile", key), f"{key!r} must be a number from 0 up")
    if not _is_speedup(found.speedup):
        report.add(
            ("profile", "speedup"),
            "'speedup' must be pairs of [vCPUs, times faster than on one], both above 0, with "
            "the vCPUs rising",
        )
    if found.shared_ms > found.request_ms:
        report.add(("profile", "shared_ms"), "'shared_ms' is a part of request_ms: no more than it")
    return found


def _is_speedup(pairs: tuple[tuple[float, float], ...]) -> bool:
    vcpus = [pair[0] for pair in pairs]
    positive = all(0 < number < math.inf for pair in pairs for number in pair)
    return positive and vcpus == sorted(set(vcpus))


def _specs(entries: list[dict[str, Any]]) -> tuple[TensorSpec, ...]:
    return tuple(_spec(entry) for entry in entries)


def _spec(entry: dict[str, Any]) -> TensorSpec:
    name, datatype, shape = entry["name"], entry["datatype"], entry["shape"]
    fine = isinstance(name, str) and datatype in DTYPES and isinstance(shape, list)
    if not fine or any(type(size) is not int or size < -1 for size in shape):
        raise ValueError(entry)
    return TensorSpec(name, datatype, tuple(shape))
