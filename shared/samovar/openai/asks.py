"""What OpenAI's clients ask of a model that generates text, as predict takes it.

Source: OpenAI API reference, "Chat Completions" and "Completions". What the model cannot do is
refused, unless it is asked for in the way that means nothing; what concerns OpenAI's own
house (who the user is, where it is stored) is passed over.
"""

from collections.abc import Mapping
from typing import Any

import orjson

from samovar.codecs.json_keys import parse
from samovar.errors import InvalidInput, MalformedBody, MissingTensor, WrongDatatype
from samovar.openai.response_format import form_of
from samovar.types import Payload
from samovar.values import dataclass

_OURS = frozenset(
    {
        "temperature",
        "top_p",
        "top_k",
        "min_p",
        "repetition_penalty",
        "presence_penalty",
        "frequency_penalty",
        "logit_bias",
        "seed",
        "stop",
    }
)
_OF_CHATS = frozenset({"tools", "tool_choice", "parallel_tool_calls"})
_PASSED_OVER = frozenset(
    {
        "user",
        "metadata",
        "store",
        "service_tier",
        "safety_identifier",
        "prompt_cache_key",
        "prompt_cache_retention",
    }
)
_READ = frozenset(
    {"model", "stream", "stream_options", "max_tokens", "max_completion_tokens", "logprobs", "n"}
)
_REFUSED: Mapping[str, tuple[tuple[Any, ...], str]] = {
    "best_of": ((None, 1), "every text is answered: ask for 'n'"),
    "echo": ((None, False), "the answer never repeats the prompt"),
    "suffix": ((None, ""), "the model goes on from a text, it does not fill one in"),
    "modalities": ((None, ["text"]), "the model says text"),
    "audio": ((None,), "the model says text"),
    "functions": ((None, []), "ask with 'tools'"),
    "function_call": ((None, "none", "auto"), "ask with 'tool_choice'"),
}
"""Name → the values with which nothing is asked for, and why others are not taken."""
GENERATES = "generate"
"""The program of models that are asked so."""
MOST_CHOICES = 128
_SEEDS = 2**63


@dataclass(frozen=True, slots=True)
class Ask:
    """A request: of which model, what predict is asked, whether in pieces, and with their usage."""

    model: str
    payload: Payload
    streams: bool = False
    tells_usage: bool = False
    rows: int = 1
    """How many texts are asked for."""


def read_chat(body: bytes, request_id: str) -> Ask:
    """A chat completion's request. Raises MalformedBody, InvalidInput."""
    return ask_chat(_object(body), request_id)


def read_completion(body: bytes, request_id: str) -> Ask:
    """A completion's request; several prompts are several rows. Raises as `read_chat` does."""
    return ask_completion(_object(body), request_id)


def ask_chat(said: Mapping[str, Any], request_id: str = "") -> Ask:
    """A chat completion's request, read from JSON. Raises InvalidInput."""
    _check(said, _READ | _OF_CHATS | {"messages", "top_logprobs", "response_format"})
    if "messages" not in said:
        raise MissingTensor("the body lacks 'messages'")
    asked = {"messages": said["messages"], **_parameters(said), **_chat_logprobs(said)}
    asked |= {name: said[name] for name in _OF_CHATS if said.get(name) is not None}
    return _ask(said, [asked | form_of(said.get("response_format"))], request_id)


def ask_completion(said: Mapping[str, Any], request_id: str = "") -> Ask:
    """A completion's request, read from JSON. Raises InvalidInput."""
    _check(said, _READ | {"prompt"})
    rest = _parameters(said)
    if said.get("logprobs") is not None:
        rest["logprobs"] = said["logprobs"]
    return _ask(said, [prompt | rest for prompt in _prompts(said.get("prompt"))], request_id)


def _prompts(said: Any) -> list[dict[str, Any]]:
    """A text, several, a text's tokens, or several texts' tokens, as predict takes each."""
    several = said if isinstance(said, list) and said and not _is_tokens(said) else [said]
    if all(isinstance(one, str) for one in several):
        return [{"prompt": one} for one in several]
    if all(_is_tokens(one) for one in several):
        return [{"tokens": one} for one in several]
    raise WrongDatatype("'prompt' must be a text, a list of texts, or tokens of the model's own")


def _is_tokens(said: Any) -> bool:
    return isinstance(said, list) and bool(said) and all(type(one) is int for one in said)


def _ask(said: Mapping[str, Any], prompts: list[dict[str, Any]], request_id: str) -> Ask:
    model = said.get("model")
    if not isinstance(model, str) or not model:
        raise InvalidInput("'model' must name one; GET /v1/models lists them")
    streams, rows = _switch(said, "stream"), _rows(prompts, _choices(said))
    options = _options(said.get("stream_options"), streams=streams)
    asked = orjson.dumps(rows[0] if len(rows) == 1 else {"rows": rows})
    usage = _switch(options, "include_usage")
    return Ask(model, Payload(asked, "application/json", request_id), streams, usage, len(rows))


def _rows(prompts: list[dict[str, Any]], choices: int) -> list[dict[str, Any]]:
    """Each prompt so many times; under a seed, each time with the next one."""
    if choices == 1:
        return prompts
    return [prompt | _seed(prompt.get("seed"), at) for prompt in prompts for at in range(choices)]


def _seed(seed: Any, at: int) -> dict[str, int]:
    return {"seed": (seed + at) % _SEEDS} if type(seed) is int and seed < _SEEDS else {}


def _choices(said: Mapping[str, Any]) -> int:
    count = said.get("n")
    if count is None:
        return 1
    if type(count) is not int or not 1 <= count <= MOST_CHOICES:
        raise InvalidInput(f"'n' must be a whole number from 1 to {MOST_CHOICES}")
    return count


def _options(said: Any, *, streams: bool) -> Mapping[str, Any]:
    if said is None:
        return {}
    if not isinstance(said, dict):
        raise WrongDatatype("'stream_options' must be an object")
    if not streams:
        raise InvalidInput("'stream_options' goes with 'stream': true")
    if unknown := said.keys() - {"include_usage", "include_obfuscation"}:
        raise InvalidInput(f"'stream_options' has an unknown field '{min(unknown)[:60]}'")
    return said


def _switch(said: Mapping[str, Any], name: str) -> bool:
    if said.get(name) not in (None, True, False):
        raise WrongDatatype(f"'{name}' must be true or false")
    return bool(said.get(name))


def _object(body: bytes) -> dict[str, Any]:
    said = parse(body)
    if not isinstance(said, dict):
        raise MalformedBody("the body must be a JSON object")
    return said


def _check(said: Mapping[str, Any], own: frozenset[str]) -> None:
    """Raises InvalidInput for what is not known, and for what is known and cannot be done."""
    for name, value in said.items():
        if name in _REFUSED:
            neutral, why = _REFUSED[name]
            if value not in neutral:
                raise InvalidInput(f"'{name}' is not taken here: {why}")
        elif name not in own | _OURS | _PASSED_OVER:
            raise InvalidInput(f"unknown field '{name[:60]}'")


def _parameters(said: Mapping[str, Any]) -> dict[str, Any]:
    found = {name: said[name] for name in _OURS if said.get(name) is not None}
    names = [name for name in ("max_completion_tokens", "max_tokens") if said.get(name) is not None]
    return found | {"cached_tokens": True} | ({"max_tokens": said[names[0]]} if names else {})


def _chat_logprobs(said: Mapping[str, Any]) -> dict[str, Any]:
    wanted, top = said.get("logprobs"), said.get("top_logprobs")
    if wanted not in (None, True, False):
        raise WrongDatatype("'logprobs' must be true or false; 'top_logprobs' says how many")
    if not wanted:
        if top:
            raise InvalidInput("'top_logprobs' goes with 'logprobs': true")
        return {}
    return {"logprobs": top or 0}
