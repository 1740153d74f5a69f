"""Where what is measured lies, and which interpreter runs it."""

import os
from collections.abc import Mapping
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
MODELS = ROOT / "models"
RESULTS = ROOT / "benchmarks" / "results"
BUILT = ROOT / "build" / "benchmarks"
"""What suites build for themselves."""
OPT = BUILT / "opt"
"""What functions find around them: layers and models. `setting` makes it."""
SEALED = OPT / "models"
"""A models folder as the layer builder leaves it."""
RUNTIME = ROOT / ".venvs" / "lambda" / "bin" / "python"
"""The interpreter with AWS's runtime client."""
MEMORY_MB = 3538
"""Of a function of two CPUs, as wide as the default session is on two cores."""


def peer_python(name: str) -> Path:
    """The interpreter of a peer's own environment."""
    return ROOT / ".venvs" / f"peer-{name}" / "bin" / "python"


def installed(name: str) -> Path:
    """A layer's packages, whole, as pip would leave them for this machine's interpreter."""
    return ROOT / "build" / "local" / "layers" / name / "python"


def layer(name: str) -> Path:
    """A layer as its builder leaves it, for this machine's interpreter."""
    return OPT / "layers" / name / "python"


def function_path() -> str:
    """PYTHONPATH of the infer function: the core layer, the runtime layer."""
    return os.pathsep.join(map(str, (layer("core"), layer("runtime"))))


@cache
def function_variables() -> Mapping[str, str]:
    """What the template gives every function, as far as it is known before it is deployed."""
    from samovar_cli.twin.template import read_template

    functions = read_template(ROOT / "template.yaml")["Globals"]["Function"]
    variables = functions["Environment"]["Variables"]
    return {name: value for name, value in variables.items() if isinstance(value, str)}


def environment(python_path: str, **more: str) -> dict[str, str]:
    """The variables of a process that is measured; nothing of this shell but PATH.

    onnxruntime tells its maker nothing, in anybody's process: its thread would be measured too.
    """
    ours = {"PATH": os.environ["PATH"], "PYTHONPATH": python_path, "ORT_DISABLE_TELEMETRY": "1"}
    return {**ours, **more}


def missing_function() -> str:
    """What has to be set up before functions can be measured, "" when all is there."""
    if not RUNTIME.exists():
        return "AWS's runtime client is not set up: `make .venvs/.stamps/lambda`"
    return ""
