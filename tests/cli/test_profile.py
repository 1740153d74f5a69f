"""`samovar models profile`: what it prints is what a manifest takes."""

import json
import shutil
import tomllib
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from samovar.errors import CommandFailed
from samovar.manifest import read_manifest
from samovar.profile import Profile
from samovar.statistics import Trend
from samovar_cli.models.fitting import Point, fit, foretold_error, variation
from samovar_cli.models.profiling import write_down
from samovar_cli.models.rewriting import with_profile

from tests.cli.conftest import Run

QUICK = ("--seconds", 0, "--starts", 0)
WRITE = ("models", "profile", "shade", *QUICK, "--write")


def test_what_it_prints_can_be_put_into_the_manifest(samovar: Run, shelf: Path) -> None:
    done = samovar("models", "profile", "shade", *QUICK)
    assert done.exit_code == 0, done.stderr
    said = tomllib.loads(done.stdout)["profile"]
    assert said["request_ms"] > 0
    assert "by line" in done.stderr, "the table is for the reader, not for the manifest"
    text = (shelf / "shade" / "model.toml").read_text("utf-8") + "\n" + done.stdout
    pairs = tuple(map(tuple, said.pop("speedup", ())))
    found = read_manifest("shade", text, read=lambda _: b"").profile
    assert found == Profile(**said, speedup=pairs)


@pytest.fixture
def own(shelf: Path, tmp_path: Path) -> Path:
    """A models folder that may be written to."""
    shutil.copytree(shelf / "shade", tmp_path / "own" / "shade")
    return tmp_path / "own"


def test_it_writes_the_manifest_where_it_is_asked_to_and_again_in_the_same_place(
    samovar: Run, own: Path
) -> None:
    path = own / "shade" / "model.toml"
    before = path.read_text("utf-8")
    for _ in range(2):
        done = samovar(*WRITE, "--models", own, "--json")
        text = path.read_text("utf-8")
        assert text.startswith(before.rstrip())
        assert text.count("[profile]") == 1
        found = read_manifest("shade", text, read=lambda _: b"").profile
        assert found.request_ms == pytest.approx(json.loads(done.stdout)["request_ms"], rel=0.01)


def test_a_manifest_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    with pytest.raises(CommandFailed, match="cannot be written: Is a directory"):
        write_down(tmp_path, "[profile]")


def test_it_writes_the_lock_where_that_has_a_profile_which_counts_first(
    samovar: Run, own: Path
) -> None:
    lock = own / "shade" / "model.lock"
    text = lock.read_text("utf-8") if lock.is_file() else ""
    lock.write_text(text + "\n[profile]\nrequest_ms = 12345\n", "utf-8")
    before = (own / "shade" / "model.toml").read_text("utf-8")
    done = samovar(*WRITE, "--models", own)
    assert "model.lock" in done.stdout
    assert "12345" not in lock.read_text("utf-8")
    assert tomllib.loads(lock.read_text("utf-8"))["profile"]["request_ms"] > 0
    assert (own / "shade" / "model.toml").read_text("utf-8") == before


def test_as_json_it_says_what_was_run_and_how_long_it_took(samovar: Run) -> None:
    found = json.loads(samovar("models", "profile", "shade", *QUICK, "--json").stdout)
    assert (found["model"], found["version"]) == ("shade", "1")
    assert found["rounds"] >= 3
    counts = [point["requests"] for point in found["points"]]
    assert counts[0] == 1
    assert max(counts) > 1, "a model that shares runs is measured in batches"
    assert all(point["ms"] > 0 for point in found["points"])


@pytest.mark.parametrize(
    ("name", "status", "said"), [("nobody", 4, "model_not_found"), ("halves", 1, "[[examples]]")]
)
def test_a_model_that_cannot_be_measured_is_told(
    samovar: Run, name: str, status: int, said: str
) -> None:
    done = samovar("models", "profile", name)
    assert (done.exit_code, done.stdout) == (status, "")
    assert said in done.stderr


def test_a_profile_is_the_line_that_foretells() -> None:
    trend = Trend()
    assert trend.profile() == Profile()
    for kb in range(1, 20):
        trend.add(kb * 1024, (3 + 2 * kb) * 1_000_000)
    assert trend.profile() == Profile(pytest.approx(3), pytest.approx(2))


def line(shared: float, each: float, kb: float) -> list[Point]:
    return [
        Point(count, count * size, shared + each * count + kb * count * size)
        for count in (1, 2, 4, 8, 16)
        for size in (0.1, 1.0, 5.0)
    ]


@pytest.mark.parametrize(
    ("shared", "each", "kb"), [(3.0, 1.0, 2.0), (0.0, 5.0, 0.0), (2.0, 0.0, 1.0), (4.0, 2.0, 0.0)]
)
def test_the_fit_finds_the_line_that_the_points_lie_on(
    shared: float, each: float, kb: float
) -> None:
    found = fit(line(shared, each, kb))
    assert found.request_ms == pytest.approx(shared + each)
    assert found.shared_ms == pytest.approx(shared, abs=1e-9)
    assert found.kb_ms == pytest.approx(kb, abs=1e-9)
    assert found.error == pytest.approx(0, abs=1e-9)


@given(st.lists(st.tuples(st.integers(1, 32), st.floats(0.01, 100), st.floats(0.01, 1e4))))
def test_no_part_is_ever_negative_and_the_error_is_what_the_line_misses(
    said: list[tuple[int, float, float]],
) -> None:
    points = [Point(*each) for each in said] or [Point(1, 1.0, 1.0)]
    found = fit(points)
    assert found.request_ms >= found.shared_ms >= 0 <= found.kb_ms
    each = found.request_ms - found.shared_ms
    missed = [
        abs(found.shared_ms + each * p.requests + found.kb_ms * p.kb - p.ms) / p.ms for p in points
    ]
    assert found.error == pytest.approx(sum(missed) / len(missed), abs=1e-6)


@given(st.floats(0.01, 100), st.floats(0.01, 10))
def test_the_smallest_request_takes_time_too(kb: float, ms: float) -> None:
    assert fit([Point(1, kb, ms * kb), Point(1, 2 * kb, 2 * ms * kb)]).request_ms > 0


def test_a_size_that_was_left_out_tells_how_far_a_line_reaches() -> None:
    points = [replace(point, name=f"{point.kb / point.requests}") for point in line(3, 1, 2)]
    assert foretold_error(points) == pytest.approx(0, abs=1e-9)
    bent = [replace(point, ms=point.ms * (1 + point.kb / point.requests)) for point in points]
    beyond = foretold_error(bent)
    assert beyond is not None
    assert beyond > fit(bent).error, "a size that the line knows is missed by less"
    assert foretold_error(points[:1]) is None


@pytest.mark.parametrize("wanted", [0.05, 0.1, 0.3])
def test_runs_vary_as_much_as_they_were_made_to_whatever_once_took_long(wanted: float) -> None:
    rng = np.random.default_rng(0)
    kinds = [ms * rng.gamma(1 / wanted**2, wanted**2, 200) for ms in (1.0, 7.0, 30.0)]
    assert variation([list(kind) for kind in kinds]) == pytest.approx(wanted, rel=0.1)
    for kind in kinds:
        kind[3] *= 100
    assert variation([list(kind) for kind in kinds]) == pytest.approx(wanted, rel=0.1)
    assert variation([]) == variation([[1.0]]) == 0


def test_points_of_one_kind_do_not_tell_the_parts_apart() -> None:
    assert fit([Point(1, 2.0, 8.0)]) == Profile(
        pytest.approx(8.0), error=pytest.approx(0, abs=1e-9)
    )


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("", "[profile]\nrequest_ms = 1\n"),
        ('task = "x"\n', 'task = "x"\n\n[profile]\nrequest_ms = 1\n'),
        ("[profile]\nkb_ms = 3\n", "[profile]\nrequest_ms = 1\n"),
        (
            "# a\n[profile] # old\nkb_ms = 3\n\n[[examples]]\nname = 1\n",
            "# a\n[profile]\nrequest_ms = 1\n\n[[examples]]\nname = 1\n",
        ),
    ],
)
def test_a_profile_takes_the_place_of_the_one_before(before: str, after: str) -> None:
    assert with_profile(before, ["[profile]", "request_ms = 1"]) == after


def test_a_models_page_says_what_was_measured(samovar: Run, own: Path) -> None:
    page = samovar("models", "show", "shade", "--models", own).stdout
    assert "Takes, on one vCPU" not in page
    with (own / "shade" / "model.toml").open("a", encoding="utf-8") as manifest:
        manifest.write("[profile]\nrequest_ms = 1250\nkb_ms = 2\nnoise = 0.1\ninit_ms = 199\n")
        manifest.write("speedup = [[1, 1], [2, 1.7]]\n")
    page = " ".join(samovar("models", "show", "shade", "--models", own).stdout.split())
    assert "a request 1250 ms, and 2 ms a KB runs vary by 10.0 % a cold start 199 ms" in page
    assert "on 2 vCPUs × 1.7 as fast" in page
    found = json.loads(samovar("models", "show", "shade", "--models", own, "--json").stdout)
    assert found["profile"]["speedup"] == [[1, 1], [2, 1.7]]
