"""JSON schemas of what predict answers, read from a model's last step or its program."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from samovar.edges.openapi_classify import ANSWER as CLASSIFIED
from samovar.edges.openapi_generate import answer_fields
from samovar.service import Description

Schema = dict[str, Any]


def predict_answer(found: Description) -> Schema:
    """One answer, or `predictions` where a list of items was sent."""
    properties = answer_properties(found)
    head: dict[str, Schema] = {
        "id": {"type": "string", "description": "of the request, as in the log"},
        "model": {"const": found.spec.name},
        "version": {"type": "string"},
    }
    answer = {"type": "object", "required": _always(properties), "properties": properties}
    one = {
        "type": "object",
        "required": [*head, *_always(properties)],
        "properties": head | properties,
    }
    several = {
        "type": "object",
        "required": [*head, "predictions"],
        "properties": {**head, "predictions": {"type": "array", "items": answer}},
    }
    return {"anyOf": [one, several]}


def _always(properties: Mapping[str, Schema]) -> list[str]:
    return [name for name in properties if name not in _SOMETIMES]


_SOMETIMES = frozenset(
    {
        *("mime_type", "group", "description", "is_text"),
        *("logprobs", "tokens", "tool_calls"),
        "known",
    }
)


def answer_properties(found: Description) -> dict[str, Schema]:
    """The fields of one answer: by its last step, else its program, else its outputs."""
    post = found.spec.post
    build = _BY_STEP.get(type(post[-1]).__name__) if post else None
    build = build or _BY_PROGRAM.get(found.spec.program.name)
    if build:
        return build(found)
    return {} if post else {spec.name: {} for spec in found.signature.outputs}


def _labels(found: Description) -> list[str]:
    """The labels where the manifest or its measurements have them; a file is not read here."""
    listed = getattr(found.spec.post[-1], "labels", ())
    if isinstance(listed, str):
        listed = found.spec.metrics.get("labels", ())
    return [str(label) for label in listed] if isinstance(listed, Sequence) else []


def _text(values: Sequence[str]) -> Schema:
    return {"type": "string", "enum": list(values)} if values else {"type": "string"}


def _scores(labels: Sequence[str]) -> Schema:
    pair = {
        "type": "object",
        "required": ["label", "score"],
        "properties": {"label": _text(labels), "score": {"type": "number"}},
    }
    return {"type": "array", "items": pair, "description": "best first"}


def _classify(found: Description) -> dict[str, Schema]:
    labels = _labels(found)
    other = getattr(found.spec.post[-1], "other", None)
    label: Schema = {"type": ["string", "null"]}
    if labels:
        label["enum"] = [*labels, *([other] if other else []), None]
    score = {"type": ["number", "null"], "minimum": 0, "maximum": 1}
    return {"label": label, "score": score, "probabilities": _scores(labels)}


def _multilabel(found: Description) -> dict[str, Schema]:
    labels = _labels(found)
    return {"labels": {"type": "array", "items": _text(labels)}, "probabilities": _scores(labels)}


def _embedding(found: Description) -> dict[str, Schema]:
    named = getattr(found.spec.post[-1], "tensor", "")
    widths = [s.shape[-1] for s in found.signature.outputs if named in ("", s.name) and s.shape]
    vector: Schema = {"type": "array", "items": {"type": ["number", "null"]}}
    if len(widths) == 1 and widths[0] > 0:
        vector |= {"minItems": widths[0], "maxItems": widths[0]}
    return {"embedding": vector, "tokens": {"type": "integer", "minimum": 0}}


def _regression(found: Description) -> dict[str, Schema]:
    unit = getattr(found.spec.post[-1], "unit", "")
    value = {"value": {"type": ["number", "null"]}}
    return {**value, "unit": {"const": unit}} if unit else value


def _boxes(found: Description) -> dict[str, Schema]:
    box = {"type": "array", "items": {"type": "number"}, "minItems": 4, "maxItems": 4}
    found_box = {
        "type": "object",
        "required": ["label", "score", "box"],
        "properties": {"label": _text(_labels(found)), "score": {"type": "number"}, "box": box},
    }
    return {"boxes": {"type": "array", "items": found_box}}


def _file_type(_: Description) -> dict[str, Schema]:
    return {
        "label": {"type": ["string", "null"]},
        "score": {"type": ["number", "null"]},
        "mime_type": {"type": ["string", "null"]},
        "group": {"type": ["string", "null"]},
        "description": {"type": ["string", "null"]},
        "is_text": {"type": ["boolean", "null"]},
        "probabilities": _scores(()),
    }


def _ocr(_: Description) -> dict[str, Schema]:
    corner = {"type": "array", "items": {"type": "number"}, "minItems": 2, "maxItems": 2}
    line = {
        "type": "object",
        "required": ["text", "score", "box"],
        "properties": {
            "text": {"type": "string"},
            "score": {"type": "number"},
            "box": {"type": "array", "items": corner, "minItems": 4, "maxItems": 4},
        },
    }
    return {"text": {"type": "string"}, "lines": {"type": "array", "items": line}}


def _frames(_: Description) -> dict[str, Schema]:
    second = {"type": "number", "description": "seconds"}
    segment = {
        "type": "object",
        "required": ["start", "end"],
        "properties": {"start": second, "end": second},
    }
    return {
        "segments": {"type": "array", "items": segment},
        "speech_seconds": {"type": "number"},
        "score": {"type": "number"},
    }


def _transcribe(_: Description) -> dict[str, Schema]:
    second = {"type": "number", "description": "seconds"}
    segment = {
        "type": "object",
        "required": ["start_s", "end_s", "text"],
        "properties": {"start_s": second, "end_s": second, "text": {"type": "string"}},
    }
    return {
        "text": {"type": "string"},
        "language": {"type": "string", "description": "a code such as en"},
        "segments": {"type": "array", "items": segment},
        "duration_s": second,
    }


_Build = Callable[[Description], dict[str, Schema]]
_BY_STEP: Mapping[str, _Build] = {
    "Classify": _classify,
    "MultiLabel": _multilabel,
    "EmbeddingAnswer": _embedding,
    "Regression": _regression,
    "DetectBoxes": _boxes,
    "FileType": _file_type,
}
_BY_PROGRAM: Mapping[str, _Build] = {
    "ocr": _ocr,
    "frames": _frames,
    "generate": lambda _: answer_fields(),
    "classifier": lambda _: {**CLASSIFIED},
    "transcribe": _transcribe,
}
