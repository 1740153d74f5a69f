"""Collections in a bucket, an object each, under `collections/` and nowhere else."""

from collections.abc import Sequence
from contextlib import closing
from typing import TYPE_CHECKING, Any

from samovar.adapters.aws_errors import Refusals, aws_errors
from samovar.adapters.memory_collections import MOST, conflict
from samovar.errors import CollectionNotFound, SamovarError
from samovar.search.store import Kept

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

PREFIX = "collections/"
_WHAT = "the data bucket"
_GONE = ("404", "NoSuchKey", "NotFound")
_SAME = ("304", "NotModified")
_CHANGED = ("412", "PreconditionFailed", "409", "ConditionalRequestConflict", *_GONE)


class _Same(SamovarError):
    """What is there is what was known."""


class S3Collections:
    """Objects whose tags are S3's own, written only over what is expected there."""

    def __init__(self, client: "S3Client", bucket: str) -> None:
        self._client = client
        self._bucket = bucket

    def get(self, name: str, known: str = "") -> Kept | None:
        """What is kept under a name, without its body where that is known."""
        unless: Any = {"IfNoneMatch": _quoted(known)} if known else {}
        refusals = dict.fromkeys(_GONE, CollectionNotFound(name)) | dict.fromkeys(
            _SAME, _Same(name)
        )
        try:
            with aws_errors(_WHAT, refusals):
                found = self._client.get_object(Bucket=self._bucket, Key=_key(name), **unless)
                with closing(found["Body"]) as body:
                    return Kept(name, _tag(found["ETag"]), found["ContentLength"], body.read())
        except CollectionNotFound:
            return None
        except _Same:
            return Kept(name, known, 0)

    def put(self, name: str, body: bytes, expected: str | None = None) -> str:
        """Keep it, where what is there has the expected tag. Raises CollectionConflict."""
        only: Any = {}
        if expected is not None:
            only = {"IfMatch": _quoted(expected)} if expected else {"IfNoneMatch": "*"}
        refusals: Refusals = dict.fromkeys(_CHANGED, conflict(name)) if only else {}
        with aws_errors(_WHAT, refusals):
            done = self._client.put_object(
                Bucket=self._bucket,
                Key=_key(name),
                Body=body,
                ContentType="application/octet-stream",
                **only,
            )
        return _tag(done["ETag"])

    def delete(self, name: str) -> bool:
        """Forget it. To see that there was none takes s3:ListBucket."""
        refusals = dict.fromkeys(_GONE, CollectionNotFound(name))
        try:
            with aws_errors(_WHAT, refusals):
                self._client.head_object(Bucket=self._bucket, Key=_key(name))
        except CollectionNotFound:
            return False
        with aws_errors(_WHAT):
            self._client.delete_object(Bucket=self._bucket, Key=_key(name))
        return True

    def kept(self) -> Sequence[Kept]:
        """All, by name."""
        with aws_errors(_WHAT):
            found = self._client.list_objects_v2(
                Bucket=self._bucket, Prefix=PREFIX, MaxKeys=MOST
            ).get("Contents", [])
        return [
            Kept(one["Key"].removeprefix(PREFIX), _tag(one["ETag"]), one["Size"]) for one in found
        ]


def _tag(quoted: str) -> str:
    return quoted.strip('"')


def _quoted(tag: str) -> str:
    return f'"{tag}"'


def _key(name: str) -> str:
    return f"{PREFIX}{name}"
