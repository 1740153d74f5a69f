"""`samovar models check` in every way that a model can be opened: versions, providers, forms."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from onnx import helper, numpy_helper
from samovar.adapters.compiler import file_fact
from samovar.types import Payload
from samovar_cli.models.alike import far_apart
from samovar_cli.models.opening import CPU, Opening, ProviderMissing, find_providers
from samovar_cli.models.ways import Asked, check_ways

from tests import compiled_models as compiled
from tests import onnx_models as graphs
from tests.cli.conftest import Run
from tests.tiny_models import write_models

EXPECTS_THE_NEWEST = """
[[examples]]
name = "ones"
json = { row = { x = [1.0, 1.0, 1.0] } }
expect = { y = [4.0, 4.0, 4.0] }
"""


@pytest.fixture
def mine(tmp_path: Path) -> Path:
    """A models folder that may be written to."""
    return write_models(tmp_path / "mine")


@pytest.fixture
def expecting(mine: Path) -> Path:
    """One whose affine expects what its newest version answers."""
    with (mine / "affine" / "model.toml").open("a", encoding="utf-8") as manifest:
        manifest.write(EXPECTS_THE_NEWEST)
    return mine


def checked(samovar: Run, *words: object) -> dict[str, Any]:
    """What came of one model."""
    found = json.loads(samovar("models", "check", *words, "--json").stdout)
    assert len(found) == 1
    one: dict[str, Any] = found[0]
    return one


def test_an_older_version_may_answer_otherwise_and_it_is_told(
    samovar: Run, expecting: Path
) -> None:
    shown = samovar("models", "check", "affine", "--models", expecting)
    assert shown.exit_code == 0, shown.stdout
    assert "older, differs" in shown.stdout
    way = checked(samovar, "affine", "--models", expecting)["ways"][0]
    assert (way["version"], way["held"], way["largest"]) == ("1", 0, 1.0)


def test_asked_strictly_every_version_has_to_answer_the_examples(
    samovar: Run, expecting: Path
) -> None:
    shown = samovar("models", "check", "affine", "--strict", "--models", expecting)
    assert shown.exit_code == 5
    assert "affine, version 1, ones: y[0]: 3 is not 4" in " ".join(shown.stdout.split())


def test_an_older_version_that_cannot_be_opened_is_a_fault(samovar: Run, expecting: Path) -> None:
    (expecting / "affine" / "1" / "model.onnx").write_bytes(b"no graph")
    shown = samovar("models", "check", "affine", "--models", expecting)
    assert shown.exit_code == 5
    assert "affine, version 1, " in shown.stdout


def test_another_provider_has_to_answer_the_examples_as_the_cpu_does(samovar: Run) -> None:
    """Azure's is in every build of onnxruntime and leaves local graphs to the CPU: it opens."""
    found = checked(samovar, "mood", "--provider", "azure", "--provider", "cpu")
    assert found["passed"]
    assert [(way["provider"], way["held"]) for way in found["ways"]] == [("azure", 2)]


def test_a_wrong_answer_of_another_provider_fails_the_check(samovar: Run, mine: Path) -> None:
    manifest = mine / "price" / "model.toml"
    manifest.write_text(manifest.read_text("utf-8").replace("80.0", "70.0"), "utf-8")
    words = ("--provider", "azure", "--provider", "cpu", "--models", mine)
    shown = samovar("models", "check", "price", *words)
    assert shown.exit_code == 5
    assert "price, on azure, a small flat: value: 80 is not 70" in " ".join(shown.stdout.split())


def test_a_provider_that_this_onnxruntime_lacks_is_told_with_those_it_has(samovar: Run) -> None:
    shown = samovar("models", "check", "mood", "--provider", "abacus")
    assert shown.exit_code == 1
    assert "no provider 'abacus'" in shown.stderr
    assert "cpu" in shown.stderr


def test_what_asks_a_server_is_no_provider_of_this_machine() -> None:
    assert find_providers()[0] == CPU
    assert "AzureExecutionProvider" not in find_providers()


@pytest.mark.filterwarnings("ignore:Specified provider")
def test_a_provider_without_its_device_is_passed_over_and_told(shelf: Path) -> None:
    """onnxruntime goes on with the CPU, and would answer for the one that is not there."""
    cuda = "CUDAExecutionProvider"
    if cuda in find_providers():
        pytest.skip("it is there")
    with pytest.raises(ProviderMissing, match="cuda cannot be used here"):
        Opening("1", cuda, {}).open(shelf, "mood")
    (way,) = check_ways(shelf, "mood", Asked((cuda,), ("1",)))
    assert (way.provider, way.held, way.faults) == ("cuda", 0, ())
    assert "device" in way.missing


def test_a_form_that_answers_with_other_bytes_than_the_onnx_fails_the_check(
    samovar: Run, tmp_path: Path
) -> None:
    """Compiled from other weights, under a record that says it is the same."""
    home = compiled.compile_product(compiled.write_product(tmp_path))
    assert checked(samovar, "product", "--models", tmp_path)["passed"]
    nodes = [helper.make_node("MatMul", ["x", "w"], ["y"])]
    x, y = (graphs.value(name, shape=("n", compiled.WIDTH)) for name in "xy")
    weights = numpy_helper.from_array(compiled.weights() + np.float32(1e-6), "w")
    source = tmp_path / "product" / "1" / "model.onnx"
    model = graphs.model(nodes, [x], [y], initializers=[weights])
    source.write_bytes(model.SerializeToString())
    graph = compiled.read(home).graphs["model.onnx"]
    other = replace(graph, sources={"model.onnx": file_fact(source)})
    compiled.rewrite(home, graphs={"model.onnx": other})
    shown = samovar("models", "check", "product", "--models", tmp_path)
    assert shown.exit_code == 5
    assert "does not answer" in shown.stdout


def test_a_model_without_examples_is_asked_something_made_up(samovar: Run) -> None:
    found = checked(samovar, "sums", "--provider", "azure")
    assert found["examples"] == []
    (way,) = found["ways"]
    assert (way["provider"], way["examples"], way["held"]) == ("azure", 1, 1)


NUMBERS = st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=5)


@given(NUMBERS, st.floats(-1, 1))
def test_answers_are_alike_within_a_thousandth_of_the_largest_number(
    numbers: list[float], moved: float
) -> None:
    largest = max(map(abs, numbers))
    allowed = max(1e-3, 1e-3 * largest)
    one, near, far = (
        answer([number + by for number in numbers])
        for by in (0.0, 0.99 * moved * allowed, 1.01 * allowed + 1e-9)
    )
    assert far_apart(one, near).same
    assert not far_apart(one, far).same


def test_two_errors_are_alike_by_their_code() -> None:
    assert far_apart("wrong_shape", "wrong_shape").same
    assert not far_apart("wrong_shape", "model_run_failed").same
    assert not far_apart("wrong_shape", answer([1.0])).same
    assert not far_apart(Payload(b"\0"), Payload(b"\1")).same


def answer(numbers: list[float]) -> Payload:
    return Payload(json.dumps({"y": numbers}).encode())
