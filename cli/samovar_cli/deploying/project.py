"""What is deployed, as which stack and where to: template.yaml, samconfig.toml and the command."""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from samovar.errors import CommandFailed

from samovar_cli.deploying.parameters import check_parameters, read_overrides
from samovar_cli.deploying.parts import Part, parts
from samovar_cli.twin.template import Templates, read_templates

TEMPLATE = "template.yaml"
CONFIG = "samconfig.toml"
_STACK = re.compile(r"[a-z][a-z0-9-]{0,61}")
_LONGEST_BUCKET = 63
_ACCOUNT_DIGITS = 12
_LONGEST_REGION = len("ap-southeast-1")


@dataclass(frozen=True, slots=True)
class Asked:
    """What the command line says; "" leaves a thing to samconfig.toml."""

    root: Path = Path()
    stack: str = ""
    region: str = ""
    profile: str = ""
    config_env: str = "default"
    overrides: tuple[str, ...] = ()  # NAME=VALUE


@dataclass(frozen=True, slots=True)
class Project:
    """An application and where it goes."""

    root: Path
    stack: str
    region: str  # "": as the AWS profile or the environment says
    profile: str  # "": the default one
    config_env: str
    overrides: Mapping[str, str]  # parameters that are given
    values: Mapping[str, str]  # every parameter's value
    own_bucket: bool  # whether samconfig.toml names a bucket for what is uploaded
    templates: Templates

    @property
    def architecture(self) -> str:
        """What functions and layers are built for."""
        return self.values.get("Architecture", "x86_64")

    @property
    def gpu(self) -> bool:
        """Whether heavy models have an endpoint."""
        return self.values.get("Gpu") == "on"

    @property
    def built(self) -> Path:
        """The template that the build leaves."""
        return self.root / ".aws-sam" / "build" / TEMPLATE

    def parts(self, overrides: Mapping[str, str] | None = None) -> tuple[Part, ...]:
        """Every resource that is made, with other values for some parameters if need be."""
        values = {**self.values, **(overrides or {}), "AWS::StackName": self.stack}
        return parts(self.templates, values)


def read_project(asked: Asked) -> Project:
    """The project, every name and value checked. Raises CommandFailed."""
    root = asked.root.resolve()
    if not (root / TEMPLATE).is_file():
        raise CommandFailed(
            f"{asked.root / TEMPLATE} is not there: deploy from a clone of samovar's repository, "
            "which holds the template, the functions and the layers"
        )
    config = _config(root, asked.config_env)
    region = asked.region or str(config.get("region", ""))
    stack = _stack(asked.stack or str(config.get("stack_name", "samovar")), region)
    overrides = {
        **read_overrides(config.get("parameter_overrides", []), f"{CONFIG}, parameter_overrides"),
        **read_overrides(list(asked.overrides), "--parameter"),
    }
    templates = read_templates(root / TEMPLATE)
    return Project(
        root=root,
        stack=stack,
        region=region,
        profile=asked.profile or str(config.get("profile", "")),
        config_env=asked.config_env,
        overrides=overrides,
        values=check_parameters(next(iter(templates.values())), overrides),
        own_bucket="s3_bucket" in config,
        templates=templates,
    )


def _config(root: Path, environment: str) -> dict[str, Any]:
    """What samconfig.toml has for `sam deploy`: the tables `global` and `deploy`, as SAM reads."""
    path = root / CONFIG
    if not path.is_file():
        return {}
    try:
        said = tomllib.loads(path.read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise CommandFailed(f"{CONFIG} cannot be read: {error}") from None
    if environment not in said:
        known = ", ".join(key for key, each in said.items() if isinstance(each, dict))
        raise CommandFailed(f"{CONFIG} has no [{environment}]: it has {known or 'no tables'}")
    found: dict[str, Any] = {}
    for command in ("global", "deploy"):
        table = said[environment].get(command, {})
        found |= table.get("parameters", {}) if isinstance(table, dict) else {}
    return found


def _stack(name: str, region: str) -> str:
    """The stack's name. Raises CommandFailed for one that names no bucket."""
    if not _STACK.fullmatch(name):
        raise CommandFailed(
            f"the stack's name {name[:80]!r} also names a bucket: lower-case letters, digits and "
            "hyphens, a letter first"
        )
    room = _LONGEST_BUCKET - len("-data-") - _ACCOUNT_DIGITS - 1 - (len(region) or _LONGEST_REGION)
    if len(name) > room:
        raise CommandFailed(
            f"the stack's name {name} is too long: its data bucket is called "
            f"{name}-data-<account>-<region>, which leaves {room} characters"
        )
    return name
