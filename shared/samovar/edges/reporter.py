"""What an exchange came to, told to the log and, where it failed, to the client."""

from samovar.edges.cache_line import CACHE_STATE
from samovar.edges.messages import Response, error_response, internal_error
from samovar.edges.observe import Exchange, Observer
from samovar.edges.openai_errors import as_openai
from samovar.errors import SamovarError


class Reporter:
    """The end of each exchange of a door."""

    def __init__(self, observer: Observer) -> None:
        self._observer = observer

    def failed(self, error: Exception, seen: Exchange, path: str = "") -> Response:
        """The response that tells of an error; what nobody foresaw goes to the log alone.

        It has the shape of what was asked: `path` says what, where no action does yet.
        """
        if isinstance(error, SamovarError):
            seen.code = error.code
            return as_openai(error_response(error), path or seen.action)
        self._observer.fault(seen.request_id, error)
        seen.code = "internal_error"
        return as_openai(internal_error(seen.request_id), path or seen.action)

    def tell(self, start_ns: int, seen: Exchange, response: Response) -> None:
        """The exchange is over."""
        seen.status, seen.bytes_out = response.status, len(response.body)
        seen.cache = response.headers.get(CACHE_STATE, "")
        self._observer.finish(start_ns, seen)
