"""A service over the tiny embedding model."""

from pathlib import Path

import pytest
from samovar.service import Service
from samovar.settings import Settings
from samovar.wiring import build_service

from tests.tiny_embedder import write_sense


@pytest.fixture(scope="session")
def sense_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of models with `sense` alone. Do not write to it."""
    return write_sense(tmp_path_factory.mktemp("sense"))


@pytest.fixture(scope="session")
def sense(sense_dir: Path) -> Service:
    """A service over it."""
    return build_service(Settings(models_dir=sense_dir))
