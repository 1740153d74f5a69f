"""The tensors that a manifest or its lock tells of are those of the model itself."""

import pytest
from samovar.service import Service
from samovar.settings import Settings
from samovar.wiring import load_model

from tests.models.conftest import MODELS

NAMES = sorted(path.parent.name for path in MODELS.glob("*/model.toml"))


@pytest.mark.parametrize("name", NAMES)
def test_what_is_told_of_a_model_without_opening_it_is_true(
    real_service: Service, real_settings: Settings, name: str
) -> None:
    """A description that has to open its model makes /openapi.json fetch and open them all."""
    spec = real_service.spec(name)
    if not (MODELS / name / "model.lock").exists():
        pytest.skip("not built")
    model = load_model(real_settings, name)
    assert spec.signatures[model.version] == model.program.signature
