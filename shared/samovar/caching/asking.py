"""From a request to its question, in few steps for those that were seen before."""

from __future__ import annotations  # of types, whose module the doors have imported anyway

from typing import TYPE_CHECKING

from samovar.caching.identity import identity_of
from samovar.caching.memory import Recent
from samovar.caching.questions import Asked, Question, ask, exact
from samovar.values import dataclass

if TYPE_CHECKING:
    from samovar.types import ModelSpec, Payload

_Identities = dict[tuple[str, str], tuple["ModelSpec", bytes]]
_BYTES = 600  # that a remembered question takes, about
_REMEMBERED = 4096


@dataclass(frozen=True, slots=True)
class _Known:
    """The question of a request that was read before."""

    question: Question
    size: int = _BYTES


class Asking:
    """What models' answers depend on, and what was asked of late, remembered."""

    def __init__(self) -> None:
        self._questions: Recent[_Known] = Recent(_REMEMBERED * _BYTES)
        self._identities: _Identities = {}
        self._opened: _Identities = {}

    def to(self, spec: ModelSpec, version: str) -> Asked | None:
        """The model that is asked; None where nobody can tell what its answers depend on."""
        identity = _remembered(self._identities, spec, version)
        return Asked(spec, version, identity) if identity else None

    def question(self, payload: Payload, to: Asked) -> Question | None:
        """The question of a request, read only where the same bytes were not read before."""
        written = exact(payload, to)
        known = self._questions.get(written.digest) if written else None
        if written and known:
            own = written.request_id or payload.request_id
            return Question(known.question.key, own, known.question.heads)
        found = ask(payload, to)
        if found and written and found.named == bool(written.request_id):
            self._questions.put(written.digest, _Known(found))
        return found

    def is_of(self, opened: ModelSpec, to: Asked) -> bool:
        """Whether a model was opened with the manifest by which the question was put."""
        if opened is to.spec:
            return True
        return _remembered(self._opened, opened, to.version) == to.identity


def _remembered(known: _Identities, spec: ModelSpec, version: str) -> bytes:
    """The identity of a version, worked out once for each reading of its manifest.

    Versions that have none are not remembered: clients name what they like.
    """
    found = known.get((spec.name, version))
    if found is not None and found[0] is spec:
        return found[1]
    identity = identity_of(spec, version)
    if identity:
        known[spec.name, version] = spec, identity
    return identity
