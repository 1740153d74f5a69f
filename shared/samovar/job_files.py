"""Files that clients keep here for their batches, as OpenAI's API has them. Sees ports only.

A file is an input like any other, `inputs/file-<id>`, with what is said of it beside it; both
are forgotten when inputs are. What is deleted is written over with nothing.
"""

import re
from collections.abc import Callable, Iterator

import orjson

from samovar.errors import FileNotFound, InvalidInput, JobsNotConfigured
from samovar.ports import BlobStreams, Clock, JobPorts
from samovar.values import dataclass

_PREFIX, _ABOUT = "file-", ".json"
_ID = re.compile(r"[A-Za-z0-9_-]{1,128}")
_LINE = 64 * 1024
_ANY = "application/octet-stream"


@dataclass(frozen=True, slots=True)
class StoredFile:
    """A file that a client keeps here. `created_s` is in seconds since the epoch."""

    id: str
    name: str
    purpose: str
    bytes: int
    created_s: int


class Files:
    """The files of one deployment."""

    def __init__(self, ports: JobPorts, clock: Clock, new_id: Callable[[], str]) -> None:
        self._blobs = ports.blobs
        self._pieces = ports.streams
        self._clock = clock
        self._new_id = new_id

    def keep(self, name: str, purpose: str, body: bytes) -> StoredFile:
        """The file, kept. It is there for others only once it is there whole."""
        created_s = self._clock.now_ns() // 1_000_000_000
        kept = StoredFile(_PREFIX + self._new_id(), name, purpose, len(body), created_s)
        self._blobs.put(_key(kept.id), body, _ANY)
        about = {"name": name, "purpose": purpose, "bytes": len(body), "created_s": created_s}
        self._blobs.put(_key(kept.id) + _ABOUT, orjson.dumps(about), "application/json")
        return kept

    def find(self, file_id: str) -> StoredFile:
        """What is known of a file. Raises FileNotFound."""
        try:
            about = orjson.loads(self._blobs.get(self.uri(file_id) + _ABOUT))
        except InvalidInput:
            about = {}
        if not about:
            raise FileNotFound(f"there is no file '{file_id[:128]}'; it may have been forgotten")
        return StoredFile(file_id, **about)

    def read(self, file_id: str) -> bytes:
        """A file's bytes. Raises FileNotFound, PayloadTooLarge."""
        return self._blobs.get(self.uri(self.find(file_id).id))

    def forget(self, file_id: str) -> None:
        """Delete a file; batches that are at work on it fail. Raises FileNotFound."""
        key = _key(self.find(file_id).id)
        self._blobs.put(key + _ABOUT, b"{}", "application/json")
        self._blobs.put(key, b"", _ANY)

    def all(self) -> Iterator[StoredFile]:
        """The files, in no order."""
        for key in self._streams().names(_key(_PREFIX)):
            if key.endswith(_ABOUT):
                try:
                    yield self.find(key.removeprefix("inputs/").removesuffix(_ABOUT))
                except FileNotFound:
                    continue

    def uri(self, file_id: str) -> str:
        """Where a file lies, or what was sent by a form of `POST /v1/uploads`, under its id.

        Raises FileNotFound for what is no file's name.
        """
        if not _ID.fullmatch(file_id):
            raise FileNotFound(f"there is no file '{file_id[:128]}'")
        return self._blobs.uri(_key(file_id))

    def first_line(self, file_id: str) -> bytes:
        """The first line that is not blank. Raises FileNotFound, InvalidInput."""
        try:
            head = self._streams().read(self.uri(file_id), 0, _LINE)
        except InvalidInput:
            raise FileNotFound(f"there is no file '{file_id[:128]}': send it first") from None
        lines = (line for line in head.removeprefix(b"\xef\xbb\xbf").split(b"\n") if line.strip())
        first = next(lines, b"")
        if not first:
            raise InvalidInput(f"file '{file_id[:128]}' is empty")
        if len(head) == _LINE and b"\n" not in head.lstrip():
            raise InvalidInput(f"the first line of file '{file_id[:128]}' is over {_LINE} bytes")
        return first

    def _streams(self) -> BlobStreams:
        if self._pieces is None:
            raise JobsNotConfigured("this deployment has no bucket whose objects can be listed")
        return self._pieces


def _key(file_id: str) -> str:
    return f"inputs/{file_id}"
