"""The steps of `make build`: the models that are not there yet, their forms, `sam build`.

What was checked and built is remembered beside the build, so that the same is not done twice.
"""

import hashlib
import json
import platform
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from samovar.errors import CommandFailed, SamovarError

from samovar_cli.deploying.parameters import as_words
from samovar_cli.deploying.project import CONFIG, TEMPLATE, Project
from samovar_cli.deploying.sam import Sam, Say, last_lines, run_command, run_make
from samovar_cli.folder import Folder

_SOURCES = (TEMPLATE, CONFIG, "stacks", "functions", "layers", "shared", "models")
_MACHINES = {"x86_64": "x86_64", "aarch64": "arm64", "arm64": "arm64"}
_COMPILE = "from samovar_cli.main import main; main()"
_BUILT, _VALID = "built", "valid"


def missing_models(project: Project) -> tuple[str, ...]:
    """Models that belong into the layer and are not built."""
    folder = Folder(project.root / "models")
    return tuple(name for name in folder.names() if _is_missing(folder, name))


def _is_missing(folder: Folder, name: str) -> bool:
    try:
        return folder.spec(name).bundle and not folder.versions(name)
    except SamovarError:
        return False  # said with every other fault, where models are given their places


def make_models(project: Project, say: Say) -> None:
    """`make models`. Raises CommandFailed."""
    said = run_make(project.root, ("models",), say)
    if said.status:
        raise CommandFailed(f"`make models` failed:\n{last_lines(said.text)}")


def compile_models(project: Project, sam: Sam, say: Say) -> None:
    """Compile what is not compiled yet, as `make models` does; never a reason not to deploy."""
    if _MACHINES.get(platform.machine()) != project.architecture:
        say(f"models are compiled on {project.architecture} alone: they open slower, and are right")
        return
    words = [sys.executable, "-c", _COMPILE, "models", "compile", "--quick", "--models", "models"]
    if run_command(words, project.root, sam.environment, say).status:
        say("some models are not compiled: they open slower, and answer the same")


def validate(project: Project, sam: Sam, say: Say) -> None:
    """The SAM CLI's linter over every template. Raises CommandFailed with what it found."""
    said = sam.lint(tuple(project.templates), say)
    if said.status:
        raise CommandFailed(f"the templates are not valid:\n{last_lines(said.text)}")
    _remember(project, _VALID, fingerprint(project, tuple(project.templates)))


def is_valid(project: Project) -> bool:
    """Whether the linter has passed these very templates."""
    return _remembered(project, _VALID) == fingerprint(project, tuple(project.templates))


def build(project: Project, sam: Sam, say: Say) -> None:
    """`sam build` for the project's parameters. Raises CommandFailed with what was said."""
    _remember(project, _BUILT, "")
    config = ["--config-file", str(project.root / CONFIG), "--config-env", project.config_env]
    words = ["build", *(config if (project.root / CONFIG).is_file() else ())]
    if project.overrides:
        words += ["--parameter-overrides", *as_words(project.overrides)]
    said = sam.run(words, say)
    if said.status or not project.built.is_file():
        raise CommandFailed(f"the build failed:\n{last_lines(said.text)}")
    _remember(project, _BUILT, fingerprint(project))


def is_built(project: Project) -> bool:
    """Whether the last build is of exactly these sources and parameters."""
    return project.built.is_file() and _remembered(project, _BUILT) == fingerprint(project)


def fingerprint(project: Project, sources: Sequence[str] = _SOURCES) -> str:
    """One name for what a build is made of: architecture, and files by name, size and time."""
    found = hashlib.sha256(project.architecture.encode())
    for path in _files(project.root, sources):
        stat = path.stat()
        line = f"{path.relative_to(project.root)}\0{stat.st_size}\0{stat.st_mtime_ns}\n"
        found.update(line.encode())
    return found.hexdigest()


def _files(root: Path, sources: Sequence[str]) -> Iterator[Path]:
    for name in sources:
        top = root / name
        inside = sorted(top.rglob("*")) if top.is_dir() else [top]
        yield from (each for each in inside if each.is_file() and "__pycache__" not in each.parts)


def _remembered(project: Project, what: str) -> str:
    return str(_read_record(project).get(what, ""))


def _remember(project: Project, what: str, value: str) -> None:
    path = _record_of(project)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps({**_read_record(project), what: value}), "utf-8")


def _read_record(project: Project) -> dict[str, str]:
    try:
        found = json.loads(_record_of(project).read_text("utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def _record_of(project: Project) -> Path:
    return project.root / ".aws-sam" / "samovar.json"
