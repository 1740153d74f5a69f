"""Object detectors: one form is answered as boxes, of the others it is told why they are not."""

import json
from pathlib import Path
from typing import Any

import pytest
from samovar.onnxfile import OnnxFile
from samovar_cli.adding import detectors
from samovar_cli.adding.graph import Graph
from samovar_cli.adding.proposal import Facts, Hints, Output

from tests import foreign_models as foreign
from tests.cli.conftest import Run

PLACES = 8 * 8 + 4 * 4 + 2 * 2  # of a picture of 64 × 64


def added(samovar: Run, folder: Path, outputs: Any, *words: object) -> dict[str, Any]:
    graph = foreign.detector(folder / "bench", outputs)
    shown = samovar("models", "add", graph, "--models", folder / "models", "--json", *words)
    assert shown.exit_code == 0, shown.stderr
    told: dict[str, Any] = json.loads(shown.stdout)
    return told


def test_boxes_and_scores_of_each_place_are_answered_as_boxes(samovar: Run, tmp_path: Path) -> None:
    shape = ("n", 4 + 2, PLACES)
    told = added(samovar, tmp_path, {"output0": shape}, "--labels", "cup,kettle")
    assert told["task"] == "object-detection"
    steps = {step["step"]: step for step in told["steps"]}
    assert steps["detect_boxes"]["input_size"] == [64, 64]
    assert {box["label"] for box in told["answer"]["boxes"]} <= {"cup", "kettle"}
    assert told["answer"]["boxes"]
    checked = samovar("models", "check", "finder", "--models", tmp_path / "models")
    assert checked.exit_code == 0, checked.stdout


@pytest.mark.slow
def test_another_detector_stays_tensors_and_it_is_told_why(samovar: Run, tmp_path: Path) -> None:
    told = added(samovar, tmp_path, {"boxes": ("n", 7, 4), "scores": ("n", 7, 3)})
    assert told["task"] == "tensors"
    assert any("in pixels or shares" in note for note in told["notes"])


@pytest.mark.parametrize(
    ("outputs", "said"),
    [
        ({"boxes": (-1, 4), "labels": (-1,), "scores": (-1,)}, "in pixels or shares"),
        ({"pred_boxes": (-1, 7, 4), "logits": (-1, 7, 3)}, "which class is none"),
        ({"output": (1, 25200, 85)}, "YOLOv5"),
        ({"output0": (1, 300, 6)}, "sorted its boxes out itself"),
        ({"logits": (-1, 10)}, ""),
        ({"last_hidden_state": (-1, 8, 384)}, ""),
    ],
)
def test_each_form_of_detector_is_known_by_its_outputs(outputs: Any, said: str) -> None:
    graph = Graph(OnnxFile(), 0)
    found = tuple(Output(name, "FP32", shape) for name, shape in outputs.items())
    told = detectors.reason(Facts(graph, (), found, Hints()))
    assert said in told
    assert bool(said) == bool(told)


def test_labels_for_other_than_the_classes_of_a_detector_are_refused(
    samovar: Run, tmp_path: Path
) -> None:
    graph = foreign.detector(tmp_path / "bench", {"output0": ("n", 6, PLACES)})
    shown = samovar("models", "add", graph, "--models", tmp_path / "m", "--labels", "a,b,c")
    assert "name 2, in the order" in shown.stderr
