"""What a client sends of a conversation, checked."""

from collections.abc import Mapping
from typing import Any

import orjson

from samovar.errors import InvalidInput, MissingTensor, UnknownTensor, WrongDatatype
from samovar.values import dataclass, field

ROLES = ("system", "developer", "user", "assistant", "tool")
MOST_MESSAGES = 1000
_FIELDS = frozenset({"role", "content", "name", "tool_call_id", "tool_calls", "parsed"})
"""`parsed` is the content again, as OpenAI's client read it: it is passed over."""
_OF_ANSWERS = frozenset({"refusal", "annotations", "audio", "function_call"})
"""What OpenAI's clients send back with an answer, and mean nothing by while it is empty."""


@dataclass(frozen=True, slots=True)
class Message:
    """Something that was said, and by whom."""

    role: str
    content: str
    calls: tuple["Call", ...] = ()
    """What an assistant called."""
    answers: str = ""
    """The id of the call that a tool answers."""

    def texts(self) -> list[str]:
        """All that somebody wrote into it."""
        arguments = [orjson.dumps(call.arguments).decode() for call in self.calls]
        return [self.content, self.answers, *(call.name for call in self.calls), *arguments]

    def shown(self) -> dict[str, Any]:
        """As a template sees it."""
        found: dict[str, Any] = {"role": self.role, "content": self.content}
        if self.calls:
            found["tool_calls"] = [call.shown() for call in self.calls]
        return found | ({"tool_call_id": self.answers} if self.answers else {})


@dataclass(frozen=True, slots=True)
class Call:
    """A call of a tool, as it stands in a conversation."""

    id: str
    name: str
    arguments: Any
    """The JSON that was written for them, read; the text itself where it is none."""

    def shown(self) -> dict[str, Any]:
        """As a template sees it."""
        function = {"name": self.name, "arguments": self.arguments}
        return {"id": self.id, "type": "function", "function": function}


@dataclass(frozen=True, slots=True)
class Prompt:
    """What a text is to follow: a text as it is, its tokens, or a conversation; and how it is to
    go on.
    """

    text: str = ""
    tokens: tuple[int, ...] = ()
    messages: tuple[Message, ...] = ()
    parameters: Mapping[str, Any] = field(default_factory=dict)


def read_messages(said: Any) -> tuple[Message, ...]:
    """The messages of a request. Raises WrongDatatype, MissingTensor, UnknownTensor, InvalidInput,
    each of which names the message.
    """
    if not isinstance(said, list):
        raise WrongDatatype('\'messages\' must be a list of {"role": …, "content": …}')
    if not 1 <= len(said) <= MOST_MESSAGES:
        raise InvalidInput(f"'messages' must have 1 to {MOST_MESSAGES}, not {len(said)}")
    found = tuple(_message(one, f"messages[{number}]") for number, one in enumerate(said))
    _check_answers(found)
    return found


def _message(said: Any, where: str) -> Message:
    if not isinstance(said, dict):
        raise WrongDatatype(f'{where} must be an object like {{"role": "user", "content": "…"}}')
    if unknown := said.keys() - _FIELDS - {name for name in _OF_ANSWERS if not said.get(name)}:
        raise UnknownTensor(f"{where} has an unknown field '{min(unknown)[:60]}'")
    calls = _calls(said.get("tool_calls"), f"{where}.tool_calls")
    for name in ("role",) if calls else ("role", "content"):
        if name not in said:
            raise MissingTensor(f"{where} lacks '{name}'")
    role = said["role"]
    if role not in ROLES:
        raise InvalidInput(f"{where} has a role that is none of {', '.join(ROLES)}")
    _check_role(role, said, where)
    # OpenAI's newer name of it, which templates do not know.
    shown = "system" if role == "developer" else role
    return Message(shown, _text(said.get("content"), where), calls, said.get("tool_call_id") or "")


def _check_role(role: str, said: Mapping[str, Any], where: str) -> None:
    for name, whose in (("tool_calls", "assistant"), ("tool_call_id", "tool")):
        if said.get(name) is not None and role != whose:
            raise InvalidInput(f"{where} has '{name}', which only a message of role {whose} has")
    if role == "tool" and not isinstance(said.get("tool_call_id"), str):
        raise MissingTensor(f"{where} lacks 'tool_call_id': the id of the call that it answers")


def _check_answers(messages: tuple[Message, ...]) -> None:
    made: set[str] = set()
    for number, message in enumerate(messages):
        made |= {call.id for call in message.calls}
        if message.role == "tool" and message.answers not in made:
            raise InvalidInput(
                f"messages[{number}] answers the call '{message.answers[:60]}', which no message "
                "before it made"
            )


def _calls(said: Any, where: str) -> tuple[Call, ...]:
    if said is None:
        return ()
    if not isinstance(said, list):
        raise WrongDatatype(f"{where} must be a list")
    return tuple(_call(one, f"{where}[{at}]") for at, one in enumerate(said))


def _call(said: Any, where: str) -> Call:
    function = said.get("function") if isinstance(said, dict) else None
    if not isinstance(function, dict):
        raise InvalidInput(f'{where} must be {{"id": …, "type": "function", "function": {{…}}}}')
    call, name, arguments = said.get("id"), function.get("name"), function.get("arguments")
    if not (isinstance(call, str) and isinstance(name, str) and isinstance(arguments, str)):
        raise WrongDatatype(f"{where}: 'id', 'name' and 'arguments' must be texts")
    try:
        return Call(call, name, orjson.loads(arguments))
    except ValueError:
        return Call(call, name, arguments)  # what a model wrote need not be JSON


def _text(content: Any, where: str) -> str:
    """A text, or the texts of its parts one after the other; null is an empty one."""
    if content is None or isinstance(content, str):
        return content or ""
    if not isinstance(content, list):
        raise WrongDatatype(f"{where}: 'content' must be a text or a list of parts")
    return "".join(_part(part, f"{where}.content[{at}]") for at, part in enumerate(content))


def _part(part: Any, where: str) -> str:
    if not isinstance(part, Mapping) or part.get("type") != "text":
        raise InvalidInput(f'{where} must be {{"type": "text", "text": "…"}}: the model reads text')
    text = part.get("text")
    if not isinstance(text, str):
        raise WrongDatatype(f"{where}: 'text' must be a text")
    return text
