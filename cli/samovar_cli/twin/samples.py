"""Commands to paste, made for the models that are there."""

import json
import math
import shlex
import tomllib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

_FAVOURITE = "task-priority"
_TEXT = "Prepare quarterly report"
_LARGEST = 64  # elements: more would not fit on a line
_FILLER: Mapping[str, Any] = {"BYTES": _TEXT, "BOOL": True}


def sample_commands(models: Path, names: Iterable[str], url: str, samovar: str) -> list[str]:
    """A `predict` by curl and by `samovar`, and a tensor request: what there is a model for."""
    ordered = sorted(names, key=lambda name: _rank(models / name))
    text = next((name for name in ordered if _takes_text(models / name)), None)
    commands = [f"curl -s {url}/v2/health/ready"]
    if text is not None:
        words = shlex.quote(_TEXT)
        header = "-H 'Content-Type: text/plain'"
        commands = [
            f"curl -s {url}/v1/models/{text}/predict {header} -d {words}",
            f"{samovar} predict {text} {words}",
        ]
    bodies = {name: body for name in ordered if (body := _tensors(models / name))}
    if bodies:
        name = text if text in bodies else min(bodies, key=lambda name: len(bodies[name]))
        commands.append(f"curl -s {url}/v2/models/{name}/infer -d {shlex.quote(bodies[name])}")
    return commands


def _rank(folder: Path) -> tuple[bool, bool, str]:
    """The favourite first, then models that need not be fetched from a bucket."""
    bundled = bool(_read(folder / "model.toml").get("bundle", False))
    return (folder.name != _FAVOURITE, not bundled, folder.name)


def _takes_text(folder: Path) -> bool:
    return bool(_read(folder / "model.toml").get("input", {}).get("kind") == "text")


def _tensors(folder: Path) -> str | None:
    """A protocol request with a tensor for each input; None when it would be long or unknown."""
    signatures = _read(folder / "model.lock").get("signature", {})
    if not signatures:
        return None
    inputs = signatures[max(signatures, key=int)]["inputs"]
    tensors = [_tensor(entry["name"], entry["datatype"], entry["shape"]) for entry in inputs]
    if sum(len(tensor["data"]) for tensor in tensors) > _LARGEST:
        return None
    return json.dumps({"inputs": tensors})


def _tensor(name: str, datatype: str, shape: list[int]) -> dict[str, Any]:
    sizes = [max(size, 1) for size in shape]
    data = [_FILLER.get(datatype, 1)] * math.prod(sizes)
    return {"name": name, "datatype": datatype, "shape": sizes, "data": data}


def _read(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text("utf-8"))
    except (OSError, ValueError):
        return {}
