"""Where the text of a request is generated: in this process, or where there is time for it."""

from collections.abc import Callable, Generator
from functools import partial

from samovar.edges.inference import Visit
from samovar.edges.messages import Response
from samovar.errors import HeavyLane, TooManyTokens
from samovar.lanes import HEAVY
from samovar.ports import StreamPredictor
from samovar.token_sizes import TokenSize, token_size
from samovar.types import ModelSpec, Payload
from samovar.values import dataclass


@dataclass(frozen=True, slots=True)
class Source:
    """What answers predict requests to one model, whole or in pieces."""

    predict: Callable[[Payload], Payload]
    stream: Callable[[Payload], Generator[bytes, None, None]]


def source_of(visit: Visit, spec: ModelSpec) -> Source:
    """What generates a model's texts for a visit. Raises HeavyLane where nothing does here."""
    if visit.service.far is None:
        check_lane(visit, spec)
    return Source(partial(_predict, visit, spec), partial(_stream, visit, spec))


def job_for(visit: Visit, spec: ModelSpec, payload: Payload) -> Response | None:
    """202 for a generation that a client would rather have as a job; None for any other.

    Raises as a job's submission does.
    """
    if visit.jobs is None or "prefer" not in visit.request.headers:
        return None
    from samovar.edges.deferred import text_job

    return text_job(visit, visit.jobs, spec.name, payload)


def check_lane(visit: Visit, spec: ModelSpec) -> None:
    """Raises HeavyLane where nobody can wait for the model here."""
    if spec.lane == HEAVY and visit.rules.has_heavy:
        raise HeavyLane(
            f"model '{spec.name}' runs where nobody can wait for it: send a batch "
            "(POST /v1/batches) or a job (POST /v1/jobs)"
        )


def _predict(visit: Visit, spec: ModelSpec, payload: Payload) -> Payload:
    far = elsewhere(visit, spec, payload, visit.rules.lanes.sync_ms)
    if far is not None:
        return far.predict(spec.name, "", payload)
    return visit.service.predict(spec.name, "", payload)


def _stream(visit: Visit, spec: ModelSpec, payload: Payload) -> Generator[bytes, None, None]:
    far = elsewhere(visit, spec, payload, visit.rules.stream_ms)
    if far is not None:
        return far.stream(spec.name, "", payload)
    return visit.service.stream(spec.name, payload)


def elsewhere(
    visit: Visit, spec: ModelSpec, payload: Payload, limit_ms: float
) -> StreamPredictor | None:
    """The endpoint, for what this process is not to run; None for what it is.

    That is what a heavy model says, and what would take longer than `limit_ms`. A process that
    has neither jobs nor an endpoint is a server, whose clients wait as long as they like.
    Raises TooManyTokens where it should be run elsewhere, and there is nowhere.
    """
    far = visit.service.far
    if far is None and visit.jobs is None:
        return None
    if far is not None and spec.lane == HEAVY:
        return far
    size = token_size(spec, payload)
    profile = visit.service.expectation(spec.name).tokens
    if size is None or size.ms(profile) <= limit_ms:
        return None
    if far is None:
        raise too_long(size, size.fitting(profile, limit_ms), size.ms(profile), limit_ms)
    return far


def too_long(size: TokenSize, fitting: int, ms: float, limit_ms: float) -> TooManyTokens:
    """The refusal of a text for which there is no time, with what there is time for."""
    way = f"ask for {fitting} (max_tokens) at most, or" if fitting else "shorten the prompt, or"
    return TooManyTokens(
        f"{size.most} tokens after a prompt of about {size.prompt} may take {ms / 1000:.0f} s, and "
        f"this door has {limit_ms / 1000:g} s: {way} send it with 'Prefer: respond-async' to have "
        "it as a job, or in a batch (POST /v1/batches)"
    )
