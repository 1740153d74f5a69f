"""Logits to probabilities to answers, equal to scipy's, for any floats."""

import numpy as np
import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from samovar.errors import ManifestInvalid, ModelCorrupt
from samovar.steps.answers import ranked
from samovar.steps.scores import sigmoid, softmax
from scipy import special

from tests.data.binding import bound

SHAPES = hnp.array_shapes(min_dims=2, max_dims=2, min_side=1, max_side=8)
LOGITS = hnp.arrays(np.float32, SHAPES, elements=st.floats(-1e4, 1e4, width=32))
FLOATS = hnp.arrays(np.float32, SHAPES, elements=st.floats(width=32))


@given(LOGITS)
def test_softmax_equals_scipy_and_adds_up_to_one(logits):
    got = softmax(logits)
    assert got.dtype == np.float32
    np.testing.assert_allclose(got, special.softmax(logits, axis=-1), rtol=1e-5, atol=1e-30)
    np.testing.assert_allclose(got.sum(axis=-1), 1, rtol=1e-5)


@given(LOGITS, st.integers(-100, 100))
def test_softmax_does_not_change_when_all_logits_move_together(logits, by):
    wide = logits.astype(np.float64)
    np.testing.assert_allclose(softmax(wide + by), softmax(wide), atol=1e-9)


@given(FLOATS)
def test_sigmoid_equals_scipy_for_any_float(logits):
    got = sigmoid(logits)
    assert got.dtype == np.float32
    np.testing.assert_allclose(got, special.expit(logits), rtol=2e-6, atol=1e-37)


@given(FLOATS)
def test_a_row_with_nan_spoils_no_other_row(logits):
    got = softmax(logits)
    bad = np.isnan(logits).any(axis=1) | (np.nanmax(logits, axis=1, initial=-1) == np.inf)
    bad |= (logits == -np.inf).all(axis=1)
    assert np.isnan(got[bad]).all()
    assert np.isfinite(got[~bad]).all()


def test_minus_infinity_is_probability_zero():
    np.testing.assert_array_equal(softmax(np.array([[0, -np.inf]])), [[1, 0]])


@pytest.mark.parametrize("shape", [(0, 3), (3, 0), (0, 0)])
def test_empty_logits_give_empty_probabilities(shape):
    assert softmax(np.empty(shape)).shape == shape
    assert sigmoid(np.empty(shape)).shape == shape


def test_the_steps_replace_their_tensor_and_keep_the_others():
    tensors = {"x": np.zeros((1, 2), np.float32), "y": np.ones((1, 2), np.float32)}
    assert bound("softmax", tensor="x")(tensors)["x"].tolist() == [[0.5, 0.5]]
    assert bound("sigmoid", tensor="x")(tensors)["x"].tolist() == [[0.5, 0.5]]
    assert bound("softmax", tensor="x")(tensors)["y"] is tensors["y"]


@given(FLOATS, st.integers(0, 10))
def test_ranks_are_best_first_and_equal_scores_keep_their_order(scores, top_k):
    for row, found in zip(scores, ranked(scores, top_k), strict=True):
        if np.isnan(row).any():
            assert found == []
            continue
        expected = sorted(range(len(row)), key=lambda index: -row[index])
        assert [index for index, _ in found] == expected[: top_k or len(row)]
        assert [score for _, score in found] == [row[index] for index, _ in found]


LABELS = ["low", "medium", "high"]


def test_classify_gives_label_score_and_probabilities_best_first():
    logits = np.array([[0.0, 1.0, 3.0]], np.float32)
    (answer,) = bound("classify", labels=LABELS)({"logits": logits})
    expected = special.softmax(logits[0])
    assert answer["label"] == "high"
    assert answer["score"] == pytest.approx(expected[2])
    assert [p["label"] for p in answer["probabilities"]] == ["high", "medium", "low"]
    assert [p["score"] for p in answer["probabilities"]] == pytest.approx(sorted(expected)[::-1])
    assert orjson.loads(orjson.dumps(answer)) == answer


def test_probabilities_are_taken_as_they_are():
    step = bound("classify", labels=LABELS, scores="probabilities", tensor="p")
    (answer,) = step({"label": np.array([1]), "p": np.array([[0.2, 0.5, 0.3]])})
    assert (answer["label"], answer["score"]) == ("medium", 0.5)


def test_top_k_shortens_the_probabilities_only():
    step = bound("classify", labels=LABELS, top_k=1)
    (answer,) = step({"x": np.array([[0.0, 5.0, 0.0]])})
    assert [p["label"] for p in answer["probabilities"]] == ["medium"]


@pytest.mark.parametrize("other", [None, "unsure"])
def test_a_best_score_under_the_threshold_has_no_label(other):
    params = {} if other is None else {"other": other}
    step = bound("classify", labels=LABELS, threshold=0.9, **params)
    (answer,) = step({"x": np.array([[0.0, 1.0, 0.0]])})
    assert answer["label"] == other
    assert answer["score"] < 0.9


@pytest.mark.parametrize("shape", [(2,), (2, 1)])
def test_one_logit_for_two_labels_is_that_of_the_second(shape):
    step = bound("classify", labels=["no", "yes"])
    answers = step({"x": np.array([4.0, -4.0]).reshape(shape)})
    assert [answer["label"] for answer in answers] == ["yes", "no"]
    assert answers[0]["score"] == pytest.approx(special.expit(4.0))


def test_a_row_with_nan_has_no_label_and_leaves_the_others_alone():
    answers = bound("classify", labels=LABELS)({"x": np.array([[0, 1, np.nan], [0, 1, 3]])})
    assert answers[0] == {"label": None, "score": None, "probabilities": []}
    assert answers[1]["label"] == "high"


@pytest.mark.parametrize("ending", ["\n", "\r\n", ""])
def test_labels_may_lie_in_a_file(ending):
    files = {"labels.txt": ("low\nmedium\nhigh".replace("\n", ending or "\n") + ending).encode()}
    step = bound("classify", files=files, labels="labels.txt")
    assert step({"x": np.array([[9.0, 0, 0]])})[0]["label"] == "low"


@pytest.mark.parametrize("body", [b"", b"\n\n", b"\xff\xfe"])
def test_a_file_of_no_labels_is_a_fault_of_the_model(body):
    with pytest.raises(ModelCorrupt, match=r"labels\.txt"):
        bound("classify", files={"labels.txt": body}, labels="labels.txt")


def test_more_scores_than_labels_are_a_fault_of_the_manifest():
    with pytest.raises(ManifestInvalid, match="expects 3"):
        bound("classify", labels=LABELS)({"x": np.zeros((1, 4))})
    with pytest.raises(ManifestInvalid, match="expects 3"):
        bound("multilabel", labels=LABELS)({"x": np.zeros((1, 4))})
    with pytest.raises(ManifestInvalid, match="expects 1"):
        bound("regression")({"x": np.zeros((1, 2))})


def test_multilabel_names_every_label_over_the_threshold_best_first():
    (answer,) = bound("multilabel", labels=LABELS)({"x": np.array([[1.0, -2.0, 3.0]])})
    assert answer["labels"] == ["high", "low"]
    assert [p["label"] for p in answer["probabilities"]] == ["high", "low", "medium"]
    assert answer["probabilities"][0]["score"] == pytest.approx(special.expit(3.0))


def test_an_embedding_is_a_contiguous_row_of_its_own_dtype():
    vectors = np.arange(6, dtype=np.float32).reshape(3, 2).T
    answers = bound("embedding")({"x": vectors})
    assert [answer["embedding"].tolist() for answer in answers] == vectors.tolist()
    assert orjson.dumps(answers[0], option=orjson.OPT_SERIALIZE_NUMPY)


def test_a_regression_is_scaled_moved_clipped_and_has_its_unit():
    step = bound("regression", unit="EUR", scale=2.0, offset=1.0, minimum=0.0, maximum=10.0)
    answers = step({"x": np.array([[1.0], [-5.0], [50.0]], np.float32)})
    assert answers == [{"value": v, "unit": "EUR"} for v in (3.0, 0.0, 10.0)]


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_a_value_that_is_no_number_is_null(value):
    assert bound("regression", minimum=0.0)({"x": np.array([value])}) == [{"value": None}]


@pytest.mark.parametrize(
    ("step", "params", "width"),
    [
        ("classify", {"labels": LABELS}, 3),
        ("multilabel", {"labels": LABELS}, 3),
        ("embedding", {}, 5),
        ("regression", {}, 1),
    ],
)
def test_an_empty_batch_has_no_answers(step, params, width):
    assert bound(step, **params)({"x": np.empty((0, width), np.float32)}) == []


@given(LOGITS)
def test_a_batch_is_answered_as_its_rows_one_by_one(logits):
    step = bound("classify", labels=[str(index) for index in range(logits.shape[1])])
    assert step({"x": logits}) == [step({"x": row[None]})[0] for row in logits]
