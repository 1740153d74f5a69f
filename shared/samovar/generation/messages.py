"""What a client sends of a conversation, checked."""

from collections.abc import Mapping
from typing import Any

from samovar.errors import InvalidInput, MissingTensor, UnknownTensor, WrongDatatype
from samovar.values import dataclass, field

ROLES = ("system", "developer", "user", "assistant", "tool")
MOST_MESSAGES = 1000
_FIELDS = frozenset({"role", "content", "name", "tool_call_id", "tool_calls"})


@dataclass(frozen=True, slots=True)
class Message:
    """Something that was said, and by whom."""

    role: str
    content: str


@dataclass(frozen=True, slots=True)
class Prompt:
    """What a text is to follow: a text as it is, or a conversation, and how it is to go on."""

    text: str = ""
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
    return tuple(_message(one, f"messages[{number}]") for number, one in enumerate(said))


def _message(said: Any, where: str) -> Message:
    if not isinstance(said, dict):
        raise WrongDatatype(f'{where} must be an object like {{"role": "user", "content": "…"}}')
    if unknown := said.keys() - _FIELDS:
        raise UnknownTensor(f"{where} has an unknown field '{min(unknown)[:60]}'")
    for name in ("role", "content"):
        if name not in said:
            raise MissingTensor(f"{where} lacks '{name}'")
    role = said["role"]
    if role not in ROLES:
        raise InvalidInput(f"{where} has a role that is none of {', '.join(ROLES)}")
    # OpenAI's newer name of it, which templates do not know.
    return Message("system" if role == "developer" else role, _text(said["content"], where))


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
