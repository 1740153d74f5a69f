"""A batch is cut, run and merged to the same bytes, wherever and however often a worker dies."""

import json

import pytest
from samovar.jobs import State
from samovar.rows import CSV, JSONL

from tests.faults.batch_world import EVEN, LIMITS, BatchWorld, Trouble

TEXTS = [f"text {number}" for number in range(14)] + ["poison", "x" * 200, "the last"]
DOOMED = [*TEXTS[:5], "doom", *TEXTS[5:]]


def lines(texts: list[str]) -> bytes:
    return "\n".join(json.dumps({"id": str(n), "text": t}) for n, t in enumerate(texts)).encode()


def records(texts: list[str]) -> bytes:
    return ("text,id\r\n" + "\r\n".join(f'"{t}",{n}' for n, t in enumerate(texts))).encode()


CASES = {
    "lines": (lines(TEXTS), JSONL, LIMITS),
    "csv": (records(TEXTS), CSV, LIMITS),
    "a part that fails whole": (lines(DOOMED), JSONL, EVEN),
}


def world_of(case: str, seed: int = 0, trouble: Trouble | None = None) -> BatchWorld:
    body, kind, limits = CASES[case]
    return BatchWorld(body, kind, seed, trouble, limits).settle()


WHOLE = {case: world_of(case) for case in CASES}
POINTS = [
    (case, point, before)
    for case in CASES
    for point in range(WHOLE[case].trouble.calls)
    for before in (True, False)
]


@pytest.mark.parametrize("case", CASES)
def test_every_row_is_answered_or_refused_once_and_in_order(case: str) -> None:
    job, results = WHOLE[case].job, WHOLE[case].results
    texts = DOOMED if CASES[case][2] is EVEN else TEXTS
    assert job.state is State.SUCCEEDED
    answers = [json.loads(line) for line in results["results/shout/rows.output.jsonl"].splitlines()]
    errors = [json.loads(line) for line in results["results/shout/rows.errors.jsonl"].splitlines()]
    assert sorted(line["row"] for line in answers + errors) == list(range(1, len(texts) + 1))
    for found in (answers, errors):
        assert [line["row"] for line in found] == sorted(line["row"] for line in found)
    assert all(line["response"]["label"] == texts[line["row"] - 1].upper() for line in answers)
    codes = {texts[line["row"] - 1]: line["error"]["code"] for line in errors}
    assert codes["poison"] == "invalid_input"
    assert codes["x" * 200] == "payload_too_large"
    assert codes.get("doom", "model_run_failed") == "model_run_failed"
    assert job.batch is not None
    assert (job.batch.rows, job.batch.failed) == (len(texts), len(errors))
    assert job.batch.lost == (texts is DOOMED)
    summary = json.loads(results["results/shout/rows.json"])
    assert (summary["rows"], summary["failed"]) == (len(texts), len(errors))


@pytest.mark.parametrize(("case", "point", "before"), POINTS)
def test_a_death_at_any_point_changes_no_byte(case: str, point: int, before: bool) -> None:
    world = world_of(case, trouble=Trouble(die_at=point, before=before))
    assert world.trouble.calls > point, "nobody died"
    check(world, WHOLE[case])


@pytest.mark.parametrize("case", CASES)
def test_parts_wait_for_what_is_away_as_long_as_their_batch_does(case: str) -> None:
    check(world_of(case, trouble=Trouble(away_s=3600)), WHOLE[case])


def test_parts_are_given_up_when_a_batch_would_be() -> None:
    world = world_of("csv", trouble=Trouble(away_s=24 * 3600))
    rows_once(world)
    assert {job.failure.code for job in world.jobs if job.failure} == {"storage_unavailable"}
    assert world.job.batch is not None
    assert world.job.batch.failed == world.job.batch.rows == len(TEXTS)
    assert 1.5 * 3600 < world.age_s < 3 * 3600


@pytest.mark.parametrize("seed", range(10))
@pytest.mark.parametrize("case", CASES)
def test_deaths_throttles_and_duplicates_by_luck_change_no_byte(case: str, seed: int) -> None:
    trouble_of(case, seed)


@pytest.mark.slow
@pytest.mark.timeout(900)
@pytest.mark.parametrize("case", CASES)
def test_a_million_calls_in_trouble_change_no_byte(case: str) -> None:
    calls, seed = 0, 1_000
    while calls < 350_000:
        calls += trouble_of(case, seed)
        seed += 1


def trouble_of(case: str, seed: int) -> int:
    """A batch through troubles of every kind; the calls to ports that it took."""
    troubles = Trouble(crash=0.03, throttle=0.03, duplicate=0.2, meanwhile=0.02)
    world = world_of(case, seed, troubles)
    ends = {job.failure.code for job in world.jobs if job.failure and job.state is State.FAILED}
    if "worker_died" in ends:
        rows_once(world)  # under one part too many workers died: its rows say so
    else:
        check(world, WHOLE[case])
    return world.trouble.calls


def rows_once(world: BatchWorld) -> None:
    """Nothing lost and nothing double, whatever became of each row."""
    whole = b"".join(world.blobs.get(uri) for uri in (world.job.output_uri, world.job.failure_uri))
    rows = sorted(json.loads(line)["row"] for line in whole.splitlines())
    assert world.job.batch is not None
    assert rows == list(range(1, world.job.batch.rows + 1))


def check(world: BatchWorld, whole: BatchWorld) -> None:
    """The same bytes as in a world without trouble; every job over, and ended once."""
    assert world.job.state is State.SUCCEEDED, world.job
    rows_once(world)
    assert world.results == whole.results
    assert set(world.table.ends.values()) == {1}, "a job was ended twice"
    assert not [job for job in world.jobs if not job.state.final], "a job was left behind"
