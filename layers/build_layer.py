"""Builds one layer: python -m layers.build_layer LAYER ARCHITECTURE ARTIFACTS_DIR.

`sam build` calls it through layers/build.mk, `samovar up` and tests may call it alone. The
same sources give the same bytes: wheels are pinned by hash, and times and modes are set.
"""

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path

from layers import python313
from layers.slim import DIRECT_ONLY, direct_requirements, sizes, slim

ROOT = Path(__file__).resolve().parent.parent
PLATFORMS = {"x86_64": "x86_64-manylinux_2_34", "arm64": "aarch64-manylinux_2_34"}
"""Lambda's architecture → the wheels that fit it: the runtime is Amazon Linux 2023's glibc."""

WHEEL_LAYERS = ("runtime", "web")
_EPOCH = 946_684_800  # 2000-01-01: a zip file knows no time before 1980


def build(layer: str, architecture: str, target: Path) -> None:
    """Fills `target` with what a function finds under /opt. Raises SystemExit with the reason."""
    target.mkdir(parents=True, exist_ok=True)
    BUILDERS[layer](layer, architecture, target)
    normalise(target)


def _build_core(_layer: str, _architecture: str, target: Path) -> None:
    ignored = shutil.ignore_patterns("__pycache__", "py.typed")
    shutil.copytree(
        ROOT / "shared" / "samovar",
        target / "python" / "samovar",
        ignore=ignored,
        dirs_exist_ok=True,
    )
    _compile(target / "python")


def _build_wheels(layer: str, architecture: str, target: Path) -> None:
    folder = ROOT / "layers" / layer
    locked = (folder / "requirements.txt").read_text()
    if layer in DIRECT_ONLY:
        locked = direct_requirements((folder / "requirements.in").read_text(), locked)
    install(locked, PLATFORMS[architecture], target / "python")
    slim(layer, target / "python")
    _compile(target / "python")


def install(locked: str, platform: str, target: Path) -> None:
    """Unpacks the wheels of a hashed requirements file into `target`. Raises SystemExit."""
    with tempfile.TemporaryDirectory() as folder:
        requirements = Path(folder, "requirements.txt")
        requirements.write_text(locked)
        result = subprocess.run(
            [*_uv_install(platform, target), requirements], env=_uv_environment(), check=False
        )
    if result.returncode:
        raise SystemExit("layers: uv could not install the wheels, see above")


def _uv_install(platform: str, target: Path) -> list[str]:
    # Copies: a hard link into uv's cache would have its time and mode set there too.
    options = f"""
        pip install --quiet --link-mode copy --no-deps --require-hashes --only-binary :all:
        --python-version 3.13 --python-platform {platform}
    """
    own = ["--python", sys.executable, "--target", str(target), "--requirements"]
    return [_uv(), *options.split(), *own]


def _uv_environment() -> dict[str, str]:
    """The environment for uv: it does not read pip's configuration, so a mirror is named."""
    asked = [sys.executable, "-m", "pip", "config", "get", "global.index-url"]
    mirror = subprocess.run(asked, capture_output=True, text=True, check=False).stdout.strip()
    return ({"UV_DEFAULT_INDEX": mirror} if mirror else {}) | os.environ


def _uv() -> str:
    uv = ROOT / ".venv" / "bin" / "uv"
    found = str(uv) if uv.exists() else shutil.which("uv")
    if found is None:
        raise SystemExit("layers: uv is not there; run `make setup`, or put uv on PATH")
    return found


def _compile(folder: Path) -> None:
    """Compiles modules, for /opt is read-only and a cold start would do it each time."""
    interpreter = python313.find()
    if interpreter is None:
        print("layers: no python3.13 here, so modules are not compiled: slower cold starts")
        return
    options = "-m compileall -q --invalidation-mode unchecked-hash -p /opt/python -s"
    subprocess.run(
        [interpreter, *options.split(), folder, folder],
        env={**os.environ, "PYTHONHASHSEED": "0"},
        check=True,
    )


def _build_models(_layer: str, architecture: str, target: Path) -> None:
    # Late: this layer alone needs samovar itself, and numpy.
    from layers.models import build_models

    build_models(ROOT / "models", architecture, target / "models")


def normalise(folder: Path) -> None:
    """Gives every file and folder one time and one mode, so that a rebuild is the same zip."""
    for path in [*folder.rglob("*"), folder]:
        path.chmod(0o755 if path.is_dir() else 0o644)
        os.utime(path, (_EPOCH, _EPOCH))


def report(layer: str, target: Path) -> str:
    """A table of what the layer holds, in MB (10⁶ bytes) unzipped."""
    inner = next(iter(target.iterdir()))
    found = sizes(inner)
    rows = [f"{size / 1e6:9.1f}  {name}" for name, size in found.items() if size >= 500_000]
    return "\n".join(
        [f"{layer} layer, MB unzipped:", *rows, f"{sum(found.values()) / 1e6:9.1f}  total"]
    )


Builder = Callable[[str, str, Path], None]
BUILDERS: Mapping[str, Builder] = {
    "core": _build_core,
    "models": _build_models,
    **dict.fromkeys(WHEEL_LAYERS, _build_wheels),
}


def main(arguments: list[str]) -> None:
    """LAYER is a name in BUILDERS in any case, as the template's logical ids write it."""
    layer, architecture, target = arguments[0].lower(), arguments[1], Path(arguments[2])
    build(layer, architecture, target)
    print(report(layer, target))


if __name__ == "__main__":
    main(sys.argv[1:])
