"""What any test may ask for: tiny models on disk, a service over them, the log of a door."""

import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import orjson
import pytest
from samovar.adapters.clock import SystemClock
from samovar.edges.observe import Observer
from samovar.service import Service
from samovar.settings import Settings
from samovar.wiring import build_service

from tests.tiny_models import write_models


class Log:
    """An observer whose lines can be read back."""

    def __init__(self, settings: Settings) -> None:
        self._stream = io.StringIO()
        self.observer = Observer(settings, SystemClock(), self._stream)

    def lines(self) -> list[dict[str, Any]]:
        """Every record written so far."""
        return [orjson.loads(line) for line in self._stream.getvalue().splitlines()]


@pytest.fixture(scope="session")
def models_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of the tiny models (tests/tiny_models.py). Do not write to it."""
    return write_models(tmp_path_factory.mktemp("models"))


@pytest.fixture
def settings(models_dir: Path) -> Settings:
    """Settings that serve the tiny models, as a function of one vCPU would."""
    return Settings(models_dir=models_dir, memory_mb=1769)


@pytest.fixture
def service(settings: Settings) -> Service:
    """A service of its own over the tiny models, with real onnxruntime sessions."""
    return build_service(settings)


@pytest.fixture
def log(settings: Settings) -> Log:
    """Hand `log.observer` to a door, and read what it wrote from `log.lines()`."""
    return Log(settings)


@pytest.fixture
def context() -> Callable[[], Any]:
    """Makes what Lambda hands a handler beside the event."""

    class Context:
        aws_request_id = "5c1e6f8e-0000-4000-8000-000000000001"

        def get_remaining_time_in_millis(self) -> int:
            return 30_000

    return Context
