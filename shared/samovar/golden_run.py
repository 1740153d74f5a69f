"""Golden examples run: each alone, then all of them in one batch.

For `samovar models check`, the tests, and a container before it says that it is ready.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import orjson

from samovar import batching, pipeline
from samovar.codecs import media_type, person
from samovar.codecs.items import read_items
from samovar.errors import SamovarError, WrongShape
from samovar.golden import Comparison, compare, compare_whole
from samovar.model import Model
from samovar.types import OIP_BINARY, OIP_JSON, Example
from samovar.values import dataclass

Answer = Mapping[str, Any]
_HEAD = frozenset({"id", "model", "version"})
_BESIDE = frozenset({"tokens", "flags"})
"""What is told of an item beside what the model's program answers."""


@dataclass(frozen=True, slots=True)
class Finding:
    """What came of an example: its answer against `expect`, and against itself in a batch."""

    example: Example
    alone: Comparison
    together: Comparison | None = None
    """None where this model's requests share no run, or there is no answer to compare."""

    @property
    def passed(self) -> bool:
        """Whether the answer was the expected one, and the same in a batch."""
        return self.alone.same and (self.together is None or self.together.same)


def check(
    model: Model, done: Callable[[Example], None] = lambda _example: None
) -> tuple[Finding, ...]:
    """Every example of the model, in order; `done` is called after each run of one.

    What the model refuses is a fault of its example. The batch holds every example's items
    twice, the second time backwards, so that lengths mix and a single one has a mate.
    """
    answers: list[Answer | SamovarError] = []
    for example in model.spec.examples:
        answers.append(_answer(model, example))
        done(example)
    together = _together(model, answers)
    pairs = zip(model.spec.examples, answers, strict=True)
    return tuple(
        Finding(example, _alone(example, answer), together.get(index))
        for index, (example, answer) in enumerate(pairs)
    )


def _answer(model: Model, example: Example) -> Answer | SamovarError:
    try:
        found: Answer = orjson.loads(pipeline.infer(example.payload, model).body)
    except SamovarError as error:
        return error
    return found


def _alone(example: Example, answer: Answer | SamovarError) -> Comparison:
    if isinstance(answer, SamovarError):
        return _refusal(answer)
    return compare(dict(example.expect), answer, example.tolerance)


def _together(model: Model, answers: Sequence[Answer | SamovarError]) -> dict[int, Comparison]:
    """The comparison with the answer in a batch, by index of those that can be in one."""
    examples = model.spec.examples
    shared = {
        index: _rows(answer)
        for index, answer in enumerate(answers)
        if isinstance(answer, Mapping) and not _is_tensors(examples[index])
    }
    if not shared or not model.shares_batch:
        return {}
    mates = [examples[index] for index in shared]
    try:
        batched = iter(_batched(model, mates))
    except SamovarError as error:
        return dict.fromkeys(shared, _refusal(error))
    return {
        index: compare_whole(rows, [next(batched) for _ in rows], examples[index].tolerance)
        for index, rows in shared.items()
    }


def _batched(model: Model, examples: Sequence[Example]) -> list[Answer]:
    """The answers to every item of the examples, in order, and then to their batch-mates."""
    try:
        return _in_one_batch(model, examples)
    except WrongShape:  # items of several shapes: only those of one shape share a run
        return _in_shared_runs(model, examples)


def _in_one_batch(model: Model, examples: Sequence[Example]) -> list[Answer]:
    items = [item for example in examples for item in _items(model, example)]
    mates = items + items[::-1]
    outputs = batching.run(model, model.program.prepare(mates), ())
    found: list[Answer] = orjson.loads(person.dump(model.program.answer(outputs, len(mates))))
    return found


def _in_shared_runs(model: Model, examples: Sequence[Example]) -> list[Answer]:
    """Of whole requests and their repetition, as a worker runs them that empties a queue."""
    payloads = [example.payload for example in examples]
    found: list[Answer] = []
    for answer in pipeline.infer_many(payloads + payloads[::-1], model):
        if isinstance(answer, SamovarError):
            raise answer
        found += _rows(orjson.loads(answer.body))
    return found


def _items(model: Model, example: Example) -> list[Any]:
    spec, payload = model.spec, example.payload
    names = spec.input.columns or tuple(model.inputs)
    kind, limits = spec.input.kind, spec.limits
    return read_items(kind, payload.content_type, payload.body, limits, names).items


def _rows(answer: Answer) -> list[Answer]:
    """Without what names the request: one row, or all of `predictions`."""
    own = {key: value for key, value in answer.items() if key not in _HEAD}
    found: list[Answer] = own.get("predictions", [own])
    return [{key: row[key] for key in row if key not in _BESIDE} for row in found]


def _is_tensors(example: Example) -> bool:
    return media_type(example.payload.content_type) in (OIP_JSON, OIP_BINARY)


def _refusal(error: SamovarError) -> Comparison:
    return Comparison((f"{error.code}: {error.message}",))
