"""Running a built text model, to train on its embeddings and to measure it."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
from numpy.typing import NDArray
from tokenizers import Tokenizer

Array = NDArray[Any]
MAX_TOKENS = 256


class Encoder:
    """A folder's model.onnx and tokenizer.json: texts in, tensors out."""

    def __init__(self, folder: Path) -> None:
        options = onnxruntime.SessionOptions()
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        self._session = onnxruntime.InferenceSession(folder / "model.onnx", options)
        self._tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
        self._tokenizer.enable_truncation(MAX_TOKENS)
        self._tokenizer.enable_padding()

    def run(self, output: str, texts: Sequence[str], *, batch: int = 64) -> Array:
        """One output for every text, in the texts' order: float32 (texts, …)."""
        # Texts of a length share a batch, so that little of it is padding.
        order = sorted(range(len(texts)), key=lambda number: len(texts[number]))
        parts = [order[start : start + batch] for start in range(0, len(order), batch)]
        rows = [self._run(output, [texts[number] for number in part]) for part in parts]
        found = np.concatenate(rows)
        return found[np.argsort(order)]

    def embed(self, texts: Sequence[str], *, batch: int = 64) -> Array:
        """Unit vectors: float32 (texts, 384)."""
        return self.run("sentence_embedding", texts, batch=batch)

    def _run(self, output: str, texts: Sequence[str]) -> Array:
        coded = self._tokenizer.encode_batch(list(texts))
        tensors = {
            "input_ids": np.array([one.ids for one in coded], np.int64),
            "attention_mask": np.array([one.attention_mask for one in coded], np.int64),
            "token_type_ids": np.array([one.type_ids for one in coded], np.int64),
        }
        found: Array = self._session.run([output], tensors)[0]
        return found
