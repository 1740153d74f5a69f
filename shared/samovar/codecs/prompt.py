"""application/json → prompts: `{"messages": […]}`, `{"prompt": "…"}` or `{"tokens": […]}`, with
parameters beside.
"""

from collections.abc import Mapping
from typing import Any

from samovar.codecs.items import EXAMPLES, Items, Request, too_many_rows
from samovar.codecs.text import check_text
from samovar.errors import MalformedBody, MissingTensor, WrongDatatype
from samovar.generation.messages import Message, Prompt, read_messages
from samovar.types import Kind, Limits

MOST_TOKENS = 1_000_000
_WAYS = ("messages", "prompt", "text", "tokens")


def read(body: Mapping[str, Any], request: Request) -> Items:
    """One prompt, or those under `rows`, always a list. Raises InvalidInput, PayloadTooLarge."""
    if "rows" not in body:
        return Items([_prompt(body, request.limits, "the body")], single=True)
    rows = body["rows"]
    if len(body) > 1:
        raise MalformedBody(f"beside 'rows' stands '{min(body.keys() - {'rows'})[:60]}'")
    if not isinstance(rows, list):
        raise WrongDatatype("'rows' must be a list")
    if len(rows) > request.limits.max_rows:
        raise too_many_rows(len(rows), request.limits)
    return Items(
        [_prompt(row, request.limits, f"rows[{at}]") for at, row in enumerate(rows)], single=False
    )


def _prompt(said: Any, limits: Limits, where: str) -> Prompt:
    if not isinstance(said, dict):
        raise WrongDatatype(f"{where} must be an object: send {EXAMPLES[Kind.PROMPT]}")
    given = [way for way in _WAYS if way in said]
    if not given:
        raise MissingTensor(f"{where} lacks 'messages'; send {EXAMPLES[Kind.PROMPT]}")
    if len(given) > 1:
        raise MalformedBody(f"{where} has both '{given[0]}' and '{given[1]}'; send one of them")
    way, parameters = given[0], {name: said[name] for name in said if name not in _WAYS}
    if way == "messages":
        messages = read_messages(said[way])
        written = "".join(text for one in messages for text in one.texts())
        _check_size(written, limits, f"{where}: 'messages'")
        return Prompt(messages=messages, parameters=parameters)
    if way == "tokens":
        return Prompt(tokens=_tokens(said[way], where), parameters=parameters)
    if not isinstance(said[way], str):
        raise WrongDatatype(f"{where}: '{way}' must be a text")
    text = _check_size(said[way], limits, f"{where}: '{way}'")
    if way == "prompt":
        return Prompt(text=text, parameters=parameters)
    return Prompt(messages=(Message("user", text),), parameters=parameters)


def _tokens(said: Any, where: str) -> tuple[int, ...]:
    """Which of them there are, the program knows."""
    if not isinstance(said, list) or not 0 < len(said) <= MOST_TOKENS:
        raise WrongDatatype(f"{where}: 'tokens' must be a list of 1 to {MOST_TOKENS} numbers")
    if not all(type(token) is int and 0 <= token < 2**31 for token in said):
        raise WrongDatatype(f"{where}: 'tokens' must be whole numbers that are not negative")
    return tuple(said)


def _check_size(text: str, limits: Limits, where: str) -> str:
    return check_text(text, limits.max_text_bytes, where)
