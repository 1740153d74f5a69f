"""The models that all servers are measured with, and what is sent to them."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.plain import plain_model

# "A man is eating a piece of bread on the bench." for a BERT vocabulary: 12 tokens.
_TOKENS = (101, 1037, 2158, 2003, 5983, 1037, 3538, 1997, 7852, 1012, 1012, 102)


@dataclass(frozen=True, slots=True)
class Subject:
    """A model, the file that peers open, and the arrays of one request to it."""

    name: str
    output: str
    feed: Mapping[str, np.ndarray[Any, Any]]

    @property
    def path(self) -> Path:
        """The single .onnx file, as a user would bring it."""
        return plain_model(self.name)


def subjects() -> tuple[Subject, ...]:
    """A graph of microseconds, where the server is all; and a text encoder of milliseconds."""
    picture = np.round(np.random.default_rng(4).random((1, 1, 8, 8)), 4).astype(np.float32)
    ids = np.array([_TOKENS], np.int64)
    text = {
        "input_ids": ids,
        "attention_mask": np.ones_like(ids),
        "token_type_ids": np.zeros_like(ids),
    }
    return (
        Subject("digits", "logits", {"image": picture}),
        Subject("minilm-small", "sentence_embedding", text),
    )
