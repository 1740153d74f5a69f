"""What a batch needs, held on disk, and a model that is none: for benchmarks/batch_rows."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

import orjson
from samovar.adapters.blob_keys import key_of, uri_of
from samovar.errors import InvalidInput, SamovarError
from samovar.jobs import Upload
from samovar.rows.expansion import answer_rows
from samovar.statistics import ModelStatistics
from samovar.types import InputSpec, Kind, ModelSpec, Payload

_BUCKET = "rows"
_SPEC = ModelSpec("label", input=InputSpec(Kind.TEXT))
_SCORES = [{"label": "High", "score": 0.91}, {"label": "Low", "score": 0.09}]
_ANSWER = orjson.dumps(
    {"model": "label", "version": "1", "label": "High", "probabilities": _SCORES}
)


class Folder:
    """Objects as files: both of the ports that batches need, and nothing held in memory."""

    def __init__(self, root: Path) -> None:
        self._root = root

    def get(self, uri: str) -> bytes:
        """The object's bytes."""
        return self._path(uri).read_bytes()

    def put(self, key: str, body: bytes, content_type: str) -> str:  # noqa: ARG002 - the port's
        """Write an object."""
        return self.write(key, [body], "")

    def uri(self, key: str) -> str:
        """The object's address."""
        return uri_of(_BUCKET, key)

    def presign(self, key: str, content_type: str, max_bytes: int) -> Upload:
        """Nobody uploads anything here."""
        raise InvalidInput(f"{key} ({content_type}, {max_bytes} bytes): no uploads here")

    def size(self, uri: str) -> int | None:
        """The object's bytes."""
        path = self._path(uri)
        return path.stat().st_size if path.exists() else None

    def read(self, uri: str, start: int, length: int) -> bytes:
        """A part of an object."""
        with self._path(uri).open("rb") as file:
            file.seek(start)
            return file.read(length)

    def write(self, key: str, pieces: Iterable[bytes], content_type: str) -> str:  # noqa: ARG002 - the port's
        """An object made of pieces."""
        path = self._path(self.uri(key))
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("wb") as file:
            file.writelines(pieces)
        return self.uri(key)

    def join(self, key: str, uris: Sequence[str], content_type: str) -> str:
        """An object made of others."""
        return self.write(key, (self.get(uri) for uri in uris), content_type)

    def names(self, prefix: str) -> Iterator[str]:
        """The keys that begin with a prefix."""
        folder = self._root / prefix
        found = folder.iterdir() if folder.is_dir() else ()
        yield from sorted(prefix + path.name for path in found)

    def _path(self, uri: str) -> Path:
        return self._root / key_of(_BUCKET, uri)


class Label:
    """The model that is none, and the store that has it."""

    def spec(self, name: str) -> ModelSpec:  # noqa: ARG002 - the port's
        """Its manifest."""
        return _SPEC

    def versions(self, name: str) -> tuple[str, ...]:  # noqa: ARG002 - the port's
        """Its one version."""
        return ("1",)

    def statistics(self) -> Mapping[tuple[str, str], ModelStatistics]:
        """Nothing is known of it."""
        return {}

    def predict_many(
        self,
        model: str,  # noqa: ARG002 - the port's
        version: str,  # noqa: ARG002 - the port's
        payloads: Sequence[Payload],
    ) -> list[Payload | SamovarError]:
        """The same answer for every row."""
        same = Payload(_ANSWER, "application/json")
        return [answer_rows(p, _SPEC, lambda rows: [same] * len(rows)) for p in payloads]
