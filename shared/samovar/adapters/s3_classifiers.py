"""Models that clients save, in a bucket under a prefix of their own."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from samovar.adapters.aws_errors import aws_errors
from samovar.adapters.directory import is_version
from samovar.classification.head_files import HEAD
from samovar.errors import NotFound
from samovar.layout import MANIFEST, RETIRED

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

_WHAT = "the models bucket"
_THERE = frozenset({"PreconditionFailed", "ConditionalRequestConflict", "412", "409"})
_MISSING = ("NoSuchKey", "404", "NotFound")


class S3Classifiers:
    """Classifiers under a bucket's prefix. A version is one object, which is written once.

    The manifest comes first where there is none: a version without one would be read as another
    kind of model. A writer that dies in between leaves a name without versions, which is free.
    """

    def __init__(self, client: "S3Client", bucket: str, prefix: str) -> None:
        self._client = client
        self._bucket = bucket
        self._prefix = prefix

    def last(self, name: str) -> int:
        """The highest number among the keys, and what it was when the name was removed."""
        numbers = (key.split("/")[0] for key in self._keys(f"{name}/"))
        return max([self._retired(name), *(int(part) for part in numbers if is_version(part))])

    def add(self, name: str, version: int, manifest: bytes, head: bytes) -> bool:
        """The version's one object, where nobody has written it, and the manifest."""
        self._put(f"{name}/{MANIFEST}", manifest, once=True)
        if not self._put(f"{name}/{version}/{HEAD}", head, once=True):
            return False
        return self._put(f"{name}/{MANIFEST}", manifest)

    def remove(self, name: str) -> None:
        """Every object of the name, the manifest last, once its last number is written down."""
        self._put(f"{RETIRED}/{name}", str(self.last(name)).encode())
        keys = sorted(self._keys(f"{name}/"), key=MANIFEST.__eq__)
        for key in keys:
            with aws_errors(_WHAT):
                self._client.delete_object(Bucket=self._bucket, Key=f"{self._prefix}{name}/{key}")

    def _put(self, key: str, body: bytes, *, once: bool = False) -> bool:
        """Whether it was written; `once`: only where nothing was there."""
        try:
            with aws_errors(_WHAT, dict.fromkeys(_THERE, NotFound("taken"))):
                self._write(key, body, once=once)
        except NotFound:
            return False
        return True

    def _write(self, key: str, body: bytes, *, once: bool) -> None:
        at = f"{self._prefix}{key}"
        if once:
            self._client.put_object(Bucket=self._bucket, Key=at, Body=body, IfNoneMatch="*")
        else:
            self._client.put_object(Bucket=self._bucket, Key=at, Body=body)

    def _retired(self, name: str) -> int:
        try:
            with aws_errors(_WHAT, dict.fromkeys(_MISSING, NotFound("none"))):
                found = self._client.get_object(
                    Bucket=self._bucket, Key=f"{self._prefix}{RETIRED}/{name}"
                )
                return int(found["Body"].read())
        except NotFound:
            return 0

    def _keys(self, folder: str) -> Iterator[str]:
        """The keys of a folder, without it."""
        prefix = f"{self._prefix}{folder}"
        with aws_errors(_WHAT):
            pages = self._client.get_paginator("list_objects_v2").paginate(
                Bucket=self._bucket, Prefix=prefix
            )
            for page in pages:
                yield from (entry["Key"][len(prefix) :] for entry in page.get("Contents", []))
