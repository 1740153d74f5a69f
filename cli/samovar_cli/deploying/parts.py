"""The resources that a deployment has with given parameters, those of the stacks inside it too."""

import posixpath
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from samovar_cli.deploying.conditions import Scope, holds, resolve
from samovar_cli.deploying.parameters import defaults
from samovar_cli.twin.template import Templates

STACK_TYPES = ("AWS::Serverless::Application", "AWS::CloudFormation::Stack")
FUNCTION_TYPES = ("AWS::Serverless::Function", "AWS::Lambda::Function")


@dataclass(frozen=True, slots=True)
class Part:
    """A resource: its path of logical ids from the outermost stack, and its properties."""

    path: tuple[str, ...]
    type: str
    properties: Mapping[str, Any]

    @property
    def name(self) -> str:
        """`Stack/Resource`, or the resource alone."""
        return "/".join(self.path)


def parts(templates: Templates, values: Mapping[str, str]) -> tuple[Part, ...]:
    """Every resource that is made; `templates` begins with the outermost."""
    return tuple(_within(templates, next(iter(templates)), values, ()))


def of_type(found: Sequence[Part], *types: str) -> list[Part]:
    """Those of some types."""
    return [part for part in found if part.type in types]


def _within(
    templates: Templates, file: str, values: Mapping[str, Any], path: tuple[str, ...]
) -> Iterator[Part]:
    template = templates[file]
    given = {**defaults(template), **values}
    scope = Scope(given, template.get("Conditions") or {})
    for name, resource in template["Resources"].items():
        condition = resource.get("Condition")
        if condition is not None and not holds(condition, scope):
            continue
        properties = resolve(resource.get("Properties") or {}, scope)
        here = (*path, name)
        yield Part(here, str(resource["Type"]), properties)
        if resource["Type"] in STACK_TYPES:
            inner = posixpath.normpath(posixpath.join(posixpath.dirname(file), _location(resource)))
            if inner in templates:
                yield from _within(templates, inner, properties.get("Parameters") or {}, here)


def _location(resource: Mapping[str, Any]) -> str:
    properties = resource["Properties"]
    return str(properties.get("Location") or properties.get("TemplateURL"))
