"""The real models, as `make models` builds them."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import orjson
import pytest
from samovar.model import Model
from samovar.service import Service
from samovar.settings import Settings
from samovar.types import Payload
from samovar.wiring import build_service, load_model

MODELS = Path(__file__).resolve().parents[2] / "models"

Answers = Callable[..., dict[str, Any]]


@pytest.fixture(scope="session")
def real_settings() -> Settings:
    """Settings that serve the repository's own models."""
    if not any(MODELS.glob("*/model.lock")):
        pytest.skip("the models are not built: run `make models`")
    return Settings(models_dir=MODELS, memory_mb=1769)


@pytest.fixture(scope="session")
def real_service(real_settings: Settings) -> Service:
    """A service over the real models; each is opened once a test run."""
    return build_service(real_settings)


@pytest.fixture(scope="session")
def answer(real_service: Service) -> Answers:
    """answer(model, body, content_type): what a person's request gets, read from its JSON."""

    def ask(model: str, body: Any, content_type: str = "application/json") -> dict[str, Any]:
        raw = body if isinstance(body, bytes) else orjson.dumps(body)
        said = real_service.predict(model, "", Payload(raw, content_type)).body
        found: dict[str, Any] = orjson.loads(said)
        return found

    return ask


@pytest.fixture(scope="session")
def opened(real_settings: Settings) -> Callable[[str], Model]:
    """opened(name): a real model of one's own, for what is below requests."""
    return lambda name: load_model(real_settings, name)
