"""A model's guards, bound: those before it over what people send, those after over its words."""

from collections.abc import Callable, Generator, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from samovar.errors import InvalidInput, ManifestInvalid
from samovar.generation.messages import Message
from samovar.guarding.answers import guard_answer
from samovar.guarding.screen import FLAG, Screen
from samovar.guarding.spans import Rule
from samovar.guarding.step import GuardStep
from samovar.guarding.streams import Stream
from samovar.guarding.telling import told_of
from samovar.refusals import GuardRefused
from samovar.types import Array, Kind, ModelSpec, ReadAsset, Step
from samovar.values import dataclass

Flag = dict[str, Any]
Flags = tuple[Flag, ...]


@dataclass(frozen=True, slots=True)
class Guards:
    """The rules of one model. A text is judged by all of them at once, as it was sent or said."""

    kind: Kind
    before: tuple[Rule, ...] = ()
    after: tuple[Rule, ...] = ()

    @property
    def hides(self) -> bool:
        """Whether there is anything that the model may say and nobody may read."""
        return any(rule.action != FLAG for rule in self.after)

    def items(self, items: Sequence[Any]) -> tuple[list[Any], list[Flags]]:
        """Items as the model may read them, and what is to be told of each.

        Raises GuardRefused, and InvalidInput for what would tell of hidden words beside them.
        """
        if self.kind not in (Kind.TEXT, Kind.PROMPT):
            return list(items), [()] * len(items)
        found = [self._item(item) for item in items]
        return [item for item, _ in found], [flags for _, flags in found]

    def answer(self, answer: dict[str, Any], flags: Flags = ()) -> dict[str, Any]:
        """An answer as it may be read, with `flags` where there are any. Raises GuardRefused."""
        found: list[Flag] = list(flags)
        guarded = guard_answer(answer, self._screened(found, "answer")) if self.after else answer
        return {**guarded, "flags": found} if found else guarded

    def pieces(
        self, said: Iterable[dict[str, Any]], flags: Sequence[Flags] = ()
    ) -> Generator[dict[str, Any], None, None]:
        """The pieces of answers that grow; the last of each has its flags. Raises GuardRefused."""
        streams: dict[int, Stream] = {}
        for piece in said:
            at = piece.get("index", 0)
            own = flags[at] if at < len(flags) else ()
            yield from streams.setdefault(at, Stream(self.after, own)).read(piece)

    def tensors(
        self, outputs: Mapping[str, Array], flags: Sequence[Flags]
    ) -> tuple[dict[str, Array], list[Flag]]:
        """Outputs whose texts may be read, and what is to be told. Raises GuardRefused."""
        found = [flag | {"row": row} for row, told in enumerate(flags) for flag in told]
        screened = self._screened(found, "outputs")
        guarded = {
            name: _texts(array, screened, name) if self.after and array.dtype == object else array
            for name, array in outputs.items()
        }
        return guarded, found

    def check_tensors(self) -> None:
        """Raises GuardRefused where a request in tensors would go past the guards."""
        if self.before or self.kind is Kind.PROMPT:
            raise GuardRefused(
                "this model is guarded: it takes texts, not tensors; send predict a text, or "
                f"infer one BYTES input '{self.kind}'"
            )

    def _item(self, item: Any) -> tuple[Any, Flags]:
        found: list[Flag] = []
        screened = self._screened(found, "input", self.before)
        if isinstance(item, str):
            return screened(item, "text"), tuple(found)
        if self.hides and item.parameters.get("logprobs") is not None:
            raise InvalidInput(
                "'logprobs' tells what was said token by token: this model's answers are guarded"
            )
        if item.tokens:
            self.check_tensors()
        messages = tuple(
            _message(one, screened, f"messages[{at}]") for at, one in enumerate(item.messages)
        )
        text = screened(item.text, "prompt")
        return replace(item, text=text, messages=messages), tuple(found)

    def _screened(
        self, flags: list[Flag], whose: str, rules: tuple[Rule, ...] | None = None
    ) -> "Screened":
        return Screened(self.after if rules is None else rules, flags, whose)


def _message(message: Message, screened: "Screened", where: str) -> Message:
    """A message, and what it says was given to tools, as the model may read it."""
    calls = tuple(
        replace(call, arguments=_argument(call.arguments, screened, f"{where}.tool_calls[{at}]"))
        for at, call in enumerate(message.calls)
    )
    return replace(message, content=screened(message.content, where), calls=calls)


def _argument(value: Any, screened: "Screened", where: str) -> Any:
    if isinstance(value, str):
        return screened(value, where)
    if isinstance(value, Mapping):
        return {name: _argument(one, screened, where) for name, one in value.items()}
    if isinstance(value, list):
        return [_argument(one, screened, where) for one in value]
    return value


@dataclass(frozen=True, slots=True)
class Screened:
    """Texts through rules, one after the other; what is to be told is added to `flags`."""

    rules: tuple[Rule, ...]
    flags: list[Flag]
    whose: str

    def screen(self, text: str, where: str) -> tuple[Screen, str]:
        """A text's screen, and what may be read of it."""
        screen = Screen(self.rules, f"{_OWNERS[self.whose]} {where}")
        said = screen.whole(text)
        self.flags.extend(told_of(screen, f"{self.whose}.{where}", sent=self.whose == "input"))
        return screen, said

    def __call__(self, text: str, where: str) -> str:
        return self.screen(text, where)[1]


_OWNERS = {"input": "the request's", "answer": "the answer's", "outputs": "the output"}


def _texts(array: Array, screened: Callable[[str, str], str], name: str) -> Array:
    """An array of texts as they may be read, its shape kept."""
    found = np.empty(array.size, object)
    for at, element in enumerate(array.ravel()):
        text = element.decode("utf-8", "replace") if isinstance(element, bytes) else str(element)
        found[at] = screened(text, name)
    return found.reshape(array.shape)


def bind_guards(spec: ModelSpec, read: ReadAsset) -> Guards:
    """The guards of a manifest over the files that they read. Raises ManifestInvalid."""
    before, after = (
        tuple(rule for step in steps for rule in _rules(step, read))
        for steps in (spec.guards_before, spec.guards_after)
    )
    return Guards(spec.input.kind, before, after)


def _rules(step: Step, read: ReadAsset) -> tuple[Rule, ...]:
    if not isinstance(step, GuardStep):
        raise ManifestInvalid([f"{type(step).__name__} is no guard"])
    return step.rules(read)
