"""The list of models for OpenAI's clients: the house's own, with errors in their shape."""

from collections.abc import Callable

import orjson

from samovar.edges.inference import Visit
from samovar.edges.messages import JSON, Response, status_of
from samovar.edges.openai_errors import error_document
from samovar.errors import SamovarError

Answer = Callable[[Visit], Response]


def shaped(answer: Answer) -> Answer:
    """The answer with its errors in OpenAI's shape, `code` beside it where the house has it."""

    def told(visit: Visit) -> Response:
        try:
            return answer(visit)
        except SamovarError as error:
            headers = {"retry-after": "1"} if error.retryable else {}
            body = orjson.dumps({**error_document(error), "code": error.code})
            return Response(status_of(error), body, JSON, headers, code=error.code)

    return told
