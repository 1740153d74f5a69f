"""A saved label set as one JSON document: its head, and which model's vectors it is for.

Numbers are float32 in base64, little-endian. Nothing of it is ever run, and no example is in it.
"""

import base64
import binascii
import hashlib
from collections.abc import Mapping
from typing import Any

import numpy as np
import orjson

from samovar.classification.fitting import Fit, Head, Known
from samovar.classification.label_heads import LabelHead
from samovar.errors import ModelCorrupt
from samovar.types import Array, ModelSpec
from samovar.values import dataclass

HEAD = "head.json"
_FORMAT = 1
_FLOAT = np.dtype("<f4")


@dataclass(frozen=True, slots=True)
class Encoder:
    """The model whose vectors a head reads, and the digest of that version's files."""

    model: str
    version: str
    sha256: str


@dataclass(frozen=True, slots=True)
class SavedHead:
    """All that a version of a classifier is."""

    encoder: Encoder
    label_head: LabelHead
    descriptions: tuple[str, ...]


def encoder_of(spec: ModelSpec, version: str) -> Encoder:
    """A version of a model as a head refers to it.

    Its digest is that of its files alone, so that it outlives a change of how samovar describes
    a model; "" where no files are listed.
    """
    files = {name: sha for name, sha in spec.files.items() if name.startswith(f"{version}/")}
    digest = hashlib.sha256(repr(sorted(files.items())).encode()).hexdigest() if files else ""
    return Encoder(spec.name, version, digest)


def write_head(saved: SavedHead) -> bytes:
    """The document; equal heads have equal bytes."""
    head, fit = saved.label_head.head, saved.label_head.head.fit
    labels = [
        {"name": name, "description": description, "examples": count}
        for name, description, count in zip(
            saved.label_head.labels, saved.descriptions, fit.examples, strict=True
        )
    ]
    return orjson.dumps(
        {
            "format": _FORMAT,
            "encoder": {
                "model": saved.encoder.model,
                "version": saved.encoder.version,
                "sha256": saved.encoder.sha256,
            },
            "labels": labels,
            "unknown": saved.label_head.share,
            "left_out": {"rows": fit.left_out, "accuracy": fit.accuracy, "log_loss": fit.log_loss},
            "known": {"cosine": head.known.cosine, "spread": head.known.spread},
            "width": head.weight.shape[1],
            "weight": _packed(head.weight),
            "bias": _packed(head.bias),
            "directions": _packed(head.known.directions),
        },
        option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE,
    )


def read_head(body: bytes) -> SavedHead:
    """What `write_head` wrote. Raises ModelCorrupt."""
    try:
        said = orjson.loads(body)
        if said["format"] != _FORMAT:
            raise ModelCorrupt(f"{HEAD} has the format {said['format']!r}; this reads {_FORMAT}")
        return _read(said)
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise ModelCorrupt(f"{HEAD} is no classifier's: {error}") from None


def _read(said: Mapping[str, Any]) -> SavedHead:
    labels, left_out, known = said["labels"], said["left_out"], said["known"]
    count, width = len(labels), int(said["width"])
    shape = (count, width)
    fit = Fit(
        tuple(int(label["examples"]) for label in labels),
        int(left_out["rows"]),
        left_out["accuracy"],
        left_out["log_loss"],
    )
    head = Head(
        _unpacked(said["weight"], shape),
        _unpacked(said["bias"], (count,)),
        Known(_unpacked(said["directions"], shape), float(known["cosine"]), float(known["spread"])),
        fit,
    )
    share = said["unknown"]
    return SavedHead(
        Encoder(*(str(said["encoder"][key]) for key in ("model", "version", "sha256"))),
        LabelHead(
            tuple(str(label["name"]) for label in labels),
            head,
            None if share is None else float(share),
        ),
        tuple(str(label["description"]) for label in labels),
    )


def _packed(values: Array) -> str:
    return base64.b64encode(values.astype(_FLOAT).tobytes()).decode()


def _unpacked(text: str, shape: tuple[int, ...]) -> Array:
    try:
        values = np.frombuffer(base64.b64decode(text, validate=True), _FLOAT)
    except binascii.Error as error:
        raise ValueError(str(error)) from None
    if min(shape) < 1 or not np.isfinite(values).all():
        raise ValueError("it has no labels, or numbers that are none")
    return values.reshape(shape)
