"""Text that goes on: a decoder's graph over prompts and conversations."""

from collections.abc import Generator, Mapping, Sequence
from contextlib import closing, suppress
from itertools import chain
from typing import Any, ClassVar

import numpy as np
import orjson

from samovar.errors import InvalidInput, MalformedBody, WrongShape
from samovar.generation.answers import answer_of, columns_of, pieces_of
from samovar.generation.chat import Chat, Reader, open_chat, open_reader, read_chat_file
from samovar.generation.decoder import open_decoder
from samovar.generation.grammars import Grammars
from samovar.generation.messages import Message, Prompt
from samovar.generation.sampling import Sampling
from samovar.generation.scheduler import Scheduler
from samovar.generation.texts import Manner, Text
from samovar.generation.tools import shown_tools
from samovar.generation.wishes import Wish, read_wish
from samovar.ports import Runner
from samovar.steps.params import ParamError
from samovar.types import Array, ModelSpec, ReadAsset, Signature, Tensors, TensorSpec
from samovar.values import dataclass

SIGNATURE = Signature(
    inputs=(TensorSpec("tokens", "INT64", (-1, -1)), TensorSpec("parameters", "BYTES", (-1,))),
    outputs=(
        TensorSpec("text", "BYTES", (-1,)),
        TensorSpec("finish_reason", "BYTES", (-1,)),
        TensorSpec("prompt_tokens", "INT64", (-1,)),
        TensorSpec("completion_tokens", "INT64", (-1,)),
        TensorSpec("logprobs", "BYTES", (-1,)),
        TensorSpec("tool_calls", "BYTES", (-1,)),
        TensorSpec("cached_tokens", "INT64", (-1,)),
    ),
)
"""Prompts as tokens, each row filled up with −1, and what is asked of them as JSON → their texts,
why they ended (stop, length, tool_calls), their counts of tokens, log probabilities and calls of
tools as JSON, and of the prompt the tokens that were known, −1 where nobody asked for that."""
_NONE = -1


@dataclass(frozen=True, slots=True)
class Generate:
    """The graph `decode` (`input_ids`, `attention_mask`, `past_key_values.*` → `logits`,
    `present.*`), a token at a time, over as many as `rows` texts at once.

    What a request does not say of its sampling is as here.
    """

    roles: ClassVar[tuple[str, ...]] = ("decode",)
    batched: ClassVar[bool] = True
    loops: ClassVar[bool] = True  # its graph runs once a token

    tokenizer: str = "tokenizer.json"
    chat: str = "chat.json"
    """JSON: the `template` of a conversation, in Jinja, and the tokens that `end` a text."""
    context: int = 2048
    """Tokens of a prompt and its answer at most: memory for each of them is kept."""
    rows: int = 4
    """Texts that grow at once; more wait."""
    max_tokens: int = 256
    temperature: float = 0.0
    top_k: int = 0
    top_p: float = 1.0
    min_p: float = 0.0
    repetition_penalty: float = 1.0

    def __post_init__(self) -> None:
        for key, least in (("context", 2), ("rows", 1), ("max_tokens", 1)):
            if getattr(self, key) < least:
                raise ParamError(key, f"must be {least} or more, not {getattr(self, key)}")

    def bind(
        self,
        spec: ModelSpec,  # noqa: ARG002 - the programs' one shape
        runners: Mapping[str, Runner],
        read: ReadAsset,
    ) -> "GenerateProgram":
        """The program over its graph. Raises ManifestInvalid, ModelCorrupt."""
        reader = open_reader(self.tokenizer, read(self.tokenizer))
        file = read_chat_file(self.chat, read(self.chat))
        chat = open_chat(file, reader)
        decoder = open_decoder(runners["decode"], self.rows, self.context)  # which waits for it
        names = ("max_tokens", "temperature", "top_k", "top_p", "min_p", "repetition_penalty")
        usual = Sampling(**{name: getattr(self, name) for name in names})
        house, grammars = Scheduler(decoder, reader, file.end), Grammars(reader, file.end)
        return GenerateProgram(house, reader, chat, usual, grammars)


@dataclass(frozen=True, slots=True)
class GenerateProgram:
    """`prepare`, `run` and `answer` of several prompts, whose texts grow together."""

    scheduler: Scheduler
    reader: Reader
    chat: Chat
    usual: Sampling
    grammars: Grammars
    signature: Signature = SIGNATURE

    def prepare(self, items: Sequence[Any]) -> dict[str, Array]:
        """Prompts, or texts that a user says → `tokens` and `parameters`. Raises InvalidInput."""
        prompts = [_prompt(item) for item in items]
        for prompt in prompts:  # wrong ones are refused before anything runs
            read_wish(prompt.parameters, self.usual)
        rows = [self._tokens(prompt) for prompt in prompts]
        width = max(map(len, rows), default=0)
        tokens = np.full((len(rows), width), _NONE, np.int64)
        for row, found in zip(tokens, rows, strict=True):
            row[: len(found)] = found
        said = [orjson.dumps(dict(prompt.parameters)) for prompt in prompts]
        return {"tokens": tokens, "parameters": _texts(said)}

    def run(self, tensors: Tensors, outputs: Sequence[str]) -> dict[str, Array]:
        """`tokens` and `parameters` → `text` and what else there is to say of it.

        Raises InvalidInput, PayloadTooLarge, ModelRunFailed.
        """
        wishes = self._wishes(tensors)
        texts = self._begin(tensors, wishes)
        self.scheduler.run(texts)
        columns = columns_of(texts, wishes, self.reader)
        found = {
            name: np.array(column, np.int64) if name.endswith("_tokens") else _texts(column)
            for name, column in columns.items()
        }
        return {name: found[name] for name in outputs or found}

    def stream(self, tensors: Tensors) -> Generator[dict[str, Any], None, None]:
        """Each row's text as it comes, then why it ended; of several rows with their `index`.

        Raises as `run` does.
        """
        wishes = self._wishes(tensors)
        texts = self._begin(tensors, wishes)
        told = [pieces_of(*pair, self.reader) for pair in zip(texts, wishes, strict=True)]
        with closing(self.scheduler.stream(texts)) as steps:
            for _ in chain(steps, [None]):  # once more for what the last step said
                for at, pieces in enumerate(told):
                    for piece in next(pieces):
                        yield piece | {"index": at} if len(texts) > 1 else piece

    def answer(self, tensors: Tensors, rows: int) -> list[dict[str, Any]]:
        """`text`, `finish_reason`, `usage`; `logprobs` where asked for, `tool_calls` if any."""
        each = ({name: array[row] for name, array in tensors.items()} for row in range(rows))
        return [answer_of(one) for one in each]

    def _wishes(self, tensors: Tensors) -> list[Wish]:
        return [read_wish(_parameters(said), self.usual) for said in tensors["parameters"]]

    def _begin(self, tensors: Tensors, wishes: Sequence[Wish]) -> list[Text]:
        return [
            self.scheduler.begin(self._known(row), wish.sampling, self._manner(wish))
            for row, wish in zip(tensors["tokens"], wishes, strict=True)
        ]

    def _manner(self, wish: Wish) -> Manner:
        for token, _ in wish.sampling.logit_bias:
            if token >= self.reader.size:
                raise InvalidInput(f"'logit_bias' has token {token} of {self.reader.size}")
        constraint = self.grammars.begin(wish.grammar) if wish.grammar else None
        return Manner(constraint, wish.calls)

    def _tokens(self, prompt: Prompt) -> list[int]:
        if prompt.messages:
            return self.chat.tokens(prompt.messages, shown_tools(prompt.parameters))
        return list(prompt.tokens) or self.reader.read(prompt.text)

    def _known(self, row: Array) -> list[int]:
        """The tokens of a row, up to the first −1. Raises WrongShape."""
        tokens: list[int] = row.tolist()
        tokens = tokens[: tokens.index(_NONE)] if _NONE in tokens else tokens
        size = self.reader.size
        if not tokens:
            raise WrongShape("tensor 'tokens' has a row without a token: the prompt is empty")
        if min(tokens) < 0 or max(tokens) >= size:
            raise WrongShape(f"tensor 'tokens' must lie in [0, {size - 1}], and -1 to fill up")
        return tokens


def _prompt(item: Any) -> Prompt:
    if isinstance(item, Prompt):
        return item
    return Prompt(messages=(Message("user", item),))


def _parameters(said: str | bytes) -> dict[str, Any]:
    with suppress(ValueError):
        found = orjson.loads(said or b"{}")
        if isinstance(found, dict):
            return found
    raise MalformedBody("tensor 'parameters' must be JSON objects")


def _texts(values: Sequence[str | bytes]) -> Array:
    return np.array([*values], object)
