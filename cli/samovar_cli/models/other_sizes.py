"""A request made shorter and longer, smaller and larger: how a model's time grows with it."""

import io
import wave
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import orjson
from samovar.codecs import media_type
from samovar.model import Model
from samovar.types import OIP_JSON, Kind, Payload

Resize = Callable[[Model, Payload, float], Payload | None]
"""The request at so many times its length; None where it has none that can be changed."""


@dataclass(frozen=True, slots=True)
class Sized:
    """A request of some size, and what to call it."""

    name: str
    payload: Payload
    extent: str = ""  # its size as a person says it: 12 words, 640 x 480, 3.2 s


def other_sizes(model: Model, one: Sized) -> Iterator[Sized]:
    """The same request at other sizes, smallest first; none of a kind that has only one."""
    resize, factors = _RESIZES.get(model.spec.input.kind, (_none, ()))
    for factor in factors:
        made = resize(model, one.payload, factor)
        if made is not None:
            yield Sized(f"× {factor:g}", made, extent(model, made))


def extent(model: Model, payload: Payload) -> str:
    """How large a request is, in words; "" where its bytes say it."""
    said = _EXTENTS.get(model.spec.input.kind)
    try:
        return said(payload) if said else ""
    except (OSError, wave.Error, EOFError, ValueError):
        return ""  # in a form that is not read here: JSON, or another coding


def _none(_model: Model, _payload: Payload, _factor: float) -> Payload | None:
    return None


def _text(_model: Model, payload: Payload, factor: float) -> Payload | None:
    said = _said_text(payload)
    words = said.split()
    made = _stretched(words, factor) if words else []
    if len(made) == len(words):
        return None
    longer = " ".join(made)
    if media_type(payload.content_type) == "application/json":
        return replace(payload, body=orjson.dumps({"text": longer}))
    return replace(payload, body=longer.encode())


def _said_text(payload: Payload) -> str:
    """The one text of a request; "" where it has several."""
    if media_type(payload.content_type) != "application/json":
        return payload.body.decode("utf-8", "replace")
    said = orjson.loads(payload.body)
    text = said.get("text") if isinstance(said, dict) else None
    return text if isinstance(text, str) else ""


def _stretched(items: list[Any], factor: float) -> list[Any]:
    count = max(round(len(items) * factor), 1)
    return [items[index % len(items)] for index in range(count)]


def _bytes(_model: Model, payload: Payload, factor: float) -> Payload | None:
    body = payload.body
    count = max(round(len(body) * factor), 1)
    if not body or count == len(body):
        return None
    return replace(payload, body=(body * (count // len(body) + 1))[:count])


def _image(model: Model, payload: Payload, factor: float) -> Payload | None:
    from PIL import Image

    target = io.BytesIO()
    try:
        with Image.open(io.BytesIO(payload.body)) as picture:
            width, height = (max(round(side * factor), 1) for side in picture.size)
            if width * height > model.spec.limits.max_pixels:
                return None
            picture.resize((width, height)).save(target, picture.format)
    except OSError:  # as JSON, or as what Pillow does not write
        return None
    return replace(payload, body=target.getvalue())


def _audio(model: Model, payload: Payload, factor: float) -> Payload | None:
    target = io.BytesIO()
    try:
        with wave.open(io.BytesIO(payload.body)) as sound:
            params, frames = sound.getparams(), sound.readframes(sound.getnframes())
    except (wave.Error, EOFError):  # as JSON, or not as PCM
        return None
    width = params.nchannels * params.sampwidth
    count = round(len(frames) // width * factor)
    if not frames or count / params.framerate > model.spec.limits.max_seconds:
        return None
    with wave.open(target, "wb") as sound:
        sound.setparams(params)
        sound.writeframes((frames * (int(factor) + 1))[: count * width])
    return replace(payload, body=target.getvalue())


def _tensors(model: Model, payload: Payload, factor: float) -> Payload | None:
    if media_type(payload.content_type) != OIP_JSON:
        return None
    body = orjson.loads(payload.body)
    shapes = [tensor["shape"] for tensor in body["inputs"]]
    for tensor in body["inputs"]:
        spec = model.inputs.get(tensor["name"])
        if spec is None or len(spec.shape) != len(tensor["shape"]):
            return None
        array = np.array(tensor["data"], object).reshape(tensor["shape"])
        for axis, size in list(enumerate(spec.shape))[1:]:
            if size < 0:
                indices = _stretched(list(range(array.shape[axis])), factor)
                array = array.take(indices, axis)
        tensor |= {"shape": list(array.shape), "data": array.reshape(-1).tolist()}
    if [tensor["shape"] for tensor in body["inputs"]] == shapes:
        return None
    return replace(payload, body=orjson.dumps(body))


def _words(payload: Payload) -> str:
    count = len(_said_text(payload).split())
    return f"{count} word{'s' * (count != 1)}" if count else ""


def _sides(payload: Payload) -> str:
    from PIL import Image

    with Image.open(io.BytesIO(payload.body)) as picture:
        return f"{picture.width} × {picture.height}"


def _seconds(payload: Payload) -> str:
    with wave.open(io.BytesIO(payload.body)) as sound:
        return f"{sound.getnframes() / sound.getframerate():.1f} s"


_RESIZES: Mapping[Kind, tuple[Resize, tuple[float, ...]]] = {
    Kind.TEXT: (_text, (0.25, 4.0, 16.0)),
    Kind.BYTES: (_bytes, (0.25, 4.0, 16.0)),
    Kind.IMAGE: (_image, (0.5, 2.0)),  # of each side
    Kind.AUDIO: (_audio, (0.5, 2.0)),
    Kind.TENSORS: (_tensors, (0.5, 2.0, 4.0)),  # of each axis that is free, but for the rows
}
_EXTENTS: Mapping[Kind, Callable[[Payload], str]] = {
    Kind.TEXT: _words,
    Kind.IMAGE: _sides,
    Kind.AUDIO: _seconds,
}
