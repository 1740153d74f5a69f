"""Jobs in a DynamoDB table: one item a job, each write over the revision it was made from.

What a write costs, with an item of n KB (its inline input counts, at each write):

    create     n write units + 1 for each index                      1 KB: 3
    replace    n + 2 for `by-state`, whose key moves; `by-model`'s    1 KB: 3
               key never does and costs nothing; `by-owed` has a job
               from its end until its event was told only: 1 each
    renewal    the same: `changed` moves with every revision
    refused    n, nothing written; a refused create or replace        1 KB: 1
    get        n/4 read units (consistent)
    find       the keys of a page, and n/8 read units for each job of it

The indexes hold keys (and the model's name) only, so that the input is never stored twice.
`by-state` has one partition a state: about 500 transitions a second into one state, after
which DynamoDB throttles and the callers come again.
"""

import secrets
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from samovar.adapters import job_pages
from samovar.adapters.aws_errors import aws_errors, code_of
from samovar.adapters.job_event_fields import OWING
from samovar.adapters.job_items import (
    BY_MODEL,
    BY_OWED,
    BY_STATE,
    PART,
    TABLE,
    TTL,
    Item,
    item_of,
    job_of,
    jobs_of,
)
from samovar.errors import StorageUnavailable
from samovar.jobs import Job, JobPage, JobQuery, State

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

__all__ = ["TABLE", "TTL", "DynamoJobTable"]
_WHAT = "the jobs table"
_REFUSED = "ConditionalCheckFailedException"
_WRITER = "writer"
_PLACE = {BY_STATE: "changed", BY_MODEL: "created", BY_OWED: "due"}
_LAST = ":"  # sorts behind every position
_MOST_PAGES = 10  # of keys, 1 MB each, that one search with a filter reads
_BATCH_TRIES = 6


class DynamoJobTable:
    """The jobs of one table."""

    def __init__(self, client: "DynamoDBClient", table: str) -> None:
        self._client = client
        self._table = table

    def create(self, job: Job) -> bool:
        """Write a new job; False where its id exists. Raises PayloadTooLarge, InvalidInput."""
        job_pages.check_new(job)
        return self._put(job, {"ConditionExpression": "attribute_not_exists(id)"})

    def get(self, job_id: str) -> Job | None:
        """The job as it stands now (a consistent read), or None."""
        if not job_pages.is_job_id(job_id):
            return None
        with aws_errors(_WHAT):
            found = self._client.get_item(
                TableName=self._table, Key={"id": {"S": job_id}}, ConsistentRead=True
            )
        return job_of(found["Item"]) if "Item" in found else None

    def replace(self, job: Job) -> bool:
        """Write a job over its last revision; False where that is gone."""
        last = {":last": {"N": str(job.revision - 1)}}
        return self._put(
            job, {"ConditionExpression": "revision = :last", "ExpressionAttributeValues": last}
        )

    def find(self, query: JobQuery) -> JobPage:
        """Jobs by state and model, newest first: by creation for a model's, else by change.

        A page may have fewer jobs than asked for and still a cursor, where jobs moved on
        while it was put together.
        """
        before = _before(query, job_pages.check_query(query))
        places, more = self._places(query, before)
        page = places[: query.limit]
        jobs = self._read(list(dict.fromkeys(place.partition(".")[2] for place in page)))
        cursor = job_pages.cursor_after(query, page[-1]) if more else ""
        return JobPage(tuple(job for job in jobs if job_pages.matches(query, job)), cursor)

    def _put(self, job: Job, condition: Mapping[str, Any]) -> bool:
        """Whether the item was written, by this very call.

        boto3 sends again what got no answer. Where the first sending had arrived, the second
        is refused by our own item: the writer's mark tells it from another's.
        """
        mark = secrets.token_bytes(8)
        item = item_of(job) | {_WRITER: {"B": mark}}
        with aws_errors(_WHAT):
            try:
                self._client.put_item(
                    TableName=self._table,
                    Item=item,
                    ReturnValuesOnConditionCheckFailure="ALL_OLD",
                    **condition,
                )
            except ClientError as error:
                if code_of(error) != _REFUSED:
                    raise
                known: Item = {**error.response}.get("Item", {})  # type: ignore[assignment]  # boto3's stubs do not tell of it
                return known.get(_WRITER) == {"B": mark}
        return True

    def _places(self, query: JobQuery, before: str) -> tuple[list[str], bool]:
        """The positions of a page, newest first, and whether there are more."""
        if query.owed_ms:
            found = [self._query(BY_OWED, ("owing", OWING), query, before)]
        elif job_pages.by_creation(query):
            found = [self._query(BY_MODEL, ("model", query.model), query, before)]
        else:
            found = [self._query(BY_STATE, ("state", s), query, before) for s in _states(query)]
        places = sorted({place for places, _ in found for place in places}, reverse=True)
        return places, len(places) > query.limit or any(cut for _, cut in found)

    def _query(
        self, index: str, key: tuple[str, str], query: JobQuery, before: str
    ) -> tuple[list[str], bool]:
        """One more position than asked for, or all; True where it gave up on the way.

        The last position is then how far it came.
        """
        asked = _question(index, key, before, query)
        places: list[str] = []
        for _ in range(_MOST_PAGES):
            with aws_errors(_WHAT):
                answer = self._client.query(TableName=self._table, **asked)
            places += [str(item[_PLACE[index]]["S"]) for item in answer["Items"]]
            last: Any = answer.get("LastEvaluatedKey")
            if not last or len(places) > query.limit:
                return places[: query.limit + 1], False
            asked["ExclusiveStartKey"] = last
        return [*places, str(last[_PLACE[index]]["S"])], True

    def _read(self, ids: Sequence[str]) -> list[Job]:
        """Those of the jobs that are still there, in the order asked for."""
        jobs: dict[str, Job] = {}
        wanted: Any = [{"id": {"S": job_id}} for job_id in ids]
        for _ in range(_BATCH_TRIES):
            if not wanted:
                break
            with aws_errors(_WHAT):
                answer = self._client.batch_get_item(RequestItems={self._table: {"Keys": wanted}})
            found = jobs_of(answer["Responses"].get(self._table, []))
            jobs |= {job.id: job for job in found}
            left = answer.get("UnprocessedKeys", {})
            wanted = left[self._table]["Keys"] if self._table in left else []
        if wanted:
            raise StorageUnavailable(f"{_WHAT} is too busy to list jobs: try again")
        return [jobs[job_id] for job_id in ids if job_id in jobs]


def _states(query: JobQuery) -> list[str]:
    """The partitions of `by-state` that have what is asked for."""
    states = [str(state) for state in ([query.state] if query.state else State)]
    return states if job_pages.leaves_out_parts(query) else states + [PART + s for s in states]


def _before(query: JobQuery, after: str) -> str:
    """The position that a page's jobs are older than."""
    oldest = [after] if after else []
    if query.owed_ms:
        oldest.append(job_pages.position(query.owed_ms, ""))
    elif query.older_than_ms and not job_pages.by_creation(query):
        oldest.append(job_pages.position(query.older_than_ms, ""))
    return min(oldest, default=_LAST)


def _question(index: str, key: tuple[str, str], before: str, query: JobQuery) -> dict[str, Any]:
    """The query's arguments: one partition of an index, from a position downwards."""
    filtered = bool(query.model) and index == BY_STATE
    values: Item = {":key": {"S": key[1]}, ":before": {"S": before}}
    names = {"#key": key[0], "#place": _PLACE[index]}
    return {
        "IndexName": index,
        "KeyConditionExpression": "#key = :key AND #place < :before",
        "ExpressionAttributeNames": names | ({"#model": "model"} if filtered else {}),
        "ExpressionAttributeValues": values | ({":model": {"S": query.model}} if filtered else {}),
        "ScanIndexForward": False,
    } | ({"FilterExpression": "#model = :model"} if filtered else {"Limit": query.limit + 1})
