"""What a template comes to with given parameters: its conditions, and values as far as known.

CloudFormation resolves all of it only in the account; what decides which resources there are, and
how large, needs no account. Pure.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

NO_VALUE = "AWS::NoValue"
_NAME = re.compile(r"\$\{([^}!]+)\}")


@dataclass(frozen=True, slots=True)
class Scope:
    """The names that a template's values may refer to."""

    parameters: Mapping[str, Any] = field(default_factory=dict)
    conditions: Mapping[str, Any] = field(default_factory=dict)


def resolve(value: Any, scope: Scope) -> Any:
    """The value with every function in it answered; None for AWS::NoValue.

    What only the account knows (an ARN, an output) becomes a text that names it, `<Name.Arn>`:
    it is there, and equal to itself alone.
    """
    if isinstance(value, list):
        found = [resolve(each, scope) for each in value]
        return [each for each in found if each is not None]
    if not isinstance(value, Mapping):
        return value
    if len(value) == 1:
        (name, argument), *_ = value.items()
        if name in _FUNCTIONS:
            return _FUNCTIONS[name](argument, scope)
        if name.startswith("Fn::"):
            return f"<{name}>"
    return {key: resolve(each, scope) for key, each in value.items()}


def holds(name: str, scope: Scope) -> bool:
    """Whether a condition of the template holds. Raises KeyError where it has none so called."""
    return bool(resolve(scope.conditions[name], scope))


def _ref(name: Any, scope: Scope) -> Any:
    if name == NO_VALUE:
        return None
    return scope.parameters.get(name, name)


def _if(argument: Any, scope: Scope) -> Any:
    condition, then, otherwise = argument
    return resolve(then if holds(condition, scope) else otherwise, scope)


def _equals(argument: Any, scope: Scope) -> bool:
    one, other = (resolve(each, scope) for each in argument)
    return _text(one) == _text(other)


def _each_equals(argument: Any, scope: Scope) -> bool:
    """Fn::EachMemberEquals, which rules use: of a list whose members commas part."""
    members, wanted = (resolve(each, scope) for each in argument)
    listed = members if isinstance(members, list) else str(members).split(",")
    return all(_text(each) == _text(wanted) for each in listed)


def _sub(argument: Any, scope: Scope) -> str:
    text = argument if isinstance(argument, str) else argument[0]
    given = scope.parameters
    return _NAME.sub(lambda found: str(given.get(found[1], f"<{found[1]}>")), text)


def _get_att(argument: Any, _scope: Scope) -> str:
    parts = argument if isinstance(argument, list) else [argument]
    return f"<{'.'.join(map(str, parts))}>"


def _text(value: Any) -> str:
    """A value as CloudFormation compares it: every parameter is a text there."""
    return str(value).lower() if isinstance(value, bool) else str(value)


_FUNCTIONS: Mapping[str, Callable[[Any, Scope], Any]] = {
    "Ref": _ref,
    "Condition": holds,
    "Fn::If": _if,
    "Fn::Equals": _equals,
    "Fn::EachMemberEquals": _each_equals,
    "Fn::Not": lambda argument, scope: not resolve(argument[0], scope),
    "Fn::And": lambda argument, scope: all(resolve(each, scope) for each in argument),
    "Fn::Or": lambda argument, scope: any(resolve(each, scope) for each in argument),
    "Fn::Sub": _sub,
    "Fn::GetAtt": _get_att,
}
