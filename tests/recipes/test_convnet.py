"""The network that the digits are trained on: its slopes and its export are right."""

import numpy as np
import onnxruntime
import pytest

from recipes import convnet


@pytest.fixture
def weights():
    drawn = convnet._initial(4, 3, np.random.default_rng(0))
    random = np.random.default_rng(1)
    return {
        name: (w + random.normal(0, 0.05, w.shape)).astype(np.float64) for name, w in drawn.items()
    }


@pytest.fixture
def rows():
    random = np.random.default_rng(2)
    return random.random((5, 1, 4, 4)), np.array([0, 1, 2, 1, 0])


def logits(weights, pictures):
    """The exported graph's answer."""
    single = {name: value.astype(np.float32) for name, value in weights.items()}
    model = convnet.export(single, pictures.shape[2]).SerializeToString()
    session = onnxruntime.InferenceSession(model, providers=["CPUExecutionProvider"])
    return session.run(None, {"image": pictures.astype(np.float32)})[0].astype(np.float64)


def loss(weights, pictures, labels):
    scores = logits(weights, pictures)
    scores -= scores.max(axis=1, keepdims=True)
    chance = np.exp(scores) / np.exp(scores).sum(axis=1, keepdims=True)
    return -np.log(chance[np.arange(len(labels)), labels]).mean()


@pytest.mark.parametrize("layer", ["conv1", "conv2", "dense1", "dense2"])
@pytest.mark.parametrize("part", ["", ".b"])
def test_a_slope_is_what_the_exported_graphs_loss_says(weights, rows, layer, part):
    name = layer + part
    slope = convnet._gradients(weights, *rows)[name]
    assert slope.shape == weights[name].shape
    way = np.random.default_rng(3).normal(size=slope.shape)
    step = 2e-3 * way / np.linalg.norm(way)
    ahead = loss({**weights, name: weights[name] + step}, *rows)
    behind = loss({**weights, name: weights[name] - step}, *rows)
    assert (ahead - behind) / 2 == pytest.approx(float((slope * step).sum()), rel=0.05, abs=1e-6)


def test_training_learns_what_can_be_learnt_and_again_the_same():
    random = np.random.default_rng(0)
    labels = np.arange(120) % 2
    pictures = random.random((120, 1, 4, 4)).astype(np.float32) * 0.3
    pictures[labels == 1, :, :2] += 0.6
    trained = [
        convnet.train(pictures, labels, lambda batch, _: batch, epochs=8, seed=0) for _ in range(2)
    ]
    assert (logits(trained[0], pictures).argmax(axis=1) == labels).mean() > 0.97
    assert all(np.array_equal(trained[0][name], trained[1][name]) for name in trained[0])
