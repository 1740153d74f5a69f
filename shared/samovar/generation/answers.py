"""What is told of a text that was generated: why it ended, its tokens, how sure they were."""

from collections.abc import Generator, Mapping, Sequence
from typing import Any

import orjson

from samovar.generation.calls import Delta
from samovar.generation.chat import Reader
from samovar.generation.texts import Text, Told
from samovar.generation.wishes import Wish

_NOT_ASKED = -1
_BROKEN = "\N{REPLACEMENT CHARACTER}"


def told_of(told: Sequence[Told], reader: Reader) -> list[dict[str, Any]]:
    """[{token, logprob, top: [{token, logprob}]}], natural logarithms; with the `bytes` of a token
    that is no whole character.
    """

    def one(token: int, chance: float) -> dict[str, Any]:
        text = reader.decode([token])
        found = {"token": text, "logprob": round(chance, 6)}
        return found | {"bytes": [*reader.spelled(token)]} if _BROKEN in text else found

    return [
        one(each.token, each.log_probability) | {"top": [one(*likely) for likely in each.likeliest]}
        for each in told
    ]


def usage_of(text: Text, wish: Wish) -> dict[str, int]:
    """Tokens of the prompt, of the text and of both.

    How many of the prompt's were known from before is among them only if somebody asked: it
    depends on who asked before, and an answer is else the same whoever did.
    """
    return _counted(len(text.prompt), len(text.tokens), _cached(text, wish))


def columns_of(
    texts: Sequence[Text], wishes: Sequence[Wish], reader: Reader
) -> dict[str, list[Any]]:
    """The program's outputs, by name: a value for each text."""
    return {
        "text": [text.text for text in texts],
        "finish_reason": [text.reason for text in texts],
        "prompt_tokens": [len(text.prompt) for text in texts],
        "completion_tokens": [len(text.tokens) for text in texts],
        "logprobs": [orjson.dumps(told_of(text.told, reader)).decode() for text in texts],
        "tool_calls": [orjson.dumps(joined(text.called)).decode() for text in texts],
        "cached_tokens": [_cached(*pair) for pair in zip(texts, wishes, strict=True)],
    }


def answer_of(row: Mapping[str, Any]) -> dict[str, Any]:
    """`text`, `finish_reason`, `usage`, and of `logprobs` and `tool_calls` what there is."""
    counts = (int(row[f"{name}_tokens"]) for name in ("prompt", "completion", "cached"))
    one = {"text": row["text"], "finish_reason": row["finish_reason"], "usage": _counted(*counts)}
    more = {name: orjson.loads(row[name]) for name in ("logprobs", "tool_calls")}
    return one | {name: found for name, found in more.items() if found}


def pieces_of(
    text: Text, wish: Wish, reader: Reader
) -> Generator[list[dict[str, Any]], None, None]:
    """What is new of a text, again and again: the last piece says why it ended."""
    pieces, tokens, calls, is_told = 0, 0, 0, False
    while True:
        said: dict[str, Any] = {}
        if len(text.pieces) > pieces:
            said["text"] = "".join(text.pieces[pieces:])
        if len(text.called) > calls:
            said["tool_calls"] = text.called[calls:]
        if said and len(text.told) > tokens:
            said["logprobs"] = told_of(text.told[tokens:], reader)
            tokens = len(text.told)
        pieces, calls = len(text.pieces), len(text.called)
        found = [said] if said else []
        if text.is_done and not is_told:
            found.append({"finish_reason": text.reason, "usage": usage_of(text, wish)})
            is_told = True
        yield found


def joined(deltas: Sequence[Delta]) -> list[dict[str, str]]:
    """Calls from their pieces: [{name, arguments}], the arguments as JSON."""
    found: list[dict[str, str]] = []
    for delta in deltas:
        if "name" in delta:
            found.append({"name": delta["name"], "arguments": ""})
        found[-1]["arguments"] += delta["arguments"]
    return found


def _cached(text: Text, wish: Wish) -> int:
    return text.read if wish.tells_cached else _NOT_ASKED


def _counted(prompt: int, completion: int, cached: int) -> dict[str, int]:
    found = {
        "prompt_tokens": prompt,
        "completion_tokens": completion,
        "total_tokens": prompt + completion,
    }
    return found if cached == _NOT_ASKED else found | {"cached_tokens": cached}
