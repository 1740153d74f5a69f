"""template.yaml as plain values: `!Ref X` reads as {"Ref": X}, `!Sub x` as {"Fn::Sub": x}."""

from functools import cache
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).resolve().parents[2]
TEMPLATE = ROOT / "template.yaml"
API = ROOT / "stacks" / "api.yaml"
STORE = ROOT / "stacks" / "store.yaml"
JOBS = ROOT / "stacks" / "jobs.yaml"
HEAVY = ROOT / "stacks" / "heavy.yaml"
GPU = ROOT / "stacks" / "gpu.yaml"
EVENTS = ROOT / "stacks" / "events.yaml"
STREAM = ROOT / "stacks" / "stream.yaml"
STACKS = tuple(sorted((ROOT / "stacks").glob("*.yaml")))
LIBRARIES = {"OPENBLAS_NUM_THREADS": "1", "ORT_DISABLE_TELEMETRY": "1"}
"""Variables that numpy and onnxruntime read, not samovar."""


class _Loader(yaml.SafeLoader):
    pass


def _intrinsic(loader: _Loader, tag: str, node: yaml.Node) -> dict[str, Any]:
    name = tag if tag in {"Ref", "Condition"} else f"Fn::{tag}"
    if isinstance(node, yaml.ScalarNode):
        value: Any = loader.construct_scalar(node)
    elif isinstance(node, yaml.SequenceNode):
        value = loader.construct_sequence(node, deep=True)
    else:
        value = loader.construct_mapping(node, deep=True)
    return {name: value.split(".") if name == "Fn::GetAtt" else value}


_Loader.add_multi_constructor("!", _intrinsic)


@cache
def read_template(path: Path = TEMPLATE) -> dict[str, Any]:
    """A template; whoever asks for it leaves it as it is."""
    return yaml.load(path.read_text(), Loader=_Loader)


def resources(type_name: str, path: Path = TEMPLATE) -> dict[str, dict[str, Any]]:
    """Logical id → properties of every resource of a type."""
    found = read_template(path)["Resources"].items()
    return {name: each.get("Properties", {}) for name, each in found if each["Type"] == type_name}


def statements(role: str, path: Path = TEMPLATE) -> list[dict[str, Any]]:
    """All that a role allows: by its own policies and by those that any stack lends it."""
    lent = {}
    for each in (TEMPLATE, *STACKS):
        lent |= resources("AWS::IAM::ManagedPolicy", each)
    properties = resources("AWS::IAM::Role", path)[role]
    attached = [lent[_policy(each)] for each in properties.get("ManagedPolicyArns", [])]
    policies = [*attached, *properties.get("Policies", [])]
    return [_asked(each) for policy in policies for each in policy["PolicyDocument"]["Statement"]]


def _policy(reference: dict[str, Any]) -> str:
    """The logical id of a policy: a stack hands it out, and takes it, by that name."""
    found = _asked(reference)
    name: str = found["Ref"] if "Ref" in found else found["Fn::GetAtt"][-1]
    return name


def _asked(value: dict[str, Any]) -> dict[str, Any]:
    """What is there when everything is asked for."""
    if "Fn::If" not in value:
        return value
    _, there, nothing = value["Fn::If"]
    assert nothing == {"Ref": "AWS::NoValue"}
    return dict(there)


def listed(value: Any) -> list[Any]:
    """CloudFormation's and IAM's "one or a list" as a list."""
    return value if isinstance(value, list) else [value]
