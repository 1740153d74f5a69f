"""The same sources give the same layer, byte for byte: an unchanged one is not published again."""

import hashlib
from pathlib import Path

import pytest

from layers import build_layer

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]

LAYERS = ["core", "runtime", "web", "models"]


def fingerprint(folder: Path) -> dict[str, tuple[str, int, int]]:
    """Each file and folder: its bytes, its mode, its time."""
    return {
        str(path.relative_to(folder)): (
            hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else "",
            path.stat().st_mode,
            path.stat().st_mtime_ns,
        )
        for path in sorted([folder, *folder.rglob("*")])
    }


@pytest.mark.parametrize("architecture", ["x86_64", "arm64"])
@pytest.mark.parametrize("layer", LAYERS)
def test_a_layer_built_again_is_the_same(built, tmp_path, layer, architecture):
    build_layer.build(layer, architecture, tmp_path)
    assert fingerprint(tmp_path) == fingerprint(built(layer, architecture))
