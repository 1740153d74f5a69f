"""How large a generation is: the tokens that it reads, and those that it may say. Pure.

Tokens of a prompt are told from its bytes: whoever asks has no tokenizer, and must not open a
model to find out that it is not to run it.
"""

from collections.abc import Mapping, Sequence
from math import ceil
from typing import Any

import orjson

from samovar.lanes import GENERATES
from samovar.profile import Profile
from samovar.types import ModelSpec, Payload
from samovar.values import dataclass

_BYTES = 3.0  # of a prompt that a token stands for; 4 in English, and less where it is not
_MESSAGE = 8  # tokens around a message of a conversation
_USUAL_TOKENS, _USUAL_CONTEXT, _USUAL_ROWS = 256, 2048, 4


@dataclass(frozen=True, slots=True)
class TokenSize:
    """Tokens of all prompts of a request, about, and the most that may follow one after another."""

    prompt: int
    most: int

    def ms(self, profile: Profile) -> float:
        """The most time that it takes, milliseconds; 0 where nobody measured."""
        if not profile.decode_ms:
            return 0.0
        return self.prompt * profile.prefill_ms + self.most * profile.decode_ms

    def fitting(self, profile: Profile, limit_ms: float) -> int:
        """The most tokens that may follow the prompt within a time; 0 where none may."""
        left_ms = limit_ms - self.prompt * profile.prefill_ms
        return max(int(left_ms / profile.decode_ms), 0) if profile.decode_ms else self.most


def token_size(spec: ModelSpec, payload: Payload) -> TokenSize | None:
    """The size of a request to a model that generates; None for other models and bodies."""
    if spec.program.name != GENERATES or not payload.body.lstrip().startswith(b"{"):
        return None
    try:
        said = orjson.loads(payload.body)
    except orjson.JSONDecodeError:
        return None  # whoever reads it tells more
    found = said.get("rows") if "rows" in said else [said]
    rows = [row for row in found if isinstance(row, dict)] if isinstance(found, list) else []
    if not any(name in row for row in rows for name in ("messages", "prompt", "text", "tokens")):
        return None
    params = spec.program.params
    context = int(params.get("context", _USUAL_CONTEXT))
    usual = int(params.get("max_tokens", _USUAL_TOKENS))
    prompts = [min(_prompt(row), context) for row in rows]
    most = max(_most(row, usual, context - at) for row, at in zip(rows, prompts, strict=True))
    turns = ceil(len(rows) / max(int(params.get("rows", _USUAL_ROWS)), 1))
    return TokenSize(sum(prompts), most * turns)


def _most(row: Mapping[str, Any], usual: int, room: int) -> int:
    asked = row.get("max_tokens")
    wanted = asked if isinstance(asked, int) and asked > 0 else usual
    return max(min(wanted, room), 1)


def _prompt(row: Mapping[str, Any]) -> int:
    messages, tokens = row.get("messages"), row.get("tokens")
    if isinstance(tokens, list):
        return len(tokens)
    if not isinstance(messages, list):
        return _tokens([row.get("prompt", row.get("text")), row.get("tools")])
    said = [one for one in messages if isinstance(one, dict)]
    contents = [one.get(name) for one in said for name in ("content", "tool_calls")]
    return _tokens([*contents, row.get("tools")]) + _MESSAGE * len(said)


def _tokens(texts: Sequence[Any]) -> int:
    """About; a content in parts counts as the JSON that it is."""
    sizes = [
        len(text.encode("utf-8", "replace")) if isinstance(text, str) else len(str(text))
        for text in texts
        if text is not None
    ]
    return ceil(sum(sizes) / _BYTES)
