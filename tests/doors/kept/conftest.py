"""Doors over one service, whose models keep their answers."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from samovar.edges.hot import HotDoor
from samovar.edges.http import build_app
from samovar.service import Service
from samovar.settings import Settings
from samovar.wiring import build_service
from starlette.testclient import TestClient

from tests.conftest import Log
from tests.kept_models import lock, write_kept
from tests.tiny_generation import write_babble


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = write_babble(write_kept(tmp_path_factory.mktemp("kept") / "models"))
    manifest = root / "babble" / "model.toml"
    manifest.write_text(manifest.read_text() + "\n[cache]\nttl_s = 60\n")
    lock(root / "babble")
    return root


@pytest.fixture
def kept(folder: Path) -> Service:
    return build_service(Settings(models_dir=folder, memory_mb=1769))


@pytest.fixture
def hot(kept: Service, folder: Path, log: Log) -> HotDoor:
    return HotDoor(kept, Settings(models_dir=folder), log.observer)


@pytest.fixture
def client(kept: Service, folder: Path, log: Log) -> Iterator[TestClient]:
    """The wide door over the same service as the hot one."""
    with TestClient(build_app(kept, Settings(models_dir=folder), log.observer)) as client:
        yield client
