"""Pages for people, and the document that they are drawn from."""

from samovar.edges.inference import Visit
from samovar.edges.messages import Response, json_response
from samovar.service import Service


class Pages:
    """The landing page, the documentation and the OpenAPI document of one process."""

    def __init__(self, service: Service) -> None:
        self._service = service

    def home(self, visit: Visit) -> Response:
        return Response(200, b"<!doctype html><title>samovar</title>", "text/html; charset=utf-8")

    docs = home

    def openapi(self, visit: Visit) -> Response:
        return json_response({})
