"""A head over another model's vectors: a text → one of the labels that were saved."""

from __future__ import annotations  # of models, which know programs

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from samovar.classification import label_heads
from samovar.classification.fitting import familiarity, probabilities
from samovar.classification.head_files import HEAD, SavedHead, encoder_of, read_head
from samovar.embedding import TASK, unit
from samovar.errors import ManifestInvalid, ModelTampered
from samovar.frozen import replace
from samovar.types import Array, ModelSpec, ReadAsset, Signature, Tensors, TensorSpec
from samovar.values import dataclass

if TYPE_CHECKING:
    from samovar.model import Model

PROBABILITIES, KNOWN = "probabilities", "known"


@dataclass(frozen=True, slots=True)
class Classifier:
    """A saved label set. It has no graph: `head` names the model whose vectors it reads."""

    roles: ClassVar[tuple[str, ...]] = ()
    batched: ClassVar[bool] = True

    head: str = HEAD

    def foundation(self, read: ReadAsset) -> tuple[str, str]:
        """The name and version of the model that it stands on."""
        encoder = read_head(read(self.head)).encoder
        return encoder.model, encoder.version

    def stand(self, spec: ModelSpec, encoder: Model, read: ReadAsset) -> ClassifierProgram:
        """The program over the encoder. Raises ModelTampered where that has changed since."""
        saved = read_head(read(self.head))
        if encoder.spec.task != TASK:
            raise ManifestInvalid(
                [f"model '{encoder.spec.name}' embeds no texts: '{spec.name}' cannot stand on it"]
            )
        if saved.encoder.sha256 != encoder_of(encoder.spec, encoder.version).sha256:
            raise ModelTampered(
                f"'{spec.name}' was made with another '{encoder.spec.name}' version"
                f" {encoder.version} than is here: save it again (PUT /v1/classifiers/{spec.name})"
            )
        return ClassifierProgram(saved, encoder, _signature(encoder.program.signature, saved))

    def merged(self, spec: ModelSpec, encoder: ModelSpec) -> ModelSpec:
        """The manifest with all that depends on how the encoder takes a text."""
        return replace(
            spec,
            input=encoder.input,
            pre=encoder.pre,
            batch=encoder.batch,
            limits=encoder.limits,
        )


def _signature(encoder: Signature, saved: SavedHead) -> Signature:
    """The encoder's tensors, and those of the head in front of its outputs."""
    own = (
        TensorSpec(PROBABILITIES, "FP32", (-1, len(saved.label_head.labels))),
        TensorSpec(KNOWN, "FP32", (-1,)),
    )
    names = {spec.name for spec in own}
    return Signature(encoder.inputs, (*own, *(s for s in encoder.outputs if s.name not in names)))


@dataclass(frozen=True, slots=True)
class ClassifierProgram:
    """`prepare`, `run` and `answer` of a saved label set."""

    saved: SavedHead
    encoder: Model
    signature: Signature

    def prepare(self, items: Sequence[Any]) -> dict[str, Array]:
        """As the encoder prepares texts."""
        return self.encoder.program.prepare(items)

    def run(self, tensors: Tensors, outputs: Sequence[str]) -> dict[str, Array]:
        """The encoder's outputs with the head's; the head is worked out only where asked for."""
        own = {PROBABILITIES, KNOWN}
        if outputs and own.isdisjoint(outputs):
            return self.encoder.program.run(tensors, outputs)
        made = self.encoder.program.run(tensors, ())
        head = self.saved.label_head.head
        vectors = self._vectors(made, len(next(iter(tensors.values()))))
        found = {
            **made,
            PROBABILITIES: probabilities(head, vectors).astype(np.float32),
            KNOWN: familiarity(head.known, vectors).astype(np.float32),
        }
        return {name: found[name] for name in outputs or found}

    def answer(self, tensors: Tensors, rows: int) -> list[dict[str, Any]]:
        """A label a row, as `classify` answers it."""
        if not rows:
            return []
        head = self.saved.label_head
        return label_heads.answer(head, tensors[PROBABILITIES], tensors[KNOWN])

    def _vectors(self, made: Tensors, rows: int) -> Array:
        """float32 (rows, width) of length 1, as the encoder's own steps answer them."""
        answers = self.encoder.program.answer(made, rows)
        width = self.saved.label_head.head.weight.shape[1]
        found = np.array([answer["embedding"] for answer in answers], np.float32)
        return unit(found.reshape(rows, width))
