"""What a profile is made of: threads, starts in fresh processes, a busy machine; and its plot."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from samovar.errors import ModelRunFailed
from samovar.types import Payload
from samovar_cli.models.elsewhere import Elsewhere, compared
from samovar_cli.models.fitting import Point
from samovar_cli.models.measuring import Measured, faster, measure
from samovar_cli.models.opening import Opening
from samovar_cli.models.other_sizes import Sized
from samovar_cli.models.profile_plot import panels, plot_profile
from samovar_cli.models.profile_report import Report, by_line
from samovar_cli.models.profiling import lines, profile_of
from samovar_cli.models.runs import Run as Kind
from samovar_cli.models.runs import Timing
from samovar_cli.models.starting import Started, start

from tests.cli.conftest import Run

SPEEDUP = ((1.0, 1.0), (2.0, 1.7), (3.0, 2.1))


def measured(**changes: object) -> Measured:
    """Three sizes, alone and four together."""
    points = tuple(
        Point(count, count * kb, 2 + count * (1 + kb), f"{kb} KB", wall_ms=9.0)
        for kb in (0.5, 2.0, 8.0)
        for count in (1, 4)
    )
    alone = Kind(Sized("it", Payload(b"great", "text/plain")), 1, 1, {1: [Timing(0.2, 0.2)]})
    said = {"speedup": SPEEDUP, "noise": 0.1, **changes}
    return Measured(points, 5, alone, alone, **said)  # type: ignore[arg-type]  # as a test says


def report(found: Measured) -> Report:
    started = Started(200.0, (210.0, 220.0), 120.0, 40.0)
    return Report("it", "1", "plain", profile_of(found, started), found, started, 0.1)


def test_a_request_is_timed_on_every_number_of_threads(shelf: Path) -> None:
    models = {threads: Opening(threads=threads).open(shelf, "mood") for threads in (1, 2)}
    found = measure(models, [Sized("a text", Payload(b"great", "text/plain"))], 0.5)
    assert found.threads == (1, 2)
    assert {point.name for point in found.points} == {"a text", "× 4", "× 16"}
    assert all(point.ms > 0 and point.faster[0][0] == 2 for point in found.points)
    assert found.rounds >= 3
    assert all(len(timings) >= 9 for timings in found.first.timings.values())


RUNS = st.lists(st.floats(0.1, 10), min_size=5, max_size=9)


@given(RUNS, RUNS, RUNS)
def test_more_vcpus_are_judged_by_the_runs_that_nobody_disturbed(
    one: list[float], two: list[float], disturbed: list[float]
) -> None:
    timings = {
        1: [Timing(ms, ms) for ms in one],
        2: [Timing(ms, ms) for ms in two] + [Timing(99, 1, ms + 2) for ms in disturbed],
    }
    run = Kind(Sized("it", Payload(b"")), 1, 1, timings)
    assert faster(run, 2) == pytest.approx(np.median(one) / np.median(two))


def test_too_few_runs_that_nobody_disturbed_tell_nothing_of_more_vcpus() -> None:
    timings = {1: [Timing(4, 4)] * 9, 2: [Timing(2, 3)] * 4 + [Timing(9, 3, 5)] * 5}
    assert faster(Kind(Sized("it", Payload(b"")), 1, 1, timings), 2) == 0
    assert profile_of(measured(speedup=SPEEDUP[:1]), Started()).speedup == ()
    assert profile_of(measured(waited=0.6), Started()).speedup == ()
    assert profile_of(measured(waited=0.4), Started()).speedup == SPEEDUP


def test_the_lines_of_a_profile_are_read_back_as_it_was() -> None:
    said = lines(report(measured()).profile)
    assert "speedup = [[1, 1], [2, 1.7], [3, 2.1]]" in said
    assert "init_ms = 200" in said
    assert "e+" not in " ".join(said)


def test_the_line_of_a_report_is_the_one_of_its_profile() -> None:
    profile = profile_of(measured(), Started())
    assert by_line(profile, 1, 0) == pytest.approx(profile.request_ms)
    assert by_line(profile, 4, 8.0) == pytest.approx(2 + 4 * 3, rel=0.02)


def test_a_plot_of_the_same_measurements_is_the_same_file(tmp_path: Path) -> None:
    pytest.importorskip("matplotlib")
    paths = [tmp_path / f"{name}.svg" for name in ("one", "other")]
    for path in paths:
        plot_profile(report(measured()), path)
    one, other = (path.read_bytes() for path in paths)
    assert one == other


def test_what_is_not_known_is_not_drawn() -> None:
    assert len(panels(report(measured()))) == 3
    assert len(panels(report(measured(speedup=())))) == 2


def test_a_plot_that_cannot_be_written_is_told_before_anything_is_measured(samovar: Run) -> None:
    done = samovar("models", "profile", "shade", "--plot", "profile.pdf")
    assert (done.exit_code, done.stdout) == (1, "")
    assert ".svg or a .png" in done.stderr


@pytest.mark.slow
def test_fresh_processes_tell_how_long_a_start_takes_and_how_much_memory(samovar: Run) -> None:
    words = ("--seconds", 0, "--threads", 1, "--starts", 2, "--json")
    found = json.loads(samovar("models", "profile", "mood", *words).stdout)
    assert len(found["starts_ms"]) == 2
    # Of its time, what was no waiting; with a little for what runs beside the one thread.
    assert 20 < found["init_ms"] < 1.2 * max(found["starts_ms"])
    assert 20 < found["memory_mb"] < 500
    assert 0 < found["model_mb"] < found["memory_mb"]


@pytest.mark.slow
def test_a_fresh_process_that_gives_no_answer_is_told(shelf: Path) -> None:
    broken = Kind(Sized("it", Payload(b"{", "application/json")), 1, 1, {1: [Timing(0.2, 0.2)]})
    found = Measured((), 1, broken, broken)
    with pytest.raises(ModelRunFailed, match="status 400"):
        start(shelf, "mood", found, 1)


def test_another_provider_is_compared_with_one_vcpu(samovar: Run) -> None:
    """Azure's leaves local graphs to the CPU: it is as fast, give or take."""
    words = ("--seconds", 0, "--starts", 0, "--threads", 1, "--json")
    found = json.loads(samovar("models", "profile", "mood", "--provider", "azure", *words).stdout)
    (other,) = found["providers"]
    assert other["provider"] == "azure"
    assert other["requests"] >= 1
    assert other["alone"] >= 0


def test_a_provider_that_is_not_there_is_told(samovar: Run) -> None:
    done = samovar("models", "profile", "mood", "--provider", "abacus", "--starts", 0)
    assert (done.exit_code, done.stdout) == (1, "")
    assert "no provider 'abacus'" in done.stderr


@pytest.mark.parametrize(
    ("faster", "expected"),
    [
        (((1, 4.0), (8, 20.0), (32, 30.0)), Elsewhere("cuda", 4.0, 30.0, 32)),
        (((1, 4.0), (8, 20.0), (32, 0.0)), Elsewhere("cuda", 4.0, 20.0, 8)),
        (((1, 0.0),), Elsewhere("cuda", 0.0, 0.0, 1)),
    ],
)
def test_the_largest_run_that_tells_stands_for_requests_that_come_together(
    faster: tuple[tuple[int, float], ...], expected: Elsewhere
) -> None:
    points = [Point(count, 1.0, 1.0, "it", faster=((2, times),)) for count, times in faster]
    assert compared("cuda", [*points, Point(1, 1.0, 1.0, "other", faster=((2, 9.0),))]) == expected


def test_a_model_of_seconds_a_run_is_told_how_many_would_measure_more_of_it() -> None:
    slow = Kind(Sized("it", Payload(b"")), 1, 1, {1: [Timing(1000, 1000)] * 3})
    found = Measured((Point(1, 1.0, 1000.0),), 3, slow, slow, seconds=3.0)
    assert found.is_cut
    assert found.enough_s == 128, "eight together, twice, in an eighth of the time"
    assert not replace(found, seconds=128.0).is_cut
    assert not measured(seconds=0.0).is_cut, "of several sizes and batches a line says something"
