"""A graph that does not run where it was meant to is told of."""

import logging

import onnxruntime
import pytest
from samovar.settings import Settings
from samovar.wiring_models import open_runner

from tests import onnx_models as graphs

CPU, CUDA = "CPUExecutionProvider", "CUDAExecutionProvider"


@pytest.fixture
def path(tmp_path):
    return graphs.write_folder(tmp_path, "m", graphs.doubled()) / "1" / "model.onnx"


def test_a_build_for_a_gpu_that_finds_none_runs_on_the_cpu_and_says_so(path, monkeypatch, caplog):
    monkeypatch.setattr(onnxruntime, "get_available_providers", lambda: [CPU, CUDA])
    with caplog.at_level(logging.WARNING), pytest.warns(UserWarning, match=CUDA):
        runner = open_runner(Settings())(path)
    assert runner.providers == (CPU,)
    (said,) = caplog.messages
    assert said.startswith(f"model.onnx runs on {CPU}: this onnxruntime wants {CUDA}")


def test_a_build_for_a_cpu_is_nothing_to_be_told_of(path, caplog):
    assert open_runner(Settings())(path).providers == (CPU,)
    assert not caplog.messages
