"""What a transcript is measured by: words put in, left out or changed, and no others."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.gpu.device import Device
from benchmarks.recordings import LONG, SHIPPED, words, wrong_words

TEXTS = st.lists(st.sampled_from(["tea", "is", "hot", "it's"]), max_size=8).map(" ".join)


@pytest.mark.parametrize(
    ("said", "heard", "wrong"),
    [
        ("Tea is hot.", "tea is, hot", 0),
        ("ill-disposed", "ill disposed", 0),
        ("tea is hot", "tea hot", 1),
        ("tea is hot", "tea is very hot", 1),
        ("tea is hot", "tea was hot", 1),
        ("tea is hot", "", 3),
        ("", "you", 1),
    ],
)
def test_words_that_are_wrong_are_counted_and_signs_are_not(said, heard, wrong):
    assert wrong_words(said, heard) == wrong


@given(TEXTS, TEXTS, TEXTS)
def test_a_detour_is_never_shorter(one, other, between):
    assert wrong_words(one, one) == 0
    assert wrong_words(one, other) == wrong_words(other, one)
    assert wrong_words(one, other) <= wrong_words(one, between) + wrong_words(between, other)


def test_the_recordings_have_the_words_that_are_told_of_them():
    assert [len(words(one.words)) for one in (*SHIPPED, LONG)] == [8, 14, 119]
    assert all(one.path.is_file() for one in SHIPPED)


CPU, BOTH = ("CPUExecutionProvider",), ("CUDAExecutionProvider", "CPUExecutionProvider")


@pytest.mark.parametrize(
    ("name", "providers", "used", "said"),
    [
        ("", CPU, CPU, "no NVIDIA device answers here"),
        ("H100", CPU, CPU, "this build has no CUDA"),
        ("H100", BOTH, CPU, "sessions fall back to the CPU"),
        ("", BOTH, BOTH, "no NVIDIA device"),
    ],
)
def test_numbers_of_a_cpu_are_never_called_a_gpus(name, providers, used, said):
    device = Device(name, providers, used)
    assert not device.is_gpu
    assert device.told().startswith("**Not on a GPU**")
    assert said in device.told()


def test_numbers_of_a_gpu_name_it():
    assert Device("H100", BOTH, BOTH).told().startswith("On H100, onnxruntime")
