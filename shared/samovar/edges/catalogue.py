"""The models as samovar's own API lists them: what each takes, gives, needs and is allowed."""

import shlex
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any
from urllib.parse import quote

from samovar.codecs.items import EXAMPLES, TAKES
from samovar.edges.inference import Visit, no_route
from samovar.edges.messages import Response, json_response, origin
from samovar.edges.metadata import PLATFORM, tensors
from samovar.service import Description, Entry, Service
from samovar.types import Example, ModelSpec


def list_models(visit: Visit) -> Response:
    """Every model in OpenAI's list envelope, those that cannot be used with the reason."""
    return json_response({"object": "list", "data": model_list(visit.service)})


def show_model(visit: Visit) -> Response:
    """All that is known of one model, with requests that work when pasted."""
    found = visit.describe()
    return json_response(_page(found, origin(visit.request)))


def model_list(service: Service) -> list[dict[str, Any]]:
    """One entry a model, by name."""
    versions: dict[str, list[Entry]] = {}
    for entry in service.index():
        versions.setdefault(entry.name, []).append(entry)
    specs = {spec.name: spec for spec in service.specs()}
    return [_entry(specs.get(name, ModelSpec(name)), entries) for name, entries in versions.items()]


def _entry(spec: ModelSpec, entries: Sequence[Entry]) -> dict[str, Any]:
    usable = [entry.version for entry in entries if entry.ready]
    reason = {} if usable else {"reason": entries[-1].reason}
    return {**_head(spec, usable), "ready": bool(usable), **reason, "links": links(spec.name)}


def _head(spec: ModelSpec, versions: Sequence[str]) -> dict[str, Any]:
    return {
        "id": spec.name,
        "object": "model",
        "created": 0,  # OpenAI's clients ask for it; a model's folder does not say
        "owned_by": "samovar",
        "name": spec.name,
        "title": spec.title or spec.name,
        "task": spec.task,
        "lane": spec.lane,
        "versions": list(versions),
        "input": takes(spec),
        "licence": spec.licence,
    }


def takes(spec: ModelSpec) -> dict[str, Any]:
    """What predict takes: the kind, its media types, its columns."""
    columns = {"columns": list(spec.input.columns)} if spec.input.columns else {}
    return {
        "kind": str(spec.input.kind),
        "content_types": list(TAKES[spec.input.kind]),
        "send": EXAMPLES[spec.input.kind],
        **columns,
    }


def links(name: str) -> dict[str, str]:
    """Where a model is found in this API."""
    at = quote(name)
    return {
        "self": f"/v1/models/{at}",
        "predict": f"/v1/models/{at}/predict",
        "infer": f"/v2/models/{at}/infer",
        "metadata": f"/v2/models/{at}",
    }


def _page(found: Description, server: str) -> dict[str, Any]:
    spec = found.spec
    return {
        **_head(spec, found.versions),
        "version": found.version,
        "ready": True,
        "description": spec.description.strip(),
        "origin": spec.origin,
        "platform": PLATFORM,
        "inputs": tensors(found.signature.inputs),
        "outputs": tensors(found.signature.outputs),
        "batch": {"shared": spec.batch.axis is not None, "max_size": spec.batch.max_size},
        "limits": asdict(spec.limits),
        "metrics": dict(spec.metrics),
        "examples": [_example(spec, index, server) for index in range(len(spec.examples))],
        "links": links(spec.name),
    }


def _example(spec: ModelSpec, index: int, server: str) -> dict[str, Any]:
    example = spec.examples[index]
    content_type = example.payload.content_type
    body = {"body": _text(example)} if _is_text(example) else {}
    return {
        "name": example.name,
        "content_type": content_type,
        **body,
        "href": example_path(spec.name, index),
        "expect": example.expect,
        "tolerance": example.tolerance,
        "curl": curl(spec, index, server),
    }


def example_path(name: str, index: int) -> str:
    """Where the body of a golden example is found, as it would be sent."""
    return f"/v1/models/{quote(name)}/examples/{index}"


def show_example(visit: Visit) -> Response:
    """The body of a golden example. Raises RouteNotFound where there is none of its number."""
    examples, said = visit.describe().spec.examples, visit.request.path.rstrip("/").split("/")[-1]
    if not (said.isascii() and said.isdigit() and len(said) < 4 and int(said) < len(examples)):
        raise no_route(visit.request.path)
    payload = examples[int(said)].payload
    return Response(200, payload.body, payload.content_type, {"x-content-type-options": "nosniff"})


def curl(spec: ModelSpec, index: int, server: str) -> str:
    """The example as a command for a shell; a body that is no text is fetched from here first."""
    example = spec.examples[index]
    url = shlex.quote(server + links(spec.name)["predict"])
    header = shlex.quote(f"Content-Type: {example.payload.content_type}")
    if _is_text(example) and not example.payload.body.startswith(b"@"):
        return f"curl {url} -H {header} --data-binary {shlex.quote(_text(example))}"
    body = shlex.quote(server + example_path(spec.name, index))
    return f"curl -s {body} | curl {url} -H {header} --data-binary @-"


def _is_text(example: Example) -> bool:
    return example.payload.content_type.startswith(("text/", "application/json"))


def _text(example: Example) -> str:
    return example.payload.body.decode("utf-8", "replace")
