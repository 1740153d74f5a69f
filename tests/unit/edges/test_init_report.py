"""Where a cold start's time went is told once, phase by phase, and adds up."""

import io

import numpy as np
import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st
from samovar.adapters.memory import MemoryClock
from samovar.edges.init_report import InitReport, process_age_ms, resolution_ms
from samovar.edges.observe import Exchange, Observer
from samovar.model import Model
from samovar.programs.single import SingleProgram
from samovar.settings import Settings
from samovar.types import ModelSpec, Signature

MS = 1_000_000
PROGRAM = SingleProgram(
    runner=None,  # type: ignore[arg-type]  # nothing is run
    signature=Signature((), ()),
    pre=np.asarray,
    post=lambda batch, _: batch,
)


class Ticking:
    """A clock that is moved by hand."""

    def __init__(self) -> None:
        self.ns = 5_000 * MS

    def __call__(self) -> int:
        return self.ns

    def passes(self, ms: float) -> None:
        self.ns += int(ms * MS)


def opened(name: str, form: str = "plain") -> Model:
    return Model(ModelSpec(name), "1", PROGRAM, form)


@given(st.lists(st.integers(0, 10**6), min_size=8, max_size=8))
def test_the_phases_add_up_to_what_was_waited_for(times: list[int]) -> None:
    runtime, imports, wiring, map_ms, more, gap, run, late = times
    clock = Ticking()
    report = InitReport(clock, lambda: float(runtime))
    clock.passes(imports)
    report.mark("imports")
    clock.passes(wiring)
    clock.passes(map_ms)
    report.opened(opened("a", "prepacked"), map_ms * MS)
    clock.passes(more)
    report.mark("wiring")
    clock.passes(gap)  # until somebody calls: nobody's
    start = clock()
    clock.passes(late)
    report.opened(opened("b"), late * MS)
    clock.passes(run)
    report.answered(start)
    said = report.record("infer", 7)
    assert said["phases"] == {
        "runtime_ms": runtime,
        "imports_ms": imports,
        "wiring_ms": wiring + more,
        "map_ms": map_ms + late,
        "first_run_ms": run,
    }
    assert said["init_ms"] == runtime + imports + wiring + more + map_ms + late
    assert said["models"] == [
        {"model": "a", "version": "1", "form": "prepacked", "open_ms": map_ms},
        {"model": "b", "version": "1", "form": "plain", "open_ms": late},
    ]


def lines(level: str, exchanges: list[Exchange]) -> list[dict[str, object]]:
    """What an observer of a fresh process writes for some requests."""
    stream, clock = io.StringIO(), Ticking()
    settings = Settings(function="infer", log_level=level)
    observer = Observer(settings, MemoryClock(), stream, InitReport(clock, lambda: None))
    for exchange in exchanges:
        observer.finish(observer.start(), exchange)
    return [orjson.loads(line) for line in stream.getvalue().splitlines()]


def test_the_record_follows_the_first_request_and_no_other() -> None:
    found = lines("INFO", [Exchange("hot", "r"), Exchange("hot", "s")])
    assert [line["message"] for line in found] == ["request", "init", "request"]
    said = found[1]
    assert said["function"] == "infer"
    assert said["cold_start"] is True
    metrics = said["_aws"]["CloudWatchMetrics"][0]  # type: ignore[index]  # of JSON
    assert metrics["Metrics"] == [{"Name": "init_ms", "Unit": "Milliseconds"}]
    assert all(name in said for name in metrics["Dimensions"][0])


def test_a_log_without_information_has_no_record() -> None:
    assert lines("WARNING", [Exchange("hot", "r")]) == []
    found = lines("ERROR", [Exchange("hot", "r", status=500)])
    assert [line["message"] for line in found] == ["request"]


def test_a_system_that_tells_no_start_leaves_the_runtime_open() -> None:
    assert lines("INFO", [Exchange("hot", "r")])[1]["phases"]["runtime_ms"] is None  # type: ignore[index]  # of JSON


def test_a_processs_age_grows_and_is_as_coarse_as_a_tick() -> None:
    first = process_age_ms()
    second = process_age_ms()
    if first is None or second is None:
        pytest.skip("this system does not tell when a process began")
    assert 0 <= first <= second
    assert resolution_ms() > 0
