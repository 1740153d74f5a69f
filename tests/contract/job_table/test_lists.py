"""Lists of jobs in every JobTable: their order, their pages, and cursors that cannot be made up."""

from dataclasses import replace

import pytest
from samovar import jobs
from samovar.errors import InvalidInput
from samovar.jobs import JobQuery, State
from samovar.ports import JobTable

from tests.contract.job_table.tables import NOW, ids, job, walk


def test_jobs_of_a_state_come_newest_change_first(table: JobTable) -> None:
    for n in range(5):
        table.create(job(f"j{n}", at=(n * 7) % 5))
    moved = jobs.claim(job("j0"), NOW + 1000, 60_000)
    assert table.replace(moved)
    queued = walk(table, JobQuery(State.QUEUED))
    assert queued == ["j2", "j4", "j1", "j3"]
    assert walk(table, JobQuery(State.RUNNING)) == ["j0"]
    assert table.find(JobQuery(State.RUNNING)).jobs == (moved,)
    assert walk(table, JobQuery(State.FAILED)) == []


def test_jobs_of_a_model_come_newest_made_first_whatever_happened_since(table: JobTable) -> None:
    for n in range(4):
        table.create(job(f"j{n}", model="mood" if n % 2 else "digits", at=n))
    table.replace(jobs.cancel(job("j1", at=1), NOW + 99_000))
    assert walk(table, JobQuery(model="mood")) == ["j3", "j1"]
    assert walk(table, JobQuery(model="digits")) == ["j2", "j0"]
    assert walk(table, JobQuery(model="nobodys")) == []
    assert walk(table, JobQuery(State.QUEUED, "mood")) == ["j3"]
    assert walk(table, JobQuery(State.CANCELLED, "digits")) == []


def test_all_jobs_come_newest_change_first(table: JobTable) -> None:
    made = [job(f"j{n}", at=n, state=state) for n, state in enumerate(list(State) * 2)]
    for each in made:
        table.create(each)
    assert walk(table, JobQuery()) == [f"j{n}" for n in reversed(range(12))]


def test_ended_jobs_that_owe_an_event_are_found_once_it_is_due(table: JobTable) -> None:
    owing = {"owed": ("webhook",), "state": State.FAILED, "finished_ms": NOW}
    table.create(job("ended", **owing))
    table.create(job("later", **owing, due_ms=NOW + 10))
    table.create(job("running", owed=("webhook",)))
    table.create(job("told", state=State.FAILED, finished_ms=NOW))
    assert walk(table, JobQuery(owed_ms=NOW)) == []
    assert walk(table, JobQuery(owed_ms=NOW + 1)) == ["ended"]
    assert walk(table, JobQuery(owed_ms=NOW + 11, limit=1)) == ["later", "ended"]
    ended = table.get("ended")
    assert ended is not None
    assert table.replace(replace(ended, owed=(), revision=ended.revision + 1))
    assert walk(table, JobQuery(owed_ms=NOW + 11)) == ["later"]


@pytest.mark.parametrize(
    "query",
    [JobQuery(), JobQuery(State.QUEUED), JobQuery(model="mood"), JobQuery(State.QUEUED, "mood")],
)
def test_pages_of_any_size_together_are_the_whole_list(full: JobTable, query: JobQuery) -> None:
    """Half of the jobs share one millisecond: a page may end in its middle."""
    whole = walk(full, query)
    assert sorted(whole) == [f"j{n}" for n in range(8)]
    for limit in (1, 2, 3, 7, 8, 9, 100):
        assert walk(full, replace(query, limit=limit)) == whole


def test_the_last_page_has_no_cursor_even_when_it_is_full(full: JobTable) -> None:
    assert full.find(JobQuery(limit=8)).cursor == ""
    assert full.find(JobQuery(limit=7)).cursor != ""


def test_only_jobs_that_rested_so_long_are_found_where_that_is_asked(table: JobTable) -> None:
    for n in range(4):
        table.create(job(f"j{n}", at=n))
    old = JobQuery(State.QUEUED, older_than_ms=NOW + 2)
    assert walk(table, old) == ["j1", "j0"]
    assert walk(table, replace(old, limit=1)) == ["j1", "j0"]
    assert walk(table, replace(old, model="mood", limit=1)) == ["j1", "j0"]
    assert walk(table, replace(old, model="mood", state=None)) == ["j1", "j0"]
    assert walk(table, JobQuery(older_than_ms=NOW + 1)) == ["j0"]


def test_a_cursor_is_fit_for_a_url_and_opens_its_own_list_only(full: JobTable) -> None:
    cursor = full.find(JobQuery(limit=3)).cursor
    assert cursor.replace("-", "").replace("_", "").replace("=", "").isalnum()
    for query in (JobQuery(State.QUEUED), JobQuery(model="mood"), JobQuery(State.FAILED, "x")):
        with pytest.raises(InvalidInput, match="cursor"):
            full.find(replace(query, cursor=cursor))


@pytest.mark.parametrize(
    "cursor", ["x", "AAAA", "ü", "\udc80", "=" * 8, "A" * 5000, "{}", " ", "\n"]
)
def test_a_made_up_cursor_is_refused(table: JobTable, cursor: str) -> None:
    with pytest.raises(InvalidInput, match="cursor"):
        table.find(JobQuery(cursor=cursor))


def test_no_letter_of_a_cursor_can_be_changed(full: JobTable) -> None:
    cursor = full.find(JobQuery(limit=3)).cursor
    for at, letter in enumerate(cursor.rstrip("=")):
        changed = cursor[:at] + ("B" if letter != "B" else "C") + cursor[at + 1 :]
        with pytest.raises(InvalidInput):
            full.find(JobQuery(cursor=changed))


@pytest.mark.parametrize("limit", [0, -1, 101])
def test_a_page_has_from_1_to_100_jobs(table: JobTable, limit: int) -> None:
    with pytest.raises(InvalidInput, match="limit"):
        table.find(JobQuery(limit=limit))


@pytest.mark.parametrize("model", ["m" * 3000, "\udc80", "a\0b"])
def test_a_query_for_an_impossible_model_is_refused(table: JobTable, model: str) -> None:
    with pytest.raises(InvalidInput, match="model"):
        table.find(JobQuery(model=model))


def test_parts_of_batches_are_left_out_where_they_are_not_asked_for(table: JobTable) -> None:
    whole, part = job("whole"), replace(job("part"), parent="whole")
    assert table.create(whole)
    assert table.create(part)
    assert {"whole", "part"} <= set(ids(table.find(JobQuery(State.QUEUED))))
    assert {"whole", "part"} <= set(ids(table.find(JobQuery())))
    for query in (
        JobQuery(tops=True),
        JobQuery(State.QUEUED, tops=True),
        JobQuery(model=whole.model),
        JobQuery(State.QUEUED, model=whole.model),
    ):
        found = ids(table.find(query))
        assert "whole" in found
        assert "part" not in found
    moved = jobs.claim(part, 2_000, 1_000)
    assert table.replace(moved)
    assert moved in table.find(JobQuery(State.RUNNING)).jobs
