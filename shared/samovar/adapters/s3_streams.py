"""Objects of a bucket piece by piece: read by ranges, written as multipart uploads."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing, suppress
from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, ClientError

from samovar.adapters import blob_keys
from samovar.adapters.aws_errors import Refusals, aws_errors
from samovar.adapters.s3_joins import LEAST, Piece, pieces
from samovar.adapters.threads import Threads
from samovar.errors import InvalidInput, PayloadTooLarge

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_s3.type_defs import CompletedPartTypeDef

_WHAT = "the data bucket"
_MISSING = ("404", "NoSuchKey", "NotFound", "AccessDenied", "403", "InvalidObjectState")
_PAST_ITS_END = ("InvalidRange", "416")
_PART_BYTES = 8 * 1024 * 1024  # S3 takes no less than 5 MB, but for the last
_GROWS_EVERY = 500  # parts, of which S3 takes 10,000: the last ones have 160 MB
_MOST_PARTS = 10_000
_AT_ONCE = 8  # copies within S3


class S3Streams:
    """The objects of one bucket. `owner` is the account that must own it."""

    def __init__(
        self, client: "S3Client", bucket: str, *, owner: str = "", part_bytes: int = _PART_BYTES
    ) -> None:
        self._client = client
        self._bucket = bucket
        self._owner: Any = {"ExpectedBucketOwner": owner} if owner else {}
        self._part_bytes = part_bytes
        self._least = min(LEAST, part_bytes)
        self._hands = Threads(_AT_ONCE)

    def size(self, uri: str) -> int | None:
        """The object's bytes; None where there is none that may be read."""
        key = blob_keys.key_of(self._bucket, uri)
        try:
            with aws_errors(_WHAT, _missing(uri)):
                found = self._client.head_object(Bucket=self._bucket, Key=key, **self._owner)
        except InvalidInput:
            return None
        return found["ContentLength"]

    def read(self, uri: str, start: int, length: int) -> bytes:
        """A part of an object, shorter at its end. Raises InvalidInput where there is none."""
        key = blob_keys.key_of(self._bucket, uri)
        if length <= 0:
            return b""
        said = f"bytes={start}-{start + length - 1}"
        try:
            with aws_errors(_WHAT, _missing(uri)):
                found = self._client.get_object(
                    Bucket=self._bucket, Key=key, Range=said, **self._owner
                )
                with closing(found["Body"]) as body:
                    return body.read()
        except _PastItsEnd:
            return b""

    def write(self, key: str, pieces: Iterable[bytes], content_type: str) -> str:
        """An object made of pieces, whole or not at all; its URI.

        A few megabytes are held at once. Where a piece cannot be had, or sent, what was sent is
        thrown away. Raises PayloadTooLarge over 10,000 parts, which hold half a terabyte.
        """
        uri = blob_keys.uri_of(self._bucket, key)
        media = content_type or blob_keys.UNKNOWN_TYPE
        blob_keys.check_media_type(media)
        where: Any = {"Bucket": self._bucket, "Key": key, **self._owner}
        parts = _gathered(pieces, self._part_bytes)
        first = next(parts, b"")
        second = next(parts, None)
        with aws_errors(_WHAT):
            if second is None:
                self._client.put_object(**where, Body=first, ContentType=media)
            else:
                whole = _again(first, second, parts)
                self._multipart(where, media, lambda upload: self._send_all(upload, whole))
        return uri

    def join(self, key: str, uris: Sequence[str], content_type: str) -> str:
        """An object made of others, in order; most of it is copied within S3, eight at once.

        Raises InvalidInput where one is not there.
        """
        sources = [(uri, self.size(uri)) for uri in uris]
        missing = next((uri for uri, size in sources if size is None), "")
        if missing:
            raise InvalidInput(f"there is no object at {missing[:200]} that may be read")
        known = [(uri, size) for uri, size in sources if size]
        found = list(pieces(known, self.read, self._least))
        if all(not piece.uri for piece in found):
            return self.write(key, (piece.body for piece in found), content_type)
        target = blob_keys.uri_of(self._bucket, key)
        where: Any = {"Bucket": self._bucket, "Key": key, **self._owner}
        with aws_errors(_WHAT):
            self._multipart(where, content_type, lambda upload: self._copy_all(upload, found))
        return target

    def names(self, prefix: str) -> Iterator[str]:
        """The keys that begin with a prefix, in order; a request for each thousand."""
        blob_keys.check_key(prefix + "x")
        asked: Any = {"Bucket": self._bucket, "Prefix": prefix, **self._owner}
        while True:
            with aws_errors(_WHAT):
                page = self._client.list_objects_v2(**asked)
            yield from (item["Key"] for item in page.get("Contents", []))
            if not page.get("NextContinuationToken"):
                return
            asked["ContinuationToken"] = page["NextContinuationToken"]

    def _multipart(
        self,
        where: Any,
        media: str,
        send: Callable[[Any], "list[CompletedPartTypeDef]"],
    ) -> None:
        """An upload in parts, or nothing of it."""
        begun = self._client.create_multipart_upload(**where, ContentType=media)
        upload: Any = {**where, "UploadId": begun["UploadId"]}
        try:
            parts: Any = {"Parts": send(upload)}
            self._client.complete_multipart_upload(**upload, MultipartUpload=parts)
        except BaseException:  # also where the pieces end in an error: nothing half is left
            with suppress(ClientError, BotoCoreError, OSError):
                self._client.abort_multipart_upload(**upload)
            raise

    def _send_all(self, upload: Any, parts: Iterable[bytes]) -> "list[CompletedPartTypeDef]":
        return [self._send(upload, at, body) for at, body in enumerate(parts, 1)]

    def _copy_all(self, upload: Any, found: Sequence[Piece]) -> "list[CompletedPartTypeDef]":
        numbered = list(enumerate(found, 1))
        return self._hands.each(lambda one: self._copy(upload, *one), numbered)

    def _copy(self, upload: Any, number: int, piece: Piece) -> "CompletedPartTypeDef":
        if not piece.uri:
            return self._send(upload, number, piece.body)
        source: Any = {"Bucket": self._bucket, "Key": blob_keys.key_of(self._bucket, piece.uri)}
        said = f"bytes={piece.start}-{piece.end - 1}"
        copied = self._client.upload_part_copy(
            **upload, PartNumber=number, CopySource=source, CopySourceRange=said
        )
        return {"PartNumber": number, "ETag": copied["CopyPartResult"]["ETag"]}

    def _send(self, upload: Any, number: int, body: bytes) -> "CompletedPartTypeDef":
        if number > _MOST_PARTS:
            raise PayloadTooLarge("an object cannot have so many parts")
        sent = self._client.upload_part(**upload, PartNumber=number, Body=body)
        return {"PartNumber": number, "ETag": sent["ETag"]}


class _PastItsEnd(InvalidInput):
    """A range that begins where the object has ended."""


def _again(first: bytes, second: bytes, rest: Iterator[bytes]) -> Iterator[bytes]:
    yield first
    yield second
    yield from rest


def _gathered(pieces: Iterable[bytes], part_bytes: int) -> Iterator[bytes]:
    """The pieces as parts: all as large as S3 wants them, larger the more there are."""
    held: list[bytes] = []
    size = count = 0
    for piece in pieces:
        held.append(piece)
        size += len(piece)
        if size >= part_bytes * (1 + count // _GROWS_EVERY):
            yield b"".join(held)
            held, size, count = [], 0, count + 1
    if held:
        yield b"".join(held)


def _missing(uri: str) -> Refusals:
    said = f"there is no object at {uri[:200]} that may be read: upload it first"
    past = dict.fromkeys(_PAST_ITS_END, _PastItsEnd("the range begins after the object's end"))
    return {**dict.fromkeys(_MISSING, InvalidInput(said)), **past}
