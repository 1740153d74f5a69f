"""Tiny models whose answers are kept, and requests to them, each written in many ways."""

import hashlib
import json
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
from samovar.edges.inference import Visit, answer, find_target
from samovar.edges.messages import HEADER_SIZE, Request, Response
from samovar.service import Service
from samovar.values import dataclass

from tests.tiny_models import write_models

KEPT = ("affine", "mood", "price", "sums")


def write_kept(folder: Path, table: str = "ttl_s = 60", names: tuple[str, ...] = KEPT) -> Path:
    """The tiny models as a build leaves them: with their digests, and with `[cache]`."""
    root = write_models(folder)
    for name in names:
        lock(root / name)
        manifest = root / name / "model.toml"
        manifest.write_text(f"{manifest.read_text()}\n[cache]\n{table}\n")
    return root


def lock(model: Path) -> None:
    """Record the sha256 of every file of every version."""
    files = sorted(path for path in model.glob("[0-9]*/*") if path.is_file())
    lines = [
        f'"{path.relative_to(model)}" = "{hashlib.sha256(path.read_bytes()).hexdigest()}"'
        for path in files
    ]
    (model / "model.lock").write_text("\n".join(["[files]", *lines]) + "\n")


@dataclass(frozen=True, slots=True)
class Sent:
    """A request as a client sends it."""

    path: str
    body: bytes
    headers: dict[str, str]
    request_id: str = "r"


def ask(service: Service, sent: Sent, **headers: str) -> Response:
    """The response to it, as both doors give it."""
    said = {**sent.headers, **{name.replace("_", "-"): value for name, value in headers.items()}}
    request = Request("POST", sent.path, said, sent.body, sent.request_id)
    return answer(Visit(service, request, find_target("POST", sent.path)), 10_000_000)


def state(response: Response) -> str:
    """Where it came from."""
    return response.headers.get("x-samovar-cache", "")


def shuffled(value: Any, chance: Random) -> Any:
    """The same JSON with its objects' keys in another order."""
    if isinstance(value, dict):
        keys = list(value)
        chance.shuffle(keys)
        return {key: shuffled(value[key], chance) for key in keys}
    return [shuffled(each, chance) for each in value] if isinstance(value, list) else value


def written(value: Any, chance: Random) -> bytes:
    """JSON in one of the ways in which it can be written."""
    indent = chance.choice([None, None, 1, 3])
    ascii_only = chance.random() < 0.5
    text = json.dumps(shuffled(value, chance), indent=indent, ensure_ascii=ascii_only)
    return b"\xef\xbb\xbf" * (chance.random() < 0.1) + text.encode()


def infer(
    model: str,
    version: str,
    tensors: dict[str, np.ndarray],
    outputs: list[tuple[str, bool]],
    chance: Random,
) -> Sent:
    """An infer request, its tensors flat, nested or raw; `outputs` are names, and whether raw."""
    raw, inputs = [], []
    names = list(tensors)
    chance.shuffle(names)
    for name in names:
        array = tensors[name]
        kind = {"f": "FP32", "i": "INT64"}[array.dtype.kind]
        entry: dict[str, Any] = {"name": name, "datatype": kind, "shape": list(array.shape)}
        way = chance.choice(["flat", "nested", "raw"])
        if way == "raw":
            entry["parameters"] = {"binary_data_size": array.nbytes}
            raw.append(array.tobytes())
        else:
            entry["data"] = (array if way == "nested" else array.ravel()).tolist()
        inputs.append(entry)
    said: dict[str, Any] = {"inputs": inputs}
    if outputs:
        said["outputs"] = [
            {"name": name, **({"parameters": {"binary_data": True}} if binary else {})}
            for name, binary in outputs
        ]
    own = f"own-{chance.randrange(1000)}{chance.choice(['', 'é'])}" if chance.random() < 0.5 else ""
    if own:
        said["id"] = own
    # The order of the inputs is that of the raw bytes: keys alone may move.
    head = written(said, chance)
    version_path = f"/versions/{version}" if version else ""
    headers = {HEADER_SIZE: str(len(head))} if raw or chance.random() < 0.2 else {}
    path = f"/v2/models/{model}{version_path}/infer"
    return Sent(path, head + b"".join(raw), headers, f"id-{chance.randrange(10**6)}")


def predict(model: str, kind: str, value: Any, chance: Random) -> Sent:
    """A predict request for one item: a text as it is or in JSON, or a row."""
    path, own = f"/v1/models/{model}/predict", f"id-{chance.randrange(10**6)}"
    if kind == "text" and chance.random() < 0.5:
        plain = chance.choice(["text/plain", "text/plain; charset=utf-8", "TEXT/PLAIN"])
        return Sent(path, value.encode(), {"content-type": plain}, own)
    body = written({kind: value}, chance)
    return Sent(path, body, {"content-type": "application/json"}, own)
