"""What functions find around them when they are measured, made by `python -m benchmarks.setting`.

The layers of packages for this machine's interpreter, and a models folder with its seals.
"""

import shutil
import sys
from functools import cache
from pathlib import Path

from benchmarks.places import BUILT, MODELS, ROOT, RUNTIME

LAYERS = ("layers/runtime", "layers/web")
SEALED = ("minilm", "minilm-small", "digits", "task-priority")


def local_layers() -> None:
    """The layers as the twin has them."""
    from samovar_cli.twin.layers import build_layers

    build_layers(ROOT, LAYERS, RUNTIME)


def sealed_place() -> Path:
    """Where the sealed models lie."""
    return BUILT / "opt" / "models"


@cache
def sealed_models() -> Path:
    """A models folder as the layer builder leaves it: checked once, and sealed."""
    from samovar.adapters.sealing import seal_models

    target = sealed_place()
    shutil.rmtree(target, ignore_errors=True)
    for name in SEALED:
        shutil.copytree(MODELS / name, target / name)
    if faults := seal_models(target):
        raise RuntimeError(f"models cannot be sealed: {faults}")
    return target


if __name__ == "__main__":
    local_layers()
    sys.exit(0)
