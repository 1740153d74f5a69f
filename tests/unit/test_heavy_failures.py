"""What a failed call means, by what the container, the endpoint or the bucket says of it."""

import json
from typing import Any

import pytest
from samovar.errors import StorageUnavailable
from samovar.heavy_failures import is_passing, read_failure
from samovar.heavy_results import Notice, Outcome
from samovar.jobs import Failure, State

from tests.unit.heavy_world import HeavyWorld, calling_world


@pytest.fixture
def world() -> HeavyWorld:
    return calling_world()


@pytest.mark.parametrize(
    "uri",
    [
        "s3://elsewhere/results/endpoint/tea/1.out",
        "s3://samovar-data/inputs/tea",
        "s3://samovar-data/results/endpoint/../../inputs/tea",
        "s3://samovar-data/results/endpoint/",
        "results/endpoint/tea/1.out",
        "https://example.com/x",
    ],
)
def test_an_answer_outside_this_deployments_results_fails_the_job_and_says_what_to_mend(
    world: HeavyWorld, uri: str
) -> None:
    notice = Notice(world.call().id, ok=True, output_uri=uri)
    assert world.results.finish(notice) is Outcome.ENDED
    failure = world.job().failure
    assert failure is not None
    assert failure.code == "settings_invalid"
    assert "s3://samovar-data/results/endpoint/" in failure.message


@pytest.mark.parametrize(
    ("said", "code", "passing"),
    [
        ({"error": "no", "code": "invalid_input"}, "invalid_input", False),
        ({"error": "no", "code": "model_not_found"}, "model_not_found", False),
        ({"error": "no", "code": "internal_error"}, "internal_error", True),
        ({"error": "no", "code": "overloaded"}, "overloaded", True),
        ({"error": "no", "code": "unheard_of"}, "endpoint_failed", True),
        ({"error": 1, "code": "invalid_input"}, "endpoint_failed", True),
        ({"error": "no", "code": ["x"]}, "endpoint_failed", True),
        ({"error": "no"}, "endpoint_failed", True),
        ([], "endpoint_failed", True),
        (None, "endpoint_failed", True),
    ],
)
def test_only_a_code_of_the_tree_is_believed(said: Any, code: str, passing: bool) -> None:
    failure = read_failure(json.dumps(said).encode(), "ClientError: Received server error (500)")
    assert (failure.code, is_passing(failure)) == (code, passing)


@pytest.mark.parametrize(
    ("said", "reason", "message"),
    [
        (b"\xff\xfe", "ClientError: it timed out", "ClientError: it timed out"),
        (b"the worker died", "", "the worker died"),
        (b"", "", "the endpoint gave no reason"),
    ],
)
def test_what_is_no_error_of_ours_is_said_as_it_came(
    said: bytes, reason: str, message: str
) -> None:
    assert read_failure(said, reason) == Failure("endpoint_failed", message)


def test_a_failure_without_an_object_says_the_notices_reason(world: HeavyWorld) -> None:
    notice = Notice(world.call().id, ok=False, reason="ClientError: it timed out")
    assert world.results.finish(notice) is Outcome.AGAIN
    assert world.job().failure == Failure("endpoint_failed", "ClientError: it timed out")


def test_a_failure_whose_object_cannot_be_read_now_is_told_again(
    world: HeavyWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(_uri: str) -> bytes:
        raise StorageUnavailable("not now")

    monkeypatch.setattr(world.blobs, "get", away)
    with pytest.raises(StorageUnavailable):
        world.results.finish(Notice(world.call().id, ok=False))
    assert world.job().state is State.RUNNING


def test_an_answer_that_lies_where_the_claim_foretold_counts_whatever_the_notice_says(
    world: HeavyWorld,
) -> None:
    world.blobs.put("results/endpoint/tea/1.out", b"{}", "application/json")
    notice = Notice(world.call().id, ok=True, output_uri="s3://elsewhere/x")
    assert world.results.finish(notice) is Outcome.ENDED
    assert world.job().result_uri == "s3://samovar-data/results/endpoint/tea/1.out"
