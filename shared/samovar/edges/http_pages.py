"""Pages for people, and the document that they are drawn from."""

from samovar.edges.inference import Visit
from samovar.edges.messages import Response, json_response
from samovar.edges.openapi import document
from samovar.errors import SamovarError
from samovar.service import Description, Service


class Pages:
    """The landing page, the documentation and the OpenAPI document of one process."""

    def __init__(self, service: Service) -> None:
        self._service = service

    def home(self, visit: Visit) -> Response:
        return Response(200, b"<!doctype html><title>samovar</title>", "text/html; charset=utf-8")

    docs = home

    def openapi(self, _: Visit) -> Response:
        """The document of the models that can be used now."""
        return json_response(document(_described(self._service)))


def _described(service: Service) -> list[Description]:
    """Every model that can be described; the index tells why another cannot."""
    found = []
    for name in dict.fromkeys(entry.name for entry in service.index() if entry.ready):
        try:
            found.append(service.describe(name))
        except SamovarError:
            continue
    return found
