"""Guarded models: one that says what it hears, and one that can be made to say anything."""

from pathlib import Path

from samovar.service import Service
from samovar.settings import Settings
from samovar.wiring import build_service

from tests.tiny_generation import write_babble
from tests.tiny_models import tiny_models

PARROT = """
task = "echo"
[input]
kind = "text"
{before}
[[pre]]
step = "text_tensor"
tensor = "text"
{after}
"""


def write_parrot(folder: Path, before: str = "", after: str = "") -> Path:
    """A model that answers `echoed`: what it was sent, between the guards' tables."""
    version = folder / "parrot" / "1"
    version.mkdir(parents=True)
    (version / "model.onnx").write_bytes(tiny_models()["echo/1/model.onnx"])
    (folder / "parrot" / "model.toml").write_text(PARROT.format(before=before, after=after))
    return folder


def write_guarded_babble(folder: Path, guards: str) -> Path:
    """`babble` with guards; `choices` of a request make it say one of them."""
    write_babble(folder)
    manifest = folder / "babble" / "model.toml"
    manifest.write_text(manifest.read_text().replace("max_tokens = 16", "max_tokens = 90") + guards)
    return folder


def open_service(folder: Path) -> Service:
    return build_service(Settings(models_dir=folder, memory_mb=1769))
