"""What the hot door answers at paths of their own, and by what, which only a request imports."""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from samovar.values import dataclass

if TYPE_CHECKING:
    from samovar.edges.inference import Visit
    from samovar.edges.messages import Response


@dataclass(frozen=True, slots=True)
class Own:
    """A path of its own: the action's name in the log, and what answers a POST there."""

    action: str
    answer: "Callable[[Visit, int], Response]"


def _chat(visit: "Visit", max_body_bytes: int) -> "Response":
    from samovar.edges.openai_door import chat

    return chat(visit, max_body_bytes)


def _complete(visit: "Visit", max_body_bytes: int) -> "Response":
    from samovar.edges.openai_door import complete

    return complete(visit, max_body_bytes)


def _embed(visit: "Visit", max_body_bytes: int) -> "Response":
    from samovar.edges.openai_door import embed

    return embed(visit, max_body_bytes)


def _rerank(visit: "Visit", max_body_bytes: int) -> "Response":
    from samovar.edges.rerank import rerank

    return rerank(visit, max_body_bytes)


def _classify(visit: "Visit", max_body_bytes: int) -> "Response":
    from samovar.edges.classify import classify

    return classify(visit, max_body_bytes)


OWN: Mapping[str, Own] = {
    "/v1/chat/completions": Own("chat", _chat),
    "/v1/completions": Own("complete", _complete),
    "/v1/embeddings": Own("embed", _embed),
    "/v1/rerank": Own("rerank", _rerank),
    "/v1/classify": Own("classify", _classify),
}
"""Path → what answers there; each has a route in stacks/api.yaml."""
BY_ACTION: Mapping[str, Own] = {own.action: own for own in OWN.values()}
