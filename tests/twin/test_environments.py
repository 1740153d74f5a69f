"""Functions in processes of their own: what they see, how they end, how many there are."""

import os
import re
import signal
import time
from pathlib import Path

import pytest
from samovar_cli.twin.invocation import Outcome, Throttled

from tests.twin.host import DATA, Host, together


def test_a_function_answers_with_what_it_returns(host: Host) -> None:
    event = {"do": "echo", "text": "é\U0001f600", "n": [1, 2.5, None, True]}
    assert host.value("Probe", event) == event


def test_a_process_is_used_again(host: Host) -> None:
    assert host.value("Probe", {"do": "pid"}) == host.value("Probe", {"do": "pid"})


def test_a_function_finds_lambdas_variables(host: Host) -> None:
    environ = host.value("Probe", {"do": "environ"})
    assert environ["AWS_LAMBDA_FUNCTION_NAME"] == "app-Probe"
    assert environ["AWS_LAMBDA_FUNCTION_MEMORY_SIZE"] == "256"
    assert environ["AWS_EXECUTION_ENV"] == "AWS_Lambda_python3.13"
    assert environ["LAMBDA_TASK_ROOT"] == str(DATA / "functions" / "probe")
    assert environ["_HANDLER"] == "handler.handler"
    assert environ["AWS_ENDPOINT_URL"] == host.lambda_url
    assert environ["OWN"] == "1"


def test_a_function_sees_nothing_of_this_machines_environment(host: Host) -> None:
    environ = host.value("Plain", {"do": "environ"})
    assert environ["AWS_ACCESS_KEY_ID"] == "test"
    assert environ["HOME"] != os.environ.get("HOME")
    assert "PYTEST_CURRENT_TEST" not in environ


def test_a_function_sees_its_own_layers_only(host: Host) -> None:
    names = ["from_layer", "boto3", "pytest", "samovar", "numpy"]
    seen = {
        name: host.value(name, {"do": "importable", "modules": names})
        for name in ("Probe", "Plain")
    }
    assert [name for name, where in seen["Probe"].items() if where] == ["from_layer", "boto3"]
    assert [name for name, where in seen["Plain"].items() if where] == ["boto3"]


def test_each_process_has_a_tmp_of_its_own(host: Host) -> None:
    scratch = Path(host.value("Probe", {"do": "environ"})["SCRATCH"])
    assert scratch.is_relative_to(host.state / "tmp")
    assert scratch.name == "x"


def test_the_context_tells_request_arn_and_time_left(host: Host) -> None:
    context = host.value("Probe", {"do": "context"})
    assert re.fullmatch(r"[0-9a-f-]{36}", context["request_id"])
    assert context["arn"].endswith(":function:app-Probe")
    assert 0 < context["remaining_ms"] <= 5001
    assert context["trace"].startswith("Root=1-")


def test_an_exception_is_an_error_and_the_process_lives_on(host: Host) -> None:
    before = host.value("Plain", {"do": "pid"})
    error = host.error("Plain", {"do": "raise", "message": "asked to"})
    assert (error["errorType"], error["errorMessage"]) == ("ValueError", "asked to")
    assert host.value("Plain", {"do": "pid"}) == before


def test_an_exit_is_an_error_and_the_next_event_gets_a_new_process(host: Host) -> None:
    before = host.value("Plain", {"do": "pid"})
    error = host.error("Plain", {"do": "exit", "status": 3})
    assert error["errorType"] == "Runtime.ExitError"
    assert error["errorMessage"].endswith("Runtime exited with error: exit status 3")
    assert host.value("Plain", {"do": "pid"}) != before


def test_a_killed_process_is_an_error_and_the_next_event_gets_a_new_one(host: Host) -> None:
    error = host.error("Plain", {"do": "kill", "signal": signal.SIGKILL})
    assert error["errorMessage"].endswith("Runtime exited with error: signal: kill")
    assert host.value("Plain", {"do": "pid"})


def test_a_process_that_died_while_idle_is_never_used(host: Host) -> None:
    idle = host.value("Plain", {"do": "pid"})
    os.kill(idle, signal.SIGKILL)
    while Path(f"/proc/{idle}").exists():
        time.sleep(0.01)
    assert host.value("Plain", {"do": "echo"}) == {"do": "echo"}


def test_time_that_runs_out_ends_the_process(host: Host) -> None:
    before = host.value("Hasty", {"do": "pid"})
    error = host.error("Hasty", {"do": "sleep", "seconds": 30})
    assert error["errorType"] == "Sandbox.Timedout"
    assert error["errorMessage"].endswith("Task timed out after 0.50 seconds")
    assert not Path(f"/proc/{before}").exists()
    assert host.value("Hasty", {"do": "pid"}) != before


def test_an_import_that_fails_is_told_to_the_caller_and_in_the_log(host: Host) -> None:
    error = host.error("Broken", {})
    assert error["errorType"] == "Runtime.ImportModuleError"
    assert "a_module_that_is_nowhere" in error["errorMessage"]
    assert "a_module_that_is_nowhere" in host.log("Broken")


def test_a_process_that_leaves_in_init_is_an_error(host: Host) -> None:
    error = host.error("Leaves", {})
    assert error["errorMessage"].endswith("Runtime exited with error: exit status 7")


def test_a_function_without_a_folder_is_an_error(host: Host) -> None:
    assert host.error("Nowhere", {})["errorType"] == "Runtime.InvalidEntrypoint"


def test_an_answer_over_the_limit_is_an_error(host: Host) -> None:
    error = host.error("Plain", {"do": "size", "bytes": 6_291_557})
    assert error["errorType"] == "Function.ResponseSizeTooLarge"
    assert host.value("Plain", {"do": "echo"})


def test_an_answer_of_just_the_limit_arrives(host: Host) -> None:
    assert len(host.value("Plain", {"do": "size", "bytes": 6_291_554})) == 6_291_554


def test_events_at_the_same_time_get_processes_of_their_own(host: Host) -> None:
    calls = [lambda: host.value("Probe", {"do": "sleep", "seconds": 0.4})] * 3
    assert len(set(together(calls))) == 3


def test_beyond_the_slots_events_wait_for_their_turn(host: Host) -> None:
    calls = [lambda: host.value("Probe", {"do": "sleep", "seconds": 0.1})] * 8
    pids = together(calls)
    assert len(pids) == 8
    assert len(set(pids)) <= 3


def test_beyond_the_reserved_concurrency_events_are_throttled(host: Host) -> None:
    calls = [lambda: host.invoke("Reserved", {"do": "sleep", "seconds": 0.5})] * 3
    outcomes = together(calls)
    assert sum(isinstance(outcome, Throttled) for outcome in outcomes) == 2
    assert sum(isinstance(outcome, Outcome) for outcome in outcomes) == 1


def test_a_restart_gives_new_processes(host: Host) -> None:
    before = host.value("Probe", {"do": "pid"})
    assert set(host.run(host.functions.restart())) == {"Broken"}
    assert host.value("Probe", {"do": "pid"}) != before
    assert not Path(f"/proc/{before}").exists()


def test_the_log_has_the_functions_lines_between_the_platforms(host: Host) -> None:
    outcome = host.invoke("Probe", {"do": "print", "text": "a line of mine"})
    assert isinstance(outcome, Outcome)
    lines = outcome.log_tail.decode().splitlines()
    assert lines[0].startswith("START RequestId: ")
    assert lines[1] == "a line of mine"
    assert lines[2].startswith("END RequestId: ")
    assert re.fullmatch(
        r"REPORT RequestId: \S+\tDuration: [\d.]+ ms\tBilled Duration: \d+ ms\t"
        r"Memory Size: 256 MB\tMax Memory Used: [1-9]\d* MB(\tInit Duration: [\d.]+ ms)?",
        lines[3],
    )


def test_a_traceback_stands_in_the_log_line_by_line(host: Host) -> None:
    host.error("Plain", {"do": "raise", "message": "for the log"})
    assert "[ERROR] ValueError: for the log\nTraceback" in host.log("Plain")


@pytest.mark.parametrize("event", [None, [], "text", 7, {"do": "echo"}])
def test_an_event_may_be_any_json(host: Host, event: object) -> None:
    outcome = host.invoke("Probe", event)
    assert isinstance(outcome, Outcome)
