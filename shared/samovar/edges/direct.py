"""The direct door: JSON in, JSON out, for Step Functions, EventBridge and `sam local invoke`."""

from collections.abc import Mapping
from typing import Any

import orjson

from samovar.codecs.oip import header_size
from samovar.edges.messages import status_of
from samovar.edges.observe import Exchange, Observer
from samovar.errors import (
    HeavyLane,
    InvalidInput,
    MalformedBody,
    PayloadTooLarge,
    SamovarError,
)
from samovar.lanes import HEAVY
from samovar.service import Service
from samovar.settings import Settings
from samovar.types import OIP_JSON, Payload

_KEYS = frozenset({"model", "version", "input", "infer", "cache_control"})


class DirectDoor:
    """A Lambda handler for `{"model", "version"?, "input" | "infer", "cache_control"?}`.

    Errors are raised, because a state machine catches by error name: the name is the
    error's class (`ModelNotFound`), the message says what to do.
    """

    def __init__(self, service: Service, settings: Settings, observer: Observer) -> None:
        self._service = service
        self._max_body_bytes = settings.max_body_bytes
        self._has_heavy = bool(settings.heavy_queue_url)
        self._observer = observer

    def __call__(self, event: Mapping[str, Any], context: Any) -> dict[str, Any]:
        """The answer of predict, or of infer. Raises SamovarError."""
        start = self._observer.start()
        function_id = getattr(context, "aws_request_id", "")
        seen = Exchange("direct", function_id, function_id)
        try:
            model, version, payload = self._read(event, function_id)
            seen.bytes_in = len(payload.body)
            if self._has_heavy:
                self._refuse_heavy(model)
            if self._service.keeps(model):
                result, seen.cache = self._kept(model, version, payload, event)
            else:
                result = self._service.predict(model, version, payload)
            seen.model = model
            seen.version = version
            seen.bytes_out = len(result.body)
            answer = _answer(result)
        except SamovarError as error:
            seen.code = error.code
            seen.status = status_of(error)
            raise
        except Exception as error:  # noqa: BLE001 - the last line of defence of a door
            self._observer.fault(function_id, error)
            seen.code = "internal_error"
            seen.status = 500
            # The platform shows a caller what is raised: nothing of ours must stand in it.
            raise SamovarError(f"internal error; see request id {function_id} in the log") from None
        finally:
            self._observer.finish(start, seen)
        return answer

    def _kept(
        self, model: str, version: str, payload: Payload, event: Mapping[str, Any]
    ) -> tuple[Payload, str]:
        """The answer of a model whose answers are kept, and where it came from."""
        from samovar.edges.cached import Keeper

        said = event.get("cache_control", "")
        if not isinstance(said, str):
            raise InvalidInput('"cache_control" must be a string, as the header of HTTP has it')
        headers = {"cache-control": said}
        keeper = Keeper(self._service, self._service.spec(model), version, headers)
        return keeper.predict(payload), keeper.state

    def _refuse_heavy(self, model: str) -> None:
        """Nothing here waits for the heavy lane: whoever calls is told how to get there."""
        spec = self._service.spec(model)
        if spec.lane == HEAVY:
            raise HeavyLane(
                f"model '{spec.name}' runs on the heavy lane: submit a job, by POST /v1/jobs "
                f'with {{"model": "{spec.name}", "input": {{…}}}}, or put the input under '
                f"uploads/{spec.name}/ of the data bucket"
            )

    def _read(self, event: Mapping[str, Any], function_id: str) -> tuple[str, str, Payload]:
        if not isinstance(event, dict) or not isinstance(event.get("model"), str):
            raise InvalidInput('send {"model": "<name>", "input": {…}}; "model" is missing')
        unknown = sorted(set(event) - _KEYS)
        if unknown:
            raise InvalidInput(
                f"unknown key '{unknown[0][:60]}'; known: {', '.join(sorted(_KEYS))}"
            )
        if ("input" in event) == ("infer" in event):
            raise InvalidInput('send "input" (predict\'s JSON) or "infer" (an infer request)')
        version = event.get("version", "")
        if not isinstance(version, str):
            raise InvalidInput('"version" must be a string')
        body = _body(event.get("input", event.get("infer")))
        if len(body) > self._max_body_bytes:
            raise PayloadTooLarge(f"the input is over {self._max_body_bytes} bytes")
        content_type = "application/json" if "input" in event else OIP_JSON
        return event["model"], version, Payload(body, content_type, function_id)


def _body(value: Any) -> bytes:
    try:
        return orjson.dumps(value)
    except TypeError as error:  # a number over 64 bits, half of a surrogate pair
        raise MalformedBody(f"the input cannot be read: {error}") from None


def _answer(result: Payload) -> dict[str, Any]:
    if header_size(result.content_type) is not None:
        raise InvalidInput("answers are JSON here: ask for no binary_data, nor binary_data_output")
    answer: dict[str, Any] = orjson.loads(result.body)
    return answer
