"""Models as a user brings them: one `.onnx` file each, weights inside, default options."""

import shutil
import tempfile
from pathlib import Path
from typing import Any

from benchmarks.places import BUILT, MODELS


def source(model: str, graph: str = "model.onnx") -> Path:
    """The file of a model's first version as `make models` builds it."""
    return MODELS / model / "1" / graph


def plain_model(model: str, graph: str = "model.onnx") -> Path:
    """The one file of `models/<model>/1`, made where its weights lie beside it."""
    made_from, made = source(model, graph), BUILT / "plain" / model / graph
    if not made_from.is_file():
        raise FileNotFoundError(f"{made_from.name} of {model} is not built: run `make models`")
    if not made.exists() or made.stat().st_mtime < made_from.stat().st_mtime:
        _merge(made_from, made)
    return made


def _merge(graph: Path, made: Path) -> None:
    import onnx

    made.parent.mkdir(parents=True, exist_ok=True)
    part = made.with_suffix(".part")
    onnx.save(_whole(graph), str(part), save_as_external_data=False)
    part.replace(made)


def _whole(graph: Path) -> Any:
    """A graph with the weights beside it, read from a copy: onnx takes no file of two names."""
    import onnx

    with tempfile.TemporaryDirectory() as folder:
        for file in graph.parent.iterdir():
            if file.is_file():
                shutil.copy(file, folder)
        return onnx.load(str(Path(folder, graph.name)))
