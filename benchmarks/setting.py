"""What functions find around them when they are measured: layers for this machine, sealed models.

The layers are what `layers.build_layer` makes, but of the wheels for this machine's
interpreter, which need not be Lambda's.
"""

import os
import shutil
import subprocess
from collections.abc import Iterable
from functools import cache
from pathlib import Path

from benchmarks.places import MODELS, OPT, ROOT, RUNTIME, installed, layer

PACKED = ("minilm", "minilm-small", "digits", "task-priority")
"""The models that functions are measured with."""


@cache
def prepare() -> None:
    """Make all of it, or find it made; nothing where the runtime client is not set up."""
    if RUNTIME.exists():
        local_layers()
        core_layer()
        runtime_layer()
        sealed_models()


def local_layers() -> None:
    """The packages of the layers, whole, as the twin has them and as pip would leave them."""
    from samovar_cli.twin.layers import build_layers

    build_layers(ROOT, ("layers/runtime", "layers/web"), RUNTIME)


def core_layer() -> None:
    """The package, with its compiled modules."""
    target = layer("core")
    shutil.rmtree(target, ignore_errors=True)
    ignored = shutil.ignore_patterns("__pycache__", "py.typed")
    shutil.copytree(ROOT / "shared" / "samovar", target / "samovar", ignore=ignored)
    _compile(target)


def runtime_layer() -> None:
    """The packages that functions import, slimmed; made anew when the builder has changed."""
    from layers.slim import slim

    target, stamp = layer("runtime"), layer("runtime").with_name("stamp")
    wanted = "\n".join(map(str, _ages(ROOT / "layers", installed("runtime").with_name("stamp"))))
    if stamp.is_file() and stamp.read_text("utf-8") == wanted:
        return
    shutil.rmtree(target, ignore_errors=True)
    shutil.copytree(installed("runtime"), target)
    slim("runtime", target)
    _compile(target)
    stamp.write_text(wanted, "utf-8")


def sealed_models() -> None:
    """A models folder as the layer builder leaves it: checked once, and sealed."""
    from samovar.adapters.sealing import seal_models

    target = OPT / "models"
    shutil.rmtree(target, ignore_errors=True)
    for name in PACKED:
        shutil.copytree(MODELS / name, target / name)
    if faults := seal_models(target):
        raise RuntimeError(f"models cannot be sealed: {faults}")


def _compile(folder: Path) -> None:
    options = "-m compileall -q --invalidation-mode unchecked-hash"
    subprocess.run([RUNTIME, *options.split(), folder], env=dict(os.environ), check=True)


def _ages(folder: Path, *others: Path) -> Iterable[float]:
    files = [*folder.rglob("*.py"), *folder.rglob("*.txt"), *others]
    return sorted(path.stat().st_mtime for path in files)
