"""Decode → preprocess → run → postprocess → encode: bytes in, bytes out, in one place."""

from collections.abc import Generator, Sequence
from contextlib import closing

from samovar import batching
from samovar.codecs import decode, decode_many
from samovar.codecs.media import is_rows
from samovar.errors import SamovarError
from samovar.isolation import isolate
from samovar.model import Call, Model
from samovar.programs import StreamingProgram
from samovar.types import Payload, Tensors


def infer(payload: Payload, model: Model) -> Payload:
    """The answer to one request, or to a chunk of rows. Raises SamovarError."""
    if is_rows(payload.content_type):
        return _infer_rows(payload, model)
    call = decode(payload, model)
    return call.encode([batching.run(model, run, call.outputs) for run in call.runs])


def stream(payload: Payload, model: Model) -> Generator[bytes, None, None]:
    """The answer to one request in pieces, each a JSON document. Raises SamovarError.

    What a model says of a prompt comes as `{"text": …}` again and again, and then why it ended.
    Any other answer is one piece: the plain call's.
    """
    program = model.program
    call = decode(payload, model)
    if not isinstance(program, StreamingProgram) or len(call.runs) != 1:
        yield call.encode([batching.run(model, run, call.outputs) for run in call.runs]).body
        return
    from samovar.codecs.person import dump  # no other request that comes in tensors needs it

    with closing(program.stream(call.runs[0])) as pieces:
        said = pieces if model.guards is None else model.guards.pieces(pieces, call.flags)
        for piece in said:
            yield dump(piece)


def infer_many(payloads: Sequence[Payload], model: Model) -> list[Payload | SamovarError]:
    """The answer, or the error, of each request, in order; runs of one shape are shared.

    A request that cannot be decoded fails alone. In a shared run that fails, those at fault
    are found by halves; each costs 2 + log2(n) more runs at most.
    """
    results: dict[int, Payload | SamovarError] = {}
    plain = []
    for index, payload in enumerate(payloads):
        if is_rows(payload.content_type):
            results[index] = _attempt(payload, model)
        else:
            plain.append(index)
    if not model.shares_batch:
        results.update((index, _attempt(payloads[index], model)) for index in plain)
    else:
        answers = _infer_plain([payloads[index] for index in plain], model)
        results.update(zip(plain, answers, strict=True))
    return [results[index] for index in range(len(payloads))]


def _attempt(payload: Payload, model: Model) -> Payload | SamovarError:
    try:
        return infer(payload, model)
    except SamovarError as error:
        return error


def _infer_plain(payloads: Sequence[Payload], model: Model) -> list[Payload | SamovarError]:
    """The answers of requests whose rows may share runs."""
    found = decode_many(payloads, model)
    calls = [call for call in found if isinstance(call, Call)]
    answers = iter(isolate(calls, lambda together: _answer(together, model)))
    return [next(answers) if isinstance(call, Call) else call for call in found]


def _infer_rows(payload: Payload, model: Model) -> Payload:
    """The answers of a chunk of rows, each a request of its own. Raises SamovarError."""
    from samovar.rows.expansion import answer_rows

    return answer_rows(payload, model.spec, lambda requests: infer_many(requests, model))


def _answer(calls: Sequence[Call], model: Model) -> list[Payload]:
    """The answers of calls that run together. Raises SamovarError where any of them fails."""
    runs: list[Tensors] = [run for call in calls for run in call.runs]
    outputs: tuple[str, ...] = ()
    if all(call.outputs for call in calls):
        outputs = tuple(dict.fromkeys(name for call in calls for name in call.outputs))
    done = iter(batching.run_many(model, runs, outputs) if runs else [])
    return [call.encode([next(done) for _ in call.runs]) for call in calls]
