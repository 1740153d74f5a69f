"""The requests that a model is measured with: the user's own, its examples, or one made up."""

import io
import wave
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np
import orjson
from samovar import pipeline
from samovar.errors import CommandFailed, SamovarError
from samovar.model import Model
from samovar.types import OIP_JSON, Kind, Payload

from samovar_cli.adding.made_up import guesses, make
from samovar_cli.adding.requests import TEXT
from samovar_cli.inputs import read_file
from samovar_cli.models.other_sizes import Sized, extent

_MOST = 6  # examples: more take time, and tell little that these do not
_MADE_UP = "a made-up request"


def find_requests(model: Model, samples: Sequence[Path]) -> tuple[Sized, ...]:
    """Requests of several sizes.

    Raises CommandFailed where none can be had, SamovarError for a sample that is refused.
    """
    if samples:
        return tuple(_own(model, path) for path in samples)
    examples = _spread(model)
    if examples:
        return examples
    for payload in _made_up(model):
        if _is_answered(model, payload):
            return (_sized(model, _MADE_UP, payload),)
    raise CommandFailed(
        f"model '{model.spec.name}' has no golden examples to measure, and nothing that could be "
        "made up is answered: add [[examples]] to its manifest, of the sizes that people send, or "
        "name files of them with --sample"
    )


def _own(model: Model, path: Path) -> Sized:
    file = read_file(path, model.spec.input.kind)
    try:
        pipeline.infer(file.payload, model)
    except SamovarError as error:
        error.args = (f"{path}: {error.message}",)
        raise
    return _sized(model, file.name, file.payload)


def _spread(model: Model) -> tuple[Sized, ...]:
    """The examples; of many, the first and some of all sizes."""
    found = [_sized(model, one.name, one.payload) for one in model.spec.examples]
    if len(found) <= _MOST:
        return tuple(found)
    first, *others = found
    others.sort(key=lambda one: len(one.payload.body))
    step = (len(others) - 1) / (_MOST - 2)
    return (first, *(others[round(index * step)] for index in range(_MOST - 1)))


def _sized(model: Model, name: str, payload: Payload) -> Sized:
    return Sized(name, payload, extent(model, payload))


def _is_answered(model: Model, payload: Payload) -> bool:
    try:
        pipeline.infer(payload, model)
    except SamovarError:
        return False
    return True


def _made_up(model: Model) -> Iterator[Payload]:
    """What may be answered: what people send, or tensors in the sizes that graphs usually take."""
    kind = model.spec.input.kind
    if kind in _SENT:
        yield _SENT[kind]()
    inputs = tuple(model.inputs.values())
    for guess in guesses(inputs, ()):
        try:
            made = make(inputs, {}, guess)
            tensors = [
                {
                    "name": spec.name,
                    "shape": made[spec.name].shape,
                    "datatype": spec.datatype,
                    "data": made[spec.name].reshape(-1).tolist(),
                }
                for spec in inputs
            ]
        except ValueError:
            continue  # too large to be made up
        yield Payload(orjson.dumps({"inputs": tensors}), OIP_JSON)


def _picture() -> Payload:
    """A gradient of 256 x 256."""
    from PIL import Image

    target = io.BytesIO()
    Image.radial_gradient("L").convert("RGB").save(target, "JPEG")
    return Payload(target.getvalue(), "image/jpeg")


def _sound() -> Payload:
    """A second of a tone, 440 Hz at 16,000 samples a second."""
    tone = np.sin(np.arange(16_000) * 440 * 2 * np.pi / 16_000) * 8_000
    target = io.BytesIO()
    with wave.open(target, "wb") as sound:
        sound.setparams((1, 2, 16_000, 0, "NONE", ""))
        sound.writeframes(tone.astype("<i2").tobytes())
    return Payload(target.getvalue(), "audio/wav")


_SENT: Mapping[Kind, Callable[[], Payload]] = {
    Kind.TEXT: lambda: Payload(TEXT.encode(), "text/plain"),
    Kind.IMAGE: _picture,
    Kind.AUDIO: _sound,
    Kind.BYTES: lambda: Payload(TEXT.encode(), "application/octet-stream"),
}
