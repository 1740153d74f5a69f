"""What an exchange came to, told to the log and, where it failed, to the client."""

from samovar.edges.messages import Response, error_response, internal_error
from samovar.edges.observe import Exchange, Observer
from samovar.errors import SamovarError


class Reporter:
    """The end of each exchange of a door."""

    def __init__(self, observer: Observer) -> None:
        self._observer = observer

    def failed(self, error: Exception, seen: Exchange) -> Response:
        """The response that tells of an error; what nobody foresaw goes to the log alone."""
        if isinstance(error, SamovarError):
            seen.code = error.code
            return error_response(error)
        self._observer.fault(seen.request_id, error)
        seen.code = "internal_error"
        return internal_error(seen.request_id)

    def tell(self, start_ns: int, seen: Exchange, response: Response) -> None:
        """The exchange is over."""
        seen.status, seen.bytes_out = response.status, len(response.body)
        self._observer.finish(start_ns, seen)
