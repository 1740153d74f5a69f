"""BentoML: services whose API takes and gives arrays."""

import bentoml
import numpy as np
from graph import open_graph


@bentoml.service
class Digits:
    """A picture in, logits out."""

    def __init__(self) -> None:
        self.session = open_graph()

    @bentoml.api
    def infer(self, image: np.ndarray) -> np.ndarray:
        """The graph's output."""
        return self.session.run(None, {"image": image.astype(np.float32)})[0]


@bentoml.service
class Encoder:
    """Tokens in, an embedding out."""

    def __init__(self) -> None:
        self.session = open_graph()

    @bentoml.api
    def infer(
        self, input_ids: np.ndarray, attention_mask: np.ndarray, token_type_ids: np.ndarray
    ) -> np.ndarray:
        """The graph's output."""
        feed = {
            "input_ids": input_ids,
            "attention_mask": attention_mask,
            "token_type_ids": token_type_ids,
        }
        return self.session.run(None, {name: a.astype(np.int64) for name, a in feed.items()})[0]
