"""template.yaml as data: CloudFormation's tags read, code folders named by storage keys."""

import copy
import hashlib
import posixpath
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml
from samovar.errors import CommandFailed

CODE_BUCKET = "samovar-twin-code"
_CODE_PROPERTY: Mapping[str, str] = {
    "AWS::Lambda::Function": "Code",
    "AWS::Serverless::Function": "CodeUri",
    "AWS::Serverless::LayerVersion": "ContentUri",
}
_STACK = "AWS::Serverless::Application"
_STACK_PROPERTY = "Location"
Templates = Mapping[str, Mapping[str, Any]]
"""A template and those of the stacks inside it, by path relative to the first's folder."""


_Loader: Any = type("_Loader", (getattr(yaml, "CSafeLoader", yaml.SafeLoader),), {})
"""Safe YAML with the short forms of intrinsic functions; in C, ten times as fast, where it is."""


def _intrinsic(loader: Any, suffix: str, node: yaml.Node) -> dict[str, Any]:
    value = _value(loader, node)
    if suffix == "GetAtt" and isinstance(value, str):
        value = value.split(".", 1)
    return {suffix if suffix in {"Ref", "Condition"} else f"Fn::{suffix}": value}


def _value(loader: Any, node: yaml.Node) -> Any:
    if isinstance(node, yaml.ScalarNode):
        return loader.construct_scalar(node)
    if isinstance(node, yaml.SequenceNode):
        return loader.construct_sequence(node, deep=True)
    assert isinstance(node, yaml.MappingNode)  # noqa: S101 - YAML has no fourth kind
    return loader.construct_mapping(node, deep=True)


_Loader.add_multi_constructor("!", _intrinsic)


def read_template(path: Path) -> dict[str, Any]:
    """The template with every tag in its long form. Raises CommandFailed with file and line."""
    try:
        template = yaml.load(path.read_text("utf-8"), Loader=_Loader)  # noqa: S506 - a SafeLoader
    except FileNotFoundError:
        raise CommandFailed(f"{path} is not there: run this in the application's folder") from None
    except yaml.YAMLError as error:
        raise CommandFailed(f"{path} is not YAML: {error}") from None
    if not isinstance(template, dict) or not isinstance(template.get("Resources"), dict):
        raise CommandFailed(f"{path} has no Resources: it is not a CloudFormation template")
    return template


def read_templates(path: Path) -> dict[str, dict[str, Any]]:
    """The template, then those of its nested stacks. Raises CommandFailed."""
    found = {path.name: read_template(path)}
    for properties in _stacks(found[path.name]):
        name = _folder(properties[_STACK_PROPERTY])
        found[name] = read_template(path.parent / name)
    return found


def packaged(template: Mapping[str, Any], folder: str = "") -> dict[str, Any]:
    """The template with each code folder as the key of an object in CODE_BUCKET.

    The key is the folder's own path, so that the deployed function tells where its code
    lies. `folder` is the template's own, from which the paths in it are counted.
    """
    result = copy.deepcopy(dict(template))
    for properties, name in _code_properties(result):
        key = _joined(folder, properties[name])
        as_parts = name == "Code"  # CloudFormation's own; SAM takes an address
        parts = {"S3Bucket": CODE_BUCKET, "S3Key": key}
        properties[name] = parts if as_parts else f"s3://{CODE_BUCKET}/{key}"
    for properties in _stacks(result):
        key = _joined(folder, properties[_STACK_PROPERTY])
        properties[_STACK_PROPERTY] = f"https://s3.amazonaws.com/{CODE_BUCKET}/{key}"
    return result


def code_folders(template: Mapping[str, Any], folder: str = "") -> tuple[str, ...]:
    """The folders of functions and layers, relative to the first template, once each."""
    properties = _code_properties(template)
    return tuple(dict.fromkeys(_joined(folder, each[name]) for each, name in properties))


def chosen_parameters(template: Mapping[str, Any], overrides: Mapping[str, str]) -> dict[str, str]:
    """The overrides that the template has a parameter for."""
    known = template.get("Parameters") or {}
    return {key: value for key, value in overrides.items() if key in known}


def fingerprint(*parts: str) -> str:
    """One short name for texts that belong together: it changes when any of them does."""
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:16]


def _code_properties(template: Mapping[str, Any]) -> Iterator[tuple[dict[str, Any], str]]:
    for resource in template["Resources"].values():
        name = _CODE_PROPERTY.get(resource.get("Type", ""))
        properties = resource.get("Properties", {})
        if name and isinstance(properties.get(name), str):
            yield properties, name


def _stacks(template: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """The properties of each nested stack whose template is a file."""
    for resource in template["Resources"].values():
        properties = resource.get("Properties", {})
        if resource.get("Type") == _STACK and isinstance(properties.get(_STACK_PROPERTY), str):
            yield properties


def _joined(folder: str, uri: str) -> str:
    return posixpath.normpath(posixpath.join(folder, _folder(uri)))


def _folder(uri: str) -> str:
    return uri.removeprefix("./").rstrip("/")
