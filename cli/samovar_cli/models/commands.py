"""The commands that call a model with one of its examples, to be pasted as they are."""

import base64
import shlex
from math import prod
from pathlib import Path

import orjson
from samovar.codecs import media_type
from samovar.types import OIP_BINARY, OIP_JSON, Example, ModelSpec, Signature, TensorSpec

from samovar_cli.terminal import command_name

URL = "http://127.0.0.1:8000"
_MOST_ELEMENTS = 64
_MOST_INLINE_BYTES = 2000


def calls(spec: ModelSpec, models: Path, signature: Signature | None) -> list[str]:
    """`samovar predict` and curl for the model's first example, or for a made-up input.

    Empty where there is neither an example nor an input that is short enough to write down.
    """
    for example in spec.examples:
        found = _example_calls(spec.name, models, example)
        if found:
            return found
    return _made_up_calls(spec.name, models, signature) if signature else []


def _example_calls(name: str, models: Path, example: Example) -> list[str]:
    payload, url = example.payload, f"{URL}/v1/models/{name}/predict"
    media = f"-H 'Content-Type: {payload.content_type}'"
    if example.file:
        path = shlex.quote(str(models / name / example.file))
        return [_predict(name, models, path), _curl(url, media, f"--data-binary @{path}")]
    is_tensors = media_type(payload.content_type) in (OIP_JSON, OIP_BINARY)
    if is_tensors or len(payload.body) > _MOST_INLINE_BYTES:
        return []
    try:
        text = shlex.quote(payload.body.decode())
    except UnicodeDecodeError:
        piped = f"echo {base64.b64encode(payload.body).decode()} | base64 -d |"
        return [
            f"{piped} {_predict(name, models, '-')}",
            f"{piped} {_curl(url, media, '--data-binary @-')}",
        ]
    return [_predict(name, models, text), _curl(url, media, f"--data-raw {text}")]


def _made_up_calls(name: str, models: Path, signature: Signature) -> list[str]:
    """A row of zeros or empty strings for predict, and the same by the open protocol."""
    inputs = signature.inputs
    if not inputs or sum(prod(_sizes(spec)) for spec in inputs) > _MOST_ELEMENTS:
        return []
    row = {spec.name: _nested(_filling(spec), _sizes(spec)[1:]) for spec in inputs}
    body = {
        "inputs": [
            {
                "name": spec.name,
                "shape": list(_sizes(spec)),
                "datatype": spec.datatype,
                "data": [_filling(spec)] * prod(_sizes(spec)),
            }
            for spec in inputs
        ]
    }
    return [
        _predict(name, models, shlex.quote(orjson.dumps({"row": row}).decode())),
        _curl(
            f"{URL}/v2/models/{name}/infer",
            "-H 'Content-Type: application/json'",
            f"--data-raw {shlex.quote(orjson.dumps(body).decode())}",
        ),
    ]


def _predict(name: str, models: Path, written: str) -> str:
    where = "" if models == Path("models") else f" --models {shlex.quote(str(models))}"
    ends = " --" if written.lstrip("'").startswith("-") and written != "-" else ""
    return f"{command_name()} predict{where}{ends} {shlex.quote(name)} {written}"


def _curl(url: str, media: str, data: str) -> str:
    return f"curl -s {url} \\\n  {media} \\\n  {data}"


def _sizes(spec: TensorSpec) -> tuple[int, ...]:
    return tuple(max(size, 1) for size in spec.shape)


def _filling(spec: TensorSpec) -> object:
    return {"BYTES": "", "BOOL": False}.get(spec.datatype, 0)


def _nested(value: object, sizes: tuple[int, ...]) -> object:
    for size in reversed(sizes):
        value = [value] * size
    return value
