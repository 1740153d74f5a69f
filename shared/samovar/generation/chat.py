"""A conversation as the tokens that a model was trained to read, by the model's own template.

The template is data from the model's folder: it runs in Jinja's sandbox, which gives it no
attributes of Python's. What people wrote never becomes a control token, whatever it says: marks
that a text contains are read as the characters that they are made of.
"""

import json
import re
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from typing import Any

from samovar.errors import InvalidInput, ManifestInvalid, ModelCorrupt
from samovar.generation.conversation import as_texts
from samovar.generation.messages import Message
from samovar.generation.tools import Tool
from samovar.steps.text import open_tokenizer
from samovar.values import dataclass

_MARK = "\uf8ff"  # private: between two of them stands the number of a mark that somebody wrote


@dataclass(frozen=True, slots=True)
class Reader:
    """A tokenizer that reads every text as characters; only a template can say its marks."""

    tokenizer: Any
    controls: Mapping[str, int]
    """Mark → the control token that it is."""
    marks: re.Pattern[str]

    @property
    def size(self) -> int:
        """How many tokens there are."""
        return int(self.tokenizer.get_vocab_size())

    def read(self, text: str) -> list[int]:
        """The tokens of a text that somebody wrote: none of them is a control token."""
        found: list[int] = self.tokenizer.encode(text, add_special_tokens=False).ids
        return found

    def read_marked(
        self, text: str, restore: Callable[[str], str] = lambda part: part
    ) -> list[int]:
        """The tokens of a text whose marks are control tokens; `restore` sees what is between."""
        found: list[int] = []
        for part in self.marks.split(text):
            if part in self.controls:
                found.append(self.controls[part])
            elif part:
                found += self.read(restore(part))
        return found

    def spelled(self, token: int) -> bytes:
        """The bytes of a token, which may be a part of a character; control tokens have none."""
        if token in self.controls.values():
            return b""
        letters, table = str(self.tokenizer.id_to_token(token) or ""), _bytes_of_letters()
        if type(self.tokenizer.decoder).__name__ == "ByteLevel" and table.keys() >= {*letters}:
            return bytes(map(table.__getitem__, letters))
        return self.decode([token]).encode()

    def decode(self, tokens: Sequence[int]) -> str:
        """The text of tokens, control tokens left out; it may end within a character."""
        found: str = self.tokenizer.decode(list(tokens), skip_special_tokens=True)
        return found


@cache
def _bytes_of_letters() -> Mapping[str, int]:
    """Byte-level tokens' letters. Source: Radford et al. 2019, GPT-2's bytes_to_unicode."""
    own = [byte for byte in range(256) if chr(byte).isprintable() and chr(byte) != " "]
    others = [byte for byte in range(256) if byte not in own]
    named = {chr(byte): byte for byte in own}
    return named | {chr(256 + at): byte for at, byte in enumerate(others)}


def open_reader(name: str, body: bytes) -> Reader:
    """The reader of a tokenizer.json. Raises ModelCorrupt."""
    tokenizer = open_tokenizer(name, body)
    tokenizer.encode_special_tokens = True
    added = tokenizer.get_added_tokens_decoder()
    controls = {token.content: at for at, token in added.items() if token.special}
    names = sorted(controls, key=len, reverse=True)  # the longest that fits is meant
    # A pattern that nothing matches where there are none.
    marks = re.compile(f"({'|'.join(map(re.escape, names)) or '(?!)'})")
    return Reader(tokenizer, controls, marks)


@dataclass(frozen=True, slots=True)
class Chat:
    """A template over a reader."""

    render: Callable[..., str]
    reader: Reader
    knows_tools: bool = False
    """Whether the template itself shows tools and calls; else they are told as texts."""

    def tokens(self, messages: Sequence[Message], tools: Sequence[Tool] = ()) -> list[int]:
        """The conversation, and the beginning of what the model is to say next.

        Raises InvalidInput for one that the template refuses.
        """
        written: list[str] = []
        known = [self._guarded(tool.said, written) for tool in tools]
        shown = [
            {name: self._guarded(value, written) for name, value in one.shown().items()}
            for one in messages
        ]
        if not self.knows_tools:
            shown = as_texts(shown, known)
        text = self._rendered(shown, known or None)
        return self.reader.read_marked(text, lambda part: _restored(part, written))

    def _guarded(self, value: Any, written: list[str]) -> Any:
        """A value with each mark in its texts, and each of our own signs, kept aside."""

        def aside(match: re.Match[str]) -> str:
            written.append(match[0])
            return f"{_MARK}{len(written) - 1}{_MARK}"

        if isinstance(value, str):
            return re.sub(f"{self.reader.marks.pattern}|({_MARK})", aside, value)
        if isinstance(value, Mapping):
            pairs = value.items()
            return {self._guarded(k, written): self._guarded(v, written) for k, v in pairs}
        if isinstance(value, list):
            return [self._guarded(one, written) for one in value]
        return value

    def _rendered(self, messages: Sequence[Any], tools: Sequence[Any] | None) -> str:
        from jinja2.exceptions import TemplateError

        try:
            return self.render(messages=messages, tools=tools, add_generation_prompt=True)
        except (TemplateError, TypeError, ValueError, ArithmeticError) as error:
            raise InvalidInput(
                f"the model's chat template refuses these messages: {str(error)[:200]}"
            ) from None


def _restored(text: str, written: Sequence[str]) -> str:
    return re.sub(f"{_MARK}(\\d+){_MARK}", lambda match: written[int(match[1])], text)


@dataclass(frozen=True, slots=True)
class ChatFile:
    """`chat.json`: a Jinja `template` and the tokens that `end` an answer."""

    template: str
    end: tuple[int, ...]


def read_chat_file(name: str, body: bytes) -> ChatFile:
    """Raises ModelCorrupt for a file that is none."""
    try:
        held = json.loads(body)
        return ChatFile(str(held["template"]), tuple(int(token) for token in held["end"]))
    except (ValueError, KeyError, TypeError):
        raise ModelCorrupt(f'{name} must be {{"template": "…", "end": [token, …]}}') from None


def open_chat(file: ChatFile, reader: Reader) -> Chat:
    """A template, compiled. Raises ManifestInvalid for one that is not Jinja's."""
    from jinja2.exceptions import TemplateError
    from jinja2.sandbox import ImmutableSandboxedEnvironment

    house = ImmutableSandboxedEnvironment(trim_blocks=True, lstrip_blocks=True, autoescape=False)
    house.globals["raise_exception"] = _refuse
    house.filters["tojson"] = _as_json  # Jinja's own writes for a web page
    tokens = {f"{name}_token": "" for name in ("bos", "eos")}
    try:
        template = house.from_string(file.template, globals=tokens)
    except TemplateError as error:
        raise ManifestInvalid([f"chat.json: the template is not Jinja: {error}"]) from None
    return Chat(template.render, reader, "tools" in file.template)


def _as_json(value: Any, indent: int | None = None) -> str:
    return json.dumps(value, ensure_ascii=False, indent=indent)


def _refuse(message: str) -> str:
    from jinja2.exceptions import TemplateError

    raise TemplateError(message)
