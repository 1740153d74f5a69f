"""Kept answers in the jobs table, an item each, and large ones in the data bucket.

An answer of n KB costs n write units to keep, half of n/4 read units to find, and half of one
to find that there is none. One in the bucket costs a request of S3's more, each way; its item
says that it is there, and when it is over: the table forgets an item within days of its time,
the bucket an object after 31 days, so a reader looks at the time as well.
"""

from contextlib import closing
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from samovar.adapters.aws_errors import aws_errors, code_of
from samovar.adapters.job_items import TTL

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_s3 import S3Client

    from samovar.ports import Clock

PREFIX = "answer:"  # no id of a job has a colon
FOLDER = "answers/"
MOST_ITEM_BYTES = 32_000
"""An item may have 400 KB, but from some 8 KB on a write of it costs more than an object."""
_WHAT = "the store of answers"
_MISSING = ("NoSuchKey", "AccessDenied")  # the second, to those who may not list
_TYPE = "application/octet-stream"


class DynamoAnswers:
    """The answers of one table and one bucket."""

    def __init__(
        self, dynamodb: "DynamoDBClient", table: str, s3: "S3Client", bucket: str, clock: "Clock"
    ) -> None:
        self._dynamodb = dynamodb
        self._table = table
        self._s3 = s3
        self._bucket = bucket
        self._clock = clock

    def get(self, key: bytes) -> bytes | None:
        """What was last kept under a key, perhaps a moment ago; None where nothing is."""
        with aws_errors(_WHAT):
            found = self._dynamodb.get_item(
                TableName=self._table, Key={"id": {"S": f"{PREFIX}{key.hex()}"}}
            )
            item: Any = found.get("Item")
            if not item or int(item[TTL]["N"]) <= self._clock.now_ns() // 1_000_000_000:
                return None
            if "body" in item:
                return bytes(item["body"]["B"])
            return self._large(key)

    def put(self, key: bytes, body: bytes, until_s: int) -> None:
        """Keep bytes under a key: first what is large, then the item that says so."""
        item: Any = {"id": {"S": f"{PREFIX}{key.hex()}"}, TTL: {"N": str(until_s)}}
        with aws_errors(_WHAT):
            if len(body) <= MOST_ITEM_BYTES:
                item["body"] = {"B": body}
            else:
                self._s3.put_object(
                    Bucket=self._bucket, Key=_object(key), Body=body, ContentType=_TYPE
                )
            self._dynamodb.put_item(TableName=self._table, Item=item)

    def _large(self, key: bytes) -> bytes | None:
        """An object; None where the bucket has forgotten it."""
        try:
            found = self._s3.get_object(Bucket=self._bucket, Key=_object(key))
        except ClientError as error:
            if code_of(error) not in _MISSING:
                raise
            return None
        with closing(found["Body"]) as body:
            return body.read()


def _object(key: bytes) -> str:
    return f"{FOLDER}{key.hex()}"
