"""template.yaml as plain values: `!Ref X` reads as {"Ref": X}, `!Sub x` as {"Fn::Sub": x}."""

from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).resolve().parents[2]
TEMPLATE = ROOT / "template.yaml"
JOBS = ROOT / "stacks" / "jobs.yaml"


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


def read_template(path: Path = TEMPLATE) -> dict[str, Any]:
    return yaml.load(path.read_text(), Loader=_Loader)


def resources(type_name: str, path: Path = TEMPLATE) -> dict[str, dict[str, Any]]:
    """Logical id → properties of every resource of a type."""
    found = read_template(path)["Resources"].items()
    return {name: each.get("Properties", {}) for name, each in found if each["Type"] == type_name}
