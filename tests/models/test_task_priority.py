"""`task-priority`: the story the product opens with, and how good the model is on rows unseen."""

import numpy as np
import pytest

from recipes.task_rows import LABELS, read_rows

HELD_OUT = read_rows("heldout")


@pytest.fixture(scope="module")
def model(opened):
    return opened("task-priority")


def run(model, texts, output="probabilities"):
    return model.program.run(model.program.prepare(list(texts)), (output,))[output]


def test_prepare_quarterly_report_is_high(answer):
    found = answer("task-priority", b"Prepare quarterly report", "text/plain")
    assert found["label"] == "High"
    assert found["score"] > 0.9
    assert found["probabilities"][0] == {"label": "High", "score": found["score"]}
    assert sum(entry["score"] for entry in found["probabilities"]) == pytest.approx(1, abs=1e-5)


@pytest.mark.parametrize(
    ("text", "label"),
    [
        ("Server is down, customers cannot pay", "High"),
        ("Submit tax return", "High"),
        ("Buy milk", "Medium"),
        ("Review Anna's pull request", "Medium"),
        ("Sort my playlists one day", "Low"),
        ("watch netflix", "Low"),
    ],
)
def test_plain_cases_are_answered_as_a_person_would(answer, text, label):
    assert answer("task-priority", {"text": text})["label"] == label


def test_a_remark_moves_a_task_up_or_down(answer):
    tasks = ["Update the handbook", "Update the handbook today or we lose the client"]
    tasks.append("maybe update the handbook some day, just for fun")
    rows = answer("task-priority", {"text": tasks})["predictions"]
    assert [row["label"] for row in rows] == ["Medium", "High", "Low"]


def test_the_lock_has_the_accuracy_and_confusion_of_the_held_out_rows(answer, model):
    texts = [row.text for row in HELD_OUT]
    said = [row["label"] for row in answer("task-priority", {"text": texts})["predictions"]]
    metrics = model.spec.metrics
    confusion = [
        [
            sum(
                row.label == truth and each == label
                for row, each in zip(HELD_OUT, said, strict=True)
            )
            for label in LABELS
        ]
        for truth in LABELS
    ]
    assert metrics["labels"] == list(LABELS)
    assert metrics["rows"] == len(HELD_OUT)
    # Another processor may tip a near tie.
    assert np.abs(np.array(confusion) - metrics["confusion"]).sum() <= 4
    right = np.trace(np.array(metrics["confusion"]))
    assert metrics["accuracy"] == pytest.approx(right / len(HELD_OUT), abs=1e-4)


def test_the_lock_has_precision_and_recall_of_its_confusion(model):
    metrics = model.spec.metrics
    confusion = np.array(metrics["confusion"])
    right = np.diag(confusion)
    assert metrics["recall"] == pytest.approx(right / confusion.sum(axis=1), abs=1e-4)
    assert metrics["precision"] == pytest.approx(right / confusion.sum(axis=0), abs=1e-4)


def test_the_model_is_good_enough_to_show(model):
    metrics = model.spec.metrics
    assert metrics["accuracy"] >= 0.82
    assert min(metrics["recall"]) >= 0.7
    assert min(metrics["precision"]) >= 0.7
    assert metrics["calibration_error"] <= 0.1
    assert metrics["nearest_training_row_max"] <= 0.85


def test_probabilities_do_not_depend_on_who_shares_the_batch(model):
    texts = ["yes", HELD_OUT[0].text, "word " * 200, HELD_OUT[100].text, HELD_OUT[200].text]
    together = run(model, texts)
    alone = np.concatenate([run(model, [text]) for text in texts])
    assert np.abs(together - alone).max() < 1e-4
    assert together.sum(axis=1) == pytest.approx(1, abs=1e-5)


def test_the_embedding_is_that_of_minilm_small(model, opened):
    texts = [row.text for row in HELD_OUT[:20]]
    other = run(opened("minilm-small"), texts, "sentence_embedding")
    assert np.abs(run(model, texts, "sentence_embedding") - other).max() < 1e-5


def test_an_empty_batch_gives_no_answers(answer, model):
    assert run(model, []).shape == (0, 3)
    assert answer("task-priority", {"text": []})["predictions"] == []
