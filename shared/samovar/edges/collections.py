"""Sets of documents over HTTP: sent, changed, searched by meaning, listed, deleted."""

from collections.abc import Mapping, Sequence
from functools import partial
from urllib.parse import parse_qsl

from samovar.edges.embedders import check_answer, check_time, embedder_of, patient, read_object
from samovar.edges.inference import Visit
from samovar.edges.messages import Response, json_response, read_body
from samovar.errors import CollectionsNotConfigured, InvalidInput
from samovar.frozen import replace
from samovar.search.asks import MAX_TOP_K, Change, read_change, read_precision, read_search
from samovar.search.changing import Reader, width_of
from samovar.search.collection import Document
from samovar.search.collections import Collections
from samovar.search.memory import Held


def list_collections(visit: Visit) -> Response:
    """`GET /v1/collections`: their names, sizes and versions."""
    data = [
        {"name": kept.name, "bytes": kept.size, "version": kept.tag}
        for kept in _collections(visit).kept()
    ]
    return json_response({"object": "list", "data": data})


def show_collection(visit: Visit) -> Response:
    """`GET /v1/collections/{name}`: what is known of one. Raises NotFound."""
    return _shown(visit.target.job, _collections(visit).held(visit.target.job))


def put_collection(visit: Visit, max_body_bytes: int) -> Response:
    """`PUT /v1/collections/{name}`: a collection made of documents. Raises SamovarError.

    `If-None-Match: *` makes one only where there is none, `If-Match` only over that version.
    """
    collections, name = _collections(visit), visit.target.job
    said = read_object(read_body(visit.request, max_body_bytes))
    change = read_change(said, "model", "precision")
    spec = embedder_of(visit, said)
    _check_time(visit, spec.name, change)
    reader = Reader(spec, patient(visit, "documents"))
    expected = _expected(visit.request.headers)
    held = collections.put(name, change, reader, read_precision(said), expected)
    return replace(_shown(name, held), model=spec.name)


def list_documents(visit: Visit) -> Response:
    """`GET /v1/collections/{name}/documents`: as they were sent, `limit` after the id `after`.

    Raises NotFound, InvalidInput.
    """
    query = dict(parse_qsl(visit.request.query, keep_blank_values=True))
    documents = _collections(visit).held(visit.target.job).collection.documents
    start = _start(documents, query.get("after"))
    end = start + _limit(query.get("limit", "100"))
    data = [
        {"id": each.id, "text": each.text, "metadata": each.metadata}
        for each in documents[start:end]
    ]
    response = json_response({"object": "list", "data": data, "has_more": end < len(documents)})
    check_answer(visit, response)
    return response


def change_collection(visit: Visit, max_body_bytes: int) -> Response:
    """`POST /v1/collections/{name}/documents`: more documents, and fewer. Raises SamovarError."""
    collections, name = _collections(visit), visit.target.job
    change = read_change(read_object(read_body(visit.request, max_body_bytes)))
    expected = _expected(visit.request.headers) or ""

    def reader(model: str) -> Reader:
        _check_time(visit, model, change)
        return _reader(visit, model)

    return _shown(name, collections.change(name, change, reader, expected))


def search_collection(visit: Visit, max_body_bytes: int) -> Response:
    """`POST /v1/collections/{name}/search`: what fits a query. Raises SamovarError."""
    collections, name = _collections(visit), visit.target.job
    ask = read_search(read_object(read_body(visit.request, max_body_bytes)))
    found = collections.search(name, ask, partial(_reader, visit))
    head = {"id": visit.request.request_id, "object": "list", "collection": name}
    response = json_response(head | found)
    check_answer(visit, response)
    return response


def delete_collection(visit: Visit) -> Response:
    """`DELETE /v1/collections/{name}`. Raises NotFound."""
    _collections(visit).delete(visit.target.job)
    return json_response({"name": visit.target.job, "deleted": True})


def _start(documents: Sequence[Document], after: str | None) -> int:
    if after is None:
        return 0
    for at, each in enumerate(documents, 1):
        if each.id == after:
            return at
    raise InvalidInput("'after' must be the id of a document of this collection")


def _limit(text: str) -> int:
    if text.isascii() and text.isdigit() and 0 < int(text[:6]) <= MAX_TOP_K:
        return int(text)
    raise InvalidInput(f"'limit' must be a whole number from 1 to {MAX_TOP_K}")


def _collections(visit: Visit) -> Collections:
    found = visit.service.collections
    if found is None:
        raise CollectionsNotConfigured(
            "this server keeps no collections: set SAMOVAR_COLLECTIONS_DIR to a folder, or "
            "deploy with a data bucket"
        )
    return found


def _reader(visit: Visit, model: str) -> Reader:
    return Reader(embedder_of(visit, {"model": model}), patient(visit, "documents"))


def _check_time(visit: Visit, model: str, change: Change) -> None:
    size = sum(len(each.text) for each in change.documents)
    check_time(visit, visit.service.spec(model), size, "documents")


def _expected(headers: Mapping[str, str]) -> str | None:
    """The version that must be there: None for any, "" for none. Raises InvalidInput."""
    match, none = headers.get("if-match"), headers.get("if-none-match")
    if none is not None and none.strip() != "*":
        raise InvalidInput("If-None-Match is * here: it makes a collection that is not there yet")
    if match is not None and none is not None:
        raise InvalidInput("If-Match and If-None-Match contradict each other: send one of them")
    if match is None:
        return None if none is None else ""
    tag = match.strip().removeprefix("W/").strip('"')
    if not tag:
        raise InvalidInput("If-Match names the version that is to be there: the ETag of an answer")
    return tag


def _shown(name: str, held: Held) -> Response:
    found = held.collection
    shown = {
        "name": name,
        "object": "collection",
        "model": found.model,
        "documents": len(found.documents),
        "passages": len(found.owners),
        "dimensions": width_of(found),
        "precision": found.precision,
        "bytes": held.size,
        "version": held.tag,
    }
    return replace(json_response(shown), headers={"etag": f'"{held.tag}"'})
