"""The predictor of one process: a model is opened once, whoever asks, and all is counted."""

import threading
from collections.abc import Callable
from pathlib import Path

import numpy as np
import orjson
import pytest
from samovar.adapters.local import LocalPredictor
from samovar.adapters.memory import FunctionRunner, MemoryClock, MemoryStore
from samovar.errors import (
    InvalidInput,
    ModelCorrupt,
    ModelNotFound,
    SamovarError,
    VersionNotFound,
)
from samovar.ports import Runner
from samovar.types import OIP_JSON, Payload, Signature, TensorSpec

from tests.onnx_models import doubled

SIGNATURE = Signature((TensorSpec("x", "FP32", (-1, 2)),), (TensorSpec("y", "FP32", (-1, 2)),))
REQUEST = Payload(
    orjson.dumps({"inputs": [{"name": "x", "datatype": "FP32", "shape": [1, 2], "data": [1, 2]}]}),
    OIP_JSON,
    "r",
)
GRAPH = doubled().SerializeToString()


class Opened:
    """Opens runners, and keeps which files were opened."""

    def __init__(self, run: Callable = lambda tensors: {"y": tensors["x"]}) -> None:
        self.paths: list[str] = []
        self._run = run
        self.broken = False

    def __call__(self, path: Path) -> Runner:
        self.paths.append(f"{path.parent.parent.name}/{path.parent.name}")
        if self.broken:
            raise ModelCorrupt("broken today")
        return FunctionRunner(SIGNATURE, self._run)


@pytest.fixture
def store(tmp_path: Path) -> MemoryStore:
    files = {
        "a/1/model.onnx": GRAPH,
        "a/2/model.onnx": GRAPH,
        "b/1/model.onnx": GRAPH,
        "unbuilt/model.toml": b"",
    }
    return MemoryStore(files, tmp_path)


def _in_threads(count: int, work: Callable[[int], object]) -> None:
    start = threading.Barrier(count)

    def run(number: int) -> None:
        start.wait()
        work(number)

    threads = [threading.Thread(target=run, args=(number,)) for number in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def test_no_version_means_the_newest(store: MemoryStore) -> None:
    opened = Opened()
    host = LocalPredictor(store, opened, MemoryClock())
    assert orjson.loads(host.predict("a", "", REQUEST).body)["model_version"] == "2"
    assert orjson.loads(host.predict("a", "1", REQUEST).body)["model_version"] == "1"
    assert opened.paths == ["a/2", "a/1"]


def test_a_model_is_opened_once_however_many_threads_ask(store: MemoryStore) -> None:
    opened = Opened()
    host = LocalPredictor(store, opened, MemoryClock())
    found: list[object] = []
    _in_threads(16, lambda n: found.append(host.load("a", ("", "2")[n % 2])))
    assert opened.paths == ["a/2"]
    assert len({id(model) for model in found}) == 1


def test_every_request_of_every_thread_is_counted(store: MemoryStore) -> None:
    host = LocalPredictor(store, Opened(), MemoryClock())
    _in_threads(8, lambda _: [host.predict("a", "", REQUEST) for _ in range(100)])
    assert host.statistics()["a", "2"].success_count == 800


def test_durations_and_times_are_the_clocks(store: MemoryStore) -> None:
    clock = MemoryClock(now_ns=5_000_000_000)

    def slow(tensors: dict) -> dict:
        clock.move(7_000_000)
        return {"y": tensors["x"]}

    host = LocalPredictor(store, Opened(slow), clock)
    host.predict("a", "", REQUEST)
    host.predict("a", "", REQUEST)
    counts = host.statistics()["a", "2"]
    assert (counts.success_count, counts.success_ns) == (2, 14_000_000)
    assert counts.last_inference_ms == 5_014


def test_a_request_that_fails_is_counted_as_failed(store: MemoryStore) -> None:
    host = LocalPredictor(store, Opened(), MemoryClock())
    with pytest.raises(InvalidInput):
        host.predict("a", "", Payload(b"{}", OIP_JSON))
    counts = host.statistics()["a", "2"]
    assert (counts.success_count, counts.fail_count) == (0, 1)


def test_a_model_that_cannot_be_opened_is_tried_again(store: MemoryStore) -> None:
    opened = Opened()
    host = LocalPredictor(store, opened, MemoryClock())
    opened.broken = True
    for _ in range(2):
        with pytest.raises(ModelCorrupt):
            host.load("a")
    opened.broken = False
    assert host.load("a").version == "2"
    assert host.load("b").version == "1"  # the lock was given back


@pytest.mark.parametrize(
    ("name", "version", "error"),
    [
        ("absent", "", ModelNotFound),
        ("absent", "1", ModelNotFound),
        ("a", "3", VersionNotFound),
        ("a", "x", VersionNotFound),
        ("unbuilt", "", VersionNotFound),
        ("../a", "1", ModelNotFound),
    ],
)
def test_what_is_not_there_is_not_found(
    store: MemoryStore, name: str, version: str, error: type[SamovarError]
) -> None:
    host = LocalPredictor(store, Opened(), MemoryClock())
    with pytest.raises(error):
        host.predict(name, version, REQUEST)
    assert host.statistics() == {}


def test_statistics_given_out_do_not_change_under_the_readers_hands(store: MemoryStore) -> None:
    host = LocalPredictor(store, Opened(), MemoryClock())
    host.predict("a", "", REQUEST)
    before = host.statistics()
    host.predict("a", "1", REQUEST)
    assert list(before) == [("a", "2")]


def test_one_thread_may_run_a_model_while_another_is_opened(store: MemoryStore) -> None:
    opening, go = threading.Event(), threading.Event()

    def open_runner(path: Path) -> Runner:
        if "b/1" in path.as_posix():
            opening.set()
            assert go.wait(20)
        return FunctionRunner(SIGNATURE, lambda tensors: {"y": np.asarray(tensors["x"])})

    host = LocalPredictor(store, open_runner, MemoryClock())
    host.load("a")
    slow = threading.Thread(target=host.load, args=("b",))
    slow.start()
    assert opening.wait(20)
    assert host.predict("a", "", REQUEST).body
    go.set()
    slow.join()
