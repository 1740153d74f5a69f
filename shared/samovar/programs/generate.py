"""Text that goes on: a decoder's graph over prompts and conversations."""

from collections.abc import Generator, Mapping, Sequence
from contextlib import closing, suppress
from itertools import chain
from typing import Any, ClassVar

import numpy as np
import orjson

from samovar.errors import MalformedBody, WrongShape
from samovar.generation.answers import answer_of, told_of, usage_of
from samovar.generation.chat import Chat, Reader, open_chat, open_reader, read_chat_file
from samovar.generation.decoder import open_decoder
from samovar.generation.messages import Message, Prompt
from samovar.generation.sampling import Sampling, read_sampling
from samovar.generation.scheduler import Scheduler
from samovar.generation.texts import Text
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
    ),
)
"""Prompts as tokens, each row filled up with −1, and what is asked of them as JSON → their texts,
why they ended (stop, length), their counts of tokens, and log probabilities as JSON."""
_NONE = -1


@dataclass(frozen=True, slots=True)
class Generate:
    """The graph `decode` (`input_ids`, `attention_mask`, `past_key_values.*` → `logits`,
    `present.*`), a token at a time, over as many as `rows` texts at once.

    What a request does not say of its sampling is as here.
    """

    roles: ClassVar[tuple[str, ...]] = ("decode",)
    batched: ClassVar[bool] = True

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
        decoder = open_decoder(runners["decode"], self.rows, self.context)
        names = ("max_tokens", "temperature", "top_k", "top_p", "min_p", "repetition_penalty")
        usual = Sampling(**{name: getattr(self, name) for name in names})
        return GenerateProgram(
            Scheduler(decoder, reader, file.end), reader, open_chat(file, reader), usual
        )


@dataclass(frozen=True, slots=True)
class GenerateProgram:
    """`prepare`, `run` and `answer` of several prompts, whose texts grow together."""

    scheduler: Scheduler
    reader: Reader
    chat: Chat
    usual: Sampling
    signature: Signature = SIGNATURE

    def prepare(self, items: Sequence[Any]) -> dict[str, Array]:
        """Prompts, or texts that a user says → `tokens` and `parameters`. Raises InvalidInput."""
        prompts = [_prompt(item) for item in items]
        for prompt in prompts:  # wrong ones are refused before anything runs
            read_sampling(prompt.parameters, self.usual)
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
        texts = self.begin(tensors)
        self.scheduler.run(texts)
        found = {
            "text": _texts([text.text for text in texts]),
            "finish_reason": _texts([text.reason for text in texts]),
            "prompt_tokens": np.array([len(text.prompt) for text in texts], np.int64),
            "completion_tokens": np.array([len(text.tokens) for text in texts], np.int64),
            "logprobs": _texts([self._dumped(text) for text in texts]),
        }
        return {name: found[name] for name in outputs or found}

    def stream(self, tensors: Tensors) -> Generator[dict[str, Any], None, None]:
        """The one row's text as it comes, then why it ended. Raises as `run` does."""
        (text,) = self.begin(tensors)
        pieces, tokens = 0, 0
        with closing(self.scheduler.stream([text])) as steps:
            for _ in chain(steps, [None]):  # once more for what the last step said
                if len(text.pieces) > pieces:
                    said = {"text": "".join(text.pieces[pieces:])}
                    told = told_of(text.told[tokens:], self.reader)
                    pieces, tokens = len(text.pieces), len(text.told)
                    yield said | {"logprobs": told} if told else said
        yield {"finish_reason": text.reason, "usage": usage_of(text)}

    def begin(self, tensors: Tensors) -> list[Text]:
        """A text for each row, which nobody has run. Raises InvalidInput, PayloadTooLarge."""
        return [
            self.scheduler.begin(self._known(row), read_sampling(_parameters(said), self.usual))
            for row, said in zip(tensors["tokens"], tensors["parameters"], strict=True)
        ]

    def answer(self, tensors: Tensors, rows: int) -> list[dict[str, Any]]:
        """`text`, `finish_reason`, `usage` of tokens, and `logprobs` where they were asked for."""
        return [
            answer_of({name: array[row] for name, array in tensors.items()}) for row in range(rows)
        ]

    def _dumped(self, text: Text) -> str:
        return orjson.dumps(told_of(text.told, self.reader)).decode()

    def _tokens(self, prompt: Prompt) -> list[int]:
        if prompt.messages:
            return self.chat.tokens(prompt.messages)
        return self.reader.read(prompt.text)

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
    array = np.empty(len(values), object)
    array[:] = values
    return array
