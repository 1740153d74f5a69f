"""A dictionary and DynamoDB answer alike, whatever is done."""

from dataclasses import replace

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from samovar.adapters.dynamodb import DynamoJobTable
from samovar.adapters.job_items import item_of, job_of
from samovar.adapters.memory_jobs import MemoryJobTable
from samovar.jobs import Failure, Job, JobQuery, Source, State
from samovar.ports import JobTable

from tests.contract.conftest import aws_client
from tests.contract.job_table.tables import NOW, job, new_table, walk

TEXT = st.text(st.characters(codec="utf-8"), max_size=20)
NUMBER = st.integers(0, 2**53)


@settings(max_examples=100, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.builds(
        Job,
        id=TEXT,
        model=TEXT,
        version=TEXT,
        source=st.builds(Source, TEXT, st.binary(max_size=50), TEXT),
        created_ms=NUMBER,
        lane=TEXT,
        state=st.sampled_from(State),
        revision=NUMBER,
        expires_s=NUMBER,
        priority=st.integers(-1000, 1000),
        tags=st.dictionaries(TEXT, TEXT, max_size=4),
        failure=st.none() | st.builds(Failure, TEXT, TEXT),
        finished_ms=NUMBER,
    )
)
def test_an_item_says_all_of_its_job(made: Job) -> None:
    assert job_of(item_of(made)) == made


IDS = st.sampled_from("abcd")
MOVES = st.one_of(
    st.tuples(st.just("create"), IDS, st.sampled_from(["mood", "digits"])),
    st.tuples(st.just("move"), IDS, st.sampled_from(State)),
    st.tuples(st.just("stale"), IDS, st.sampled_from(State)),
    st.tuples(
        st.just("find"),
        st.none() | st.sampled_from(State),
        st.sampled_from(["", "mood", "digits"]),
        st.integers(1, 3),
        st.sampled_from([0, NOW + 2]),
    ),
)


@settings(max_examples=25, deadline=None)
@given(st.lists(MOVES, max_size=20))
def test_memory_and_dynamodb_answer_alike_whatever_is_done(s3_url: str, moves: list[tuple]) -> None:
    client = aws_client("dynamodb", s3_url)
    tables = (MemoryJobTable(), DynamoJobTable(client, new_table(client)))
    for at, move in enumerate(moves):
        first, second = (answer_to(move, table, at // 3) for table in tables)
        assert first == second, move


def answer_to(move: tuple, table: JobTable, at: int) -> object:
    if move[0] == "find":
        _, state, model, limit, older = move
        return walk(table, JobQuery(state, model, limit, older_than_ms=older))
    kind, job_id, what = move
    if kind == "create":
        return table.create(job(job_id, what, at))
    known = table.get(job_id) or job(job_id)
    revision = known.revision + (kind == "move")
    new = replace(known, state=what, revision=revision, changed_ms=NOW + at)
    return table.replace(new), table.get(job_id)
