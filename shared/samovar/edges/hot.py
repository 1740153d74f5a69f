"""The hot door: an API Gateway event → the service → the response, and nothing between."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from samovar.edges.at_once import at_once
from samovar.edges.cache_line import CACHE_STATE
from samovar.edges.gateway import read_event, write_event
from samovar.edges.inference import Visit, answer, find_target
from samovar.edges.messages import Response, error_response, internal_error
from samovar.edges.observe import Exchange, Observer
from samovar.edges.whole import whole
from samovar.errors import SamovarError
from samovar.service import Service
from samovar.settings import Settings

if TYPE_CHECKING:
    from samovar.job_service import JobService


class HotDoor:
    """A Lambda handler for all that runs a model, and for statistics."""

    def __init__(
        self,
        service: Service,
        settings: Settings,
        observer: Observer,
        jobs: "JobService | None" = None,
    ) -> None:
        self._service = service
        self._jobs = jobs
        self._max_body_bytes = settings.max_body_bytes
        self._rules = at_once(settings)
        self._observer = observer

    def __call__(self, event: Mapping[str, Any], context: Any) -> dict[str, Any]:
        """The response, in the shape that API Gateway reads. Never raises."""
        start = self._observer.start()
        function_id = getattr(context, "aws_request_id", "")
        response, exchange = self._exchange(event, function_id)
        self._observer.finish(start, exchange)
        return write_event(response, exchange.request_id)

    def _exchange(self, event: Mapping[str, Any], function_id: str) -> tuple[Response, Exchange]:
        seen = Exchange("hot", function_id, function_id)
        try:
            request = read_event(event, function_id)
            seen.request_id = request.request_id
            seen.bytes_in = len(request.body)
            target = find_target(request.method, request.path)
            seen.action = target.action
            visit = Visit(self._service, request, target, self._jobs, self._rules)
            response = whole(answer(visit, self._max_body_bytes))
            # Only now is the model's name known to be ours: names from paths of clients
            # would each become a metric.
            seen.model = target.model or response.model
            seen.version, seen.code = target.version, response.code
            seen.cache = response.headers.get(CACHE_STATE, "")
        except SamovarError as error:
            response = _told(error_response(error), event)
            seen.code = error.code
        except Exception as error:  # noqa: BLE001 - the last line of defence of a door
            self._observer.fault(seen.request_id, error)
            response = _told(internal_error(seen.request_id), event)
            seen.code = "internal_error"
        seen.status, seen.bytes_out = response.status, len(response.body)
        return response, seen


def _told(refusal: Response, event: Mapping[str, Any]) -> Response:
    """A refusal in the shape of its path."""
    from samovar.edges.openai_errors import as_openai  # which only a refusal needs

    return as_openai(refusal, str(event.get("rawPath") or event.get("path") or ""))
