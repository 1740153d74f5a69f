"""OpenAI's embeddings over predict: what is asked, and how the answer is written.

Source: OpenAI API reference, "Create embeddings" and "The embedding object".
"""

import base64
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import orjson

from samovar.embedding import TASK, unit
from samovar.errors import InvalidInput
from samovar.types import Array, ModelSpec, Payload
from samovar.values import dataclass

Document = Mapping[str, Any]

MAX_INPUTS = 2048
"""Texts of one request, as many as OpenAI takes."""
_FIELDS = frozenset({"model", "input", "encoding_format", "dimensions", "user"})
_ENCODINGS = ("float", "base64")
_JSON = "application/json"


@dataclass(frozen=True, slots=True)
class Form:
    """How vectors are written: their model's name, their encoding, their size (0: the model's)."""

    model: str
    encoding: str = "float"
    dimensions: int = 0

    def written(self, document: Document) -> Document:
        """Predict's answer as OpenAI's list. Raises InvalidInput for a size over the model's."""
        found = document.get("predictions", [document])
        vectors = self._vectors([one["embedding"] for one in found])
        data = [
            {"object": "embedding", "index": at, "embedding": vector}
            for at, vector in enumerate(vectors)
        ]
        return {"object": "list", "data": data, "model": self.model, **_usage(found)}

    def _vectors(self, vectors: Sequence[Any]) -> Sequence[Any]:
        """Vectors as they are sent; base64 is of little-endian float32."""
        if self.encoding == "float" and not self.dimensions:
            return vectors  # as the model gave them
        rows = np.array(vectors, np.float32)
        if self.dimensions:
            rows = shortened(rows, self.dimensions)
        if self.encoding == "float":
            said: list[Any] = orjson.loads(orjson.dumps(rows, option=orjson.OPT_SERIALIZE_NUMPY))
            return said
        return [base64.b64encode(row.astype("<f4").tobytes()).decode() for row in rows]


def shortened(rows: Array, dimensions: int) -> Array:
    """float32 (rows, dimensions) of length 1: the first numbers of each row, made longer again.

    Raises InvalidInput where rows have fewer.
    """
    width = rows.shape[1]
    if dimensions > width:
        raise InvalidInput(f"'dimensions' is {dimensions}: this model's vectors have {width}")
    return rows if dimensions == width else unit(rows[:, :dimensions])


def ask_embeddings(
    body: Document, spec: ModelSpec, request_id: str = ""
) -> tuple[Payload, Callable[[Document], Document]]:
    """What predict is asked for a request of embeddings, and what writes its answer down.

    Raises InvalidInput.
    """
    if spec.task != TASK:
        raise InvalidInput(f"model '{spec.name}' answers no embeddings: its task is {spec.task}")
    for name in body:
        if name not in _FIELDS:
            raise InvalidInput(f"unknown field '{name[:60]}'")
    encoding = "float" if body.get("encoding_format") is None else body["encoding_format"]
    if not isinstance(encoding, str) or encoding not in _ENCODINGS:
        raise InvalidInput(f"'encoding_format' must be one of {', '.join(_ENCODINGS)}")
    form = Form(spec.name, encoding, _dimensions(body, spec))
    asked = {"rows": [{"text": text} for text in read_texts(body.get("input"), "input")]}
    try:
        return Payload(orjson.dumps(asked), _JSON, request_id), form.written
    except TypeError:  # half of a surrogate pair stands in JSON, and is no text
        raise InvalidInput("'input' has a text that is no UTF-8") from None


def read_texts(value: Any, name: str, most: int = MAX_INPUTS) -> list[str]:
    """A text, or a list of some, as a list. Raises InvalidInput; says how token ids are avoided."""
    texts = [value] if isinstance(value, str) else value
    if isinstance(texts, list) and texts and _is_tokens(texts[0]):
        raise InvalidInput(
            f"'{name}' has token ids, which only the tokenizer that made them reads: send texts "
            "(LangChain: OpenAIEmbeddings(check_embedding_ctx_length=False))"
        )
    if not (isinstance(texts, list) and texts and all(isinstance(one, str) for one in texts)):
        raise InvalidInput(f"'{name}' must be a text, or a list of texts")
    if len(texts) > most:
        raise InvalidInput(f"'{name}' has {len(texts)} texts: {most} are taken at once")
    return texts


def _is_tokens(first: Any) -> bool:
    one = first[0] if isinstance(first, list) and first else first
    return isinstance(one, int) and not isinstance(one, bool)


def _dimensions(body: Document, spec: ModelSpec) -> int:
    """0 where none are asked for. Raises InvalidInput for what no vector of the model can have."""
    asked = body.get("dimensions")
    if asked is None:
        return 0
    if not isinstance(asked, int) or isinstance(asked, bool) or asked < 1:
        raise InvalidInput("'dimensions' must be a whole number above 0")
    width = width_of(spec)
    if width and asked > width:
        raise InvalidInput(f"'dimensions' is {asked}: this model's vectors have {width}")
    return asked


def width_of(spec: ModelSpec) -> int:
    """The numbers of a model's vectors, by its newest signature; 0 where none says."""
    if not spec.signatures:
        return 0
    newest = spec.signatures[max(spec.signatures, key=int)]
    named = getattr(spec.post[-1], "tensor", "") if spec.post else ""
    widths = [out.shape[-1] for out in newest.outputs if named in ("", out.name) and out.shape]
    return max(widths[0], 0) if len(widths) == 1 else 0


def _usage(found: Sequence[Document]) -> Document:
    """The tokens that were read; nothing where the model's steps count none."""
    counts = [one["tokens"] for one in found if "tokens" in one]
    if len(counts) < len(found):
        return {}
    return {"usage": {"prompt_tokens": sum(counts), "total_tokens": sum(counts)}}
