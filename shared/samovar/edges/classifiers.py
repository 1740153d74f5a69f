"""Label sets saved as models, over HTTP."""

from collections.abc import Mapping
from typing import Any

from samovar.classification.head_files import SavedHead, encoder_of
from samovar.classification.label_heads import LabelHead, read_share
from samovar.classification.label_sets import check_fields, read_label_set, words_of
from samovar.classification.saving import Classifier, Titles, check_name
from samovar.edges.catalogue import links
from samovar.edges.classify import check_texts, head_of, left_out
from samovar.edges.embedders import embedder_of, read_object
from samovar.edges.inference import Visit
from samovar.edges.messages import Response, json_response, read_body
from samovar.errors import InvalidInput, MissingTensor, WrongDatatype
from samovar.frozen import replace

_FIELDS = ("name", "title", "description", "model", "labels", "examples", "unknown")


def create_classifier(visit: Visit, max_body_bytes: int) -> Response:
    """`POST /v1/classifiers`: 201 with the new model. Raises ModelExists, SamovarError."""
    said = read_object(read_body(visit.request, max_body_bytes))
    check_fields(said, _FIELDS)
    name = said.get("name")
    if not isinstance(name, str):
        raise MissingTensor("'name' must be the new model's name, a text")
    check_name(name)
    classifiers = visit.service.classifiers
    found = classifiers.create(name, _titles(said), _head(visit, said))
    location = {"location": f"/v1/classifiers/{name}"}
    return replace(json_response(_page(found), status=201), headers=location, model=name)


def change_classifier(visit: Visit, max_body_bytes: int) -> Response:
    """`PUT /v1/classifiers/{model}`: a new version, unless it would be the newest again."""
    said = read_object(read_body(visit.request, max_body_bytes))
    check_fields(said, _FIELDS)
    name = visit.target.model
    if said.get("name", name) != name:
        raise InvalidInput("'name' is another than the path's: a classifier keeps its name")
    check_name(name)
    classifiers = visit.service.classifiers
    found = classifiers.change(name, _titles(said), _head(visit, said))
    return replace(json_response(_page(found)), model=name)


def list_classifiers(visit: Visit) -> Response:
    """`GET /v1/classifiers`: their names."""
    entries = [
        {"id": name, "object": "classifier", "links": _links(name)}
        for name in visit.service.classifiers.names()
    ]
    return json_response({"object": "list", "data": entries})


def show_classifier(visit: Visit) -> Response:
    """`GET /v1/classifiers/{model}`: its labels, its encoder, what it says of its examples."""
    return json_response(_page(visit.service.classifiers.find(visit.target.model)))


def delete_classifier(visit: Visit) -> Response:
    """`DELETE /v1/classifiers/{model}`: every version of it."""
    visit.service.classifiers.remove(visit.target.model)
    return json_response({"id": visit.target.model, "object": "classifier", "deleted": True})


def _head(visit: Visit, said: Mapping[str, Any]) -> SavedHead:
    """What is to be saved. Raises SamovarError."""
    label_set = read_label_set(said)
    share = read_share(said.get("unknown"), len(label_set.labels))
    spec = embedder_of(visit, said)
    check_texts(visit, spec, words_of(label_set))
    version = visit.service.newest(spec.name)
    head = head_of(visit, spec, label_set)
    labels = label_set.labels
    return SavedHead(
        encoder_of(spec, version),
        LabelHead(tuple(label.name for label in labels), head, share),
        tuple(label.description for label in labels),
    )


def _titles(said: Mapping[str, Any]) -> Titles:
    given = {key: said.get(key) for key in ("title", "description")}
    texts = {key: "" if text is None else text for key, text in given.items()}
    for key, text in texts.items():
        if not isinstance(text, str):
            raise WrongDatatype(f"'{key}' must be a text")
    return Titles(**texts)


def _page(found: Classifier) -> dict[str, Any]:
    saved, fit = found.saved, found.saved.label_head.head.fit
    labels = zip(saved.label_head.labels, saved.descriptions, fit.examples, strict=True)
    return {
        "id": found.spec.name,
        "object": "classifier",
        "version": found.version,
        "versions": list(found.versions),
        "title": found.spec.title,
        "description": found.spec.description,
        "encoder": {"model": saved.encoder.model, "version": saved.encoder.version},
        "labels": [
            {"name": name, "description": description, "examples": examples}
            for name, description, examples in labels
        ],
        "unknown": saved.label_head.share,
        "left_out": left_out(fit),
        "links": _links(found.spec.name),
    }


def _links(name: str) -> dict[str, str]:
    found = links(name)
    return {"self": f"/v1/classifiers/{name}", "model": found["self"], "predict": found["predict"]}
