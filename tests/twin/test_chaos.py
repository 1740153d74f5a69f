"""Trouble on purpose: what the knobs say, and what they do to events on their way."""

import asyncio
import json
from collections.abc import Coroutine
from pathlib import Path
from typing import Any

import pytest
from samovar.errors import CommandFailed
from samovar_cli.twin.chaos import KNOBS, Calm, Chaos, Knobs, read_knobs, trouble
from samovar_cli.twin.deliveries import Deliveries, source_of
from samovar_cli.twin.invocation import Invocation, Outcome, Throttled

from tests.twin.host import Host

BATCH = [{"eventSource": "aws:sqs", "messageId": str(number)} for number in range(8)]
NOTICE = [{"EventSource": "aws:sns", "Sns": {}}]
UPLOAD = [{"eventSource": "aws:s3", "s3": {}}]


class Function:
    """One that keeps what it gets, and fails so many times first."""

    def __init__(self, failures: int = 0) -> None:
        self.events: list[dict[str, Any]] = []
        self.invocations: list[Invocation] = []
        self._failures = failures

    async def invoke(self, _function: str, invocation: Invocation) -> Outcome | Throttled:
        self.events.append(json.loads(invocation.event))
        self.invocations.append(invocation)
        failed = len(self.events) <= self._failures
        return Outcome(b"{}", "Unhandled" if failed else "")


def chaos(tmp_path: Path, **likely: float) -> Chaos:
    return Chaos(Knobs(likely, seed=7), tmp_path / "chaos.log")


def event(records: list[dict[str, Any]]) -> Invocation:
    return Invocation(json.dumps({"Records": records}).encode())


def run(work: Coroutine[Any, Any, Any]) -> Any:
    return asyncio.run(work)


def test_the_knobs_are_read_as_they_are_written() -> None:
    knobs = read_knobs("duplicate=0.1,reorder, throttle=0.05,kill=0.02,lose=0.02,seed=7")
    assert knobs.seed == 7
    assert knobs.likely == {
        "duplicate": 0.1,
        "reorder": 1.0,
        "throttle": 0.05,
        "kill": 0.02,
        "lose": 0.02,
    }


@pytest.mark.parametrize("text", ["burn=1", "kill=2", "kill=-1", "kill=often", "seed=x", "seed"])
def test_a_knob_that_there_is_not_is_told_with_those_that_there_are(text: str) -> None:
    with pytest.raises(CommandFailed, match="seed=<number>") as caught:
        read_knobs(text)
    assert repr(text) in caught.value.message
    assert all(name in caught.value.message for name in KNOBS)


def test_the_same_seed_throws_the_same_dice_whatever_the_other_knobs_do(tmp_path: Path) -> None:
    alone, among = chaos(tmp_path, kill=0.3), chaos(tmp_path, kill=0.3, lose=0.5)
    thrown = [alone.strikes("kill", "") for _ in range(100)]
    again = [among.strikes("kill", "") for _ in range(100) if among.strikes("lose", "") in (0, 1)]
    assert thrown == again
    assert 10 < sum(thrown) < 50


def test_each_blow_is_written_down_with_its_number(tmp_path: Path) -> None:
    made = chaos(tmp_path, kill=1.0)
    made.strikes("kill", "one")
    made.strikes("lose", "never")
    made.strikes("kill", "two")
    lines = [json.loads(line) for line in (tmp_path / "chaos.log").read_text("utf-8").splitlines()]
    assert [(line["knob"], line["throw"], line["what"]) for line in lines] == [
        ("kill", 1, "one"),
        ("kill", 2, "two"),
    ]


def test_without_knobs_nothing_goes_wrong(tmp_path: Path) -> None:
    calm = trouble("", tmp_path / "chaos.log")
    assert isinstance(calm, Calm)
    assert not any(calm.strikes(knob, "") for knob in KNOBS)
    function = Function()
    assert run(Deliveries(function.invoke, calm)("F", event(BATCH))) == Outcome(b"{}")
    assert function.events == [{"Records": BATCH}]


def test_an_event_that_is_duplicated_comes_twice(tmp_path: Path) -> None:
    function = Function()

    async def deliver() -> None:
        await Deliveries(function.invoke, chaos(tmp_path, duplicate=1.0))("F", event(BATCH))
        while len(function.events) < 2:
            await asyncio.sleep(0.01)

    run(deliver())
    assert function.events == [{"Records": BATCH}, {"Records": BATCH}]
    assert len({invocation.request_id for invocation in function.invocations}) == 2


def test_a_reordered_batch_has_the_same_records_in_another_order(tmp_path: Path) -> None:
    function = Function()
    run(Deliveries(function.invoke, chaos(tmp_path, reorder=1.0))("F", event(BATCH)))
    (seen,) = function.events
    assert seen["Records"] != BATCH
    assert sorted(seen["Records"], key=lambda record: record["messageId"]) == BATCH


def test_a_reordered_single_event_comes_whole_though_late(tmp_path: Path) -> None:
    function = Function()
    run(Deliveries(function.invoke, chaos(tmp_path, reorder=1.0))("F", event(UPLOAD)))
    assert function.events == [{"Records": UPLOAD}]


def test_a_throttled_event_waits_and_is_not_lost(tmp_path: Path) -> None:
    function = Function()
    run(Deliveries(function.invoke, chaos(tmp_path, throttle=0.5))("F", event(BATCH)))
    assert len(function.events) == 1


def test_a_notice_that_fails_is_told_again(tmp_path: Path) -> None:
    function = Function(failures=2)

    async def deliver() -> Outcome | Throttled:
        deliveries = Deliveries(function.invoke, Calm(), retry_delays_s=(0.01, 0.01))
        taken = await deliveries("F", event(NOTICE))
        while len(function.events) < 3:
            await asyncio.sleep(0.01)
        await deliveries.stop()
        return taken

    assert run(deliver()) == Outcome(b"null")


@pytest.mark.parametrize("text", [b"", b"[]", b'"x"', b'{"Records": []}', b'{"Records": [1]}'])
def test_an_event_without_records_has_no_source(text: bytes) -> None:
    assert source_of(text) == ""


def test_a_process_that_is_killed_under_its_event_is_followed_by_a_new_one(host: Host) -> None:
    sleep = json.dumps({"do": "sleep", "seconds": 3}).encode()
    outcome = host.run(host.functions.invoke("Plain", Invocation(sleep, killed_after_s=0.05)))
    assert isinstance(outcome, Outcome)
    assert b"signal: kill" in outcome.payload
    assert host.value("Plain", {"do": "echo"}) == {"do": "echo"}


def test_a_process_that_was_quicker_than_its_killer_lives_on(host: Host) -> None:
    echo = json.dumps({"do": "echo"}).encode()
    outcome = host.run(host.functions.invoke("Plain", Invocation(echo, killed_after_s=1.0)))
    assert isinstance(outcome, Outcome)
    assert not outcome.error
