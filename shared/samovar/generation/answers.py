"""What is told of a text that was generated: why it ended, its tokens, how sure they were."""

from collections.abc import Mapping, Sequence
from typing import Any

import orjson

from samovar.generation.chat import Reader
from samovar.generation.texts import Text, Told


def told_of(told: Sequence[Told], reader: Reader) -> list[dict[str, Any]]:
    """[{token, logprob, top: [{token, logprob}]}], natural logarithms."""

    def one(token: int, chance: float) -> dict[str, Any]:
        return {"token": reader.decode([token]), "logprob": round(chance, 6)}

    return [
        one(each.token, each.log_probability) | {"top": [one(*likely) for likely in each.likeliest]}
        for each in told
    ]


def usage_of(text: Text) -> dict[str, int]:
    """Tokens of the prompt, of the text and of both.

    How many of the prompt's were known from before is not among them: it depends on who asked
    before, and an answer is the same whoever did.
    """
    return _counted(len(text.prompt), len(text.tokens))


def answer_of(row: Mapping[str, Any]) -> dict[str, Any]:
    """`text`, `finish_reason`, `usage`, and `logprobs` if they were asked for, of one row."""
    counts = (int(row[f"{name}_tokens"]) for name in ("prompt", "completion"))
    one = {"text": row["text"], "finish_reason": row["finish_reason"], "usage": _counted(*counts)}
    told = orjson.loads(row["logprobs"])
    return one | {"logprobs": told} if told else one


def _counted(prompt: int, completion: int) -> dict[str, int]:
    return {
        "prompt_tokens": prompt,
        "completion_tokens": completion,
        "total_tokens": prompt + completion,
    }
