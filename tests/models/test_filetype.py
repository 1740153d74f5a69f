"""`filetype` says what magika itself says, of real files and of the oddest small ones."""

import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
WEIGHTS = ROOT / "build/weights"
PLACES = (WEIGHTS / "magika", WEIGHTS / "rapidocr_onnxruntime", ROOT / "models", ROOT / "shared")
ODD = [
    b"",
    b" ",
    b"\n\n  ",
    b"a",
    b"abc\n",
    b"\xff\xfe",
    b"1234567",
    b"12345678",
    b"   1234567   ",
    b"   12345678   ",
    b" " * 5000,
    b" " * 4093 + "é".encode() + b"zz",
    b" " * 4095 + "é".encode(),
    "éé".encode(),
    b"\x00" * 7,
    b"\x00" * 8,
    b"\xff" * 8,
    b" " * 10 + b"\xff" * 3,
    b"x" * 1024,
    b" " * 3000 + b"x" * 100 + b" " * 3000,
    b"\x0b\x0c\x1c\x1d abc",
    b"\t" * 100 + b"def f(): pass\n",
    b"%PDF-1.7\n" + b"\x00" * 50,
    b"PK\x03\x04" + b"\x00" * 60,
    b"MZ" + bytes(range(256)),
]


def real_files():
    """Some 120 files of many kinds that building the models leaves here."""
    found = sorted(path for place in PLACES for path in place.rglob("*") if path.is_file())
    return [path for path in found if path.stat().st_size < 2_000_000][:120]


@pytest.fixture(scope="module")
def magika():
    """The publisher's own code, as it was unpacked beside its weights."""
    if not (WEIGHTS / "magika").is_dir():
        pytest.skip("the packages of weights are not unpacked: run `make models`")
    sys.path.insert(0, str(WEIGHTS))
    try:
        from magika import Magika
    finally:
        sys.path.remove(str(WEIGHTS))
    return Magika()


@pytest.fixture(scope="module")
def identify(opened):
    program = opened("filetype").program

    def identify(contents):
        return program.answer(program.run(program.prepare(contents), ()), len(contents))

    return identify


def assert_equal(found, expected):
    assert found["label"] == str(expected.output.label)
    assert found["score"] == pytest.approx(expected.score, abs=2e-3)  # sums in a batch
    assert found["mime_type"] == expected.output.mime_type
    assert found["group"] == expected.output.group
    assert found["description"] == expected.output.description
    assert found["is_text"] == expected.output.is_text


@pytest.mark.slow
def test_a_hundred_real_files_are_what_magika_says(identify, magika):
    contents = [path.read_bytes() for path in real_files()]
    assert len(contents) >= 100
    for at in range(0, len(contents), 16):
        batch = contents[at : at + 16]
        for content, found in zip(batch, identify(batch), strict=True):
            assert_equal(found, magika.identify_bytes(content))


@pytest.mark.parametrize("content", ODD, ids=lambda content: repr(content[:12]))
def test_an_odd_file_is_what_magika_says(identify, magika, content):
    assert_equal(identify([content])[0], magika.identify_bytes(content))


def test_a_file_sent_as_it_is_gets_its_type(answer):
    source = b'#include <stdio.h>\nint main(void) {\n    puts("hello");\n    return 0;\n}\n'
    found = answer("filetype", source, "application/octet-stream")
    assert (found["label"], found["group"]) == ("c", "code")
