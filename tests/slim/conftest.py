"""The layers, built once for a run of the tests, and the interpreter that they are for."""

import json
import subprocess
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from layers import build_layer, python313
from layers.slim import direct_requirements
from tests.house.template_file import LIBRARIES

ROOT = Path(__file__).resolve().parents[2]
RUNTIME = ROOT / "layers" / "runtime"


@pytest.fixture(scope="session")
def python() -> Path:
    """A CPython 3.13, the functions' own."""
    if (found := python313.find()) is None:
        pytest.skip(f"no python3.13: set {python313.VARIABLE}")
    return found


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str, str], Path]:
    """built(layer, architecture): the folder of a layer; each is built when first asked for."""
    made: dict[tuple[str, str], Path] = {}

    def ask(layer: str, architecture: str = "x86_64") -> Path:
        if (layer, architecture) not in made:
            made[layer, architecture] = tmp_path_factory.mktemp(f"{layer}-{architecture}")
            build_layer.build(layer, architecture, made[layer, architecture])
        return made[layer, architecture]

    return ask


@pytest.fixture(scope="session")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What the runtime layer's wheels hold before anything is left out."""
    folder = tmp_path_factory.mktemp("whole")
    declared, locked = (RUNTIME / f"requirements.{end}" for end in ("in", "txt"))
    wanted = direct_requirements(declared.read_text(), locked.read_text())
    build_layer.install(wanted, build_layer.PLATFORMS["x86_64"], folder)
    return folder


@pytest.fixture(scope="session")
def in_function(python: Path, built: Callable[..., Path]) -> Callable[..., Any]:
    """in_function(code, *arguments): what code printed as JSON last, in a fresh process.

    It finds the standard library and the core and runtime layers (`layers` for others), and
    nothing else: -S leaves out site-packages, and no variable is handed on but those that the
    template sets.
    """

    def ask(code: str, *arguments: object, layers: Sequence[str] = ("core", "runtime")) -> Any:
        path = ":".join(str(built(layer) / "python") for layer in layers)
        command = [str(word) for word in (python, "-S", "-c", code, *arguments)]
        environment = {"PYTHONPATH": path, **LIBRARIES}
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout.splitlines()[-1])

    return ask
