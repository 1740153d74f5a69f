"""Values for a template's parameters: read from samconfig.toml and the command, and checked."""

import difflib
import re
import shlex
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from samovar.errors import CommandFailed

from samovar_cli.deploying.conditions import Scope, resolve

_LONG_FORM = re.compile(r"ParameterKey=(?P<key>[^,]+),ParameterValue=(?P<value>.*)", re.DOTALL)
_SHOWN = 40


def read_overrides(said: Any, where: str) -> dict[str, str]:
    """Parameter → value, of what samconfig.toml says: a text, a list of texts, or a table.

    Raises CommandFailed with what cannot be read.
    """
    if isinstance(said, Mapping):
        return {str(key): _text(value) for key, value in said.items()}
    if isinstance(said, str):
        try:
            return dict(_pair(word, where) for word in shlex.split(said))
        except ValueError as error:
            raise CommandFailed(f"{where}: {said[:80]!r}: {error}") from None
    if isinstance(said, list):
        parts = [read_overrides(each, where) for each in said if not isinstance(each, str)]
        pairs = [_pair(each, where) for each in said if isinstance(each, str)]
        return {key: value for part in (dict(pairs), *parts) for key, value in part.items()}
    raise CommandFailed(f'{where} is to be a list such as ["Architecture=arm64"]')


def _pair(word: str, where: str) -> tuple[str, str]:
    if word.startswith("file://"):
        raise CommandFailed(f"{where}: write the parameters there; {word} is read by sam alone")
    if found := _LONG_FORM.fullmatch(word):
        return found["key"].strip(), _bare(found["value"])
    key, equals, value = word.partition("=")
    if not equals or not key.strip():
        raise CommandFailed(f"{where}: {word[:80]!r} is not NAME=VALUE")
    return key.strip(), _bare(value)


def _bare(value: str) -> str:
    """Without the quotes that SAM takes around a value with spaces in it."""
    quoted = len(value) > 1 and value[0] == value[-1] == '"'
    return value[1:-1].replace('\\"', '"') if quoted else value


def _text(value: Any) -> str:
    if isinstance(value, list):
        return ",".join(map(_text, value))
    return str(value).lower() if isinstance(value, bool) else str(value)


def as_words(values: Mapping[str, str]) -> list[str]:
    """The values as `sam --parameter-overrides` takes them: quoted, so that any text passes."""
    escaped = {key: value.replace('"', '\\"') for key, value in values.items()}
    return [f'{key}="{value}"' for key, value in escaped.items()]


def defaults(template: Mapping[str, Any]) -> dict[str, str]:
    """The template's own value of each parameter that has one."""
    declared = template.get("Parameters") or {}
    return {key: _text(one["Default"]) for key, one in declared.items() if "Default" in one}


def check_parameters(template: Mapping[str, Any], given: Mapping[str, str]) -> dict[str, str]:
    """Every parameter's value. Raises CommandFailed with everything that AWS would refuse."""
    declared: Mapping[str, Any] = template.get("Parameters") or {}
    values = {**defaults(template), **given}
    faults = [*_unknown(given, declared), *_missing(values, declared)]
    for key, value in given.items():
        if key in declared:
            faults += [f"{key}={_shown(value)}: {fault}" for fault in _faults(declared[key], value)]
    faults = faults or list(_broken_rules(template, values))
    if faults:
        raise CommandFailed("parameters: " + "; ".join(faults))
    return values


def _unknown(given: Iterable[str], declared: Mapping[str, Any]) -> Iterator[str]:
    for key in given:
        if key not in declared:
            near = difflib.get_close_matches(key, declared, 1)
            hint = f"did you mean {near[0]}?" if near else "docs/deploy.md lists them"
            yield f"the template has no {_shown(key)}; {hint}"


def _missing(values: Mapping[str, str], declared: Mapping[str, Any]) -> list[str]:
    return [f"{key} has no default: say what it is" for key in declared if key not in values]


def _faults(declared: Mapping[str, Any], value: str) -> Iterator[str]:
    """What is wrong with one value, by its parameter's own words."""
    if "\\" in value:
        yield "sam loses a backslash on its way"
    allowed = [_text(each) for each in declared.get("AllowedValues", ())]
    if allowed and value not in allowed:
        yield f"it is one of {', '.join(allowed)}"
    pattern = declared.get("AllowedPattern")
    if pattern and not re.fullmatch(pattern, value):
        yield f"it has to look like {pattern}"
    if declared.get("Type") == "Number":
        yield from _number_faults(declared, value)


def _number_faults(declared: Mapping[str, Any], value: str) -> Iterator[str]:
    try:
        number = float(value)
    except ValueError:
        yield "it is a number"
        return
    low, high = declared.get("MinValue"), declared.get("MaxValue")
    if low is not None and number < float(low):
        yield f"it is {low} at least"
    if high is not None and number > float(high):
        yield f"it is {high} at most"


def _broken_rules(template: Mapping[str, Any], values: Mapping[str, str]) -> Iterator[str]:
    """The assertions of the template's Rules that do not hold."""
    scope = Scope(values)
    for rule in (template.get("Rules") or {}).values():
        if resolve(rule.get("RuleCondition", True), scope):
            for each in rule["Assertions"]:
                if not resolve(each["Assert"], scope):
                    yield str(each.get("AssertDescription", "a rule of the template is broken"))


def _shown(value: str) -> str:
    return value if len(value) <= _SHOWN else f"{value[:_SHOWN]}…"
