"""Texts told apart by labels that come with the request, over HTTP."""

from collections.abc import Mapping
from typing import Any

from samovar.classification.fitting import Fit, Head
from samovar.classification.label_heads import (
    Heads,
    LabelHead,
    key_of,
    make_head,
    read_share,
)
from samovar.classification.label_heads import classify as classified
from samovar.classification.label_sets import (
    LabelSet,
    check_fields,
    read_label_set,
    read_texts,
    words_of,
)
from samovar.edges.embedders import check_answer, check_time, embedder_of, read_object
from samovar.edges.inference import Visit
from samovar.edges.messages import Response, read_body
from samovar.embedding import embed, model_digest
from samovar.errors import WrongDatatype
from samovar.types import ModelSpec

_FIELDS = ("model", "labels", "examples", "input", "unknown", "top_k")
_HEADS = Heads()


def classify(visit: Visit, max_body_bytes: int) -> Response:
    """`POST /v1/classify`. Raises SamovarError."""
    said = read_object(read_body(visit.request, max_body_bytes))
    check_fields(said, _FIELDS)
    texts, single = read_texts(said.get("input"), "input")
    label_set = read_label_set(said)
    share = read_share(said.get("unknown"), len(label_set.labels))
    top_k = _top_k(said.get("top_k"))
    spec = embedder_of(visit, said)
    check_texts(visit, spec, [*words_of(label_set), *texts])
    head = head_of(visit, spec, label_set)
    label_head = LabelHead(tuple(label.name for label in label_set.labels), head, share)
    answers = classified(label_head, embed(texts, visit.service.predict, spec))
    for each in answers:
        each["probabilities"] = each["probabilities"][: top_k or None]
    about = {"id": visit.request.request_id, "model": spec.name}
    about |= {"version": visit.service.newest(spec.name)}
    rows = answers[0] if single else {"predictions": answers}
    return _sent(visit, about | rows | {"left_out": left_out(head.fit)}, spec)


def head_of(visit: Visit, spec: ModelSpec, label_set: LabelSet) -> Head:
    """The head of a label set over a model; the one that was made before where it is known."""
    key = key_of(label_set, model_digest(spec) or spec.name.encode())
    return _HEADS.find(
        key,
        lambda: make_head(label_set, lambda texts: embed(texts, visit.service.predict, spec)),
    )


def check_texts(visit: Visit, spec: ModelSpec, texts: list[str]) -> None:
    """Raises PayloadTooLarge for texts that the model does not take, or takes too long for."""
    size = sum(map(len, texts))
    check_time(visit, spec, size, "labels, examples and texts")


def left_out(fit: Fit) -> dict[str, Any]:
    """What a head says of its own examples, each left out in turn."""
    return {"rows": fit.left_out, "accuracy": fit.accuracy, "log_loss": fit.log_loss}


def _top_k(said: Any) -> int:
    if said is None:
        return 0
    if not isinstance(said, int) or isinstance(said, bool) or said < 1:
        raise WrongDatatype("'top_k' must be a whole number, 1 or more")
    return said


def _sent(visit: Visit, document: Mapping[str, Any], spec: ModelSpec) -> Response:
    from samovar.codecs.person import dump

    found = Response(200, dump(document), model=spec.name)
    check_answer(visit, found)
    return found
