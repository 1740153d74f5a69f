"""What a layer keeps of third-party wheels: what its contents.txt names, and nothing else.

The limit is Lambda's: a function and its layers unzip to at most 250 MB.
"""

import hashlib
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from layers.elf import trim

DIRECT_ONLY = frozenset({"runtime"})
"""Layers that hold what their requirements.in names and nothing that it pulls in.

tokenizers declares the model hub's client and onnxruntime declares what its export tools
need, 30 MB together. Neither is imported to run a graph or to cut a text into tokens.
"""

EMPTIED = {"runtime": ("numpy/_core/_add_newdocs.py", "numpy/_core/_add_newdocs_scalars.py")}
"""Layer → modules that stay for those who import them, with nothing in them.

These two hang docstrings on what is written in C: an eighth of the instructions that it takes
to import numpy and onnxruntime. `python -OO` does without them, too.
"""

_HERE = Path(__file__).resolve().parent
RUNTIME_LOCK = _HERE / "runtime" / "requirements.txt"
_LICENCE = re.compile(r"(licen[cs]e|copying|notice|thirdpartynotices)", re.IGNORECASE)
_NEXT_REQUIREMENT = re.compile(r"\n(?=\S)")


def direct_requirements(declared: str, locked: str) -> str:
    """The blocks of a hashed requirements file whose packages `declared` names, one a line."""
    names = {_canonical(line) for line in declared.split("\n") if line.strip()}
    blocks = _NEXT_REQUIREMENT.split(locked.strip())
    return "".join(f"{block}\n" for block in blocks if _canonical(block.split("==")[0]) in names)


def pinned(package: str, locked: str) -> str:
    """The version of a package in a hashed requirements file; "" where it is not there."""
    found = re.search(rf"^{re.escape(package)}==([^ ;\\]+)", locked, re.MULTILINE)
    return found[1] if found else ""


def _canonical(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name.strip()).lower()


def slim(layer: str, folder: Path) -> None:
    """Leaves in `folder` what the layer's contents.txt names. Raises ValueError on a stale line."""
    kept = named(read_patterns(layer), folder)
    for path in sorted(folder.rglob("*"), reverse=True):
        if path.is_dir() and not path.is_symlink():
            _remove_empty(path)
        elif path not in kept:
            path.unlink()
    for name in EMPTIED.get(layer, ()):
        (folder / name).write_text("# Docstrings of numpy's, left out: see layers/slim.py.\n")
    for copy in list(_repeated_licences(folder)):
        copy.unlink()
    for library in folder.rglob("*.so*"):
        trim(library)


def read_patterns(layer: str) -> tuple[str, ...]:
    """What a layer's contents.txt names: globs below its python/."""
    lines = (_HERE / layer / "contents.txt").read_text("utf-8").splitlines()
    return tuple(line for line in lines if line and not line.startswith("#"))


def named(patterns: Iterable[str], folder: Path) -> frozenset[Path]:
    """The files that patterns name. Raises ValueError for a pattern that names none."""
    kept: set[Path] = set()
    for pattern in patterns:
        found = {path for path in folder.glob(pattern) if path.is_file()}
        if not found:
            raise ValueError(f"layers: {pattern!r} of contents.txt matches nothing; mend the line")
        kept |= found
    return frozenset(kept)


def _remove_empty(folder: Path) -> None:
    if not any(folder.iterdir()):
        folder.rmdir()


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
    found = {entry.name: size_of(entry) for entry in folder.iterdir()}
    return dict(sorted(found.items(), key=lambda item: (-item[1], item[0])))


def size_of(path: Path) -> int:
    """Bytes of a file, or of all files below a folder."""
    files = [path] if path.is_file() else [p for p in path.rglob("*") if p.is_file()]
    return sum(file.stat().st_size for file in files)
