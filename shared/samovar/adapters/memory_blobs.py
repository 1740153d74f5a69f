"""Objects held in memory, for tests: ours and our users'. Safe to share by threads."""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from samovar.adapters import blob_keys
from samovar.errors import InvalidInput, PayloadTooLarge
from samovar.jobs import Upload
from samovar.ports import BlobHead
from samovar.values import dataclass


@dataclass(frozen=True, slots=True)
class _Object:
    body: bytes
    content_type: str


class MemoryBlobs:
    """Objects by key, in a bucket that is a dictionary."""

    def __init__(self, bucket: str = "samovar-data", max_bytes: int = 64 * 1024 * 1024) -> None:
        self._bucket = bucket
        self._max_bytes = max_bytes
        self._objects: dict[str, _Object] = {}

    def get(self, uri: str) -> bytes:
        """The object's bytes. Raises InvalidInput, PayloadTooLarge."""
        found = self._objects.get(blob_keys.key_of(self._bucket, uri))
        if found is None:
            raise InvalidInput(f"there is no object at {uri[:200]}: upload it first")
        if len(found.body) > self._max_bytes:
            raise PayloadTooLarge(
                f"{uri[:200]} has {len(found.body)} bytes; {self._max_bytes} are allowed"
            )
        return found.body

    def put(self, key: str, body: bytes, content_type: str) -> str:
        """Write an object; its URI. Raises InvalidInput."""
        uri = blob_keys.uri_of(self._bucket, key)
        media = content_type or blob_keys.UNKNOWN_TYPE
        blob_keys.check_media_type(media)
        self._objects[key] = _Object(bytes(body), media)
        return uri

    def uri(self, key: str) -> str:
        """The URI of a key that is allowed. Raises InvalidInput."""
        return blob_keys.uri_of(self._bucket, key)

    def head(self, uri: str) -> BlobHead | None:
        """The object's bytes and media type; None where there is none. Raises InvalidInput."""
        found = self._objects.get(blob_keys.key_of(self._bucket, uri))
        return BlobHead(len(found.body), found.content_type) if found else None

    def link(self, uri: str) -> str:
        """A URL that nobody serves. Raises InvalidInput."""
        return f"memory://{self._bucket}/{blob_keys.key_of(self._bucket, uri)}"

    def presign(self, key: str, content_type: str, max_bytes: int) -> Upload:
        """An upload, which `upload` does. Raises InvalidInput."""
        blob_keys.check_media_type(content_type)
        uri = blob_keys.uri_of(self._bucket, key)
        fields = {"key": key, "Content-Type": content_type, "max-bytes": str(max_bytes)}
        fields["policy"] = _policy(fields)
        return Upload(key.rpartition("/")[2], f"memory://{self._bucket}", fields, uri)

    def size(self, uri: str) -> int | None:
        """The object's bytes; None where there is none. Raises InvalidInput."""
        found = self.head(uri)
        return found.size if found else None

    def read(self, uri: str, start: int, length: int) -> bytes:
        """A part of an object, shorter at its end. Raises InvalidInput where there is none."""
        found = self._objects.get(blob_keys.key_of(self._bucket, uri))
        if found is None:
            raise InvalidInput(f"there is no object at {uri[:200]}: upload it first")
        return found.body[start : start + length]

    def write(self, key: str, pieces: Iterable[bytes], content_type: str) -> str:
        """An object made of pieces, whole or not at all; its URI."""
        return self.put(key, b"".join(pieces), content_type)

    def join(self, key: str, uris: Sequence[str], content_type: str) -> str:
        """An object made of others, in order. Raises InvalidInput where one is not there."""
        whole = (self.read(uri, 0, self.size(uri) or 0) for uri in uris)
        return self.write(key, whole, content_type)

    def names(self, prefix: str) -> Iterator[str]:
        """The keys that begin with a prefix, in order."""
        return iter(sorted(key for key in self._objects if key.startswith(prefix)))

    def upload(self, upload: Upload, body: bytes) -> None:
        """What a client does with a presigned upload. Raises PayloadTooLarge, InvalidInput."""
        if upload.fields.get("policy") != _policy(upload.fields):
            raise InvalidInput("these are not the fields that were presigned")
        most = int(upload.fields["max-bytes"])
        if len(body) > most:
            raise PayloadTooLarge(f"this upload has {most} bytes at most, these are {len(body)}")
        self.put(upload.fields["key"], body, upload.fields["Content-Type"])


def _policy(fields: Mapping[str, str]) -> str:
    return "|".join(fields[name] for name in ("key", "Content-Type", "max-bytes"))
