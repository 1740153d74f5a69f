"""What every ModelStore promises: folders on disk, bytes in memory, several as one, a bucket."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
from samovar.adapters.directory import DirectoryStore, ModelStores
from samovar.adapters.memory import MemoryStore
from samovar.adapters.s3 import S3Store
from samovar.errors import (
    ManifestInvalid,
    ModelCorrupt,
    ModelNotFound,
    ModelUnsafe,
    NotFound,
    VersionNotFound,
)
from samovar.ports import ModelStore
from samovar.types import BatchSpec, ModelSpec

Files = Mapping[str, bytes]
Build = Callable[[Files], ModelStore]

FILES = {
    "mood/model.toml": b'title = "Mood"\n[files]\n"1/a" = "' + b"ab" * 32 + b'"\n',
    "mood/model.lock": b"[metrics]\naccuracy = 0.5\n",
    "mood/1/model.onnx": b"one",
    "mood/2/model.onnx": b"two",
    "mood/10/model.onnx": b"ten",
    "mood/10/tokenizer.json": b"{}",
    "mood/10/deep/er/file.bin": b"deep",
    "mood/notes/readme.md": b"no version",
    "plain/1/model.onnx": b"plain",
    "unbuilt/model.toml": b'title = "Unbuilt"\n',
    "broken/model.toml": b"titel = 1\n",
    "broken/1/model.onnx": b"",
    "latin/model.toml": b'title = "\xe4"\n',
    "latin/1/model.onnx": b"",
    "shown/model.toml": b'[[examples]]\nfile = "examples/a.png"\nexpect = {}\n',
    "shown/examples/a.png": b"\x89PNG",
    "notes/readme.md": b"no model",
    ".hidden/model.toml": b"",
    ".hidden/1/model.onnx": b"",
    "readme.md": b"no folder",
}


@pytest.fixture(params=["directory", "memory", "several", "bucket"])
def build(request: pytest.FixtureRequest, tmp_path: Path) -> Build:
    return {
        "directory": lambda files: DirectoryStore(write(tmp_path / "models", files)),
        "memory": lambda files: MemoryStore(files, tmp_path),
        "several": lambda files: _several(files, tmp_path),
        "bucket": lambda files: _bucket(files, tmp_path, request),
    }[request.param]


@pytest.fixture
def store(build: Build) -> ModelStore:
    return build(FILES)


def write(root: Path, files: Files) -> Path:
    root.mkdir()
    for path, content in files.items():
        target = root / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content)
    return root


def _several(files: Files, tmp_path: Path) -> ModelStore:
    """Texts in a folder, weights elsewhere: a layer and a bucket, say."""
    weights = {path: body for path, body in files.items() if "model.onnx" in path or "/10/" in path}
    texts = {path: body for path, body in files.items() if path not in weights}
    first = DirectoryStore(write(tmp_path / "texts", texts))
    return ModelStores([first, MemoryStore(weights, tmp_path / "scratch")])


def _bucket(files: Files, tmp_path: Path, request: pytest.FixtureRequest) -> ModelStore:
    client, bucket = request.getfixturevalue("client"), request.getfixturevalue("bucket")
    for path, content in files.items():
        client.put_object(Bucket=bucket, Key=f"models/{path}", Body=content)
    return S3Store(client, bucket, "models/", tmp_path / "cache")


def test_names_are_the_folders_of_models_in_order(store: ModelStore) -> None:
    assert store.names() == ("broken", "latin", "mood", "plain", "shown", "unbuilt")


def test_an_empty_store_has_no_models(build: Build) -> None:
    store = build({})
    assert store.names() == ()
    with pytest.raises(ModelNotFound):
        store.spec("mood")


def test_a_spec_is_what_manifest_and_lock_say(store: ModelStore) -> None:
    spec = store.spec("mood")
    assert (spec.name, spec.title) == ("mood", "Mood")
    assert spec.files == {"1/a": "ab" * 32}
    assert spec.metrics == {"accuracy": 0.5}


def test_a_model_without_a_manifest_has_a_spec_of_defaults(store: ModelStore) -> None:
    assert store.spec("plain") == ModelSpec("plain", batch=BatchSpec(axis=None))


def test_examples_read_their_files_from_the_models_folder(store: ModelStore) -> None:
    assert store.spec("shown").examples[0].payload.body == b"\x89PNG"


def test_an_examples_file_that_is_missing_is_a_fault_of_the_manifest(build: Build) -> None:
    store = build({k: v for k, v in FILES.items() if not k.endswith(".png")})
    with pytest.raises(ManifestInvalid, match=r"shown/model.toml:1: .*a\.png"):
        store.spec("shown")


@pytest.mark.parametrize("name", ["broken", "latin"])
def test_a_manifest_at_fault_says_where(store: ModelStore, name: str) -> None:
    with pytest.raises(ManifestInvalid, match=f"models/{name}/model.toml:1: "):
        store.spec(name)


def test_versions_are_numbers_and_the_newest_is_last(store: ModelStore) -> None:
    assert store.versions("mood") == ("1", "2", "10")
    assert store.versions("plain") == ("1",)


def test_a_model_that_is_not_built_has_no_versions(store: ModelStore) -> None:
    assert store.versions("unbuilt") == ()
    with pytest.raises(VersionNotFound):
        store.fetch("unbuilt", "1")


def test_fetched_files_lie_on_disk(store: ModelStore) -> None:
    files = store.fetch("mood", "10")
    assert files.path("model.onnx").read_bytes() == b"ten"
    assert files.read("tokenizer.json") == b"{}"
    assert files.read("deep/er/file.bin") == b"deep"
    assert store.fetch("mood", "2").read("model.onnx") == b"two"
    assert store.fetch("mood", "2").read("model.onnx") == b"two"


def test_a_file_that_is_not_there_is_the_models_fault(store: ModelStore) -> None:
    files = store.fetch("mood", "1")
    for name in ("tokenizer.json", "", ".", "a\0b", "x" * 5000):
        with pytest.raises(ModelCorrupt):
            files.path(name)
        with pytest.raises(ModelCorrupt):
            files.read(name)


@pytest.mark.parametrize("name", ["../../plain/1/model.onnx", "/etc/passwd", "../../../x"])
def test_no_name_leads_out_of_the_models_folder(store: ModelStore, name: str) -> None:
    files = store.fetch("mood", "1")
    with pytest.raises(ModelUnsafe, match="leads out"):
        files.path(name)


ELSEWHERE = [
    "absent", "", ".", "..", "../mood", "mood/1", "mood/", "/mood", ".hidden", "notes", "readme.md",
    "MOOD", "mood\0", "mood\n", "\ud800", "x" * 5000, "*", "%2e%2e", "mood\\1", "C:",
]  # fmt: skip


@pytest.mark.parametrize("name", ELSEWHERE, ids=ascii)
def test_a_name_that_is_no_models_is_not_found(store: ModelStore, name: str) -> None:
    asks: list[Callable[[], Any]] = [
        lambda: store.spec(name),
        lambda: store.versions(name),
        lambda: store.fetch(name, "1"),
    ]
    for ask in asks:
        with pytest.raises(ModelNotFound, match="Request for unknown model"):
            ask()


NO_VERSIONS = [
    "3", "", ".", "..", "../1", "1/", "01", "1\0", "-1", "+1", "²", "٣", "9" * 5000, "1 ",
]  # fmt: skip


@pytest.mark.parametrize("version", NO_VERSIONS, ids=ascii)
def test_a_version_that_is_none_is_not_found(store: ModelStore, version: str) -> None:
    with pytest.raises(VersionNotFound, match="unknown model: 'mood' version"):
        store.fetch("mood", version)


def test_refusals_are_short_whatever_was_asked_for(store: ModelStore) -> None:
    for name, version in (("x" * 5000, "1"), ("mood", "9" * 5000)):
        with pytest.raises(NotFound) as caught:
            store.fetch(name, version)
        assert len(caught.value.message) < 300


def test_names_versions_and_specs_agree(store: ModelStore) -> None:
    for name in store.names():
        for version in store.versions(name):
            assert store.fetch(name, version).path("model.onnx").is_file()
