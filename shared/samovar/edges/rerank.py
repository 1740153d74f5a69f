"""Documents put in order for a query, over HTTP, in the shape of Cohere's and Jina's."""

from samovar.edges.embedders import check_time, embedder_of, patient, read_object
from samovar.edges.inference import Visit
from samovar.edges.messages import Response, json_response, read_body
from samovar.frozen import replace
from samovar.search.ranking import rank, read_rank


def rerank(visit: Visit, max_body_bytes: int) -> Response:
    """`POST /v1/rerank`. Raises SamovarError."""
    body = read_body(visit.request, max_body_bytes)
    said = read_object(body)
    spec = embedder_of(visit, said)
    ask = read_rank(said)
    check_time(visit, spec, len(body), "documents")
    head = {"id": visit.request.request_id, "object": "list", "model": spec.name}
    found = rank(ask, patient(visit, "documents"), spec)
    return replace(json_response(head | found), model=spec.name)
