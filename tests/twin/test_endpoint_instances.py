"""Instances of the emulated endpoint as processes: from zero, idle, and when they die."""

import json
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from samovar_cli.twin.chaos import Chaos, Knobs
from samovar_cli.twin.emulator import Emulator
from samovar_cli.twin.family import Family
from samovar_cli.twin.sagemaker.config import Scaling
from samovar_cli.twin.sagemaker.kept import keep_calls, kept_calls

from tests.twin.endpoint_host import ECHO, Account, EndpointHost, eventually
from tests.twin.host import ROOT
from tests.twin.running import left_of

pytestmark = pytest.mark.xdist_group("endpoint")
Host = Callable[..., EndpointHost]


@pytest.fixture(scope="module")
def account(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Account]:
    python = ROOT / ".venvs" / "ministack" / "bin" / "python"
    if not python.exists():
        pytest.skip("make .venvs/.stamps/ministack sets it up")
    family = Family()
    emulator = Emulator(python, tmp_path_factory.mktemp("account"), family)
    emulator.start({})
    emulator.wait()
    yield Account(emulator.url)
    emulator.stop()
    family.end()


@pytest.fixture
def host(account: Account, tmp_path: Path) -> Iterator[Host]:
    started: list[EndpointHost] = []

    def start(**config: Any) -> EndpointHost:
        started.append(EndpointHost(account, tmp_path, **config))
        return started[-1]

    yield start
    for each in started:
        each.stop()


def test_an_endpoint_without_calls_has_no_process(host: Host) -> None:
    endpoint = host()
    assert (endpoint.instances, endpoint.runtime.awake) == ([], 0)


def test_a_call_wakes_it_and_waits_until_ping_is_200(host: Host, account: Account) -> None:
    endpoint = host(command=(sys.executable, str(ECHO), "--cold", "0.5"))
    endpoint.invoke(account.put({"answer": "warm"}))
    eventually(lambda: endpoint.instances)
    assert endpoint.runtime.awake == 0
    topic, _ = account.notice()
    assert topic == account.topics[0]
    assert (endpoint.runtime.awake, len(endpoint.instances)) == (1, 1)


def test_an_idle_instance_ends_by_sigterm_and_the_next_call_wakes_another(
    host: Host, account: Account
) -> None:
    endpoint = host(scaling=Scaling(wake_s=0, idle_s=0.3))
    for count in (1, 2):
        endpoint.invoke(account.put({}))
        assert account.notice()[1]["invocationStatus"] == "Completed"
        eventually(lambda: endpoint.runtime.awake == 0)
        assert len(endpoint.instances) == count
        assert not left_of({endpoint.instances[-1].pid})


def test_calls_that_are_left_at_the_end_are_run_by_the_next_endpoint(
    host: Host, account: Account, tmp_path: Path
) -> None:
    first = host(command=(sys.executable, "-c", "raise SystemExit(1)"))
    placed = first.invoke(account.put({"answer": "later"}), InferenceId="left.1")
    small = first.client.invoke_endpoint_async(EndpointName="echo", Body=b'{"answer": "inline"}')
    keep_calls(tmp_path / "calls", first.stop())
    second = host(calls=kept_calls(tmp_path / "calls"))
    assert {account.notice()[1]["inferenceId"] for _ in range(2)} == {
        "left.1",
        small["InferenceId"],
    }
    assert account.object(placed["OutputLocation"]) == (b"later", "application/x-echo")
    assert account.object(small["OutputLocation"]) == (b"inline", "application/x-echo")
    assert kept_calls(tmp_path / "calls") == []
    assert second.runtime.backlog == 0


def test_a_backlog_brings_more_instances_than_one(host: Host, account: Account) -> None:
    scaling = Scaling(most=2, wake_s=0, idle_s=60, backlog_per_instance=2)
    endpoint = host(scaling=scaling, concurrent=1)
    placed = [endpoint.invoke(account.put({"sleep": 0.3})) for _ in range(6)]
    answers = [eventually(lambda p=p: account.object(p["OutputLocation"])) for p in placed]
    assert len({json.loads(body)["pid"] for body, _ in answers}) == 2
    for _ in placed:
        account.notice()


def test_a_call_whose_instance_dies_is_run_by_the_next_one(host: Host, account: Account) -> None:
    endpoint = host()
    endpoint.invoke(account.put({"sleep": 0.5, "answer": "twice"}))
    eventually(lambda: endpoint.runtime.awake)
    endpoint.instances[0].kill()
    assert account.notice()[1]["invocationStatus"] == "Completed"
    assert len(endpoint.instances) == 2


def test_a_call_that_kills_each_instance_fails_at_last(host: Host, account: Account) -> None:
    endpoint = host()
    endpoint.invoke(account.put({"exit": True}), InferenceId="poison.1")
    topic, said = account.notice()
    assert (topic, said["inferenceId"]) == (account.topics[1], "poison.1")
    assert len(endpoint.instances) == 3


def test_a_call_that_an_instance_hangs_up_on_is_tried_again(host: Host, account: Account) -> None:
    endpoint = host()
    endpoint.invoke(account.put({"hang_up": True, "answer": "now"}))
    assert account.notice()[1]["invocationStatus"] == "Completed"
    assert len(endpoint.instances) == 1


def test_an_instance_that_does_not_start_leaves_the_call_waiting(
    host: Host, account: Account
) -> None:
    endpoint = host(command=(sys.executable, "-c", "raise SystemExit(1)"))
    endpoint.invoke(account.put({}))
    eventually(lambda: len(endpoint.instances) >= 2)
    assert endpoint.runtime.backlog == 1


@pytest.mark.parametrize(
    ("knob", "count"), [("duplicate", 2), ("lose", 0), ("reorder", 1), ("kill", 1)]
)
def test_chaos_at_the_endpoint_leaves_one_answer_whatever_becomes_of_its_notice(
    host: Host, account: Account, tmp_path: Path, knob: str, count: int
) -> None:
    likely = {knob: 0.5 if knob == "kill" else 1.0}
    endpoint = host(chaos=Chaos(Knobs(likely, seed=1), tmp_path / "chaos.log"))
    placed = endpoint.invoke(account.put({"sleep": 0.2, "answer": "one"}))
    assert eventually(lambda: account.object(placed["OutputLocation"])) is not None
    for _ in range(count):
        account.notice()
    if knob != "kill":
        entry = json.loads((tmp_path / "chaos.log").read_text("utf-8").splitlines()[0])
        assert (entry["knob"], entry["throw"]) == (knob, 1)


def test_a_throttled_call_is_refused_and_nothing_of_it_is_kept(
    host: Host, account: Account, tmp_path: Path
) -> None:
    endpoint = host(chaos=Chaos(Knobs({"throttle": 1.0}), tmp_path / "chaos.log"))
    with pytest.raises(endpoint.client.exceptions.ClientError, match="ThrottlingException"):
        endpoint.invoke(account.put({}))
    assert endpoint.runtime.backlog == 0
