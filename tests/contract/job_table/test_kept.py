"""Every JobTable keeps a job as it was made, and refuses what none can keep."""

from dataclasses import fields
from typing import Any

import pytest
from samovar import jobs
from samovar.errors import InvalidInput
from samovar.jobs import Failure, Job, Source
from samovar.ports import JobTable

from tests.contract.job_table.tables import NOW, WHOLE, job


def test_every_field_of_a_job_comes_back(table: JobTable) -> None:
    plain = Job("plain", "mood", "", Source(""), 0)
    unlike = [f.name for f in fields(Job) if getattr(WHOLE, f.name) == getattr(plain, f.name)]
    assert unlike == ["model"], "a field of WHOLE tests nothing"
    for made in (WHOLE, plain):
        assert table.create(made)
        assert table.get(made.id) == made


def test_a_job_that_is_not_there_is_none(table: JobTable) -> None:
    assert table.get("nobody") is None


@pytest.mark.parametrize("job_id", ["", "a" * 3000, "../a", "a b", "a\0", "ü", "\udc80", "a\n"])
def test_an_impossible_id_is_nobodys_and_cannot_be_made(table: JobTable, job_id: str) -> None:
    assert table.get(job_id) is None
    with pytest.raises(InvalidInput, match="id"):
        table.create(job(job_id))


@pytest.mark.parametrize(
    "changes",
    [
        {"model": ""},
        {"model": "m" * 129},
        {"model": "a\nb"},
        {"tags": {"\udc80": ""}},
        {"tags": {"a": "\udc80"}},
        {"webhook": "\udc80"},
        {"version": "\udc80"},
        {"source": Source("\udc80")},
        {"priority": 10**40},
        {"expires_s": 10**40},
        {"deadline_ms": -(10**40)},
    ],
)
def test_a_job_that_no_table_can_keep_is_refused(table: JobTable, changes: Any) -> None:
    with pytest.raises(InvalidInput):
        table.create(job(**changes))
    assert table.get("a") is None


def test_a_failure_said_in_half_characters_is_kept(table: JobTable) -> None:
    table.create(job())
    claimed = jobs.claim(job(), NOW, 1000)
    table.replace(claimed)
    assert table.replace(jobs.fail(claimed, 1, NOW, Failure("malformed_body", "a\udc80b")))
    found = table.get("a")
    assert found is not None
    assert found.failure == Failure("malformed_body", "a?b")
