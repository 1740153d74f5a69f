"""Every JobTable lets one of many win, and loses no change."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

from samovar import jobs
from samovar.ports import JobTable

from tests.contract.job_table.tables import NOW, job


def test_a_job_is_created_once(table: JobTable) -> None:
    assert table.create(job(priority=1))
    assert not table.create(job(priority=2))
    assert table.get("a") == job(priority=1)


def test_of_many_who_create_one_job_one_does(table: JobTable) -> None:
    with ThreadPoolExecutor(8) as pool:
        made = list(pool.map(lambda n: table.create(job(priority=n)), range(8)))
    assert made.count(True) == 1
    kept = table.get("a")
    assert kept is not None
    assert kept.priority == made.index(True)


def test_a_job_is_replaced_over_its_last_revision_only(table: JobTable) -> None:
    first = job()
    table.create(first)
    claimed = jobs.claim(first, NOW, 1000)
    assert table.replace(claimed)
    assert not table.replace(claimed), "the same again"
    assert not table.replace(jobs.cancel(first, NOW)), "from what it was before"
    assert table.get("a") == claimed
    assert table.replace(jobs.cancel(claimed, NOW))


def test_a_job_that_was_never_created_cannot_be_replaced(table: JobTable) -> None:
    assert not table.replace(job(revision=1))
    assert table.get("a") is None


def test_of_many_claims_of_one_job_one_wins(table: JobTable) -> None:
    """The same claim at the same millisecond: nothing tells them apart but who was first."""
    table.create(job())
    for round_ in range(5):
        known = table.get("a")
        assert known is not None
        claim = jobs.claim(known, NOW + round_ * 10_000, 1000)
        with ThreadPoolExecutor(6) as pool:
            won = list(pool.map(lambda _, claim=claim: table.replace(claim), range(6)))
        assert won.count(True) == 1


def test_a_chain_of_replacements_by_many_threads_loses_none(table: JobTable) -> None:
    table.create(job())

    def add(_: int) -> int:
        tries = 0
        while True:
            known = table.get("a")
            assert known is not None
            tries += 1
            new = replace(known, priority=known.priority + 1, revision=known.revision + 1)
            if table.replace(new):
                return tries

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(add, range(20)))
    last = table.get("a")
    assert last is not None
    assert (last.priority, last.revision) == (20, 20)
