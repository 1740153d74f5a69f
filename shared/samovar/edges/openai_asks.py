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
from samovar.types import Payload
from samovar.values import dataclass

_OURS = ("temperature", "top_p", "top_k", "min_p", "repetition_penalty", "seed", "stop")
_PASSED_OVER = frozenset(
    {
        "user",
        "metadata",
        "store",
        "service_tier",
        "safety_identifier",
        "prompt_cache_key",
        "prompt_cache_retention",
        "parallel_tool_calls",
    }
)
_NEUTRAL: Mapping[str, tuple[Any, ...]] = {
    "n": (None, 1),
    "best_of": (None, 1),
    "echo": (None, False),
    "suffix": (None, ""),
    "presence_penalty": (None, 0),
    "frequency_penalty": (None, 0),
    "logit_bias": (None, {}),
    "response_format": (None, {"type": "text"}),
    "modalities": (None, ["text"]),
    "tools": (None, []),
    "tool_choice": (None, "none", "auto"),
    "functions": (None, []),
    "function_call": (None, "none", "auto"),
}
"""Name → the values with which nothing is asked for."""
_READ = frozenset(
    {"model", "stream", "stream_options", "max_tokens", "max_completion_tokens", "logprobs"}
)
_MOST_LIKELY = 20


@dataclass(frozen=True, slots=True)
class Ask:
    """A request: of which model, what predict is asked, whether in pieces, and with their usage."""

    model: str
    payload: Payload
    streams: bool = False
    tells_usage: bool = False


def read_chat(body: bytes, request_id: str) -> Ask:
    """A chat completion's request. Raises MalformedBody, InvalidInput."""
    said = _object(body)
    _check(said, {*_READ, "messages", "top_logprobs"})
    if "messages" not in said:
        raise MissingTensor("the body lacks 'messages'")
    asked = {"messages": said["messages"], **_parameters(said), **_chat_logprobs(said)}
    return _ask(said, asked, request_id)


def read_completion(body: bytes, request_id: str) -> Ask:
    """A completion's request; several prompts are several rows. Raises as `read_chat` does."""
    said = _object(body)
    _check(said, {*_READ, "prompt"})
    prompts, rest = said.get("prompt"), _parameters(said)
    if said.get("logprobs") is not None:
        rest["logprobs"] = said["logprobs"]
    if isinstance(prompts, str):
        return _ask(said, {"prompt": prompts, **rest}, request_id)
    if not isinstance(prompts, list) or not prompts or not all(isinstance(p, str) for p in prompts):
        raise WrongDatatype("'prompt' must be a text, or a list of texts")
    if said.get("stream") and len(prompts) > 1:
        raise InvalidInput("'stream' goes with one prompt")
    rows = [{"prompt": prompt, **rest} for prompt in prompts]
    return _ask(said, rows[0] if len(rows) == 1 else {"rows": rows}, request_id)


def _ask(said: Mapping[str, Any], asked: Mapping[str, Any], request_id: str) -> Ask:
    model = said.get("model")
    if not isinstance(model, str) or not model:
        raise InvalidInput("'model' must name one; GET /v1/models lists them")
    options = said.get("stream_options") or {}
    if not isinstance(options, dict):
        raise WrongDatatype("'stream_options' must be an object")
    payload = Payload(orjson.dumps(asked), "application/json", request_id)
    return Ask(model, payload, said.get("stream") is True, options.get("include_usage") is True)


def _object(body: bytes) -> dict[str, Any]:
    said = parse(body)
    if not isinstance(said, dict):
        raise MalformedBody("the body must be a JSON object")
    return said


def _check(said: Mapping[str, Any], own: set[str]) -> None:
    """Raises InvalidInput for what is not known, and for what is known and cannot be done."""
    for name, value in said.items():
        if name in _NEUTRAL and value not in _NEUTRAL[name]:
            raise InvalidInput(f"'{name}' is not taken here: leave it out")
        if name not in own and name not in _OURS and name not in _PASSED_OVER | _NEUTRAL.keys():
            raise InvalidInput(f"unknown field '{name[:60]}'")


def _parameters(said: Mapping[str, Any]) -> dict[str, Any]:
    found = {name: said[name] for name in _OURS if said.get(name) is not None}
    most = [said[name] for name in ("max_completion_tokens", "max_tokens") if said.get(name)]
    return found | ({"max_tokens": most[0]} if most else {})


def _chat_logprobs(said: Mapping[str, Any]) -> dict[str, Any]:
    wanted, top = said.get("logprobs"), said.get("top_logprobs")
    if wanted not in (None, True, False):
        raise WrongDatatype("'logprobs' must be true or false; 'top_logprobs' says how many")
    if not wanted:
        if top:
            raise InvalidInput("'top_logprobs' goes with 'logprobs': true")
        return {}
    return {"logprobs": top or 0}
