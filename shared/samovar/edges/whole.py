"""A response in pieces as one body, for doors that can send no other."""

from samovar.edges.messages import Response
from samovar.frozen import replace


def whole(response: Response) -> Response:
    """The response with its whole body."""
    if response.pieces is None:
        return response
    return replace(response, body=b"".join(response.pieces), pieces=None)
