"""What can be reached in a layer, read from its files; run by the Python that the layer is for.

    python3.13 reach.py WHOLE SLIM SAMOVAR

prints JSON: `missing`, pairs of a module that stays and one it imports that is gone; `idle`,
modules that stay and that nothing imports, from samovar on.
"""

import ast
import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path

PACKAGES = ("numpy", "onnxruntime", "orjson", "tokenizers", "PIL")
_NAME = re.compile(rb"(?:numpy|onnxruntime|tokenizers|PIL)(?:\.[A-Za-z_][A-Za-z_0-9]*)+")


def file_of(module: str, folder: Path) -> Path | None:
    """Where a module lies below a folder; None where it does not."""
    path = folder.joinpath(*module.split("."))
    plain = [path / "__init__.py", path.with_suffix(".py")]
    return next(
        (each for each in [*plain, *path.parent.glob(f"{path.name}.*so")] if each.is_file()), None
    )


def imported(path: Path, package: str) -> Iterator[str]:
    """Modules that a file may import, also late; and names that may be modules of a package."""
    for node in _run(ast.parse(path.read_bytes())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            above = (
                package.split(".")[: len(package.split(".")) - node.level + 1] if node.level else []
            )
            module = ".".join([*above, *([node.module] if node.module else [])])
            yield from [module, *(f"{module}.{alias.name}" for alias in node.names)]


def _run(node: ast.AST) -> Iterator[ast.AST]:
    """Every node below, but for what only type checkers see."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.If) and "TYPE_CHECKING" in ast.unparse(child.test):
            yield from (each for part in child.orelse for each in [part, *_run(part)])
        else:
            yield child
            yield from _run(child)


def named_in(path: Path) -> Iterator[str]:
    """Modules that are spelled out in a file: in a table, or in what a library calls back."""
    for name in _NAME.findall(path.read_bytes()):
        parts = name.decode().split(".")
        yield from (".".join(parts[:end]) for end in range(2, len(parts) + 1))


def asks_for(module: str, path: Path) -> Iterator[str]:
    yield from (module.rpartition(".")[0],) if "." in module else ()
    if path.suffix == ".py":
        yield from imported(
            path, module if path.name == "__init__.py" else module.rpartition(".")[0]
        )
    else:
        yield from named_in(path)


def reach(slim: Path, samovar: Path) -> dict[str, Path]:
    """Modules of the layer that samovar imports, and those that they import, and so on."""
    todo = [
        each for file in samovar.rglob("*.py") for each in [*imported(file, ""), *named_in(file)]
    ]
    found: dict[str, Path] = {}
    while todo:
        module = todo.pop()
        path = file_of(module, slim)
        if module.partition(".")[0] in PACKAGES and path and module not in found:
            found[module] = path
            todo += asks_for(module, path)
    return found


def modules(folder: Path) -> Iterator[tuple[str, Path]]:
    for package in PACKAGES:
        for path in sorted((folder / package).rglob("*.py")):
            parts = path.relative_to(folder).with_suffix("").parts
            yield ".".join(parts[:-1] if parts[-1] == "__init__" else parts), path


def main(whole: Path, slim: Path, samovar: Path) -> None:
    reached = reach(slim, samovar)
    missing = {
        (module, wanted)
        for module, path in modules(slim)
        for wanted in asks_for(module, path)
        if file_of(wanted, whole) and not file_of(wanted, slim)
    }
    idle = [module for module, _ in modules(slim) if module not in reached]
    print(json.dumps({"missing": sorted(missing), "idle": idle}))


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:]))
