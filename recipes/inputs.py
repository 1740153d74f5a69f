"""What a model is built from, as one fingerprint: its recipe's files, packages and tools."""

import ast
import hashlib
import platform
from collections.abc import Iterable, Mapping, Sequence
from importlib.metadata import PackageNotFoundError, distributions, version
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
TOOLS = ("numpy", "onnx", "onnxruntime", "scikit-learn", "skl2onnx", "tokenizers")


def fingerprint(module: str, data: Iterable[Path], packages: Sequence[str], weights: Path) -> str:
    """64 hex digits that change when any file, package or tool of a recipe changes."""
    digest = hashlib.sha256()
    for file in sorted({*source_files(module), *data}):
        digest.update(file.relative_to(ROOT).as_posix().encode())
        digest.update(hashlib.sha256(file.read_bytes()).digest())
    for name, held in sorted(versions(packages, weights).items()):
        digest.update(f"{name}={held};".encode())
    return digest.hexdigest()


def versions(packages: Sequence[str], weights: Path) -> Mapping[str, str]:
    """The versions of Python, of the tools and of the weight packages that a model is built with.

    Raises PackageNotFoundError for a weight package that is not unpacked in `weights`.
    """
    unpacked = {
        found.name.lower().replace("_", "-"): found.version
        for found in distributions(path=[str(weights)])
    }
    missing = [name for name in packages if name not in unpacked]
    if missing:
        raise PackageNotFoundError(", ".join(missing))
    tools = {name: version(name) for name in TOOLS}
    return {
        "python": platform.python_version(),
        **tools,
        **{name: unpacked[name] for name in packages},
    }


def source_files(module: str) -> frozenset[Path]:
    """The files of a recipe: its module and every module of `recipes` that it imports."""
    found: dict[str, Path] = {}
    waiting = [module]
    while waiting:
        name = waiting.pop()
        if name not in found:
            found[name] = _file_of(name)
            waiting += _imported_recipes(found[name])
    return frozenset(found.values())


def _imported_recipes(file: Path) -> list[str]:
    names: list[str] = []
    for node in ast.walk(ast.parse(file.read_bytes())):
        if isinstance(node, ast.ImportFrom) and node.module:
            names += [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
        elif isinstance(node, ast.Import):
            names += [alias.name for alias in node.names]
    return [name for name in names if name.startswith("recipes.") and _file_of(name).is_file()]


def _file_of(module: str) -> Path:
    return ROOT.joinpath(*module.split(".")).with_suffix(".py")
