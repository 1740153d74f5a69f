"""All that a request asks of one text: how it goes on, what form it has, what it may call."""

import re
from collections.abc import Mapping
from typing import Any

import orjson

from samovar.errors import InvalidInput, InvalidSchema, WrongDatatype
from samovar.generation.parameters import read_sampling
from samovar.generation.sampling import Sampling
from samovar.generation.schemas import MOST_BYTES, json_rule
from samovar.generation.tools import TOOLING, Tooling, read_tooling
from samovar.values import dataclass

MOST_CHOICES, MOST_PATTERN = 1000, 10_000
FORMS = ("schema", "regex", "choices")
TELLS_CACHED = "cached_tokens"
OTHERS = (*FORMS, *TOOLING, TELLS_CACHED)
"""Parameters that say nothing of the sampling."""


@dataclass(frozen=True, slots=True)
class Wish:
    """What is asked of a text; `grammar` is Lark's, "" where it may be any."""

    sampling: Sampling
    grammar: str = ""
    calls: bool = False
    """Whether it may call tools."""
    tells_cached: bool = False
    """Whether the usage is to tell what of the prompt was known from before."""


def read_wish(said: Mapping[str, Any], usual: Sampling) -> Wish:
    """Raises InvalidInput, WrongDatatype, UnknownTensor, each with the parameter."""
    others = {name: said[name] for name in said if name in OTHERS and said[name] is not None}
    sampling = read_sampling({name: said[name] for name in said if name not in OTHERS}, usual)
    tooling, form = read_tooling(others), _form(others)
    cached = others.get(TELLS_CACHED, False)
    if not isinstance(cached, bool):
        raise WrongDatatype(f"'{TELLS_CACHED}' must be true or false")
    return Wish(sampling, _grammar(tooling, form), tooling.is_used, cached)


def _form(said: Mapping[str, Any]) -> str:
    """The rule of the form that is asked for, "" for none."""
    given = [name for name in FORMS if name in said]
    if len(given) > 1:
        raise InvalidInput(f"'{given[0]}' and '{given[1]}' both say what form an answer has")
    return _RULES[given[0]](said[given[0]]) if given else ""


def _grammar(tooling: Tooling, form: str) -> str:
    if tooling.is_used:
        return tooling.grammar(form)
    return f"start: {form}" if form else ""


def _schema(value: Any) -> str:
    return json_rule(value, "'schema'")


def _pattern(value: Any) -> str:
    if not isinstance(value, str) or not 0 < len(value) <= MOST_PATTERN:
        raise WrongDatatype(f"'regex' must be a text of 1 to {MOST_PATTERN} characters")
    # Lark writes it between slashes, on one line.
    inner = re.sub(r"\\.|/", lambda match: match[0] if match[0] != "/" else "\\/", value)
    return f"/{inner}/".replace("\n", "\\n")


def _choices(value: Any) -> str:
    fits = isinstance(value, list) and all(isinstance(one, str) and one for one in value)
    if not fits or not 0 < len(value) <= MOST_CHOICES:
        raise WrongDatatype(f"'choices' must be a list of 1 to {MOST_CHOICES} texts, none empty")
    found = " | ".join(orjson.dumps(one).decode() for one in value)
    if len(found) > MOST_BYTES:
        raise InvalidSchema(f"'choices' have {len(found)} characters; {MOST_BYTES} are taken")
    return found


_RULES = {"schema": _schema, "regex": _pattern, "choices": _choices}
