"""The folder that container/lambda/Dockerfile takes: python -m layers.build_image ARCHITECTURE.

It holds the layers of the infer function and its code, as the zip has them. Docker keeps times
and modes, so the same sources give the same image layers.
"""

import shutil
import sys
from pathlib import Path

from layers.build_layer import PLATFORMS, ROOT, build, normalise, report

LAYERS = ("runtime", "models", "core")
FUNCTION = "infer"
_DOCKER = {"x86_64": "linux/amd64", "arm64": "linux/arm64"}


def build_image(architecture: str, target: Path) -> None:
    """Fills `target` anew. Raises SystemExit with the reason."""
    shutil.rmtree(target, ignore_errors=True)
    for layer in LAYERS:
        build(layer, architecture, target / layer)
        print(report(layer, target / layer))
    handler = ROOT / "functions" / FUNCTION / "handler.py"
    (target / "function").mkdir()
    shutil.copy(handler, target / "function")
    normalise(target)


def main(arguments: list[str]) -> None:
    """ARCHITECTURE is the template's: x86_64 or arm64."""
    architecture = arguments[0] if arguments else "x86_64"
    if architecture not in PLATFORMS:
        raise SystemExit(f"layers: {architecture!r} is none of {', '.join(PLATFORMS)}")
    context = Path("build", "image", architecture)
    build_image(architecture, ROOT / context)
    options = f"--platform {_DOCKER[architecture]} -t samovar-{FUNCTION}:{architecture}"
    print(f"now: docker build -f container/lambda/Dockerfile {options} {context}")


if __name__ == "__main__":
    main(sys.argv[1:])
