"""What a layer leaves out: parts of third-party wheels that no function imports or opens.

The limit is Lambda's: a function and its layers unzip to at most 250 MB.
"""

import hashlib
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

DIRECT_ONLY = frozenset({"runtime"})
"""Layers that hold what their requirements.in names and nothing that it pulls in.

tokenizers declares the model hub's client and onnxruntime declares what its export tools
need, 30 MB together. Neither is imported to run a graph or to cut a text into tokens.
"""

EVERYWHERE = (
    "**/tests",  # test suites
    "**/__pycache__",  # of whichever interpreter happened to install
    "**/*.pyi",  # stubs, headers and static libraries are for building
    "**/py.typed",
    "**/*.pxd",
    "**/*.h",
    "**/*.a",
    "*.dist-info/RECORD",  # would list what is gone
    "*.dist-info/INSTALLER",
    "*.dist-info/REQUESTED",
    "bin",  # command-line programs
)

BY_LAYER = {
    "runtime": (
        "onnxruntime/capi/libonnxruntime.so.*",  # the extension module holds all of it again
        "onnxruntime/backend",
        "onnxruntime/datasets",
        "onnxruntime/quantization",
        "onnxruntime/tools",
        "onnxruntime/transformers",
        "numpy/f2py",  # a Fortran compiler's front end
        "numpy/_pyinstaller",
        "PIL/_imagingft*.so",  # drawing of text, and the libraries that only it loads
        "PIL/_imagingtk*.so",
        "pillow.libs/libfreetype-*",
        "pillow.libs/libharfbuzz-*",
        "pillow.libs/libbrotli*",
        "pillow.libs/libpng16-*",
    ),
    "web": (),
}
"""Layer → patterns of its own. Each has to match: one that does not is out of date."""

_LICENCE = re.compile(r"(licen[cs]e|copying|notice|thirdpartynotices)", re.IGNORECASE)
_NEXT_REQUIREMENT = re.compile(r"\n(?=\S)")


def direct_requirements(declared: str, locked: str) -> str:
    """The blocks of a hashed requirements file whose packages `declared` names, one a line."""
    names = {_canonical(line) for line in declared.split("\n") if line.strip()}
    blocks = _NEXT_REQUIREMENT.split(locked.strip())
    return "".join(f"{block}\n" for block in blocks if _canonical(block.split("==")[0]) in names)


def _canonical(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name.strip()).lower()


def slim(layer: str, folder: Path) -> None:
    """Takes out of `folder` all that `layer` does without. Raises ValueError on a stale pattern."""
    for pattern in BY_LAYER[layer]:
        if not _remove(folder, pattern):
            raise ValueError(f"layers/slim.py: {pattern!r} matches nothing in layer {layer}")
    for pattern in EVERYWHERE:
        _remove(folder, pattern)
    for copy in _repeated_licences(folder):
        copy.unlink()


def _remove(folder: Path, pattern: str) -> int:
    found = sorted(folder.glob(pattern))
    for path in found:
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)
    return len(found)


def _repeated_licences(folder: Path) -> Iterator[Path]:
    """All but one copy of a text; the one that stays lies beside the package's metadata."""
    seen: set[str] = set()
    for path in sorted(folder.rglob("*"), key=lambda each: (".dist-info" not in str(each), each)):
        if path.is_file() and _LICENCE.match(path.name):
            digest = hashlib.sha256(path.read_bytes()).hexdigest()
            if digest in seen:
                yield path
            seen.add(digest)


def sizes(folder: Path) -> dict[str, int]:
    """Top-level entry → unzipped bytes, largest first."""
    found = {entry.name: _bytes(entry) for entry in folder.iterdir()}
    return dict(sorted(found.items(), key=lambda item: (-item[1], item[0])))


def _bytes(path: Path) -> int:
    files = [path] if path.is_file() else [p for p in path.rglob("*") if p.is_file()]
    return sum(file.stat().st_size for file in files)
