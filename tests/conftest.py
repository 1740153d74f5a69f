"""What any test may ask for: tiny models on disk, a service over them, the log of a door.

No test leaves this machine, and hypothesis draws the same examples again in CI.
"""

import asyncio
import io
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import orjson
import pytest
from hypothesis import HealthCheck
from hypothesis import settings as hypothesis_settings
from samovar.adapters.clock import SystemClock
from samovar.edges.observe import Observer
from samovar.service import Service
from samovar.settings import Settings
from samovar.wiring import build_service

from tests.sockets import loopback_only
from tests.tiny_models import write_models
from tests.twin.running import ROOT, RunningTwin

# Examples are few, so that every run is quick; `pytest --hypothesis-profile=deep` looks longer.
_QUIET = [HealthCheck.too_slow]
hypothesis_settings.register_profile(
    "quick",
    deadline=None,
    max_examples=40,
    derandomize="CI" in os.environ,
    database=None,
    suppress_health_check=_QUIET,
)
hypothesis_settings.register_profile(
    "deep", deadline=None, max_examples=2000, database=None, suppress_health_check=_QUIET
)
hypothesis_settings.load_profile("quick")


@pytest.fixture(scope="session", autouse=True)
def _no_network() -> Iterator[None]:
    with loopback_only():
        yield


@pytest.fixture(autouse=True)
def _no_event_loop_is_left() -> Iterator[None]:
    """Close what loop a test leaves current: Mangum makes one where it finds none."""
    asyncio.set_event_loop(None)  # from here on, nobody is given a loop without having made it
    yield
    try:
        asyncio.get_event_loop().close()
    except RuntimeError:
        return
    asyncio.set_event_loop(None)


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


@pytest.fixture(scope="session")
def twin_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of the whole application, running as `samovar up` runs it.

    Tests that use it carry `pytest.mark.xdist_group("twin")`, so that there is one.
    """
    if not (ROOT / ".venvs" / "ministack").exists():
        pytest.skip("make .venvs/.stamps/lambda .venvs/.stamps/ministack sets up what it needs")
    state = tmp_path_factory.mktemp("application") / "state"
    running = RunningTwin(ROOT, state, "--no-reload", "--slots", "2")
    yield running.url
    running.end()
