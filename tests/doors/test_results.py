"""The endpoint's door: what of a notice is believed, and which are told again."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from samovar.edges.sns import ResultDoor, _notice
from samovar.errors import MalformedBody, StorageUnavailable
from samovar.heavy_results import Notice, Outcome

from tests.conftest import Log
from tools.heavy_events import completed, failed, included, sns
from tools.job_events import sqs

Context = Callable[[], Any]
ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
)


class Results:
    """Takes notices; those of calls that begin `away` cannot be kept now, `broken` is a fault."""

    def __init__(self) -> None:
        self.taken: list[Notice] = []

    def finish(self, notice: Notice) -> Outcome:
        """Keep the notice."""
        if notice.call_id.startswith("away"):
            raise StorageUnavailable("not now")
        if notice.call_id.startswith("broken"):
            raise RuntimeError("a secret payload")
        self.taken.append(notice)
        return Outcome.ENDED


@pytest.fixture
def results() -> Results:
    return Results()


@pytest.fixture
def door(results: Results, log: Log) -> ResultDoor:
    return ResultDoor(results, log.observer)  # type: ignore[arg-type]  # as much of it as is asked


def test_a_success_says_where_the_answer_lies_and_of_what_type() -> None:
    assert _notice(completed("tea.1")) == Notice(
        "tea.1",
        ok=True,
        output_uri="s3://samovar-data/results/endpoint/tea/1.out",
        content_type="application/json",
    )


def test_a_failure_says_why_and_what_the_container_said() -> None:
    told = failed("tea.1", "ClientError: no") | included(b'{"code": "x"}')
    wanted = Notice("tea.1", ok=False, said=b'{"code": "x"}', reason="ClientError: no")
    assert _notice(told) == wanted


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ({"content": "plain", "encoding": ""}, b"plain"),
        ({"content": "plain"}, b"plain"),
        ({"content": "???", "encoding": "BASE64"}, b""),
        ({"content": 1, "encoding": "BASE64"}, b""),
        ("plain", b""),
        (None, b""),
    ],
)
def test_a_body_in_another_form_is_read_as_far_as_it_goes(body: Any, said: bytes) -> None:
    assert _notice(failed("tea.1") | {"responseBody": body}).said == said


@given(ANYTHING)
def test_whatever_a_message_is_it_is_a_notice_or_refused(message: Any) -> None:
    for each in (message, completed("tea.1") | {"responseParameters": message}):
        try:
            assert isinstance(_notice(each).ok, bool)
        except MalformedBody:
            assert each is message


@pytest.mark.parametrize(
    "event", [None, [], {}, {"Records": None}, {"Records": [None, {}, {"Sns": 1}, {"body": {}}]}]
)
def test_an_event_that_is_none_is_told_of_and_consumed(
    event: Any, door: ResultDoor, context: Context
) -> None:
    assert door(event, context()) == {"batchItemFailures": []}


def test_each_notice_of_a_queue_is_kept_by_itself(
    door: ResultDoor, results: Results, context: Context
) -> None:
    event = sqs(completed("tea.1"), completed("away.1"), completed("broken.1"), "{")
    ids = [record["messageId"] for record in event["Records"]]
    kept = [{"itemIdentifier": ids[1]}, {"itemIdentifier": ids[2]}]
    assert door(event, context()) == {"batchItemFailures": kept}
    assert [notice.call_id for notice in results.taken] == ["tea.1"]


def test_sns_itself_is_asked_to_tell_again_after_the_others_were_taken(
    door: ResultDoor, results: Results, context: Context
) -> None:
    with pytest.raises(StorageUnavailable):
        door(sns(completed("away.1"), completed("tea.1")), context())
    assert [notice.call_id for notice in results.taken] == ["tea.1"]


def test_the_log_says_what_a_notice_did_and_quotes_none(
    door: ResultDoor, log: Log, context: Context
) -> None:
    door(sqs(completed("tea.1"), completed("broken.1"), {"invocationStatus": "Odd"}), context())
    lines = log.lines()
    done = next(line for line in lines if line.get("request_id") == "tea.1")
    assert (done["door"], done["action"], done["code"]) == ("sns", "ended", "")
    assert "secret" not in json.dumps(lines)
    assert any(line["level"] == "WARNING" and "Odd" in line["message"] for line in lines)
