"""Hidden units that the others can stand for go, and nothing else changes."""

from pathlib import Path

import numpy as np
import onnxruntime as ort
import pytest
from onnx import helper, save
from samovar_cli.optimising.graphs import Piece, Unfit
from samovar_cli.optimising.pruning import chosen_units, fitted, pruned

from tests.layered_models import COLUMNS, graph, model, rows_of, weights


def twins():
    """A network each of whose 20 hidden units is there twice."""
    held = weights(units=20)
    return {
        "w1": np.concatenate([held["w1"]] * 2, axis=1),
        "b1": np.concatenate([held["b1"]] * 2),
        "w2": np.concatenate([held["w2"], held["w2"] * 2]),
        "b2": held["b2"],
    }


@pytest.mark.parametrize("gemm", [True, False])
def test_of_units_that_are_there_twice_half_are_enough(tmp_path: Path, gemm):
    before = graph(twins(), gemm=gemm)
    save(before, tmp_path / "g.onnx")
    feeds = tuple({"features": row[None]} for row in rows_of(300))
    after = pruned(0.5)(Piece(tmp_path / "g.onnx", feeds, tmp_path))
    assert after.ByteSize() < before.ByteSize() * 0.6
    rows = {"features": rows_of(50, seed=9)}
    one, other = (
        ort.InferenceSession(m.SerializeToString()).run(None, rows)[0] for m in (before, after)
    )
    assert np.abs(one - other).max() < 1e-3 * np.abs(one).max()


def test_a_twin_is_not_chosen_beside_its_twin():
    hidden = np.random.default_rng(0).normal(size=(200, 6)).astype(np.float32)
    hidden[:, 3:] = hidden[:, :3]
    kept = chosen_units(hidden, np.ones((6, 2), np.float32), 3)
    assert sorted(kept % 3) == [0, 1, 2]


def test_what_is_kept_learns_what_went():
    rng = np.random.default_rng(0)
    kept = rng.normal(size=(400, 4))
    hidden = np.concatenate([kept, kept @ rng.normal(size=(4, 2))], axis=1).astype(np.float32)
    matrix = rng.normal(size=(6, 3)).astype(np.float32)
    found = fitted(hidden, matrix, np.arange(4))
    assert np.abs(hidden[:, :4] @ found - hidden @ matrix).max() < 0.01


def test_units_that_somebody_else_reads_stay(tmp_path: Path):
    nodes = [
        helper.make_node("MatMul", ["features", "w1"], ["hidden"]),
        helper.make_node("MatMul", ["hidden", "w2"], ["second"]),
        helper.make_node("ReduceSum", ["hidden"], ["all"], keepdims=1),
        helper.make_node("Add", ["second", "all"], ["logits"]),
    ]
    held = {name: weights()[name] for name in ("w1", "w2")}
    save(model(nodes, ("features", len(COLUMNS)), ("logits", 3), held), tmp_path / "g.onnx")
    feeds = ({"features": rows_of(4)},)
    with pytest.raises(Unfit, match="hidden units of their own"):
        pruned(0.5)(Piece(tmp_path / "g.onnx", feeds, tmp_path))


def test_without_rows_to_learn_from_nothing_is_pruned(tmp_path: Path):
    save(graph(weights()), tmp_path / "g.onnx")
    with pytest.raises(Unfit, match="no training row"):
        pruned(0.5)(Piece(tmp_path / "g.onnx", (), tmp_path))
