"""The use cases, over stores in memory."""

from pathlib import Path

import pytest
from samovar.adapters.local import LocalPredictor
from samovar.adapters.memory import FunctionRunner, MemoryClock, MemoryStore
from samovar.errors import ManifestInvalid, ModelNotFound, VersionNotFound
from samovar.service import Entry, Service
from samovar.types import Signature

from tests.tiny_models import tiny_models

NOTHING = Signature((), ())


@pytest.fixture
def service(tmp_path: Path) -> Service:
    files = tiny_models() | {
        "broken/model.toml": b"lane = 5",
        "broken/1/model.onnx": b"",
        "unbuilt/model.toml": b'title = "Later"',
    }
    store = MemoryStore(files, tmp_path)
    runner = FunctionRunner(NOTHING, lambda _: {})
    return Service(store, LocalPredictor(store, lambda _: runner, MemoryClock()))


def test_the_newest_version_is_described_unless_one_is_named(service: Service) -> None:
    assert service.describe("affine").version == "2"
    assert service.describe("affine", "1").version == "1"
    assert service.describe("affine").versions == ("1", "2")


@pytest.mark.parametrize(
    ("model", "version", "error"),
    [
        ("nobody", "", ModelNotFound),
        ("affine", "3", VersionNotFound),
        ("affine", "01", VersionNotFound),
        ("unbuilt", "", VersionNotFound),
        ("broken", "", ManifestInvalid),
    ],
)
def test_what_cannot_be_described_says_why(
    service: Service, model: str, version: str, error: type[Exception]
) -> None:
    with pytest.raises(error):
        service.describe(model, version)


def test_readiness_tells_the_unknown_from_the_unusable(service: Service) -> None:
    assert service.ready("affine") == Entry("affine", "2", ready=True)
    assert service.ready("affine", "1") == Entry("affine", "1", ready=True)
    assert service.ready("unbuilt").reason == "no version has been built"
    assert "lane" in service.ready("broken").reason
    assert not service.ready("broken", "1").ready
    for model, version in (("nobody", ""), ("affine", "9"), ("unbuilt", "1"), ("broken", "2")):
        with pytest.raises((ModelNotFound, VersionNotFound)):
            service.ready(model, version)


def test_the_index_has_every_version_and_every_reason(service: Service) -> None:
    entries = service.index()
    assert [entry.name for entry in entries if not entry.ready] == ["broken", "unbuilt"]
    assert [entry.version for entry in entries if entry.name == "affine"] == ["1", "2"]


def test_specs_leave_out_what_cannot_be_read(service: Service) -> None:
    names = [spec.name for spec in service.specs()]
    assert "broken" not in names
    assert "unbuilt" in names


def test_statistics_of_a_model_that_is_not_there_are_refused(service: Service) -> None:
    assert service.statistics() == {}
    with pytest.raises(ModelNotFound):
        service.statistics("nobody")
