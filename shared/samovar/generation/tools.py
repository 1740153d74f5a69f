"""Tools that a model may call: how they are told to it, and what a call of them looks like.

A call is written as Hermes, Qwen and SmolLM write it: `<tool_call>`, a line of JSON with `name`
and `arguments`, `</tool_call>`. A grammar holds the model to that, and the arguments to their
schema.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import orjson

from samovar.errors import (
    DuplicateName,
    InvalidInput,
    PayloadTooLarge,
    UnknownTensor,
    WrongDatatype,
)
from samovar.generation.schemas import json_rule
from samovar.values import dataclass

MOST_TOOLS, MOST_TOOL_BYTES = 128, 200_000
TOOLING = ("tools", "tool_choice", "parallel_tool_calls")
OPEN, CLOSE = "<tool_call>", "</tool_call>"
BEFORE_NAME, BEFORE_ARGUMENTS, AFTER = '\n{"name": "', '", "arguments": ', "}\n" + CLOSE
_NAME = re.compile(r"[a-zA-Z0-9_-]{1,64}")
_NOTHING: Mapping[str, Any] = {"type": "object", "properties": {}, "additionalProperties": False}


@dataclass(frozen=True, slots=True)
class Tool:
    """A function of the client's; `parameters` is a JSON schema."""

    name: str
    parameters: Mapping[str, Any]
    said: Mapping[str, Any]
    """As the client wrote it: `{"type": "function", "function": {…}}`."""


@dataclass(frozen=True, slots=True)
class Tooling:
    """Tools, and whether one of them has to be called, once or several times."""

    tools: tuple[Tool, ...] = ()
    is_required: bool = False
    are_several: bool = False

    @property
    def is_used(self) -> bool:
        """Whether there is anything that may be called."""
        return bool(self.tools)

    def grammar(self, form: str = "") -> str:
        """Lark's grammar of a text that calls; one that need not has the form, or any."""
        rules = [
            f"{_lark(BEFORE_NAME + tool.name + BEFORE_ARGUMENTS)} "
            f"{json_rule(tool.parameters, f'the parameters of tool {tool.name!r}')} {_lark(AFTER)}"
            for tool in self.tools
        ]
        lines = [f"call: {' | '.join(f'call_{at}' for at in range(len(rules)))}"]
        lines += [f"call_{at}: {rule}" for at, rule in enumerate(rules)]
        more = f' ("\\n{OPEN}" call)*' if self.are_several else ""
        return "\n".join([*_START[self.is_required, bool(form)](form, more), *lines])


_START: Mapping[tuple[bool, bool], Callable[[str, str], list[str]]] = {
    (True, True): lambda _, more: [f'start: "{OPEN}" call{more}'],
    (True, False): lambda _, more: [f'start: "{OPEN}" call{more}'],
    (False, True): lambda form, more: [f'start: {form} | "{OPEN}" call{more}'],
    (False, False): lambda _, more: [
        f"start: ANY | begun call{more}",
        f'begun[lazy]: ANY "{OPEN}"',
        "ANY: /(.|\\n)*/",
    ],
}
"""Whether a call is required, whether the text has a form otherwise → the first of the rules."""


def read_tooling(said: Mapping[str, Any]) -> Tooling:
    """`tools`, `tool_choice` and `parallel_tool_calls` of a request.

    Raises InvalidInput, WrongDatatype, UnknownTensor, DuplicateName.
    """
    tools = _tools(said.get("tools", []))
    choice, several = said.get("tool_choice", "auto"), said.get("parallel_tool_calls", False)
    if not isinstance(several, bool):
        raise WrongDatatype("'parallel_tool_calls' must be true or false")
    if isinstance(choice, dict):
        return Tooling((_named(tools, choice),), is_required=True)
    if choice not in ("none", "auto", "required"):
        raise InvalidInput(
            "'tool_choice' must be none, auto, required, or "
            '{"type": "function", "function": {"name": …}}'
        )
    if choice == "required" and not tools:
        raise InvalidInput("'tool_choice' asks for a call, and there are no 'tools'")
    if choice == "none":
        return Tooling()
    return Tooling(tools, is_required=choice == "required", are_several=several)


def shown_tools(said: Mapping[str, Any]) -> tuple[Tool, ...]:
    """The tools that a model is told of: none where it may call none."""
    return read_tooling(said).tools


def told_tools(tools: Sequence[Mapping[str, Any]]) -> str:
    """What a model is told of tools by a template that knows nothing of them."""
    lines = "\n".join(orjson.dumps(tool).decode() for tool in tools)
    return (
        "# Tools\n\nYou may call one or more functions to assist with the user query.\n\n"
        "You are provided with function signatures within <tools></tools> XML tags:\n"
        f"<tools>\n{lines}\n</tools>\n\n"
        "For each function call, return a json object with function name and arguments within "
        f"{OPEN}{CLOSE} XML tags:\n"
        f'{OPEN}\n{{"name": <function-name>, "arguments": <args-json-object>}}\n{CLOSE}'
    )


def _tools(said: Any) -> tuple[Tool, ...]:
    if not isinstance(said, list) or len(said) > MOST_TOOLS:
        raise WrongDatatype(f"'tools' must be a list of {MOST_TOOLS} at most")
    size = len(orjson.dumps(said))
    if size > MOST_TOOL_BYTES:
        raise PayloadTooLarge(f"'tools' have {size} bytes; {MOST_TOOL_BYTES} are taken")
    found = tuple(_tool(one, f"tools[{at}]") for at, one in enumerate(said))
    names = [tool.name for tool in found]
    if twice := [name for name in names if names.count(name) > 1]:
        raise DuplicateName(f"two 'tools' are called '{twice[0]}'")
    return found


def _tool(said: Any, where: str) -> Tool:
    if not isinstance(said, dict) or said.get("type") != "function":
        raise InvalidInput(f'{where} must be {{"type": "function", "function": {{…}}}}')
    function = said.get("function")
    if not isinstance(function, dict):
        raise WrongDatatype(f"{where}: 'function' must be an object with a 'name'")
    if unknown := function.keys() - {"name", "description", "parameters", "strict"}:
        raise UnknownTensor(f"{where}.function has an unknown field '{min(unknown)[:60]}'")
    name = function.get("name")
    if not isinstance(name, str) or not _NAME.fullmatch(name):
        raise InvalidInput(f"{where}: 'name' must be 1 to 64 letters, digits, _ and -")
    if not isinstance(function.get("description", ""), str):
        raise WrongDatatype(f"{where}: 'description' must be a text")
    parameters = function.get("parameters") or _NOTHING
    if not isinstance(parameters, Mapping):
        raise WrongDatatype(f"{where}: 'parameters' must be a JSON schema: an object")
    return Tool(name, parameters, {"type": "function", "function": function})


def _named(tools: Sequence[Tool], choice: Mapping[str, Any]) -> Tool:
    function = choice.get("function")
    name = function.get("name") if isinstance(function, dict) else None
    for tool in tools:
        if tool.name == name:
            return tool
    raise InvalidInput(f"'tool_choice' names a function that is none of 'tools': '{name}'"[:160])


def _lark(text: str) -> str:
    return orjson.dumps(text).decode()
