"""What every JobTable promises: a dictionary, DynamoDB as moto has it and as ministack has it."""

import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import fields, replace
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from samovar import jobs
from samovar.adapters.dynamodb import TABLE, TTL, DynamoJobTable
from samovar.adapters.job_items import item_of, job_of
from samovar.adapters.memory_jobs import MemoryJobTable
from samovar.batch import Batch
from samovar.errors import InvalidInput, PayloadTooLarge, StorageUnavailable
from samovar.job_log import Told
from samovar.jobs import Failure, Job, JobQuery, Source, State
from samovar.ports import JobTable

from tests.contract.conftest import aws_client
from tests.contract.wrapped import OneAtATime, Wrapped

NOW = 1_700_000_000_000


@pytest.fixture(
    params=[
        "memory",
        pytest.param("moto", marks=pytest.mark.xdist_group("moto")),
        pytest.param("ministack", marks=pytest.mark.xdist_group("ministack")),
    ]
)
def table(request: pytest.FixtureRequest, clouds: Callable[[str, str], Any]) -> JobTable:
    if request.param == "memory":
        return MemoryJobTable()
    client = clouds(request.param, "dynamodb")
    name = new_table(client)
    return DynamoJobTable(OneAtATime(client) if request.param == "moto" else client, name)  # type: ignore[arg-type]  # stands for boto3's


def new_table(client: Any) -> str:
    name = f"jobs-{uuid.uuid4().hex}"
    client.create_table(TableName=name, **TABLE)
    client.get_waiter("table_exists").wait(TableName=name, WaiterConfig={"Delay": 1})
    return name


def job(job_id: str = "a", model: str = "mood", at: int = 0, **changes: Any) -> Job:
    source = Source("text/plain", b"hello")
    made = Job(job_id, model, "1", source, created_ms=NOW + at, changed_ms=NOW + at)
    return replace(made, **changes)


def ids(page: jobs.JobPage) -> list[str]:
    return [found.id for found in page.jobs]


def walk(table: JobTable, query: JobQuery) -> list[str]:
    """Every page of a query, one after the other."""
    found: list[str] = []
    while True:
        page = table.find(query)
        assert len(page.jobs) <= query.limit
        found += ids(page)
        if not page.cursor:
            return found
        query = replace(query, cursor=page.cursor)


WHOLE = Job(
    id="whole",
    model="mood",
    version="3",
    source=Source("application/json", b"\x00\xff bytes", "s3://bucket/inputs/whole"),
    created_ms=NOW,
    lane="heavy",
    lane_reason="load",
    state=State.FAILED,
    revision=7,
    attempt=3,
    lease_until_ms=NOW + 1,
    deadline_ms=NOW + 2,
    expires_s=NOW // 1000 + 3,
    request_hash="ab" * 32,
    priority=-4,
    webhook="https://example.com/hook",
    tags={"who": "me", "empty": "", "ü": "ß"},
    result_uri="s3://bucket/results/whole/3",
    result_type="application/json",
    reply_key="results/mood/whole.json",
    parent="batch-1",
    batch=Batch("heavy", 1, 4096, 12, 3, 4, 8, True, 2, 1, 3, 5),
    output_uri="s3://data/results/whole/3.out",
    failure_uri="s3://data/results/whole/3.error",
    faults=2,
    owed=("webhook", "sns"),
    due_ms=NOW + 7,
    deliveries=(
        Told("webhook", "whole-failed-3", NOW, 1, 503, "delivery_failed", "busy", NOW + 7),
        Told("eventbridge", "whole-failed-3", NOW, status=200),
    ),
    failure=Failure("model_run_failed", "the model failed"),
    started_ms=NOW + 4,
    finished_ms=NOW + 5,
    changed_ms=NOW + 6,
)


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


@pytest.fixture
def full(table: JobTable) -> JobTable:
    """Eight jobs."""
    for n in range(8):
        table.create(job(f"j{n}", at=max(0, n - 4)))
    return table


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


def test_a_job_too_large_for_an_item_is_refused_with_the_way_out(table: JobTable) -> None:
    with pytest.raises(PayloadTooLarge, match="upload"):
        table.create(job(source=Source("text/plain", bytes(400 * 1024))))
    assert table.get("a") is None


def test_the_largest_job_can_still_move_and_say_why_it_failed(table: JobTable) -> None:
    largest = job(source=Source("text/plain", bytes(383 * 1024)))
    assert table.create(largest)
    claimed = jobs.claim(largest, NOW, 1000)
    assert table.replace(claimed)
    failed = jobs.fail(claimed, 1, NOW, Failure("invalid_input", "ü" * 1_000_000))
    assert table.replace(failed)
    found = table.get("a")
    assert found is not None
    assert found.failure == Failure("invalid_input", "ü" * 2000)
    assert len(table.find(JobQuery(State.FAILED)).jobs) == 1


# What only the memory's has, and what only DynamoDB can do.


def test_in_memory_jobs_are_forgotten_when_their_time_is_up() -> None:
    table = MemoryJobTable()
    for expires in (0, 10, 11):
        table.create(job(f"j{expires}", expires_s=expires))
    assert table.forget(10) == 1
    assert sorted(walk(table, JobQuery())) == ["j0", "j11"]
    assert table.get("j10") is None
    assert table.create(job("j10"))


@pytest.fixture(params=["moto", "ministack"])
def cloud(request: pytest.FixtureRequest, clouds: Callable[[str, str], Any]) -> Any:
    return clouds(request.param, "dynamodb")


def test_the_time_to_live_is_a_number_that_dynamodb_takes(cloud: Any) -> None:
    name = new_table(cloud)
    cloud.update_time_to_live(
        TableName=name, TimeToLiveSpecification={"AttributeName": TTL, "Enabled": True}
    )
    DynamoJobTable(cloud, name).create(job(expires_s=1_700_000_000))
    DynamoJobTable(cloud, name).create(job("forever"))
    items = {item["id"]["S"]: item for item in cloud.scan(TableName=name)["Items"]}
    assert items["a"][TTL] == {"N": "1700000000"}
    assert TTL not in items["forever"]


def test_the_indexes_hold_keys_and_no_input(cloud: Any) -> None:
    name = new_table(cloud)
    DynamoJobTable(cloud, name).create(job())
    for index, size in (("by-state", 4), ("by-model", 3)):
        (entry,) = cloud.scan(TableName=name, IndexName=index)["Items"]
        assert len(entry) == size, entry
    assert cloud.scan(TableName=name, IndexName="by-owed")["Items"] == []


def test_a_write_that_was_sent_twice_is_known_as_ones_own(cloud: Any) -> None:
    """boto3 repeats a call whose answer was lost; here, every call is."""

    def twice(name: str, args: tuple, named: dict) -> None:
        if name == "put_item":
            cloud.put_item(**named)

    table = DynamoJobTable(Wrapped(cloud, twice), new_table(cloud))
    assert table.create(job())
    assert table.replace(jobs.claim(job(), NOW, 1000))
    assert not table.create(job())


def test_keys_that_dynamodb_left_out_are_asked_for_again(cloud: Any) -> None:
    class Stingy:
        """Gives one item at a time."""

        def __getattr__(self, name: str) -> Any:
            return getattr(cloud, name)

        def batch_get_item(self, RequestItems: dict) -> dict:  # noqa: N803 - boto3's name
            ((name, wanted),) = RequestItems.items()
            first, *rest = wanted["Keys"]
            answer = cloud.batch_get_item(RequestItems={name: {"Keys": [first]}})
            left = {name: {"Keys": rest}} if rest else {}
            return {**answer, "UnprocessedKeys": left}

    table: JobTable = DynamoJobTable(Stingy(), new_table(cloud))  # type: ignore[arg-type]  # stands for boto3's
    for n in range(8):
        table.create(job(f"j{n}", at=n))
    assert walk(table, JobQuery(limit=3)) == [f"j{n}" for n in reversed(range(8))]
    with pytest.raises(StorageUnavailable, match="busy"):
        table.find(JobQuery(limit=8))


def test_a_search_with_few_hits_gives_up_on_the_way_and_goes_on_from_there(cloud: Any) -> None:
    class Short:
        """Reads two keys at a time where a filter is asked for."""

        def __getattr__(self, name: str) -> Any:
            return getattr(cloud, name)

        def query(self, **named: Any) -> dict:
            return cloud.query(**{"Limit": 2, **named})

    table = DynamoJobTable(Short(), new_table(cloud))  # type: ignore[arg-type]  # stands for boto3's
    for n in range(45):
        table.create(job(f"j{n:02}", model="rare" if n in (0, 30, 44) else "mood", at=n))
    first = table.find(JobQuery(State.QUEUED, "rare"))
    assert ids(first) == ["j44", "j30"]
    assert first.cursor
    assert walk(table, JobQuery(State.QUEUED, "rare", limit=1)) == ["j44", "j30", "j00"]


@pytest.mark.parametrize(
    "ask",
    [
        lambda table: table.create(job()),
        lambda table: table.get("a"),
        lambda table: table.replace(job(revision=1)),
        lambda table: table.find(JobQuery()),
        lambda table: table.find(JobQuery(model="mood")),
    ],
)
def test_a_table_that_is_away_or_gone_is_unavailable(
    s3_url: str, closed_port: int, ask: Callable[[JobTable], object]
) -> None:
    for url in (s3_url, f"http://127.0.0.1:{closed_port}"):
        table = DynamoJobTable(aws_client("dynamodb", url), "no-such-table")
        with pytest.raises(StorageUnavailable, match="the jobs table"):
            ask(table)


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


def test_an_item_that_cannot_be_read_is_in_nobodys_way(clouds: Callable[[str, str], Any]) -> None:
    client = clouds("moto", "dynamodb")
    name = new_table(client)
    table = DynamoJobTable(client, name)
    odd = item_of(job("odd")) | {"revision": {"N": "1.5"}}
    client.put_item(TableName=name, Item=odd)
    assert table.create(job("plain"))
    with pytest.raises(StorageUnavailable, match="job odd cannot be read"):
        table.get("odd")
    assert ids(table.find(JobQuery(State.QUEUED))) == ["plain"]
