"""What is refused before a stranger's graph is opened, each with the way out."""

import re
import shutil
from pathlib import Path, PurePosixPath

from samovar.adapters.model_files import LocalFiles, check_graph
from samovar.errors import CommandFailed, ModelCorrupt, ModelFault, ModelUnsafe
from samovar.types import ModelSpec

from samovar_cli.adding.graph import Graph, read_graph
from samovar_cli.terminal import size

MOST_GRAPH_BYTES = 2**31 - 1  # of one protobuf message
_FILE = re.compile(r"[A-Za-z0-9_][\w.-]*(/[A-Za-z0-9_][\w.-]*)*")
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,127}")
_ANY = "0" * 64  # no file has been copied, so none has a sha256 yet


def admit(path: Path) -> tuple[Graph, tuple[str, ...]]:
    """A graph that may be opened, and the files of weights beside it that it opens.

    Raises ModelCorrupt, ModelUnsafe.
    """
    check_file(path, path.name)
    if path.stat().st_size > MOST_GRAPH_BYTES:
        raise ModelCorrupt(
            f"{path.name} has {size(path.stat().st_size)}, and no ONNX file can have over 2 GiB: "
            "save it with its weights as external data (onnx.save(…, save_as_external_data=True))"
        )
    graph = read_graph(path)
    weights = tuple(sorted(graph.file.external_data))
    for location in weights:
        _check_location(path, location)
    _check_operators(path, weights)
    _check_sides(path, graph)
    return graph, weights


def check_file(path: Path, name: str) -> None:
    """Raises ModelUnsafe for a link, ModelCorrupt for what is no file."""
    if path.is_symlink():
        raise ModelUnsafe(
            f"{name} is a symbolic link: name the file itself, or copy it first (cp -L)"
        )
    if not path.is_file():
        raise ModelCorrupt(f"{name} is not a file")


def check_name(name: str) -> str:
    """A model's name. Raises CommandFailed."""
    if not _NAME.fullmatch(name):
        raise CommandFailed(
            f"{name[:80]!r} is no model name: letters, digits, '.', '_' and '-' only, at most 128, "
            "a letter or digit first; choose one with --name"
        )
    return name


def check_room(folder: Path, needed: int) -> None:
    """Raises CommandFailed where a copy would fill the disk."""
    at = next(parent for parent in (folder, *folder.absolute().parents) if parent.exists())
    free = shutil.disk_usage(at).free
    if needed > free:
        raise CommandFailed(
            f"the model has {size(needed)}, and {folder} has room for {size(free)}: free some, or "
            "name another folder with --models"
        )


def _check_location(graph: Path, location: str) -> None:
    """External data is a plain file beside the graph, or in a folder there."""
    said = f"{graph.name} keeps weights in {location[:200]!r}"
    pure = PurePosixPath(location)
    if not location or pure.is_absolute() or ".." in pure.parts or "\\" in location:
        raise ModelUnsafe(
            f"{said}, which lies outside of its folder: save it again with its weights beside it "
            '(onnx.save(…, save_as_external_data=True, location="weights.bin"))'
        )
    if not _FILE.fullmatch(location):
        raise ModelUnsafe(
            f"{said}, a name that a model folder cannot have: save it again with a plain one "
            '(onnx.save(…, save_as_external_data=True, location="weights.bin"))'
        )
    path = graph.parent / location
    if path == graph:
        raise ModelUnsafe(f"{said}, which is the graph itself")
    steps = [path, *(graph.parent / part for part in pure.parents if str(part) != ".")]
    if any(step.is_symlink() for step in steps):
        raise ModelUnsafe(f"{said}, a symbolic link: copy the file itself there (cp -L)")
    if not path.is_file():
        raise ModelCorrupt(f"{said}, which is not there: bring it too, into {graph.parent}")


def _check_operators(path: Path, weights: tuple[str, ...]) -> None:
    """Raises ModelUnsafe for operators that are neither ONNX's nor Microsoft's."""
    listed = {f"1/{name}": _ANY for name in weights}
    spec = ModelSpec(name=path.stem, external_data=weights, files=listed)
    try:
        check_graph(spec, "1", path.name, LocalFiles(path.parent, path.parent))
    except ModelUnsafe as error:
        said = error.message.partition(": list it")[0]
        raise ModelUnsafe(
            f"{said}: samovar runs operators of ONNX and of onnxruntime only, for others are "
            "code; export the model without them"
        ) from None


def _check_sides(path: Path, graph: Graph) -> None:
    if graph.untyped:
        raise ModelFault(
            f"{path.name} takes {graph.untyped[0]!r}, which is no tensor: samovar sends tensors "
            "only; export the model with tensors for inputs"
        )
    if not graph.file.outputs:
        what = f": {graph.hidden[0]!r} is none" if graph.hidden else ""
        raise ModelFault(
            f"{path.name} gives no tensor{what}; of skl2onnx, ask for tensors with "
            "options={'zipmap': False}"
        )
