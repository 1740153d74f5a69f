"""`samovar models check`: every golden example through the real pipeline, in every way."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import orjson
from rich.progress import Progress
from samovar.adapters.onnx import available_providers
from samovar.compiled import PLAIN
from samovar.errors import ModelFault, SamovarError
from samovar.golden_run import check
from samovar.model import Model

from samovar_cli.failures import EXIT_STATUS
from samovar_cli.folder import Folder
from samovar_cli.models.check_report import Checked, document, show
from samovar_cli.models.opening import CPU, Opening, find_providers
from samovar_cli.models.ways import Asked, check_ways
from samovar_cli.terminal import progress, write_json


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the command line asks for."""

    names: tuple[str, ...]
    models: Path
    providers: tuple[str, ...] = ()  # () for all that are here
    strict: bool = False  # whether older versions have to hold, too
    as_json: bool = False


def check_models(wanted: Wanted) -> int:
    """Check the models and show what came of it; the exit status.

    Without names, heavy models that are not built are passed over. Raises ModelNotFound,
    CommandFailed for a provider that this onnxruntime does not have.
    """
    folder = Folder(wanted.models)
    for name in wanted.names:
        folder.check_name(name)
    chosen = tuple(dict.fromkeys(wanted.names)) or _there(folder)
    checked = _check_all(folder, chosen, wanted)
    if wanted.as_json:
        write_json(orjson.dumps([document(model) for model in checked]))
    else:
        show(checked)
    return 0 if all(model.passed for model in checked) else EXIT_STATUS[ModelFault]


def _there(folder: Folder) -> tuple[str, ...]:
    """The models of a folder, but for heavy ones that nobody built."""
    names = folder.names()
    return tuple(name for name in names if not folder.is_heavy(name) or folder.versions(name))


def _check_all(folder: Folder, names: Sequence[str], wanted: Wanted) -> list[Checked]:
    providers = find_providers(wanted.providers)
    found = []
    with progress() as bars:
        task = bars.add_task("", total=len(names))
        for name in names:
            bars.update(task, description=name)
            found.append(_check_one(folder, name, wanted, providers, bars))
            bars.advance(task)
    return found


def _check_one(
    folder: Folder, name: str, wanted: Wanted, providers: tuple[str, ...], bars: Progress
) -> Checked:
    versions = tuple(reversed(folder.versions(name)))
    try:
        if not versions:
            return Checked(name, fault=f"not built: run `{folder.build_command(name)}`")
        model = _opened(folder, name, wanted, providers)
        task = bars.add_task("  examples", total=len(model.spec.examples) or None)
        findings = check(model, lambda _example: bars.advance(task))
        listed = [file for file in model.spec.files if file.startswith(f"{model.version}/")]
        asked = Asked(providers, versions, _checked(model, wanted, providers))
        del model  # there is room for one
        bars.update(task, description="  other ways", total=None)
        ways = check_ways(folder.path, name, asked, lambda _way: bars.advance(task))
        bars.remove_task(task)
    except SamovarError as error:
        return Checked(name, fault=f"{error.message} ({error.code})")
    return Checked(name, versions[0], len(listed), findings, ways, strict=wanted.strict)


def _checked(model: Model, wanted: Wanted, providers: Sequence[str]) -> Opening | None:
    """The way in which a model was held to its examples; None where it was another than those of
    `check_ways`, or where it has none and other devices have to be compared with the CPU.
    """
    provider = providers[0] if wanted.providers else available_providers()[0]
    if model.form != PLAIN or (provider != CPU and not model.spec.examples):
        return None
    return Opening(model.version, provider, {})


def _opened(folder: Folder, name: str, wanted: Wanted, providers: Sequence[str]) -> Model:
    """As a service here opens it; on the first provider that was asked for, where one was."""
    if not wanted.providers:
        return folder.load(name)
    return Opening(provider=providers[0]).open(folder.path, name)
