"""Rows that do not fit their model are told by line, before anything is built."""

import numpy as np
import pytest
from samovar.errors import InvalidInput
from samovar.types import Payload
from samovar_cli.optimising.answering import Answers, Predictions
from samovar_cli.optimising.asking import check_rows
from samovar_cli.optimising.comparing import quality_of
from samovar_cli.optimising.evaluation import Asked, Rows

LABELS = frozenset(("ash", "birch"))
ASH: Predictions = [{"label": "ash", "score": 0.9}]


def rows(*truths: object) -> Rows:
    asked = [
        Asked(line, Payload(b""), {"": truth} if truth is not None else {})
        for line, truth in enumerate(truths, 2)
    ]
    return Rows("rows.csv", asked)


def answers(*alone: Predictions | str, **heads: list[float]) -> Answers:
    raw = {name: tuple(np.float32([one]) for one in values) for name, values in heads.items()}
    return Answers(alone, (), raw)


def refusal(asked: Rows, found: Answers) -> str:
    with pytest.raises(InvalidInput) as error:
        check_rows(asked, found, LABELS)
    return error.value.message


def test_rows_that_fit_pass():
    check_rows(rows("ash", "birch"), answers(ASH, ASH), LABELS)
    check_rows(rows(None), answers(ASH), LABELS)
    check_rows(rows("any"), answers(ASH), frozenset())


def test_a_class_that_the_model_does_not_have_is_told_with_those_that_it_has():
    assert refusal(rows("ash", "oak"), answers(ASH, ASH)) == (
        "rows.csv:3: 'oak' is no class of the model; it has ash, birch"
    )


def test_a_row_that_the_model_refuses_is_told_in_its_words():
    assert refusal(rows(None, None), answers(ASH, "the text is empty")) == (
        "rows.csv:3: the text is empty"
    )


@pytest.mark.parametrize(
    ("truth", "answer", "said"),
    [
        ("heavy", [{"value": 2.0}], "'heavy' is no number"),
        ("1e999", [{"value": 2.0}], "is no finite number"),
        ("x", [{"embedding": [1.0]}], "nobody can say which embedding is true"),
        ("x", [{"segments": []}], "has no head '' to hold a truth against"),
        (7, [{"text": "a"}], "7 is no text"),
        ("ash;oak", [{"labels": ["ash"]}], "'oak' is no class"),
        ("ash", [*ASH, *ASH], "it has 2 rows: give each a line of its own"),
    ],
)
def test_a_truth_is_of_the_kind_that_the_model_answers(truth, answer, said):
    assert said in refusal(rows(truth), answers(answer))


def test_all_rows_have_a_truth_or_none():
    assert "rows.csv:3: it says nothing of what is true" in refusal(
        rows("ash", None), answers(ASH, ASH)
    )


def test_a_raw_output_can_be_held_to_its_truth_by_name():
    asked = Rows("r", [Asked(n, Payload(b""), {"years": str(n)}) for n in range(4)])
    one, other = answers(*[[]] * 4, years=[0, 1, 2, 3]), answers(*[[]] * 4, years=[3, 2, 1, 0])
    check_rows(asked, one, frozenset())
    found = quality_of(asked, one, other, frozenset())
    assert (found.heads[0].against, found.heads[0].metrics[0].original) == ("truth", 1.0)
    assert found.heads[0].loss > 1


def test_a_variant_that_fails_on_a_row_is_told_with_its_line():
    found = quality_of(rows(None, None), answers(ASH, ASH), answers(ASH, "no"), frozenset())
    assert found.failed == "rows.csv:3: no"
