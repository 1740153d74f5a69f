"""What may stand for the original, and which of those is best."""

import math

import numpy as np
import pytest
from samovar_cli.optimising.comparing import Quality
from samovar_cli.optimising.costs import Cost
from samovar_cli.optimising.gate import Gate, Result, best, refusals
from samovar_cli.optimising.quality import (
    Head,
    Metric,
    compare_labels,
    compare_values,
    compare_vectors,
)
from samovar_cli.optimising.raw_heads import compare_answers, compare_tensors
from samovar_cli.optimising.saturation import Saturation


def head(loss: float, **more: object) -> Head:
    return Head("label", "truth", 100, (Metric("accuracy", 0.9, 0.9 - loss),), **more)  # type: ignore[arg-type]  # of any field


def said(*heads: Head, **more: object) -> str:
    result = Result("int8", quality=Quality(tuple(heads)), **more)  # type: ignore[arg-type]  # of any field
    return "; ".join(refusals(Gate(), result))


def cost(ms: float, size: int = 100) -> Cost:
    return Cost(size, 1.0, ms * 1.1, ms, ms * 2, ms / 2, 10.0)


def passed(name: str, ms: float, size: int = 100, **more: object) -> Result:
    return Result(name, cost=cost(ms, size), quality=Quality((head(0.0),)), **more)  # type: ignore[arg-type]  # of any field


def test_as_much_may_be_lost_as_the_gate_says_and_no_more():
    assert said(head(0.005)) == ""
    assert said(head(-0.1)) == ""
    assert "accuracy falls by 0.60%, from 0.9 to 0.894" in said(head(0.006))


@pytest.mark.parametrize("value", [math.nan, -math.inf])
def test_a_score_that_is_none_is_no_score(value: float):
    metrics = (Metric("R²", 0.9, value),)
    assert "R² falls" in said(Head("value", "truth", 9, metrics))


def test_a_class_that_is_never_predicted_any_more_is_enough():
    rare = ["a"] * 999 + ["b"]
    found = compare_labels("label", rare, ["a"] * 1000, rare)
    assert found.metrics[0].loss == pytest.approx(0.001)
    assert "it never predicts 'b'" in said(found)


def test_each_head_is_held_to_the_gate_but_for_those_that_are_shown():
    far = compare_vectors("embedding", [[1.0, 0.0]], [[0.9, 0.4]])
    assert "embedding's cosine falls by" in said(head(0.0), far)
    shown = Head("probabilities", "original", 1, far.metrics, gated=False)
    assert said(head(0.0), shown) == ""


def test_what_is_lost_among_other_requests_counts():
    quality = Quality((head(0.0),), (head(0.02),))
    found = refusals(Gate(), Result("int8", quality=quality))
    assert "among other requests" in found[0]


def test_an_overflow_on_other_cpus_is_refused_unless_all_have_vnni():
    found = Saturation(products=4, could=3, did=2, error=0.1)
    result = Result("int8", quality=Quality((head(0.0),)), saturation=found)
    assert "2 of 4 products" in refusals(Gate(), result)[0]
    assert refusals(Gate(vnni=True), result) == ()
    spared = Result("int8", quality=Quality((head(0.0),)), saturation=Saturation(4, 3))
    assert refusals(Gate(), spared) == ()


def test_the_fastest_is_best_and_of_two_alike_the_smaller():
    original = cost(10.0)
    results = [passed("a", 5.0, 90), passed("b", 5.1, 30), passed("c", 8.0, 10)]
    assert best(results, original).name == "b"  # type: ignore[union-attr]  # there is one


def test_what_was_refused_or_is_for_a_gpu_or_gains_nothing_is_never_best():
    original = cost(10.0)
    others = [
        Result("refused", cost=cost(1.0), quality=Quality((head(0.0),)), refused=("no",)),
        passed("gpu", 1.0, device="gpu"),
        passed("no faster", 9.8, 95),
        Result("not made", made="it has no attention"),
    ]
    assert best(others, original) is None
    assert best([*others, passed("smaller", 10.1, 50)], original).name == "smaller"  # type: ignore[union-attr]  # there is one


def test_a_number_a_row_is_held_to_its_variance():
    found = compare_values("value", [1, 2, 3], [1, 2, 3.3], ["1", "2", "3"])
    assert found.metrics[0].loss == pytest.approx(0.045)
    assert found.facts["mae"] == pytest.approx(0.1)


def test_answers_of_no_known_form_have_the_same_words_and_numbers_that_lie_near():
    ours = [{"segments": [{"start": 10.0, "kind": "voice"}]}] * 4
    near, other = ([{"segments": [{"start": n, "kind": "voice"}]}] for n in (10.1, 11.0))
    fewer: list[dict[str, object]] = [{"segments": []}]
    found = compare_answers(ours, [*ours[:1], *near, *other, *fewer])
    assert found.metrics[0] == Metric("same answers", 1.0, 0.5)
    assert "same answers falls by" in said(found)


def test_what_cannot_be_compared_does_not_pass():
    assert "nothing that it answers can be compared" in said()


def test_who_wants_to_be_sure_counts_what_may_have_been_lost():
    few = compare_labels("label", list("ab" * 20), list("ab" * 20), list("ab" * 20))
    result = Result("int8", quality=Quality((few,)))
    assert refusals(Gate(), result) == ()
    assert "40 rows cannot tell" in refusals(Gate(sure=True), result)[0]


def test_raw_outputs_are_compared_by_what_they_are():
    codes = compare_tensors("head", [np.array([1, 2])] * 2, [np.array([1, 2]), np.array([1, 3])])
    assert codes.metrics[0] == Metric("same", 1.0, 0.5)
    scalars = compare_tensors("y", [np.float32([n]) for n in range(4)], [np.float32([0])] * 4)
    assert scalars.metrics[0].name == "R²"
    rows = compare_tensors("y", [np.float32([1, 2])], [np.float32([2, 1])])
    assert rows.facts["same_largest"] == 0.0
