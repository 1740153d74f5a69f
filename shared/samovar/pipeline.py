"""Decode → preprocess → run → postprocess → encode: bytes in, bytes out, in one place."""

from collections.abc import Sequence

from samovar import batching
from samovar.codecs import decode
from samovar.errors import SamovarError
from samovar.model import Call, Model
from samovar.types import Payload, Tensors


def infer(payload: Payload, model: Model) -> Payload:
    """The answer to one request. Raises SamovarError."""
    call = decode(payload, model)
    return call.encode([batching.run(model, run, call.outputs) for run in call.runs])


def infer_many(payloads: Sequence[Payload], model: Model) -> list[Payload | SamovarError]:
    """The answer, or the error, of each request, in order; runs of one shape are shared.

    A request that cannot be decoded fails alone. A shared run that fails is done again
    one request at a time, so that only the request at fault fails.
    """
    results: dict[int, Payload | SamovarError] = {}
    calls: dict[int, Call] = {}
    for index, payload in enumerate(payloads):
        try:
            calls[index] = decode(payload, model)
        except SamovarError as error:
            results[index] = error
    try:
        results.update(_answer_together(calls, model))
    except SamovarError:
        results.update({index: _answer_alone(call, model) for index, call in calls.items()})
    return [results[index] for index in range(len(payloads))]


def _answer_together(calls: dict[int, Call], model: Model) -> dict[int, Payload]:
    runs: list[Tensors] = [run for call in calls.values() for run in call.runs]
    outputs: tuple[str, ...] = ()
    if all(call.outputs for call in calls.values()):
        outputs = tuple(dict.fromkeys(name for call in calls.values() for name in call.outputs))
    done = iter(batching.run_many(model, runs, outputs) if runs else [])
    return {index: call.encode([next(done) for _ in call.runs]) for index, call in calls.items()}


def _answer_alone(call: Call, model: Model) -> Payload | SamovarError:
    try:
        return call.encode([batching.run(model, run, call.outputs) for run in call.runs])
    except SamovarError as error:
        return error
