"""A models folder for the heavy lane's tests: small models, one of them said to be heavy."""

import os
import shutil
from pathlib import Path

from tests.twin.host import ROOT

HEAVY = "sentences"


def heavy_models(folder: Path) -> Path:
    """`task-priority` as it is, and `minilm-small` as `sentences`, on the heavy lane."""
    for source, name in (("task-priority", "task-priority"), ("minilm-small", HEAVY)):
        shutil.copytree(ROOT / "models" / source, folder / name, copy_function=os.link)
    manifest = folder / HEAVY / "model.toml"
    text = manifest.read_text("utf-8")
    manifest.unlink()  # a link: what it leads to stays as it is
    manifest.write_text(text.replace('lane = "light"', 'lane = "heavy"'), "utf-8")
    return folder
