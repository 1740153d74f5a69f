"""Pages for people, and the document that they are drawn from. They load nothing from elsewhere."""

import base64
import hashlib
from functools import cache
from html import escape
from pathlib import Path
from string import Template
from typing import Any

from samovar import __version__
from samovar.edges.catalogue import curl, model_list
from samovar.edges.inference import Visit
from samovar.edges.messages import Response, json_response, origin
from samovar.edges.openapi import document
from samovar.errors import SamovarError
from samovar.service import Description, Service

_FOLDER = Path(__file__).parent / "pages"


def openapi(visit: Visit) -> Response:
    """The OpenAPI document of the models that can be used now.

    It is drawn anew each time, which costs some 2 ms a model: one that has been added is in it.
    """
    return json_response(document(_described(visit.service), has_jobs=visit.jobs is not None))


def docs(_: Visit) -> Response:
    """The documentation, drawn from the OpenAPI document in the browser."""
    page = _template("docs.html").substitute(
        style=_text("style.css"), script=_text("docs.js"), logo=_text("logo.svg")
    )
    return _html(page)


def home(visit: Visit) -> Response:
    """The landing page: the models, and a command that asks one of them."""
    models = model_list(visit.service)
    page = _template("home.html").substitute(
        style=_text("style.css"),
        logo=_text("logo.svg"),
        version=escape(__version__),
        count="1 model is" if len(models) == 1 else f"{len(models)} models are",
        cards="\n".join(map(_card, models)),
        command=_command(visit),
    )
    return _html(page)


def _card(model: dict[str, Any]) -> str:
    title, task = escape(model["title"]), escape(model["task"])
    note = escape(model["id"] if model["ready"] else f"{model['id']}: {model['reason']}")
    return (
        f'<a class="card" href="docs#{escape(model["id"])}"><span class="pill">{task}</span>'
        f'<h2>{title}</h2><span class="soft">{note}</span></a>'
    )


def _command(visit: Visit) -> str:
    """A command that works when pasted, of the first model with an example; best a text's."""
    specs = [found.spec for found in _described(visit.service) if found.spec.examples]
    specs.sort(key=lambda spec: not spec.examples[0].payload.content_type.startswith("text/"))
    return "".join(f"<pre>{escape(curl(s, 0, origin(visit.request)))}</pre>" for s in specs[:1])


def _described(service: Service) -> list[Description]:
    """Every model that can be described; the index tells why another cannot."""
    found = []
    for name in dict.fromkeys(entry.name for entry in service.index() if entry.ready):
        try:
            found.append(service.describe(name))
        except SamovarError:
            continue
    return found


def _html(page: str) -> Response:
    headers = {"content-security-policy": _policy(), "x-content-type-options": "nosniff"}
    return Response(200, page.encode(), "text/html; charset=utf-8", headers)


@cache
def _policy() -> str:
    """What a browser may do for these pages: run our own script, and talk to this server."""
    style, script = (_digest(_text(name)) for name in ("style.css", "docs.js"))
    return (
        f"default-src 'none'; style-src '{style}'; script-src '{script}'; connect-src 'self'; "
        "img-src 'self' data: blob:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )


def _digest(text: str) -> str:
    return f"sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}"


def _template(name: str) -> Template:
    return Template(_text(name))


@cache
def _text(name: str) -> str:
    return (_FOLDER / name).read_text("utf-8")
