"""What a kept answer depends on beside its question: whatever could change it, and nothing else."""

from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest
from samovar.adapters.directory import DirectoryStore
from samovar.adapters.memory import MemoryClock
from samovar.adapters.memory_answers import MemoryAnswers
from samovar.adapters.sealed import SealedStore
from samovar.adapters.sealing import seal_models
from samovar.caching.cache import ResponseCache
from samovar.caching.identity import DESCRIBES, identity_of
from samovar.frozen import replace
from samovar.keeping import CacheSpec
from samovar.service import Service
from samovar.settings import Settings
from samovar.types import ModelSpec
from samovar.wiring_models import build_host, build_store

from tests import kept_models
from tests.kept_models import Sent, lock, state, write_kept

MOOD = Sent("/v1/models/mood/predict", b"great", {"content-type": "text/plain"})


def test_each_field_of_a_manifest_either_describes_or_changes_the_identity() -> None:
    spec = ModelSpec("m", files={"1/model.onnx": "a" * 64}, cache=CacheSpec(60))
    found = identity_of(spec, "1")
    assert len(found) == 16
    for field in fields(ModelSpec):
        changed = replace(spec, **{field.name: _other(field.name, getattr(spec, field.name))})
        assert (identity_of(changed, "1") == found) == (field.name in DESCRIBES), field.name


def _other(name: str, value: Any) -> Any:
    own = {
        "files": {"1/model.onnx": "a" * 64, "2/model.onnx": "b" * 64},
        "cache": CacheSpec(90, max_bytes=5),
        "program": replace(ModelSpec("m").program, runners={"model": "other.onnx"}),
    }
    if name in own:
        return own[name]
    if isinstance(value, str):
        return value + "x"
    return "other"


def test_an_answer_changes_with_any_file_of_its_version_and_with_the_epoch() -> None:
    spec = ModelSpec("m", files={"1/model.onnx": "a" * 64, "1/labels.txt": "b" * 64})
    changed = [
        replace(spec, files={**spec.files, "1/labels.txt": "c" * 64}),
        replace(spec, files={**spec.files, "1/more.bin": "c" * 64}),
        replace(spec, cache=CacheSpec(epoch=1)),
    ]
    found = [identity_of(each, "1") for each in (spec, *changed)]
    assert len({*found, identity_of(replace(spec, files={"2/model.onnx": "a" * 64}), "2")}) == 5


def test_a_model_whose_files_are_not_all_listed_has_no_identity() -> None:
    assert identity_of(ModelSpec("m"), "1") == b""
    assert identity_of(ModelSpec("m", files={"2/model.onnx": "a" * 64}), "1") == b""


@pytest.mark.parametrize("name", kept_models.KEPT)
def test_a_sealed_model_is_the_same_as_one_that_is_read(tmp_path: Path, name: str) -> None:
    root = write_kept(tmp_path / "models")
    assert seal_models(root) == {}
    specs = SealedStore(root).spec(name), DirectoryStore(root).spec(name)
    assert specs[0].cache == specs[1].cache == CacheSpec(60)
    assert identity_of(specs[0], "1") == identity_of(specs[1], "1") != b""


def test_a_changed_file_a_changed_step_and_a_new_version_forget_what_was_kept(
    tmp_path: Path,
) -> None:
    root = write_kept(tmp_path / "models", "ttl_s = 60\nshared = true")
    model, clock = root / "mood", MemoryClock()
    store = MemoryAnswers(clock)

    def answered() -> tuple[str, bytes]:
        """By a new process over the same shared store."""
        settings = Settings(models_dir=root)
        models = build_store(settings)
        cache = ResponseCache(10_000_000, clock, store)
        found = kept_models.ask(Service(models, build_host(settings, models), cache), MOOD)
        return state(found), found.body

    first = answered()
    assert (first[0], answered()) == ("miss", ("hit-2", first[1]))
    tokenizer = model / "1" / "tokenizer.json"
    tokenizer.write_text(tokenizer.read_text().replace('"great":3', '"gr":3'))
    lock(model)
    changed = answered()
    assert changed[0] == "miss"
    assert changed[1] != first[1], "the word is unknown now"
    manifest = model / "model.toml"
    manifest.write_text(manifest.read_text().replace('["good", "bad"]', '["up", "down"]'))
    assert (answered()[0], answered()[0]) == ("miss", "hit-2")
    (model / "2").mkdir()
    for file in (model / "1").iterdir():
        (model / "2" / file.name).write_bytes(file.read_bytes())
    lock(model)
    assert (answered()[0], answered()[0]) == ("miss", "hit-2")
    manifest.write_text(manifest.read_text().replace('"Mood"', '"Mood of a text"'))
    assert answered()[0] == "hit-2", "a title changes no answer"


def test_nothing_is_kept_of_a_model_that_changed_between_its_question_and_its_opening(
    tmp_path: Path,
) -> None:
    root, clock = write_kept(tmp_path / "models"), MemoryClock()
    settings = Settings(models_dir=root)
    store, cache = build_store(settings), ResponseCache(10_000_000, clock)
    service = Service(store, build_host(settings, store), cache)
    service.spec("mood")  # read, and remembered
    manifest = root / "mood" / "model.toml"
    manifest.write_text(manifest.read_text().replace('["good", "bad"]', '["up", "down"]'))
    for _ in range(2):
        found = kept_models.ask(service, MOOD)
        assert (b'"up"' in found.body, state(found)) == (True, "miss")
    assert cache.held_bytes == 0
