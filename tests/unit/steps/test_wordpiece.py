"""Plain text gets from our few rules, token by token, what the tokenizers library gives it."""

import subprocess
import sys
from typing import Any

import numpy as np
import orjson
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from samovar.steps.wordpiece import read_wordpiece
from tokenizers import Tokenizer

from tests.data.binding import bound
from tests.unit.steps.test_text import TOKENIZER

BODY = TOKENIZER.to_str().encode()
SAID = orjson.loads(BODY)
SPECIAL = [
    {"id": SAID["model"]["vocab"][name], "content": name, "special": True, "normalized": False}
    | dict.fromkeys(("single_word", "lstrip", "rstrip"), False)
    for name in ("[PAD]", "[UNK]", "[CLS]", "[SEP]")
]
TEMPLATE = {
    "type": "TemplateProcessing",
    "single": [
        {"SpecialToken": {"id": "[CLS]", "type_id": 1}},
        {"Sequence": {"id": "A", "type_id": 0}},
        {"SpecialToken": {"id": "[SEP]", "type_id": 1}},
    ],
    "pair": SAID["post_processor"].get("pair", [{"Sequence": {"id": "A", "type_id": 0}},
                                                {"Sequence": {"id": "B", "type_id": 1}}]),
    "special_tokens": {
        name: {"id": name, "ids": [number], "tokens": [name]}
        for name, number in (("[CLS]", 2), ("[SEP]", 3))
    },
}  # fmt: skip


def changed(**parts: Any) -> bytes:
    """The tokenizer with some parts of its file changed."""
    return orjson.dumps(SAID | {"added_tokens": SPECIAL} | parts)


FILES = {
    "as trained": changed(),
    "with a template": changed(post_processor=TEMPLATE),
    "cased": changed(normalizer=SAID["normalizer"] | {"lowercase": False}),
    "of short words": changed(model=SAID["model"] | {"max_input_chars_per_word": 5}),
    "without added tokens": changed(added_tokens=[]),
    "with nothing around": changed(post_processor=None),
    "with padding": changed(
        padding={
            "strategy": "BatchLongest",
            "direction": "Right",
            "pad_to_multiple_of": None,
            "pad_id": 1,
            "pad_type_id": 0,
            "pad_token": "[UNK]",
        }
    ),
}
plain_texts = st.text(st.characters(max_codepoint=127), max_size=60) | st.lists(
    st.sampled_from(
        ["the", "Data", "set", "of", "x" * 101, "unbelievable", "don't", "[CLS]", "3.14"]
    )
).map(" ".join)


@pytest.mark.parametrize("name", FILES)
@settings(max_examples=150)
@given(plain_texts, st.integers(3, 20))
@example("", 3)
@example("\x00a\x0bb\x1fc\x7fd\te\nf\rg", 20)
@example("[SEP] [CLS]x[PAD]", 20)
@example("a_b-c " * 9, 7)
def test_plain_text_gives_the_librarys_tokens(name: str, text: str, max_length: int) -> None:
    found = read_wordpiece(FILES[name])
    assert found is not None
    theirs = Tokenizer.from_buffer(FILES[name])
    theirs.no_padding()
    theirs.enable_truncation(max_length)
    if not found.takes(text):
        assert any(token["content"] in text for token in SPECIAL)
        return
    expected = theirs.encode(text)
    ours = found.encode(text, max_length)
    assert (ours.ids, ours.type_ids) == (expected.ids, expected.type_ids)


@given(st.lists(st.text(max_size=12), max_size=6))
@example(["plain", "größe", "日本", "[SEP]", "plain too"])
def test_a_batch_of_plain_and_other_texts_keeps_its_order(texts: list[str]) -> None:
    files = {"tokenizer.json": FILES["with a template"]}
    ours = bound("tokenize", files=files, max_length=9, types="types")(texts)
    theirs = Tokenizer.from_buffer(files["tokenizer.json"])
    theirs.no_padding()
    theirs.enable_truncation(9)
    for row, encoding in zip(ours["input_ids"], theirs.encode_batch(texts), strict=True):
        assert row[: len(encoding.ids)].tolist() == encoding.ids
        assert not row[len(encoding.ids) :].any()


@pytest.mark.parametrize("name", FILES)
def test_padding_is_the_librarys(name: str) -> None:
    found = bound("tokenize", files={"tokenizer.json": FILES[name]})(["the data", "the"])
    wanted = 1 if name == "with padding" else 0
    assert found["input_ids"][1, -1] == wanted
    np.testing.assert_array_equal(found["attention_mask"][1] == 0, found["input_ids"][1] == wanted)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b"{}",
        b'{"normalizer": null}',
        changed(normalizer={"type": "Lowercase"}),
        changed(normalizer=SAID["normalizer"] | {"clean_text": False}),
        changed(pre_tokenizer={"type": "Whitespace"}),
        changed(model=SAID["model"] | {"type": "BPE"}),
        changed(model=SAID["model"] | {"unk_token": "nowhere"}),
        changed(model=SAID["model"] | {"vocab": {"a": "b"}}),
        changed(model=SAID["model"] | {"vocab": {}}),
        changed(post_processor={"type": "RobertaProcessing"}),
        changed(post_processor=TEMPLATE | {"single": []}),
        changed(added_tokens=[SPECIAL[0] | {"normalized": True}]),
        changed(added_tokens=[SPECIAL[0] | {"id": 77}]),
    ],
    ids=range(15),  # what the trainer makes has other bytes in other processes
)
def test_what_is_more_than_our_rules_is_left_to_the_library(body: bytes) -> None:
    assert read_wordpiece(body) is None


PROBE = """
import sys
from samovar.steps import build_step
step = build_step({"step": "tokenize"})
tokenize = step.bind(lambda name: sys.stdin.buffer.read())
tokenize(["the data set"])
assert "tokenizers" not in sys.modules
tokenize(["die Größe"])
assert "tokenizers" in sys.modules
"""


def test_the_library_is_imported_by_the_first_text_that_needs_it() -> None:
    subprocess.run([sys.executable, "-c", PROBE], input=FILES["as trained"], check=True)
