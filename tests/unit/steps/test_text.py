"""`tokenize` gives what the tokenizers library gives, padded right to the batch's longest."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from samovar.errors import ManifestInvalid, ModelCorrupt
from samovar.types import DTYPES
from sklearn.datasets import load_diabetes, load_iris, load_wine
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors, trainers

from tests.data.binding import bound, faults

TEXTS = [
    line
    for load in (load_iris, load_wine, load_diabetes)
    for line in load().DESCR.splitlines()
    if line
]


def make_tokenizer() -> Tokenizer:
    """WordPiece as BERT has it, trained on the descriptions of scikit-learn's data sets."""
    tokenizer = Tokenizer(models.WordPiece(unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.BertNormalizer()
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    special = ["[PAD]", "[UNK]", "[CLS]", "[SEP]"]
    tokenizer.train_from_iterator(
        TEXTS,
        trainers.WordPieceTrainer(vocab_size=400, special_tokens=special, show_progress=False),
    )
    tokenizer.post_processor = processors.BertProcessing(("[SEP]", 3), ("[CLS]", 2))
    return tokenizer


TOKENIZER = make_tokenizer()
FILES = {"tokenizer.json": TOKENIZER.to_str().encode()}


def reference(texts: list[str], max_length: int) -> tuple[np.ndarray, np.ndarray]:
    """The library's own truncation and padding."""
    tokenizer = Tokenizer.from_str(TOKENIZER.to_str())
    tokenizer.enable_truncation(max_length)
    tokenizer.enable_padding(pad_id=0, pad_token="[PAD]")
    found = tokenizer.encode_batch(texts)
    return np.array([e.ids for e in found]), np.array([e.attention_mask for e in found])


@pytest.mark.parametrize("max_length", [4, 16, 512])
def test_ids_and_mask_equal_the_library_on_real_texts(max_length):
    ids, mask = reference(TEXTS, max_length)
    tensors = bound("tokenize", files=FILES, max_length=max_length)(TEXTS)
    assert list(tensors) == ["input_ids", "attention_mask"]
    np.testing.assert_array_equal(tensors["input_ids"], ids)
    np.testing.assert_array_equal(tensors["attention_mask"], mask)


@given(st.lists(st.text(max_size=40), min_size=1, max_size=6))
@settings(max_examples=50, deadline=None)
def test_a_text_gives_the_same_tokens_alone_as_in_a_batch(texts):
    tokenize = bound("tokenize", files=FILES, max_length=32)
    batch = tokenize(texts)
    for row, text in enumerate(texts):
        alone = tokenize([text])["input_ids"][0]
        np.testing.assert_array_equal(batch["input_ids"][row][: len(alone)], alone)
        assert batch["attention_mask"][row].sum() == len(alone)
        assert not batch["attention_mask"][row][len(alone) :].any()


def test_padding_stands_on_the_right_and_reaches_no_further_than_the_longest():
    tensors = bound("tokenize", files=FILES)(["iris", "iris plants and wine", ""])
    assert tensors["input_ids"].shape[1] == tensors["attention_mask"].sum(axis=1).max()
    assert (np.diff(tensors["attention_mask"], axis=1) <= 0).all()


def test_every_tensor_is_int64():
    tensors = bound("tokenize", files=FILES, types="token_type_ids")(["a", "b c"])
    assert {array.dtype for array in tensors.values()} == {np.dtype(np.int64)}
    assert {array.shape for array in tensors.values()} == {tensors["input_ids"].shape}


def test_an_empty_batch_gives_empty_tensors():
    tensors = bound("tokenize", files=FILES)([])
    assert {array.shape for array in tensors.values()} == {(0, 0)}


def test_tensors_take_the_names_of_the_manifest_and_an_empty_name_leaves_one_out():
    tensors = bound("tokenize", files=FILES, ids="tokens", mask="")(["a"])
    assert list(tensors) == ["tokens"]


def test_a_text_without_tokens_is_one_pad_under_mask_0():
    bare = Tokenizer.from_str(TOKENIZER.to_str())
    bare.post_processor = processors.Sequence([])
    tensors = bound("tokenize", files={"tokenizer.json": bare.to_str().encode()})([""])
    np.testing.assert_array_equal(tensors["input_ids"], [[0]])
    np.testing.assert_array_equal(tensors["attention_mask"], [[0]])


def test_the_pad_is_the_tokenizers_own_unless_the_manifest_names_another():
    padded = Tokenizer.from_str(TOKENIZER.to_str())
    padded.enable_padding(pad_id=7, pad_token="[PAD]", length=50)
    files = {"tokenizer.json": padded.to_str().encode()}
    texts = ["iris", "iris plants"]
    assert bound("tokenize", files=files)(texts)["input_ids"][0, -1] == 7
    assert bound("tokenize", files=files, pad_id=9)(texts)["input_ids"][0, -1] == 9
    assert bound("tokenize", files=files)(texts)["input_ids"].shape[1] < 50


@pytest.mark.parametrize("body", [b"", b"{}", b"not json", b"\xff\xfe"])
def test_a_damaged_tokenizer_is_a_fault_of_the_model(body):
    with pytest.raises(ModelCorrupt, match=r"tokenizer\.json"):
        bound("tokenize", files={"tokenizer.json": body})


@pytest.mark.parametrize("max_length", [1, 2])
def test_a_length_without_room_for_text_is_a_fault_of_the_manifest(max_length):
    with pytest.raises(ManifestInvalid, match="leaves no room beside 2 special tokens"):
        bound("tokenize", files=FILES, max_length=max_length)


def test_a_text_of_a_megabyte_is_cut_and_a_hard_one_does_not_hang():
    tokenize = bound("tokenize", files=FILES, max_length=16)
    tensors = tokenize(["word " * 200_000, "x" * 1_000_000, "\u0301" * 300_000])
    assert tensors["input_ids"].shape == (3, 16)


@pytest.mark.parametrize("mask", ["INT64", "INT32", "BOOL", "FP32"])
def test_texts_of_one_length_are_filled_up_to_it_in_the_datatypes_of_the_graph(mask):
    made = {"length": 24, "max_length": 16, "datatype": "INT32", "mask_datatype": mask}
    tensors = bound("tokenize", files=FILES, types="types", **made)(TEXTS[:9])
    ids, ones = reference(TEXTS[:9], 16)
    assert {name: array.shape for name, array in tensors.items()} == dict.fromkeys(
        ("input_ids", "attention_mask", "types"), (9, 24)
    )
    assert tensors["input_ids"].dtype == tensors["types"].dtype == np.int32
    assert tensors["attention_mask"].dtype == DTYPES[mask]
    np.testing.assert_array_equal(tensors["input_ids"][:, : ids.shape[1]], ids)
    np.testing.assert_array_equal(tensors["attention_mask"].sum(axis=1), ones.sum(axis=1))
    assert bound("tokenize", files=FILES, **made)([])["input_ids"].shape == (0, 24)


def test_a_length_that_cuts_off_what_max_length_lets_through_is_a_fault():
    assert "max_length (512) or more" in faults("tokenize", length=128)["length"]


@pytest.mark.parametrize(("layout", "shape"), [("column", (2, 1)), ("flat", (2,))])
def test_texts_are_given_as_they_are_to_a_graph_that_finds_their_words_itself(layout, shape):
    give = bound("text_tensor", tensor="text", layout=layout)
    tensor = give(["größe", "tea pot"])["text"]
    assert (tensor.shape, tensor.ravel().tolist()) == (shape, ["größe", "tea pot"])
    assert give([])["text"].shape == (0, *shape[1:])
    assert "tensor" in faults("text_tensor", tensor="")
