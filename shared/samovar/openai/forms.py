"""Generated text in OpenAI's shapes: whole, and in pieces.

Source: OpenAI API reference, "The chat completion object", "The chat completion chunk object"
and "The completion object".
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from samovar.values import dataclass

Document = dict[str, Any]
_COUNTS = ("prompt_tokens", "completion_tokens", "total_tokens")


@dataclass(frozen=True, slots=True)
class Form:
    """One shape: its names, and how a choice of it is written."""

    prefix: str
    whole: str
    piece: str
    choice: Callable[[Mapping[str, Any], str], Document]
    delta: Callable[[Mapping[str, Any], str], Document]
    logprobs: Callable[[Sequence[Mapping[str, Any]], int], Document]
    """Tokens, and how many characters stand before them."""
    opening: Document | None = None
    """What a choice begins with, where the shape has such a piece."""

    def document(self, head: Document, answers: Sequence[Mapping[str, Any]]) -> Document:
        """Answers of predict, whole."""
        choices = [self._choice(head, answer, at) for at, answer in enumerate(answers)]
        usage = usage_of([answer["usage"] for answer in answers])
        return {**head, "object": self.whole, "choices": choices, "usage": usage}

    def _choice(self, head: Document, answer: Mapping[str, Any], at: int) -> Document:
        told = answer.get("logprobs")
        return {
            "index": at,
            **self.choice(answer, f"{head['id']}/{at}"),
            "logprobs": self.logprobs(told, 0) if told else None,
            "finish_reason": answer["finish_reason"],
            **_flags(answer),
        }


class Telling:
    """Predict's pieces of one request as OpenAI's, one after the other."""

    def __init__(self, form: Form, head: Document, rows: int, *, usage: bool) -> None:
        self._form = form
        self._head = {**head, "object": form.piece}
        self._rows = rows
        self._tells_usage = usage
        self._usages: list[Mapping[str, int]] = []
        self._written = [0] * rows  # characters of each choice

    def opening(self) -> list[Document]:
        """What comes before the first piece."""
        if self._form.opening is None:
            return []
        begun = {"logprobs": None, **self._form.opening, "finish_reason": None}
        return [self._document([{"index": at, **begun}]) for at in range(self._rows)]

    def add(self, said: Mapping[str, Any]) -> list[Document]:
        """The documents of one piece; the last has what counts the tokens of all choices."""
        at, told = said.get("index", 0), said.get("logprobs")
        choice = {
            "index": at,
            **self._form.delta(said, f"{self._head['id']}/{at}"),
            "logprobs": self._form.logprobs(told, self._written[at]) if told else None,
            "finish_reason": said.get("finish_reason"),
            **_flags(said),
        }
        self._written[at] += len(said.get("text", ""))
        self._usages += [said["usage"]] if "usage" in said else []
        found = [self._document([choice])]
        if self._tells_usage and "usage" in said and len(self._usages) == self._rows:
            found.append(self._document([]) | {"usage": usage_of(self._usages)})
        return found

    def _document(self, choices: list[Document]) -> Document:
        found = {**self._head, "choices": choices}
        return found | {"usage": None} if self._tells_usage else found


def _flags(said: Mapping[str, Any]) -> Document:
    """What a model's guards tell, which OpenAI's shape has no place for."""
    return {"flags": said["flags"]} if "flags" in said else {}


def usage_of(counts: Sequence[Mapping[str, int]]) -> Document:
    """Tokens of all choices together, and those of the prompt that were known from before."""
    found: Document = {name: sum(count[name] for count in counts) for name in _COUNTS}
    if any("cached_tokens" in count for count in counts):
        cached = sum(count.get("cached_tokens", 0) for count in counts)
        found["prompt_tokens_details"] = {"cached_tokens": cached}
    return found


def _chat_choice(answer: Mapping[str, Any], name: str) -> Document:
    message = {"role": "assistant", "content": answer["text"], "refusal": None}
    if calls := answer.get("tool_calls"):
        message["content"] = answer["text"] or None
        message["tool_calls"] = [
            {"id": _call_id(name, at), "type": "function", "function": call}
            for at, call in enumerate(calls)
        ]
    return {"message": message}


def _chat_delta(said: Mapping[str, Any], name: str) -> Document:
    delta: Document = {"content": said["text"]} if "text" in said else {}
    if "tool_calls" in said:
        delta["tool_calls"] = [_call_delta(one, name) for one in said["tool_calls"]]
    return {"delta": delta}


def _call_delta(said: Mapping[str, Any], name: str) -> Document:
    at, function = said["index"], {"arguments": said["arguments"]}
    if "name" not in said:
        return {"index": at, "function": function}
    begun = {"id": _call_id(name, at), "type": "function"}
    return {"index": at, **begun, "function": {"name": said["name"], **function}}


def _call_id(name: str, at: int) -> str:
    """The same whole and in pieces; another one for every call of every answer."""
    from hashlib import sha256  # OpenSSL's, which only a call needs

    return "call_" + sha256(f"{name}/{at}".encode()).hexdigest()[:24]


def _chat_logprobs(told: Sequence[Mapping[str, Any]], _before: int) -> Document:
    def one(token: Mapping[str, Any]) -> Document:
        text = token["token"]
        own = token.get("bytes") or [*text.encode()]
        return {"token": text, "logprob": token["logprob"], "bytes": own}

    content = [one(each) | {"top_logprobs": [one(top) for top in each["top"]]} for each in told]
    return {"content": content, "refusal": None}


def _text_logprobs(told: Sequence[Mapping[str, Any]], before: int) -> Document:
    offsets = [before]
    for each in told[:-1]:
        offsets.append(offsets[-1] + len(each["token"]))
    return {
        "tokens": [each["token"] for each in told],
        "token_logprobs": [each["logprob"] for each in told],
        "top_logprobs": [{t["token"]: t["logprob"] for t in each["top"]} for each in told],
        "text_offset": offsets,
    }


def _text_choice(answer: Mapping[str, Any], _name: str) -> Document:
    return {"text": answer["text"]}


def _text_delta(said: Mapping[str, Any], _name: str) -> Document:
    return {"text": said.get("text", "")}


CHAT = Form(
    "chatcmpl-",
    "chat.completion",
    "chat.completion.chunk",
    _chat_choice,
    _chat_delta,
    _chat_logprobs,
    {"delta": {"role": "assistant", "content": ""}},
)
TEXT = Form(
    "cmpl-", "text_completion", "text_completion", _text_choice, _text_delta, _text_logprobs
)
