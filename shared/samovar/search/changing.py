"""A collection made of documents, and one made of another by a change: pure."""

from collections.abc import Sequence

import numpy as np

from samovar.embedding import Embedded, Predict, embed_counted, model_digest
from samovar.errors import InvalidInput, PayloadTooLarge
from samovar.search.asks import Change
from samovar.search.collection import Collection, Document
from samovar.search.packed import Packed, pack
from samovar.search.passages import Passages, longest_of, read_passages
from samovar.types import Array, ModelSpec
from samovar.values import dataclass

MAX_DOCUMENTS = 20_000


@dataclass(frozen=True, slots=True)
class Reader:
    """An embedding model, and what asks it."""

    spec: ModelSpec
    predict: Predict

    @property
    def digest(self) -> str:
        """What the model is; empty where nobody listed its files."""
        return model_digest(self.spec).hex()

    def embed(self, texts: Sequence[str]) -> Embedded:
        """Unit vectors of texts. Raises InvalidInput, and what predict raises."""
        return embed_counted(texts, self.predict, self.spec)

    def passages(self, documents: Sequence[Document]) -> Passages:
        """The passages of documents. Raises as `embed` does."""
        texts = [each.text for each in documents]
        return read_passages(texts, self.embed, longest_of(self.spec))


def made_of(documents: Sequence[Document], reader: Reader, precision: str) -> Collection:
    """A collection of documents, one or more. Raises InvalidInput, PayloadTooLarge."""
    _check_count(len(documents))
    found = reader.passages(documents)
    packed = pack(found.vectors, precision)
    name, digest = reader.spec.name, reader.digest
    return Collection(name, digest, precision, tuple(documents), packed, found.owners)


def changed(old: Collection, change: Change, reader: Reader) -> Collection:
    """A collection after a change; what has not changed is not read again.

    If the model has, all of it is. Raises InvalidInput, PayloadTooLarge.
    """
    new = {each.id for each in change.documents} | change.gone
    kept = [at for at, each in enumerate(old.documents) if each.id not in new]
    documents = [*(old.documents[at] for at in kept), *change.documents]
    _check_count(len(documents))
    if reader.digest != old.digest or not kept:
        return made_of(documents, reader, old.precision)
    rows, scales, owners = _rows_of(old, kept)
    if change.documents:
        more = reader.passages(change.documents)
        packed = pack(more.vectors, old.precision)
        rows = np.concatenate((rows, packed.rows))
        scales = np.concatenate((scales, packed.scales))
        owners = np.concatenate((owners, more.owners + np.int32(len(kept))))
    packed = Packed(rows, scales)
    return Collection(old.model, old.digest, old.precision, tuple(documents), packed, owners)


def _rows_of(old: Collection, kept: Sequence[int]) -> tuple[Array, Array, Array]:
    """Rows, scales and owners of the kept documents, which are numbered anew."""
    places = np.full(len(old.documents), -1, np.int32)
    places[list(kept)] = np.arange(len(kept), dtype=np.int32)
    owners = places[old.owners]
    stays = owners >= 0
    return old.packed.rows[stays], old.packed.scales[stays], owners[stays]


def _check_count(count: int) -> None:
    if not count:
        raise InvalidInput("a collection has at least one document: send some, or delete it")
    if count > MAX_DOCUMENTS:
        raise PayloadTooLarge(
            f"a collection has {MAX_DOCUMENTS} documents at most, this would have {count}"
        )


def width_of(found: Collection) -> int:
    """The numbers of each of its vectors."""
    rows: Array = found.packed.rows
    return int(rows.shape[1])
