"""The line of a request: a metric that CloudWatch reads, and never a payload."""

import io
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from samovar.adapters.memory import MemoryClock
from samovar.edges.observe import Exchange, Observer
from samovar.settings import Settings

NOW_NS = 1_700_000_000_123_000_000


def written(stream: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in stream.getvalue().split("\n") if line]


def observe(exchange: Exchange, level: str = "INFO") -> list[dict[str, Any]]:
    stream = io.StringIO()
    observer = Observer(Settings(function="infer", log_level=level), MemoryClock(NOW_NS), stream)
    observer.finish(observer.start(), exchange)
    return written(stream)


def test_a_request_is_one_line_of_json() -> None:
    (line,) = observe(Exchange("hot", "r-1", "f-1", "infer", "mood", "2", 200, "", 10, 20))
    assert line["message"] == "request"
    assert (line["request_id"], line["function_request_id"]) == ("r-1", "f-1")
    assert (line["model"], line["version"], line["status"]) == ("mood", "2", 200)
    assert (line["bytes_in"], line["bytes_out"]) == (10, 20)


def test_the_line_is_an_embedded_metric_that_cloudwatch_reads() -> None:
    (line,) = observe(Exchange("hot", "r", model="mood"))
    aws = line["_aws"]
    assert aws["Timestamp"] == NOW_NS // 10**6  # milliseconds since the epoch
    (directive,) = aws["CloudWatchMetrics"]
    assert directive["Namespace"]
    assert 1 <= len(directive["Metrics"]) <= 100
    for metric in directive["Metrics"]:
        assert set(metric) <= {"Name", "Unit", "StorageResolution"}
        assert metric["Unit"] in {"Count", "Milliseconds", "Bytes", "None"}
        assert isinstance(line[metric["Name"]], int | float)
    for dimensions in directive["Dimensions"]:
        assert len(dimensions) <= 30
        for name in dimensions:
            assert isinstance(line[name], str)
            assert 0 < len(line[name]) <= 1024


def test_a_request_that_names_no_model_of_ours_is_counted_under_none() -> None:
    (line,) = observe(Exchange("hot", "r", code="model_not_found", status=404))
    assert (line["model"], line["faults"], line["level"]) == ("none", 0, "INFO")


def test_a_fault_is_an_error_and_counted() -> None:
    (line,) = observe(Exchange("hot", "r", status=503))
    assert (line["level"], line["faults"]) == ("ERROR", 1)


@pytest.mark.parametrize(
    ("level", "status", "lines"),
    [
        ("DEBUG", 200, 1),
        ("INFO", 200, 1),
        ("WARNING", 200, 0),
        ("ERROR", 400, 0),
        ("ERROR", 500, 1),
    ],
)
def test_the_level_leaves_out_what_is_below_it(level: str, status: int, lines: int) -> None:
    assert len(observe(Exchange("hot", "r", status=status), level)) == lines


def test_the_duration_is_the_clocks() -> None:
    stream, clock = io.StringIO(), MemoryClock()
    observer = Observer(Settings(), clock, stream)
    start = observer.start()
    clock.move(2_500_000)
    observer.finish(start, Exchange("hot", "r"))
    assert written(stream)[0]["duration_ms"] == 2.5


def test_the_first_request_of_an_environment_is_the_cold_one() -> None:
    stream = io.StringIO()
    observer = Observer(Settings(), MemoryClock(), stream)
    for _ in range(3):
        observer.finish(observer.start(), Exchange("hot", "r"))
    assert [line["cold_start"] for line in written(stream)] == [True, False, False]


def test_a_fault_tells_where_and_what_and_never_the_words_of_the_error() -> None:
    stream = io.StringIO()
    observer = Observer(Settings(), MemoryClock(), stream)
    try:
        int("secret payload")
    except ValueError as error:
        observer.fault("r-1", error)
    (line,) = written(stream)
    assert (line["exception_name"], line["request_id"]) == ("ValueError", "r-1")
    assert "test_observe.py" in line["stack_trace"][-1]
    assert "secret" not in stream.getvalue()


@given(st.text(), st.text())
def test_any_names_are_written_on_one_line(model: str, request_id: str) -> None:
    (line,) = observe(Exchange("hot", request_id, model=model))
    assert line["request_id"] == request_id


def test_the_line_names_the_trace_that_it_belongs_to_and_none_where_there_is_none() -> None:
    stream, traces = io.StringIO(), iter(["1-67891233-abcdef012345678912345678", ""])
    observer = Observer(Settings(), MemoryClock(), stream, trace=lambda: next(traces))
    observer.finish(observer.start(), Exchange("hot", "r"))
    observer.finish(observer.start(), Exchange("hot", "r"))
    first, second = written(stream)
    assert first["xray_trace_id"] == "1-67891233-abcdef012345678912345678"
    assert "xray_trace_id" not in second
