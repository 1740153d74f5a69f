"""Generated text in OpenAI's shapes: whole, and in pieces.

Source: OpenAI API reference, "The chat completion object", "The chat completion chunk object"
and "The completion object".
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from samovar.values import dataclass

Document = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Form:
    """One shape: its names, and how a choice of it is written."""

    prefix: str
    whole: str
    piece: str
    choice: Callable[[Mapping[str, Any], int], Document]
    delta: Callable[[Mapping[str, Any]], Document]
    opening: Document | None = None
    """A piece before the first, where the shape has one."""

    def document(self, head: Document, answers: Sequence[Mapping[str, Any]]) -> Document:
        """Answers of predict, whole."""
        choices = [self.choice(answer, at) for at, answer in enumerate(answers)]
        return {**head, "object": self.whole, "choices": choices, "usage": _usage(answers)}

    def pieces(self, head: Document, said: Mapping[str, Any], *, usage: bool) -> list[Document]:
        """The documents of one piece of predict's; the last has what counts the tokens."""
        last = "finish_reason" in said
        choice = {"index": 0, "logprobs": None, **self.delta(said)}
        choice["finish_reason"] = said.get("finish_reason")
        found = [{**head, "object": self.piece, "choices": [choice]}]
        if last and usage:
            found.append({**head, "object": self.piece, "choices": [], "usage": _usage([said])})
        return found


def _usage(answers: Sequence[Mapping[str, Any]]) -> Document:
    counts = [answer["usage"] for answer in answers]
    names = ("prompt_tokens", "completion_tokens", "total_tokens")
    return {name: sum(count[name] for count in counts) for name in names}


def _chat_choice(answer: Mapping[str, Any], at: int) -> Document:
    return {
        "index": at,
        "message": {"role": "assistant", "content": answer["text"], "refusal": None},
        "logprobs": _chat_logprobs(answer),
        "finish_reason": answer["finish_reason"],
    }


def _chat_delta(said: Mapping[str, Any]) -> Document:
    delta = {"content": said["text"]} if "text" in said else {}
    return {"delta": delta, "logprobs": _chat_logprobs(said)}


def _chat_logprobs(said: Mapping[str, Any]) -> Document | None:
    told = said.get("logprobs")
    if not told:
        return None

    def one(token: Mapping[str, Any]) -> Document:
        text = token["token"]
        return {"token": text, "logprob": token["logprob"], "bytes": list(text.encode())}

    content = [one(each) | {"top_logprobs": [one(top) for top in each["top"]]} for each in told]
    return {"content": content, "refusal": None}


def _text_choice(answer: Mapping[str, Any], at: int) -> Document:
    return {
        "index": at,
        "text": answer["text"],
        "logprobs": _text_logprobs(answer),
        "finish_reason": answer["finish_reason"],
    }


def _text_delta(said: Mapping[str, Any]) -> Document:
    return {"text": said.get("text", ""), "logprobs": _text_logprobs(said)}


def _text_logprobs(said: Mapping[str, Any]) -> Document | None:
    told = said.get("logprobs")
    if not told:
        return None
    return {
        "tokens": [each["token"] for each in told],
        "token_logprobs": [each["logprob"] for each in told],
        "top_logprobs": [{t["token"]: t["logprob"] for t in each["top"]} for each in told],
        "text_offset": [],
    }


_OPENING = {"delta": {"role": "assistant", "content": ""}, "finish_reason": None}
CHAT = Form(
    "chatcmpl-",
    "chat.completion",
    "chat.completion.chunk",
    _chat_choice,
    _chat_delta,
    {"index": 0, "logprobs": None, **_OPENING},
)
TEXT = Form("cmpl-", "text_completion", "text_completion", _text_choice, _text_delta)
