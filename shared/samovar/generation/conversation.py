"""Tools, calls and their answers for a template that knows of none: told as texts."""

from collections.abc import Mapping, Sequence
from typing import Any

import orjson

from samovar.generation.tools import AFTER, BEFORE_ARGUMENTS, BEFORE_NAME, OPEN, told_tools

Shown = dict[str, Any]
"""A message as a template sees it."""


def as_texts(messages: Sequence[Shown], tools: Sequence[Mapping[str, Any]]) -> list[Shown]:
    """Messages of `role` and `content` alone: tools stand at the end of the first, the system's;
    answers of tools are what a user says, as Hermes' and Qwen's templates have it.
    """
    found = [_text(message) for message in messages]
    if not tools:
        return found
    first, rest = ([found[0]], found[1:]) if found[0]["role"] == "system" else ([], found)
    said = [message["content"] for message in first if message["content"]]
    return [{"role": "system", "content": "\n\n".join([*said, told_tools(tools)])}, *rest]


def _text(message: Shown) -> Shown:
    content = message["content"]
    if message["role"] == "tool":
        told = f"<tool_response>\n{content}\n</tool_response>"
        return {"role": "user", "content": told}
    calls = [_call(call["function"]) for call in message.get("tool_calls", ())]
    said = "\n".join([content, *calls] if content else calls) if calls else content
    return {"role": message["role"], "content": said}


def _call(function: Mapping[str, Any]) -> str:
    arguments = orjson.dumps(function["arguments"]).decode()
    return f"{OPEN}{BEFORE_NAME}{function['name']}{BEFORE_ARGUMENTS}{arguments}{AFTER}"
