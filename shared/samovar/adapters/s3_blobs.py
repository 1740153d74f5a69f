"""Inputs and results in a bucket: under `inputs/`, `uploads/` and `results/`, nowhere else."""

from contextlib import closing
from typing import TYPE_CHECKING, Any

from samovar.adapters import blob_keys
from samovar.adapters.aws_errors import Refusals, aws_errors
from samovar.errors import InvalidInput, PayloadTooLarge
from samovar.jobs import Upload
from samovar.ports import BlobHead

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

_WHAT = "the data bucket"
_MISSING = ("404", "NoSuchKey", "NotFound", "AccessDenied", "403", "InvalidObjectState")
MAX_POST_BYTES = 5 * 1024**3
"""The most that S3 takes in one form."""


class S3Blobs:
    """The objects of one bucket.

    `owner` is the account that must own the bucket: nobody else can take the place of a bucket
    that was deleted. `max_bytes` is the most that `get` reads into memory.
    """

    def __init__(
        self,
        client: "S3Client",
        bucket: str,
        max_bytes: int = 64 * 1024 * 1024,
        *,
        owner: str = "",
        upload_s: int = 3600,
    ) -> None:
        self._client = client
        self._bucket = bucket
        self._max_bytes = max_bytes
        self._owner: Any = {"ExpectedBucketOwner": owner} if owner else {}
        self._upload_s = upload_s

    def get(self, uri: str) -> bytes:
        """The object's bytes, none of them read where they are too many.

        Raises InvalidInput where there is none that may be read, PayloadTooLarge.
        """
        key = blob_keys.key_of(self._bucket, uri)
        with aws_errors(_WHAT, _missing(uri)):
            found = self._client.get_object(Bucket=self._bucket, Key=key, **self._owner)
            with closing(found["Body"]) as body:  # its own `with` gives the unchecked stream
                if found["ContentLength"] > self._max_bytes:
                    raise PayloadTooLarge(
                        f"{uri[:200]} has {found['ContentLength']} bytes; "
                        f"{self._max_bytes} are allowed"
                    )
                return body.read()

    def put(self, key: str, body: bytes, content_type: str) -> str:
        """Write an object; its URI. Raises InvalidInput."""
        uri = blob_keys.uri_of(self._bucket, key)
        media = content_type or blob_keys.UNKNOWN_TYPE
        blob_keys.check_media_type(media)
        with aws_errors(_WHAT):
            self._client.put_object(
                Bucket=self._bucket, Key=key, Body=body, ContentType=media, **self._owner
            )
        return uri

    def uri(self, key: str) -> str:
        """The URI of a key that is allowed. Raises InvalidInput."""
        return blob_keys.uri_of(self._bucket, key)

    def head(self, uri: str) -> BlobHead | None:
        """The object's bytes and media type; None where there is none.

        What may not be looked at counts as away. To see that there is none takes s3:ListBucket.
        """
        key = blob_keys.key_of(self._bucket, uri)
        try:
            with aws_errors(_WHAT, {"404": InvalidInput(uri)}):
                found = self._client.head_object(Bucket=self._bucket, Key=key, **self._owner)
        except InvalidInput:
            return None
        return BlobHead(found["ContentLength"], found["ContentType"])

    def link(self, uri: str) -> str:
        """A presigned URL of an object, good for an hour. Nothing is asked of AWS."""
        key = blob_keys.key_of(self._bucket, uri)
        with aws_errors(_WHAT):
            return self._client.generate_presigned_url(
                "get_object", {"Bucket": self._bucket, "Key": key}, ExpiresIn=self._upload_s
            )

    def presign(self, key: str, content_type: str, max_bytes: int) -> Upload:
        """A form for one object of this key, type and size at most, good for an hour.

        Nothing is asked of AWS. Raises InvalidInput.
        """
        uri = blob_keys.uri_of(self._bucket, key)
        blob_keys.check_media_type(content_type)
        most = min(max_bytes, MAX_POST_BYTES)
        with aws_errors(_WHAT):
            form = self._client.generate_presigned_post(
                Bucket=self._bucket,
                Key=key,
                Fields={"Content-Type": content_type},
                Conditions=[{"Content-Type": content_type}, ["content-length-range", 0, most]],
                ExpiresIn=self._upload_s,
            )
        return Upload(key.rpartition("/")[2], form["url"], dict(form["fields"]), uri)


def _missing(uri: str) -> Refusals:
    """S3 answers AccessDenied, too, for what is not there, to those who may not list."""
    said = f"there is no object at {uri[:200]} that may be read: upload it first"
    return dict.fromkeys(_MISSING, InvalidInput(said))
