"""Where an answer of predict comes from, for doors that write it in a shape of their own."""

from typing import TYPE_CHECKING

from samovar.edges.inference import Visit
from samovar.edges.messages import Response
from samovar.edges.sources import Source
from samovar.types import ModelSpec, Payload

if TYPE_CHECKING:
    from samovar.edges.cached import Keeper


class Runs:
    """A model whose answers are not kept: it is run each time."""

    def __init__(self, visit: Visit, spec: ModelSpec) -> None:
        self._service = visit.service
        self._name = spec.name

    def predict(self, payload: Payload) -> Payload:
        """The answer. Raises SamovarError."""
        return self._service.predict(self._name, "", payload)

    def source(self, source: Source, visit: Visit) -> Source:  # noqa: ARG002 - as a keeper's
        """Where its texts come from."""
        return source

    def labelled(self, response: Response) -> Response:
        """The response as it is."""
        return response


def keeper_of(visit: Visit, spec: ModelSpec) -> "Runs | Keeper":
    """What answers predict for a visit, by kept answers where the model's manifest asks for it."""
    if not visit.service.keeps(spec.name):
        return Runs(visit, spec)
    from samovar.edges.cached import keeper_for

    return keeper_for(visit, spec)
