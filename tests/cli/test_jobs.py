"""`samovar jobs` against a server with a worker: submitted, shown, fetched, moved."""

import json
from pathlib import Path

import pytest

from tests.cli.conftest import Run
from tests.cli.job_server import Jobs, JobServer, submitted
from tests.cli.tiny_pictures import picture

SUMS = '{"row": {"a": [1, 2], "b": [3, 4]}}'


@pytest.mark.parametrize(
    ("model", "given"),
    [
        ("mood", "great and good"),
        ("mood", "{great and good"),
        ("price", '{"rows": [{"rooms": 1, "area": 2}]}'),
        ("affine", '{"row": {"x": [1, 2, 3]}}'),
    ],
)
def test_a_job_that_is_awaited_is_shown_as_predict_shows_it(
    samovar: Run, jobs: Jobs, model: str, given: str
) -> None:
    here = samovar("predict", model, given)
    there = jobs("submit", model, given, "--wait")
    assert there.exit_code == 0, there.stderr
    assert there.stdout == here.stdout


def test_a_picture_goes_as_it_is(jobs: Jobs, tmp_path: Path) -> None:
    (tmp_path / "white").write_bytes(picture(255))
    shown = jobs("submit", "shade", tmp_path / "white", "--wait", "--json")
    assert json.loads(shown.stdout)["label"] == "bright"


def test_a_picture_with_a_deadline_is_uploaded_first(
    server: JobServer, jobs: Jobs, tmp_path: Path
) -> None:
    (tmp_path / "white.png").write_bytes(picture(255))
    before = len(server.blobs.taken)
    job = submitted(jobs, "shade", tmp_path / "white.png", "--ttl", 60)
    assert server.blobs.taken[before:] == [len(picture(255))]
    assert jobs("watch", job).exit_code == 0
    assert "bright" in jobs("result", job).stdout


def test_what_is_too_large_for_a_request_is_uploaded_first(
    server: JobServer, jobs: Jobs, tmp_path: Path
) -> None:
    (tmp_path / "large.txt").write_bytes(b"good " * 900_000)
    before = len(server.blobs.taken)
    job = submitted(jobs, "mood", tmp_path / "large.txt")
    assert server.blobs.taken[before:] == [4_500_000]
    assert server.table.get(job) is not None


def test_a_folder_becomes_a_job_a_file(jobs: Jobs, tmp_path: Path) -> None:
    for name, grey in (("a.png", 255), ("b.png", 0)):
        (tmp_path / name).write_bytes(picture(grey))
    assert len(jobs("submit", "shade", tmp_path).stdout.split()) == 2
    (tmp_path / "c.png").write_bytes(b"no picture")
    shown = jobs("submit", "shade", tmp_path, "--wait")
    assert shown.exit_code == 3
    lines = [line.split()[:2] for line in shown.stdout.splitlines()[1:]]
    assert lines[:2] == [["a.png", "bright"], ["b.png", "dark"]]
    assert lines[2][0] == "c.png"
    answers = jobs("submit", "shade", tmp_path, "--wait", "--json").stdout.splitlines()
    assert [json.loads(line).get("label") for line in answers] == ["bright", "dark", None]


@pytest.mark.parametrize(
    ("words", "status", "code"),
    [
        (("submit", "nobody", "x"), 4, "model_not_found"),
        (("submit", "mood", "x", "--version", "9"), 4, "version_not_found"),
        (("submit", "mood", "x", "--priority", "10"), 2, "--priority"),
        (("submit", "mood", "x", "--tag", "red"), 2, "NAME=VALUE"),
        (("submit", "price", '{"row": {"rooms": 1}}', "--wait"), 3, "missing_tensor"),
        (("submit", "gather", '{"row": {"indices": 9}}', "--wait"), 5, "model_run_failed"),
        (("list", "--state", "lost"), 3, "'state' must be one of"),
        (("show", "nobody"), 4, "job_not_found"),
        (("show", "../models"), 4, "not_found"),
        (("result", "nobody"), 4, "job_not_found"),
        (("cancel", "nobody"), 4, "job_not_found"),
        (("redrive", "nobody"), 4, "job_not_found"),
        (("watch", "nobody"), 4, "job_not_found"),
    ],
)
def test_a_refusal_has_the_exit_status_of_the_other_commands(
    jobs: Jobs, words: tuple[str, ...], status: int, code: str
) -> None:
    done = jobs(*words)
    assert (done.exit_code, done.stdout) == (status, "")
    assert code in done.stderr


def test_a_key_makes_one_job_of_two_requests(jobs: Jobs) -> None:
    words = ("mood", "good", "--key", "monday")
    assert submitted(jobs, *words) == submitted(jobs, *words)
    again = jobs("submit", "mood", "bad", "--key", "monday")
    assert (again.exit_code, "idempotency_mismatch" in again.stderr) == (1, True)


def test_a_job_is_listed_and_shown_with_what_was_said_of_it(server: JobServer, jobs: Jobs) -> None:
    server.working.clear()
    said = ("--ttl", 60, "--priority", 3, "--tag", "team=red", "--tag", "empty=")
    job = submitted(jobs, "mood", "good", *said)
    assert submitted(jobs, "sums", SUMS) not in job
    listed = jobs("list", "--state", "queued", "--model", "mood").stdout.splitlines()
    assert [line.split()[:3] for line in listed] == [
        ["id", "state", "model"],
        [job, "queued", "mood"],
    ]
    assert all(len(line) <= 80 for line in listed)
    page = jobs("show", job).stdout
    for fact in ("queued", "mood", "priority  3", "team=red", "deadline"):
        assert fact in page
    shown = json.loads(jobs("show", job, "--json").stdout)
    assert shown["tags"] == {"team": "red", "empty": ""}
    assert shown in json.loads(jobs("list", "--json").stdout)
    assert json.loads(jobs("list", "--state", "queued", "--limit", 1, "--json").stdout)[0]
    early = jobs("result", job)
    assert (early.exit_code, "job_conflict" in early.stderr) == (1, True)


def test_a_list_goes_on_from_page_to_page(server: JobServer, jobs: Jobs) -> None:
    server.working.clear()
    made = {submitted(jobs, "echo", '{"row": {"text": "x"}}', "--priority", 1) for _ in range(103)}
    listed = json.loads(jobs("list", "--model", "echo", "--limit", 1000, "--json").stdout)
    assert {job["id"] for job in listed} == made


def test_no_job_is_said_so(jobs: Jobs) -> None:
    assert jobs("list", "--model", "nobody").stdout == "No job is there.\n"
    assert jobs("watch", "--model", "nobody").stdout == "No job is queued or running.\n"


def test_a_result_is_written_to_a_file_as_it_is(jobs: Jobs, tmp_path: Path) -> None:
    job = submitted(jobs, "mood", "good")
    jobs("watch", job)
    assert jobs("result", job, "-o", tmp_path / "answer.json").stdout == ""
    assert json.loads((tmp_path / "answer.json").read_text())["id"] == job
    assert json.loads(jobs("result", job, "--json").stdout)["id"] == job
    failed = jobs("result", job, "-o", tmp_path / "none" / "answer.json")
    assert (failed.exit_code, "cannot be written" in failed.stderr) == (2, True)


def test_a_cancelled_job_stays_so_and_the_others_are_cancelled_too(
    server: JobServer, jobs: Jobs
) -> None:
    server.working.clear()
    first, second = submitted(jobs, "mood", "a"), submitted(jobs, "mood", "b")
    done = jobs("cancel", first, "nobody", second)
    assert done.exit_code == 4
    assert done.stdout.split() == [first, "cancelled", second, "cancelled"]
    server.working.set()
    assert jobs("cancel", first).exit_code == 0
    ended = jobs("watch", first)
    assert (ended.exit_code, "1 of 1 jobs ended without a result" in ended.stderr) == (1, True)
    assert jobs("redrive", first).exit_code == 1


def test_a_failed_job_says_why_and_is_redriven_to_the_same_end(
    server: JobServer, jobs: Jobs
) -> None:
    job = submitted(jobs, "gather", '{"row": {"indices": 9}}')
    assert jobs("watch", job).exit_code == 1
    assert "model_run_failed" in " ".join(jobs("show", job).stdout.split())
    server.working.clear()
    assert jobs("redrive", job).stdout == f"{job}  queued\n"
    server.working.set()
    jobs("watch", job)
    assert json.loads(jobs("show", job, "--json").stdout)["attempt"] == 2
